//! What is shown has no secret and no personal data: each command, each page of the console and each tool of `bridge mcp`,
//! over a world whose strings are canaries.
//!
//! Names are for an operator's eyes alone: the pages of the console and a terminal show them as OpenTrain does, masked
//! (`Canary usr_…` in tests). Titles of contracts and links of invitations are shown by the one command that is for them.

mod commands;
mod pages;
mod scene;
mod tools;
