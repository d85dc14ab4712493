//! `bridge console` as a process, and a browser's requests to it. Uses no other helper, because several test binaries
//! include it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, RequestBuilder};

/// Time limit for a run in the background.
const PATIENCE: Duration = Duration::from_secs(60);

/// Marks of secrets and of addresses in test data. Pages may have names, which begin with `Canary usr_`.
const SECRET: [&str; 3] = ["canary", "ot_ptk_", "whsec_"];

/// A running console.
pub(crate) struct Console {
    child: Child,
    client: reqwest::Client,
    pub(crate) origin: String,
    /// The link that it has printed.
    pub(crate) link: String,
    pub(crate) cookie: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Asserts that the page has all these texts.
    #[track_caller]
    pub(crate) fn has(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.body.contains(text), "no `{text}` in {}", self.body);
        }
        self
    }

    #[track_caller]
    pub(crate) fn lacks(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(!self.body.contains(text), "`{text}` in {}", self.body);
        }
        self
    }

    /// Address to which the browser goes next.
    #[track_caller]
    pub(crate) fn next(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.body);
        self.headers[LOCATION].to_str().unwrap()
    }

    /// The values of an attribute that begin with `start`, with `&amp;` read.
    pub(crate) fn values(&self, attribute: &str, start: &str) -> Vec<String> {
        let marked = format!("{attribute}=\"");
        let values = self.body.split(marked.as_str()).skip(1);
        let values = values.filter_map(|rest| rest.split('"').next());
        let own = values.filter(|value| value.starts_with(start));
        own.map(|value| value.replace("&amp;", "&")).collect()
    }
}

impl Console {
    /// Starts it, without opening its link.
    pub(crate) async fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let read = move || {
            let mut lines = out.lines().map_while(Result::ok);
            lines.find_map(|line| Some(line.trim().to_owned()).filter(|it| it.starts_with("http")))
        };
        let link = tokio::task::spawn_blocking(read).await.unwrap();
        let link = link.unwrap_or_else(|| panic!("the console prints no link"));
        let (origin, _) = link.split_once("/open").unwrap();
        Self {
            child,
            client: client(),
            origin: origin.to_owned(),
            cookie: String::new(),
            link,
        }
    }

    /// Opens the link and keeps the cookie.
    pub(crate) async fn open(&mut self) -> Answer {
        let answer = self.send(self.client.get(&self.link)).await.is(303);
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        self.cookie = cookie.split(';').next().unwrap().to_owned();
        answer
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}{path}", self.origin));
        request.header(COOKIE, &self.cookie)
    }

    /// Sends a request. The page may have names, and nothing else that is personal or secret.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await.unwrap();
        let searched = body.replace("Canary usr_", "").to_lowercase();
        for secret in SECRET {
            assert!(!searched.contains(secret), "it leaks: {body}");
        }
        Answer {
            status,
            headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// A page, with status 200.
    pub(crate) async fn page(&self, path: &str) -> Answer {
        self.get(path).await.is(200)
    }

    /// Sends a form as a browser does from a page of the console.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path);
        let request = request.header("sec-fetch-site", "same-origin");
        self.send(form(request, fields)).await
    }

    /// The page of a run in the background, once it has ended.
    pub(crate) async fn ended(&self, path: &str) -> Answer {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        let ended = async {
            loop {
                look.tick().await;
                let page = self.page(path).await;
                if !page.body.contains(">running<") {
                    return page;
                }
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.unwrap()
    }
}

fn client() -> reqwest::Client {
    let base = shared::http::BaseUrl::parse("http://127.0.0.1").unwrap();
    shared::http::client(&base, PATIENCE).unwrap()
}

pub(crate) fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(body.finish())
}

impl Drop for Console {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}
