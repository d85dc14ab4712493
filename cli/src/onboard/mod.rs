//! `bridge onboard`: a customer connects without giving the operator the token.
//!
//! The operator makes a signed link and sends it. The link leads to pages of `bridge serve`: they explain, lead to
//! OpenTrain's consent, take the customer back, and take the token from a form. Then the bridge does what `connect`,
//! `subscribe` and `link` do, with their code. docs/onboarding.md has the steps and the threats.
//!
//! - `order`: makes, lists and revokes links, in the process that owns the database
//! - `signed`: links, cookies, forms and `state`
//! - `pages`: the routes, and who may do what
//! - `request`, `answer`: HTTP in and out
//! - `html`: the pages' content
//! - `join`: checks a token and stores it
//! - `set_up`: the webhook and the link to a job, and whether they work
//! - `problem`: what a customer reads when something is refused

mod answer;
mod args;
mod command;
mod html;
mod join;
mod order;
mod pages;
mod problem;
mod request;
mod set_up;
mod signed;

pub use args::OnboardArgs;
pub use command::run;
pub use order::{Listed, ListedLink, Made, NewLink, Onboard, Revoked};
pub use pages::Onboarding;

pub(crate) use request::{FORM_WITHIN, MAX_FORM, page_in};
