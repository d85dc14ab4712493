//! Invitations that the tool does not send itself. They are mailed if a mail server is configured.
//!
//! The link is a secret and the address is personal data: neither appears in a log or an error.

mod link;
mod mailer;
mod text;

pub use mailer::{MailError, Mailer, MailerError};
