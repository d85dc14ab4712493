//! Rules of all pages that this program serves: headers of an answer, the origin of a request, signatures, and the
//! common style.

pub(crate) mod headers;
pub(crate) mod origin;
pub(crate) mod signed;

/// A style sheet: the rules that the sandbox's pages also use, and those of a file, whose path is relative to the
/// caller's file.
macro_rules! style {
    ($own:literal) => {
        concat!(
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../simulator/src/http/pages/assets/base.css"
            )),
            include_str!($own)
        )
    };
}
pub(crate) use style;
