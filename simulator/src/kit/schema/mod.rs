//! Members of JSON bodies as data: one description checks them, and is published.

mod check;

pub(crate) use check::{Checked, at, check, check_fields, time};

/// Type and limits of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A string of 1 to `most` characters.
    Text { most: usize },
    /// A string of 0 to `most` characters.
    MaybeEmpty { most: usize },
    /// A string of a form.
    Form(&'static Form),
    /// A positive number.
    Amount,
    /// A number in these limits.
    Between { least: u32, most: u32 },
    /// A whole number in these limits.
    Whole { least: u64, most: u64 },
    /// `true` or `false`.
    Flag,
    /// A list of strings.
    Texts,
    /// A list of at least one of these strings.
    Names(&'static [&'static str]),
    /// As `Names`. The handler checks the strings, because its error has more details.
    Scopes(&'static [&'static str]),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// As `OneOf`. The handler checks the string, because its error has another form.
    Choice(&'static [&'static str]),
    /// A point in time, or a day.
    Time,
    /// A day.
    Day,
    /// Address of a webhook.
    Hook,
    /// An object with these members.
    Object(&'static [Member], Rule),
    /// A list of 1 to `most` objects with these members.
    Objects {
        members: &'static [Member],
        most: usize,
    },
    /// Any JSON value.
    Any,
}

/// A form of strings.
#[derive(Debug)]
pub(crate) struct Form {
    /// A regular expression (ECMA 262) for the documents. Each string that it does not match is refused.
    pub(crate) pattern: &'static str,
    pub(crate) most: usize,
    pub(crate) fits: fn(&str) -> bool,
    /// Text of the error: "must be …".
    pub(crate) expected: &'static str,
}

/// A member of a JSON object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

pub(crate) const fn required(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        required: true,
    }
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        required: false,
    }
}

/// A description, or a string without a documented limit.
pub(crate) const TEXT: Kind = Kind::Text { most: 60_000 };
/// Largest whole number that every JSON parser reads exactly.
pub(crate) const MOST_WHOLE: u64 = (1 << 53) - 1;
pub(crate) const LONGEST_URL: usize = 2048;
/// A whole number from 1.
pub(crate) const COUNT: Kind = Kind::Whole {
    least: 1,
    most: MOST_WHOLE,
};
/// Amounts are less than this.
pub(crate) const AMOUNT_LIMIT: f64 = 1e12;

/// Members that a body must have beside the required ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// None.
    Free,
    /// At least one.
    NotEmpty,
    /// Exactly one of these.
    ExactlyOne(&'static [&'static str]),
    /// At least one of these.
    AnyOf(&'static [&'static str]),
}
