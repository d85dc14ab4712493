//! Credentials of requests.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// The value of an `Authorization` header. It cannot be printed.
#[derive(Debug, Clone)]
pub struct Credential(HeaderValue);

/// Reason why a token can't be used. The text never contains the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The token is empty.
    #[error("the token is empty")]
    Empty,
    /// The token contains blanks, line ends or characters that a header cannot contain.
    #[error(
        "the token contains a blank, a line end or another invalid character: copy it again completely"
    )]
    Malformed,
}

impl Credential {
    /// `Bearer <token>`.
    ///
    /// # Errors
    /// [`CredentialError`] when it can't be a token.
    pub fn bearer(token: &SecretString) -> Result<Self, CredentialError> {
        Self::new("Bearer", token)
    }

    /// Creates `<scheme> <token>`, for tools that have their own scheme.
    ///
    /// # Errors
    /// [`CredentialError`] when it can't be a token.
    pub fn new(scheme: &str, token: &SecretString) -> Result<Self, CredentialError> {
        let token = token.expose_secret();
        if token.trim().is_empty() {
            return Err(CredentialError::Empty);
        }
        if !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(CredentialError::Malformed);
        }
        let mut value = HeaderValue::from_str(&format!("{scheme} {token}"))
            .map_err(|_| CredentialError::Malformed)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// The token alone, to remove it from texts.
    pub(super) fn token(&self) -> &str {
        let value = self.0.to_str().unwrap_or_default();
        value.split_once(' ').map_or(value, |(_, token)| token)
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(token: &str) -> Result<Credential, CredentialError> {
        Credential::bearer(&SecretString::from(token))
    }

    #[test]
    fn what_no_token_is_gets_refused() {
        assert_eq!(bearer("").unwrap_err(), CredentialError::Empty);
        assert_eq!(bearer(" \n").unwrap_err(), CredentialError::Empty);
        for odd in ["abc\n", "a b", "a\u{0}", "é"] {
            assert_eq!(
                bearer(odd).unwrap_err(),
                CredentialError::Malformed,
                "{odd:?}"
            );
        }
    }

    #[test]
    fn it_is_never_printed() {
        let shown = format!("{:?}", bearer("canary").unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }
}
