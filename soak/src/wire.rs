//! Requests to OpenTrain, as one process sends them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use http::{Request, Response, StatusCode, header};
use shared::http::{Fault, Transport};
use shared::model::clock::Clock;
use shared::opentrain::{Options, PlatformClient};
use simulator::OpenTrain;

use crate::books::Books;
use crate::held::never_twice;
use crate::life::Life;
use crate::weather::{Fate, Site};

/// Made once, because its TLS settings take a while.
#[allow(clippy::expect_used, reason = "the arguments are constants")]
static CLIENT: LazyLock<PlatformClient> = LazyLock::new(|| {
    let token = "ot_ptk_none".into();
    PlatformClient::new("http://127.0.0.1:1", &token, Options::default()).expect("a client")
});

/// Carries requests to OpenTrain.
pub(crate) struct Wire {
    pub(crate) opentrain: Arc<OpenTrain>,
    pub(crate) books: Arc<Books>,
    pub(crate) life: Arc<Life>,
}

/// A client of this process.
pub(crate) fn client(
    opentrain: &Arc<OpenTrain>,
    books: &Arc<Books>,
    life: &Arc<Life>,
) -> PlatformClient {
    let wire = Wire {
        opentrain: Arc::clone(opentrain),
        books: Arc::clone(books),
        life: Arc::clone(life),
    };
    CLIENT.over(Arc::new(wire), Arc::clone(life) as Arc<dyn Clock>)
}

#[async_trait]
impl Transport for Wire {
    async fn carry(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Fault> {
        let name = format!("{} {}", request.method(), request.uri().path());
        let fate = self.life.before(Site::OpenTrain, &name).await;
        match fate {
            Fate::FailsBefore => return Ok(self.refuse()),
            // The client waits ten seconds.
            Fate::Slow(time) if time >= Duration::from_secs(10) => return Err(Fault::Timeout),
            _ => {}
        }
        let hub = self.life.hub();
        let is_usage = name.ends_with("/usage");
        if is_usage {
            let body = String::from_utf8_lossy(request.body());
            hub.note(|| format!("process {}: {name}: {body}", self.life.id));
        }
        let answer = self.opentrain.answer(request).await;
        if is_usage {
            let status = answer.status();
            hub.note(|| format!("process {}: {name}: {status}", self.life.id));
            never_twice(&self.opentrain, &self.books, hub);
        }
        hub.changed.notify_one();
        self.life.after(fate).await;
        match fate {
            Fate::FailsAfter => Err(Fault::Timeout),
            _ => Ok(answer),
        }
    }
}

impl Wire {
    /// An error answer to a request that is not executed.
    fn refuse(&self) -> Response<Vec<u8>> {
        let (status, code) = self.life.hub().draw(|dice| {
            dice.pick(&[
                (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"),
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
                (StatusCode::BAD_GATEWAY, ""),
                (StatusCode::SERVICE_UNAVAILABLE, ""),
                // A proxy's page, not OpenTrain's answer.
                (StatusCode::NOT_FOUND, ""),
            ])
        });
        let body = match code {
            "" => b"<html>".to_vec(),
            code => format!(r#"{{"error":"no","code":"{code}","requestId":"r"}}"#).into_bytes(),
        };
        let kind = match code {
            "" => "text/html",
            _ => "application/json",
        };
        let mut answer = Response::new(body);
        *answer.status_mut() = status;
        let kind = header::HeaderValue::from_static(kind);
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        answer
    }
}
