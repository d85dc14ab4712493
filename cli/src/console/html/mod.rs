//! The frame of all pages, and their parts. Texts of other systems are escaped by [`maud`], and here for characters that
//! change the direction of a text.

mod bar;
mod frame;
mod lists;
mod parts;

pub(super) use bar::bar;
pub(super) use frame::{Frame, Page, Problem, Section, outside};
pub(super) use lists::{Link, Listed, filter, pager, select};
pub(super) use parts::{
    Tone, code, command, empty, facts, failed, link, or_dash, part, prose, state, table, text, when,
};
