//! Sends mail by SMTP, which all mail providers support, including SES.

use std::fmt;
use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::{Host, Url};

use super::link;
use super::text::{SUBJECT, body};
use crate::http::{BaseUrl, Roots, cause};
use crate::model::person::Email;
use crate::model::plain;

/// Time limit of each step of the SMTP session.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Time limit of the whole session. A message of the queue has 60 s.
const DEADLINE: Duration = Duration::from_secs(20);

/// Sends mail from one address through one server. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The tool. Each link must lead to its host.
    tool: BaseUrl,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer(…)")
    }
}

/// Reason why these settings can't be used. The text never contains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailerError {
    /// The server's URL is unreadable.
    #[error(
        "write it as smtps://user:password@host, or smtp://user:password@host:587?tls=required"
    )]
    Url,
    /// The link would be sent unencrypted.
    #[error("links and passwords would travel in the clear: write smtps://…, or add ?tls=required")]
    InTheClear,
    /// The sender is not a valid address.
    #[error("write it as team@example.com, or as Our Team <team@example.com>")]
    From,
    /// The certificate authorities can't be used for this server.
    #[error("TLS can't be set up with TLS_CA: check the host's name and the certificates")]
    Tls,
}

/// Reason why a mail was not sent. The text contains no addresses and links.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// A temporary failure.
    #[error(
        "the invitation could not be mailed: {0}; it is retried, and `bridge status` shows the link"
    )]
    Later(String),
    /// The mail server refuses the mail permanently.
    #[error(
        "the mail server refuses the invitation ({0}): check SMTP_URL, SMTP_FROM and the person's address; \
         `bridge status` shows the link, to be handed over by hand"
    )]
    Refused(String),
    /// The tool returned a link to another host.
    #[error(
        "the invitation is not mailed: the tool's link {0}. `bridge status` shows the link: hand it over by \
         hand if it is right, and correct the links that the tool gives"
    )]
    Link(&'static str),
}

impl MailError {
    /// Whether a retry at once cannot succeed.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Link(_))
    }
}

impl Mailer {
    /// Sends mail through the server at `url` from `from`, with links that lead to `tool`. Makes no call. The server
    /// may use the same certificate authorities as the tool.
    ///
    /// # Errors
    /// [`MailerError`] describes the correct format.
    pub fn new(url: &str, from: &str, tool: &BaseUrl) -> Result<Self, MailerError> {
        let parsed = Url::parse(url).map_err(|_| MailerError::Url)?;
        let is_required = parsed
            .query_pairs()
            .any(|(key, value)| key == "tls" && value == "required");
        match parsed.scheme() {
            "smtps" => {}
            "smtp" if is_required || is_here(&parsed) => {}
            "smtp" => return Err(MailerError::InTheClear),
            _ => return Err(MailerError::Url),
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        let mut builder = builder.map_err(|_| MailerError::Url)?;
        let is_sealed = is_required || parsed.scheme() == "smtps";
        if is_sealed && !tool.roots().own().is_empty() {
            let host = parsed.host_str().ok_or(MailerError::Url)?;
            let trust = trusting(host, tool.roots()).map_err(|_| MailerError::Tls)?;
            builder = builder.tls(match parsed.scheme() {
                "smtps" => Tls::Wrapper(trust),
                _ => Tls::Required(trust),
            });
        }
        Ok(Self {
            transport: builder.timeout(Some(TIMEOUT)).build(),
            from: from.parse().map_err(|_| MailerError::From)?,
            tool: tool.clone(),
        })
    }

    /// Sends the link to the person.
    ///
    /// # Errors
    /// [`MailError`] if the server did not accept it. If its answer was lost, it may have accepted it.
    pub async fn send(&self, to: &Email, link: &str) -> Result<(), MailError> {
        link::check(link, &self.tool).map_err(MailError::Link)?;
        let message = self.message(to, link)?;
        let sent = tokio::time::timeout(DEADLINE, self.transport.send(message)).await;
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => Err(MailError::Later("the mail server took over 20 s".into())),
        }
    }

    fn message(&self, to: &Email, link: &str) -> Result<Message, MailError> {
        let unfit =
            || MailError::Refused("the work e-mail is no address that mail can go to".into());
        let address: Address = to.expose().parse().map_err(|_| unfit())?;
        let by_a_program = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(SUBJECT)
            .header(ContentType::TEXT_PLAIN)
            .raw_header(HeaderValue::new(by_a_program, "auto-generated".into()))
            .body(body(to.expose(), link))
            .map_err(|_| unfit())
    }
}

fn trusting(host: &str, roots: &Roots) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let builder = TlsParameters::builder(host.to_owned());
    let certificates = roots.own().iter();
    certificates
        .map(|it| Certificate::from_der(it.to_vec()))
        .try_fold(builder, |builder, it| Ok(builder.add_root_certificate(it?)))?
        .build()
}

fn is_here(url: &Url) -> bool {
    // The scheme is not one of those whose hosts are parsed as addresses.
    match url.host() {
        Some(Host::Domain(name)) => {
            name == "localhost"
                || name
                    .parse()
                    .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The server's own text may quote the address, so the address is removed.
fn refused(error: &lettre::transport::smtp::Error) -> MailError {
    let code = error
        .status()
        .map(|code| format!("{code} "))
        .unwrap_or_default();
    let told = format!("{code}{}", cause(error));
    let told = plain(&told, &[]);
    match error.is_permanent() {
        true => MailError::Refused(told),
        false => MailError::Later(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(url: &str, from: &str) -> Result<Mailer, MailerError> {
        Mailer::new(url, from, &BaseUrl::parse("https://tool.example").unwrap())
    }

    fn refusal(url: &str, from: &str) -> MailerError {
        mailer(url, from).unwrap_err()
    }

    #[test]
    fn mail_travels_sealed_or_stays_on_this_machine() {
        let from = "Team <team@example.com>";
        for good in [
            "smtps://user:secret@mail.example",
            "smtp://mail.example:587?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://localhost",
        ] {
            assert!(mailer(good, from).is_ok(), "{good}");
        }
        for clear in [
            "smtp://mail.example",
            "smtp://mail.example?tls=opportunistic",
        ] {
            assert_eq!(refusal(clear, from), MailerError::InTheClear, "{clear}");
        }
        for no_server in ["mail.example", "https://mail.example", ""] {
            assert_eq!(refusal(no_server, from), MailerError::Url, "{no_server}");
        }
        assert_eq!(refusal("smtps://mail.example", "team"), MailerError::From);
    }
}
