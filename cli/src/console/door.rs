//! The link that works once, and the session that it opens.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use jiff::Timestamp;
use shared::ledger::audit::sha256;
use shared::model::clock::after;
use uuid::Uuid;

use super::clock::now;
use crate::web::origin::cookies;

/// A session ends after this time.
const SESSION: Duration = Duration::from_secs(12 * 3600);

/// An unopened link stops working after this time.
const LINK: Duration = Duration::from_secs(15 * 60);

/// The link and the session, by their SHA-256.
pub(super) struct Door {
    cookie: String,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    link: Option<Key>,
    session: Option<Key>,
}

struct Key {
    sha256: String,
    until: Timestamp,
}

impl Key {
    fn new(lasts: Duration) -> (Self, String) {
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let key = Self {
            sha256: sha256(&secret),
            until: after(now(), lasts),
        };
        (key, secret)
    }

    /// Compares digests, so the time of the comparison reveals nothing about the secret.
    fn fits(&self, secret: &str) -> bool {
        self.sha256 == sha256(secret) && now() < self.until
    }
}

impl Door {
    /// Also returns the token of the link.
    pub(super) fn new(port: u16) -> (Self, String) {
        let (link, token) = Key::new(LINK);
        let keys = Keys {
            link: Some(link),
            session: None,
        };
        let door = Self {
            // Cookies of 127.0.0.1 are shared by all ports.
            cookie: format!("bridge_console_{port}"),
            keys: Mutex::new(keys),
        };
        (door, token)
    }

    /// Opens a session. Returns its cookie; `None` if the token is wrong, used or too old.
    pub(super) fn open(&self, token: &str) -> Option<String> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.link.take_if(|link| link.fits(token))?;
        let (session, secret) = Key::new(SESSION);
        keys.session = Some(session);
        let name = &self.cookie;
        Some(format!(
            "{name}={secret}; Path=/; HttpOnly; SameSite=Strict"
        ))
    }

    /// Whether a request has the session's cookie.
    pub(super) fn knows(&self, headers: &HeaderMap) -> bool {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let session = keys.session.as_ref();
        session.is_some_and(|it| cookies(headers, &self.cookie).any(|value| it.fits(value)))
    }
}
