//! Answers of a tool, from an input.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use http::{Request, Response, StatusCode, header};
use shared::http::{Fault, Transport};

/// Separator of two answers.
const BETWEEN: &[u8] = b"\n==\n";

/// Number of calls after which a tool no longer answers. The adapters' own limits on lists are far higher.
const MOST_CALLS: usize = 100;

/// An answer, such as `200j{"id":1}`: status, kind and body. The kind is `j` for JSON, `h` for a page, and anything else for
/// no content type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) kind: Option<&'static str>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    fn read(text: &[u8]) -> Self {
        let (head, body) = text.split_at(text.len().min(4));
        let status = head.get(..3).and_then(|it| StatusCode::from_bytes(it).ok());
        Self {
            status: status.unwrap_or(StatusCode::OK),
            kind: match head.get(3) {
                Some(b'j') => Some("application/json"),
                Some(b'h') => Some("text/html"),
                _ => None,
            },
            body: body.to_vec(),
        }
    }
}

/// A tool that gives these answers in turn to any request.
pub(super) struct Wire {
    answers: Vec<Answer>,
    calls: AtomicUsize,
    given: Mutex<Vec<Answer>>,
}

impl Wire {
    pub(super) fn of(input: &[u8]) -> Self {
        let mut answers = Vec::new();
        let mut rest = input;
        while let Some(at) = rest.windows(BETWEEN.len()).position(|it| it == BETWEEN) {
            answers.push(Answer::read(&rest[..at]));
            rest = &rest[at + BETWEEN.len()..];
        }
        answers.push(Answer::read(rest));
        Self {
            answers,
            calls: AtomicUsize::new(0),
            given: Mutex::default(),
        }
    }

    /// The answers that were given.
    pub(super) fn given(&self) -> Vec<Answer> {
        self.given.lock().expect("one thread").clone()
    }
}

#[async_trait]
impl Transport for Wire {
    async fn carry(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Fault> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call >= MOST_CALLS {
            return Err(Fault::Timeout);
        }
        let answer = &self.answers[call % self.answers.len()];
        if call < self.answers.len() {
            self.given.lock().expect("one thread").push(answer.clone());
        }
        let mut response = Response::new(answer.body.clone());
        *response.status_mut() = answer.status;
        if let Some(kind) = answer.kind {
            let kind = header::HeaderValue::from_static(kind);
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        Ok(response)
    }
}
