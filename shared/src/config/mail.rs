//! The mail server for invitations.

use super::Reader;
use super::setting::{SMTP_FROM, SMTP_URL};
use crate::http::BaseUrl;
use crate::mail::{Mailer, MailerError};

/// Reads the two settings, of which both or none have to be set. The outer `None` means that one is wrong; the reader
/// has recorded the fault. `tool` is the address to which links in invitations may lead, if it is known.
pub fn mailer(settings: &mut Reader<'_>, tool: Option<&BaseUrl>) -> Option<Option<Mailer>> {
    let url = settings.optional(&SMTP_URL, |text| Ok(text.to_owned()))?;
    let from = settings.optional(&SMTP_FROM, |text| Ok(text.to_owned()))?;
    let (wrong, problem, cure) = match (url, from) {
        (None, None) => return Some(None),
        (Some(url), Some(from)) => match Mailer::new(&url, &from, tool?) {
            Ok(mailer) => return Some(Some(mailer)),
            Err(error @ MailerError::From) => (&SMTP_FROM, "it can't be used", error.to_string()),
            Err(error) => (&SMTP_URL, "it can't be used", error.to_string()),
        },
        (Some(url), None) => {
            // The server's address is checked too.
            if let Some(tool) = tool
                && let Err(error @ (MailerError::Url | MailerError::InTheClear)) =
                    Mailer::new(&url, "bridge@example.com", tool)
            {
                settings.fault(&SMTP_URL, "it can't be used", error.to_string());
            }
            let cure = "set it to the sender of invitations, or unset SMTP_URL";
            (
                &SMTP_FROM,
                "it is not set, and SMTP_URL is",
                cure.to_owned(),
            )
        }
        (None, Some(_)) => {
            let cure = "set it to the mail server, or unset SMTP_FROM";
            (
                &SMTP_URL,
                "it is not set, and SMTP_FROM is",
                cure.to_owned(),
            )
        }
    };
    settings.fault(wrong, problem, cure);
    None
}
