//! Rules of all pages that this program serves: headers of an answer, the origin of a request, signatures, and the
//! common style.

pub(crate) mod headers;
pub(crate) mod origin;
pub(crate) mod signed;

/// A style sheet: the rules that the sandbox's pages have too, and those of this file, relative to the caller's.
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
