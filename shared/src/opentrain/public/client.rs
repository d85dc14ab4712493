//! The client with a token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::API;
use crate::http::{BaseUrl, Credential, Http, OddId, RetryPolicy, SetupError};
use crate::model::clock::Clock;
use crate::opentrain::call::Call;
use crate::opentrain::request::{Line, Request};
use crate::opentrain::{OpenTrainError, Options};

/// The Public API, for one personal API token. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct PublicClient {
    http: Http,
    retry: RetryPolicy,
}

impl fmt::Debug for PublicClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicClient({})", self.http.base())
    }
}

/// Options of both clients: 30 seconds and three attempts.
pub fn options(clock: Arc<dyn Clock>) -> Options {
    Options {
        timeout: Duration::from_secs(30),
        retry: RetryPolicy {
            attempts: 3,
            ..RetryPolicy::default()
        },
        clock,
        paces: None,
    }
}

impl PublicClient {
    /// A client for OpenTrain's origin.
    ///
    /// # Errors
    /// [`SetupError`] if the token can't be used.
    pub fn at(base: BaseUrl, token: &SecretString, options: Options) -> Result<Self, SetupError> {
        let (credential, base) = (Credential::bearer(token)?, base.with_suffix(API));
        Ok(Self {
            http: Http::new(base, credential, options.timeout, options.clock)?,
            retry: options.retry,
        })
    }

    pub(super) fn ask(
        &self,
        call: &'static Call,
        segments: &[&str],
    ) -> Result<Request<'_>, OpenTrainError> {
        prepare(&self.http, &self.retry, call, segments)
    }
}

/// Starts a call to the path `segments`.
pub(super) fn prepare<'a>(
    http: &'a Http,
    retry: &'a RetryPolicy,
    call: &'static Call,
    segments: &[&str],
) -> Result<Request<'a>, OpenTrainError> {
    let url = http
        .url(segments)
        .map_err(|OddId(id)| OpenTrainError::OddId { id })?;
    let line = Line {
        http,
        retry,
        pacer: None,
    };
    Ok(Request::new(line, call, url))
}
