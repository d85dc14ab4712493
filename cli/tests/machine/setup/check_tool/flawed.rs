//! A small tool behind the members contract that breaks one rule.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// What the tool does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    AnyToken,
    AnyProject,
    PlainNotFound,
    IdsWithoutCase,
    DeleteAnswers200,
    EndlessPages,
    Forgets,
    NewMemberEachTime,
    NewMemberForAnEmail,
    LostByAnEmail,
    DayOutside,
    NoticeClearedOnce,
    Keeps,
    DeletedOnce,
    NoReturn,
    Refuses,
    DeletesAtSecondTry,
    RemovesNoOddIds,
}

struct Tool {
    flaw: Flaw,
    members: BTreeMap<String, (u64, String)>,
    removed: Vec<String>,
    tried: Vec<String>,
    next: u64,
    notice: bool,
}

type Shared = Arc<Mutex<Tool>>;

/// Serves a tool with the project `streets` and the token `token`. Returns its base URL.
pub(super) async fn start(flaw: Flaw) -> String {
    let tool = Tool {
        flaw,
        members: BTreeMap::new(),
        removed: Vec::new(),
        tried: Vec::new(),
        next: 1,
        notice: false,
    };
    let shared: Shared = Arc::new(Mutex::new(tool));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let router = Router::new().fallback(serve).with_state(shared);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn serve(State(shared): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let mut tool = shared.lock().unwrap();
    let token = head
        .headers
        .get("authorization")
        .map(|own| own.to_str().unwrap());
    if token != Some("Bearer token") && tool.flaw != Flaw::AnyToken {
        return error(StatusCode::UNAUTHORIZED);
    }
    let decode = |part: &str| percent_decode_str(part).decode_utf8().unwrap().into_owned();
    let path: Vec<String> = head.uri.path().split('/').skip(2).map(decode).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    tool.answer(&head.method, &path, &body)
}

fn error(status: StatusCode) -> Response {
    (status, Json(json!({"error": "refused"}))).into_response()
}

impl Tool {
    fn answer(&mut self, method: &Method, path: &[&str], body: &Bytes) -> Response {
        if path[0] != "streets" && self.flaw != Flaw::AnyProject {
            return self.not_found();
        }
        match (method.as_str(), &path[1..]) {
            ("GET", []) => Json(json!({"id": path[0], "name": "Street scenes"})).into_response(),
            ("PUT", ["members", id]) => self.put(id, body),
            ("GET", ["members", id]) => self.read(id),
            ("DELETE", ["members", id]) => self.delete(id),
            ("GET", ["usage"]) => self.usage(),
            ("PUT", ["notice"]) => {
                self.notice = true;
                StatusCode::NO_CONTENT.into_response()
            }
            ("DELETE", ["notice"]) => self.clear(),
            _ => self.not_found(),
        }
    }

    fn not_found(&self) -> Response {
        match self.flaw {
            Flaw::PlainNotFound => StatusCode::NOT_FOUND.into_response(),
            _ => error(StatusCode::NOT_FOUND),
        }
    }

    fn key(&self, id: &str) -> String {
        match self.flaw {
            Flaw::IdsWithoutCase => id.to_lowercase(),
            _ => id.to_owned(),
        }
    }

    fn put(&mut self, id: &str, body: &Bytes) -> Response {
        let id = self.key(id);
        let body: Value = serde_json::from_slice(body).unwrap();
        let email = body["email"].as_str().unwrap().to_owned();
        let returns = self.removed.contains(&id);
        if self.flaw == Flaw::Refuses || (self.flaw == Flaw::NoReturn && returns) {
            return error(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let known = self.members.get(&id).cloned();
        let same = known.filter(|(_, own)| match self.flaw {
            Flaw::NewMemberEachTime => false,
            Flaw::NewMemberForAnEmail => *own == email,
            _ => true,
        });
        let number = same.map_or(self.next, |own| own.0);
        self.next += 1;
        self.members.insert(id.clone(), (number, email));
        self.read_known(&id)
    }

    fn read_known(&self, id: &str) -> Response {
        let number = self.members[id].0.to_string();
        Json(json!({"memberId": number, "status": "active"})).into_response()
    }

    fn read(&self, id: &str) -> Response {
        let id = self.key(id);
        let changed = |own: &(u64, String)| own.1.contains("-2@");
        let is_lost =
            self.flaw == Flaw::LostByAnEmail && self.members.get(&id).is_some_and(changed);
        match self.members.contains_key(&id) && self.flaw != Flaw::Forgets && !is_lost {
            true => self.read_known(&id),
            false => self.not_found(),
        }
    }

    fn delete(&mut self, id: &str) -> Response {
        let id = self.key(id);
        if !self.members.contains_key(&id) {
            return match self.flaw {
                Flaw::DeletedOnce => error(StatusCode::INTERNAL_SERVER_ERROR),
                _ => self.not_found(),
            };
        }
        let is_first = !self.tried.contains(&id);
        self.tried.push(id.clone());
        let fails = match self.flaw {
            Flaw::DeletesAtSecondTry => is_first,
            Flaw::RemovesNoOddIds => id.contains('/'),
            _ => false,
        };
        if fails {
            return error(StatusCode::INTERNAL_SERVER_ERROR);
        }
        if self.flaw != Flaw::Keeps {
            self.members.remove(&id);
            self.removed.push(id);
        }
        match self.flaw {
            Flaw::DeleteAnswers200 => Json(json!({})).into_response(),
            _ => StatusCode::NO_CONTENT.into_response(),
        }
    }

    fn usage(&self) -> Response {
        let day = json!([{"trainerId": "a", "workDate": "2020-01-01", "totalSeconds": 1}]);
        let totals = match self.flaw {
            Flaw::DayOutside => day,
            _ => json!([]),
        };
        let mut page = json!({"totals": totals});
        if self.flaw == Flaw::EndlessPages {
            page["nextCursor"] = "again".into();
        }
        Json(page).into_response()
    }

    fn clear(&mut self) -> Response {
        let was_shown = std::mem::replace(&mut self.notice, false);
        match (was_shown, self.flaw) {
            (true, _) => StatusCode::NO_CONTENT.into_response(),
            (false, Flaw::NoticeClearedOnce) => error(StatusCode::INTERNAL_SERVER_ERROR),
            (false, _) => self.not_found(),
        }
    }
}
