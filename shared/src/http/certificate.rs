//! TLS errors and their fixes.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError as Bad, Error as Tls};

/// The TLS error that caused `error`, and its fix.
pub(super) fn advice(error: &(dyn Error + 'static)) -> Option<String> {
    let tls = find(error)?;
    let fix = fix(tls)?;
    Some(format!("{} ({})", fix, brief(tls)))
}

/// The TLS error that caused `error`.
pub fn tls_fault(error: &(dyn Error + 'static)) -> Option<String> {
    find(error).map(brief)
}

/// Searches the sources. An [`io::Error`] hides the error that it contains.
fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Tls> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<Tls>() {
            return Some(tls);
        }
        let carried = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match carried {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

fn fix(error: &Tls) -> Option<&'static str> {
    Some(match error {
        Tls::InvalidCertificate(bad) => certificate(bad),
        Tls::InvalidMessage(_) => {
            "it does not answer in TLS: check the scheme and the port of its address"
        }
        Tls::AlertReceived(AlertDescription::ProtocolVersion) | Tls::PeerIncompatible(_) => {
            "it supports no current TLS version or cipher: allow TLS 1.2 or 1.3 on it"
        }
        _ => return None,
    })
}

fn certificate(bad: &Bad) -> &'static str {
    match bad {
        Bad::UnknownIssuer => {
            "its certificate is not from a public authority: set TLS_CA_FILE to the PEM file of the CA that issued it, or let it send its intermediate certificates"
        }
        Bad::Expired | Bad::ExpiredContext { .. } => {
            "its certificate has expired: renew it, or correct this machine's clock"
        }
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            "its certificate is not valid yet: correct this machine's clock, or the certificate's dates"
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
            "its certificate is for another name: use a host name that the certificate lists (subjectAltName), or issue one for this name"
        }
        Bad::BadSignature => {
            "its certificate is not signed by the CA of that name that is known here: set TLS_CA_FILE to the CA's current certificate"
        }
        Bad::Revoked => "its certificate was revoked: install a new one",
        Bad::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "its certificate is that of a CA: issue a server certificate from it, and set TLS_CA_FILE to the CA's"
        }
        _ => {
            "its certificate can't be used: install one with a subjectAltName and a current signature algorithm"
        }
    }
}

/// The error's own name, for search engines.
fn brief(error: &Tls) -> String {
    let text = match error {
        Tls::InvalidCertificate(Bad::UnknownIssuer) => "UnknownIssuer".to_owned(),
        other => other.to_string(),
    };
    crate::model::plain(&text, &[])
}
