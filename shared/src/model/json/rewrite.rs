//! Rewrites a document that serde_json refuses, or would read inexactly, so that it can be read.
//!
//! - A byte order mark is skipped.
//! - A lone surrogate escape (`"\ud842"`) and bytes that are not UTF-8 become [`LOST`].
//! - A number that fits neither a 64-bit integer nor a double is put in quotes, and so are `NaN` and `Infinity`: as an
//!   id it keeps its digits, and as a number it is checked by the reader.
//!
//! Everything else is unchanged: text that is not JSON remains invalid.

use crate::model::lenient::LOST;

/// Number of digits of the largest 64-bit integer. A longer integer may not fit.
const DIGITS: usize = 19;

/// Rewrites a document.
pub(crate) fn rewrite(bytes: &[u8]) -> String {
    let text = decoded(bytes);
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut out = String::with_capacity(rest.len());
    while let Some(start) = rest.find([
        '"', '-', 'N', 'I', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ]) {
        let (before, token) = rest.split_at(start);
        out.push_str(before);
        rest = match token.strip_prefix('"') {
            Some(string) => copy_string(string, &mut out),
            None => copy_literal(token, &mut out),
        };
    }
    out.push_str(rest);
    out
}

/// Whether the document may contain an integer that is too long for 64 bits. Digits in a string count too.
pub(crate) fn holds_long_integer(bytes: &[u8]) -> bool {
    let is_digit = |at: &usize| bytes[*at].is_ascii_digit();
    // A run of digits that is longer than the stride has a digit at one of the steps.
    let steps = (DIGITS..bytes.len()).step_by(DIGITS + 1);
    steps.filter(is_digit).any(|at| {
        let run =
            |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|b| b.is_ascii_digit()).count();
        run(&mut bytes[..at].iter().rev()) + run(&mut bytes[at..].iter()) > DIGITS
    })
}

/// The bytes as text.
fn decoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(LOST);
        }
    }
    text
}

/// Copies a string that follows its opening quote, and returns the text after its closing quote.
fn copy_string<'a>(mut rest: &'a str, out: &mut String) -> &'a str {
    out.push('"');
    while let Some(end) = rest.find(['"', '\\']) {
        let (before, token) = rest.split_at(end);
        out.push_str(before);
        if let Some(rest) = token.strip_prefix('"') {
            out.push('"');
            return rest;
        }
        rest = copy_escape(token, out);
    }
    out.push_str(rest);
    ""
}

/// Copies the escape at the start of `rest`, and returns the text after it.
fn copy_escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let length = match unit(rest) {
        Some(0xd800..=0xdbff) => match unit(&rest[UNIT..]) {
            Some(0xdc00..=0xdfff) => 2 * UNIT,
            _ => 0,
        },
        Some(0xdc00..=0xdfff) => 0,
        Some(_) => UNIT,
        // A backslash and the character after it.
        None => rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at),
    };
    if length == 0 {
        out.push(LOST);
        return &rest[UNIT..];
    }
    out.push_str(&rest[..length]);
    &rest[length..]
}

/// The length of `\uXXXX`.
const UNIT: usize = 6;

/// The UTF-16 unit of the `\uXXXX` at the start of a text.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    // `from_str_radix` would accept a sign.
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

/// Copies a number or another literal, and returns the text after it.
fn copy_literal<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let (literal, rest) = rest.split_at(end);
    match fits(literal) {
        true => out.push_str(literal),
        false => {
            out.push('"');
            out.push_str(literal);
            out.push('"');
        }
    }
    rest
}

/// Whether a literal can stay unchanged: a number that fits, or not a number.
fn fits(literal: &str) -> bool {
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    if matches!(digits, "NaN" | "Infinity") {
        return false;
    }
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return literal.parse::<u64>().is_ok() || literal.parse::<i64>().is_ok();
    }
    literal.parse::<f64>().map_or(true, f64::is_finite)
}
