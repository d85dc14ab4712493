//! Certificate authorities: the bundled ones and the operator's.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Certificate authorities of the operator (`TLS_CA`), trusted in addition to the bundled ones. Cheap to clone.
#[derive(Clone, Default)]
pub struct Roots(Arc<[CertificateDer<'static>]>);

/// Reason why a text contains no usable certificate authorities.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// The text contains no certificate.
    #[error("it contains no certificate: set the CA's certificate as PEM, starting with `{BEGIN}`")]
    Empty,
    /// A certificate is damaged or invalid.
    #[error("certificate {0} in it can't be read: export the CA's certificate as PEM again")]
    Unreadable(usize),
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

impl Roots {
    /// Number of certificates.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Reads PEM. Line breaks may be blanks, as in a setting of one line.
    ///
    /// # Errors
    /// [`RootsError`] if a certificate is missing or can't be used.
    pub fn from_pem(text: &str) -> Result<Self, RootsError> {
        let lines = in_lines(text);
        let mut store = RootCertStore::empty();
        let mut all = Vec::new();
        for (index, found) in CertificateDer::pem_slice_iter(lines.as_bytes()).enumerate() {
            let number = index + 1;
            let certificate = found.map_err(|_| RootsError::Unreadable(number))?;
            store
                .add(certificate.clone())
                .map_err(|_| RootsError::Unreadable(number))?;
            all.push(certificate);
        }
        match all.is_empty() {
            true => Err(RootsError::Empty),
            false => Ok(Self(all.into())),
        }
    }

    /// The operator's certificates.
    pub fn own(&self) -> &[CertificateDer<'static>] {
        &self.0
    }

    /// The bundled authorities and the operator's.
    pub(super) fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        // Each was added to a store before, so none is skipped here.
        store.add_parsable_certificates(self.0.iter().cloned());
        store
    }
}

/// The same PEM with each marker on a line of its own.
fn in_lines(text: &str) -> String {
    let mut lines = String::new();
    for (index, part) in text.split(BEGIN).enumerate() {
        if index == 0 {
            continue;
        }
        let (body, _) = part.split_once(END).unwrap_or((part, ""));
        lines.push_str(BEGIN);
        lines.push('\n');
        body.split_whitespace().for_each(|line| {
            lines.push_str(line);
            lines.push('\n');
        });
        if part.contains(END) {
            lines.push_str(END);
            lines.push('\n');
        }
    }
    lines
}
