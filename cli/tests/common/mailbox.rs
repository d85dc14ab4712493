//! A small mail server on loopback, strict about the order of commands, with faults on demand.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::common::wait::until;

/// A received mail.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) text: String,
}

#[derive(Default)]
struct State {
    mails: Vec<Mail>,
    violations: Vec<String>,
    /// Answer to every RCPT, if not 250.
    refusal: Option<&'static str>,
    refused: usize,
}

/// The server and its mails.
#[derive(Clone)]
pub(crate) struct Mailbox {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Mailbox {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state }
    }

    /// Answers every recipient with `with`; `None` accepts mail again.
    pub(crate) fn refuse(&self, with: Option<&'static str>) {
        lock(&self.state).refusal = with;
    }

    /// Number of refused recipients.
    pub(crate) fn refused(&self) -> usize {
        lock(&self.state).refused
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        lock(&self.state).mails.clone()
    }

    /// The latest mail, once this number has arrived.
    pub(crate) async fn wait_for(&self, count: usize) -> Mail {
        until("the mail has come", async || self.mails().len() >= count).await;
        let mails = self.mails();
        assert_eq!(mails.len(), count, "no more than that");
        mails[count - 1].clone()
    }

    pub(crate) fn assert_no_violation(&self) {
        let state = lock(&self.state);
        assert!(state.violations.is_empty(), "{:?}", state.violations);
    }
}

impl Mail {
    /// The link, which is on a separate line.
    pub(crate) fn link(&self) -> String {
        let mut lines = self.text.lines();
        lines.find(|line| line.starts_with("http")).unwrap().into()
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One SMTP session: EHLO, then MAIL, RCPT, DATA in this order, then QUIT.
async fn talk(stream: TcpStream, state: Arc<Mutex<State>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let (mut from, mut to) = (None::<String>, None::<String>);
    let mut say = async |text: &str| write.write_all(format!("{text}\r\n").as_bytes()).await;
    say("220 mail.example ESMTP").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        let answer = match (verb.to_ascii_uppercase().as_str(), &from, &to) {
            ("EHLO", None, None) if !rest.is_empty() => "250 mail.example".to_owned(),
            ("MAIL", None, None) => {
                from = rest.strip_prefix("FROM:").map(address);
                "250 ok".to_owned()
            }
            ("RCPT", Some(_), None) => {
                let mut state = lock(&state);
                state.refused += usize::from(state.refusal.is_some());
                if state.refusal.is_none() {
                    to = rest.strip_prefix("TO:").map(address);
                }
                state.refusal.unwrap_or("250 ok").to_owned()
            }
            ("DATA", Some(_), Some(to)) => {
                say("354 go on").await.unwrap();
                let mut raw = String::new();
                while let Some(line) = lines.next_line().await.unwrap()
                    && line != "."
                {
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                    raw.push('\n');
                }
                let mail = opened(to.clone(), &raw);
                lock(&state).mails.push(mail);
                "250 queued".to_owned()
            }
            ("RSET", _, _) => {
                (from, to) = (None, None);
                "250 ok".to_owned()
            }
            ("QUIT", _, _) => {
                let _gone = say("221 bye").await;
                return;
            }
            _ => {
                lock(&state).violations.push(line.clone());
                "503 not now".to_owned()
            }
        };
        say(&answer).await.unwrap();
    }
}

fn address(text: &str) -> String {
    let text = text.trim().split('>').next().unwrap();
    text.trim_start_matches('<').to_owned()
}

fn opened(to: String, raw: &str) -> Mail {
    let (head, body) = raw.split_once("\n\n").unwrap();
    assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
    assert!(head.contains(&format!("To: {to}")), "{head}");
    let text = match head.contains("quoted-printable") {
        true => unquoted(body),
        false => body.to_owned(),
    };
    Mail { to, text }
}

/// RFC 2045, 6.7, for ASCII only.
fn unquoted(body: &str) -> String {
    let joined = body.replace("=\n", "");
    let mut parts = joined.split('=');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at(2);
        text.push(char::from(u8::from_str_radix(code, 16).unwrap()));
        text.push_str(rest);
    }
    text
}
