//! `bridge onboard`: a customer connects without giving the operator the token.
//!
//! The operator makes a signed link and sends it. The link leads to pages of `bridge serve`: they explain, lead to
//! OpenTrain's consent, take the customer back, and take the token from a form. Then the bridge does what `connect`,
//! `subscribe` and `link` do, with their code. docs/onboarding.md has the steps and the threats.
//!
//! `control::onboarding` makes the links, and `web::signed` signs them.
//!
//! - `admission`: what a request may do, from what the request itself proves
//! - `pages`: the routes
//! - `answer`: HTTP responses
//! - `html`: the pages' content
//! - `join`: checks a token and stores it
//! - `set_up`: the webhook and the link to a job, and whether they work
//! - `site`: data that all pages share, and tasks that continue if the browser disconnects
//! - `problem`: what a customer reads when something is refused

mod admission;
mod answer;
mod args;
mod command;
mod html;
mod join;
mod pages;
mod problem;
mod set_up;
mod site;

pub use args::OnboardArgs;
pub use command::run;
pub use site::Onboarding;

pub(crate) use admission::{FORM_WITHIN, MAX_FORM, page_in};
