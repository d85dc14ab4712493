//! Answers as data. Each shape is beside the code that makes the answer; the documents publish it, and the tests
//! compare every answer with it.

use super::schema::Member;

/// Shape of a JSON value. Objects have no other members than the listed ones.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text,
    Url,
    /// A point in time.
    Time,
    Number,
    /// A whole number.
    Whole,
    Flag,
    OneOf(&'static [&'static str]),
    List(&'static Shape),
    Object(&'static [Part]),
    /// An object that is published once, under its name. Its members come in groups.
    Named(&'static str, &'static [&'static [Part]]),
    /// An object with members of a request, each of which can be absent.
    Members(&'static [Member]),
    Any,
}

/// A member of an object.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) nullable: bool,
    pub(crate) required: bool,
}

/// A member that is always there.
pub(crate) const fn has(name: &'static str, shape: Shape) -> Part {
    Part {
        name,
        shape,
        nullable: false,
        required: true,
    }
}

/// A member that is always there, and can be `null`.
pub(crate) const fn or_null(name: &'static str, shape: Shape) -> Part {
    Part {
        nullable: true,
        ..has(name, shape)
    }
}

/// A member that can be absent.
pub(crate) const fn maybe(name: &'static str, shape: Shape) -> Part {
    Part {
        required: false,
        ..has(name, shape)
    }
}

pub(crate) const TEXTS: Shape = Shape::List(&Shape::Text);

/// An answer of a call.
#[derive(Clone, Copy)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) about: &'static str,
    /// `None` for an answer without a body.
    pub(crate) body: Option<Shape>,
}

impl Reply {
    pub(crate) const fn ok(body: Shape) -> Self {
        Self::new(200, "Done.", body)
    }

    pub(crate) const fn created(body: Shape) -> Self {
        Self::new(201, "Created.", body)
    }

    pub(crate) const fn accepted(body: Shape) -> Self {
        Self::new(202, "A human must confirm.", body)
    }

    pub(crate) const fn no_content() -> Self {
        Self {
            status: 204,
            about: "Done.",
            body: None,
        }
    }

    pub(crate) const fn new(status: u16, about: &'static str, body: Shape) -> Self {
        Self {
            status,
            about,
            body: Some(body),
        }
    }
}

/// An error answer of a call.
#[derive(Clone, Copy)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    /// The values of `details.reason`, or of `error` where errors have the form of OAuth.
    pub(crate) reasons: &'static [&'static str],
}

impl Refused {
    pub(crate) const fn bad(reasons: &'static [&'static str]) -> Self {
        let status = 400;
        Self { status, reasons }
    }

    pub(crate) const fn unauthorized() -> Self {
        let (status, reasons) = (401, &[]);
        Self { status, reasons }
    }

    pub(crate) const fn forbidden(reasons: &'static [&'static str]) -> Self {
        let status = 403;
        Self { status, reasons }
    }

    pub(crate) const fn not_found() -> Self {
        let (status, reasons) = (404, &[]);
        Self { status, reasons }
    }

    pub(crate) const fn conflict(reasons: &'static [&'static str]) -> Self {
        let status = 409;
        Self { status, reasons }
    }

    pub(crate) const fn too_many() -> Self {
        let (status, reasons) = (429, &[]);
        Self { status, reasons }
    }
}
