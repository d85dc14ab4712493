//! A bridge, and a browser that keeps cookies.

use std::sync::Mutex;

use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use serde_json::Value;
use simulator::{ConsentOptions, Grant};
use url::Url;

use crate::common::wait::client;
use crate::setup::ground::{Ground, PROJECT};
use crate::setup::whole_loop::Served;

pub(crate) const APP: &str = "simulated";

/// A running bridge without connections, and what is beside it.
pub(crate) struct Site {
    pub(crate) ground: Ground,
    pub(crate) served: Served,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::over(Ground::new().await)
    }

    pub(crate) fn over(ground: Ground) -> Self {
        // The address is known later, and is given to the command.
        let settings = [("ONBOARD_URL", "http://127.0.0.1")];
        let served = Served::start_with(&ground, "127.0.0.1:0", &settings);
        Self { ground, served }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.served.address)
    }

    /// `bridge onboard NAME`, with these arguments. Returns the link.
    pub(crate) async fn link(&self, name: &str, more: &[&str]) -> String {
        let url = self.url();
        let args = ["onboard", name, "--url", &url, "--app", APP, "--json"];
        let made = self.ground.bridge(&[&args[..], more].concat()).await.json();
        made["link"].as_str().unwrap().to_owned()
    }

    /// A browser that has opened a new link, and returned from an approval.
    pub(crate) async fn returned(&self, name: &str, grant: &Grant) -> (Browser, Page) {
        let link = self.link(name, &["--project", PROJECT]).await;
        let browser = Browser::default();
        let welcome = browser.open(&link).await;
        let back = welcome.back(&grant.install_id);
        let form = browser.open(&back).await;
        assert_eq!(form.status, 200, "{}", form.html);
        (browser, form)
    }

    pub(crate) fn grant(&self, organization: &str) -> Grant {
        self.ground.opentrain.consent(ConsentOptions {
            organization: organization.to_owned(),
            ..ConsentOptions::default()
        })
    }

    pub(crate) async fn state(&self, name: &str) -> Value {
        let listed = self.ground.bridge(&["onboard", "--list", "--json"]).await;
        let listed = listed.json();
        let links = listed["links"].as_array().unwrap();
        let own = links.iter().rfind(|it| it["connection"] == name);
        own.unwrap()["state"].clone()
    }

    /// Stops the bridge. Its log has no token and no secret.
    pub(crate) fn close(self) {
        let log = self.served.kill();
        self.ground.search(&log);
        self.ground.close();
    }
}

/// A page as a browser shows it.
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

impl Page {
    #[track_caller]
    pub(crate) fn shows(&self, texts: &[&str]) {
        for text in texts {
            assert!(
                self.html.contains(text),
                "{text}: {} {}",
                self.status,
                self.html
            );
        }
    }

    /// Address of a link with this label.
    pub(crate) fn href(&self, label: &str) -> Url {
        let (before, _) = self.html.split_once(&format!(">{label}</a>")).unwrap();
        let href = before.rsplit_once("href=\"").unwrap().1;
        let href = href.split('"').next().unwrap().replace("&amp;", "&");
        self.url.join(&href).unwrap()
    }

    /// Value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let (_, rest) = self
            .html
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// The address to which OpenTrain leads back after an approval.
    pub(crate) fn back(&self, install: &str) -> String {
        let consent = self.href("Continue to OpenTrain");
        let find = |name: &str| {
            let mut pairs = consent.query_pairs();
            pairs.find(|(own, _)| own == name).unwrap().1.into_owned()
        };
        let mut back = Url::parse(&find("redirect_uri")).unwrap();
        back.query_pairs_mut()
            .append_pair("opentrain_install_id", install)
            .append_pair("state", &find("state"));
        back.to_string()
    }
}

/// Keeps one cookie, and follows redirects after forms.
#[derive(Default)]
pub(crate) struct Browser {
    cookie: Mutex<Option<String>>,
}

impl Browser {
    /// The cookie, as it is sent.
    pub(crate) fn cookie(&self) -> String {
        self.cookie.lock().unwrap().clone().unwrap()
    }

    pub(crate) async fn open(&self, url: &str) -> Page {
        let mut url = Url::parse(url).unwrap();
        loop {
            let page = self.send(client().get(url.clone()), url).await;
            match page.headers.get(LOCATION) {
                Some(to) => url = page.url.join(to.to_str().unwrap()).unwrap(),
                None => return page,
            }
        }
    }

    /// Sends a form to a page beside `from`, and follows the answer.
    pub(crate) async fn post(&self, from: &Page, to: &str, fields: &[(&str, &str)]) -> Page {
        let url = from.url.join(to).unwrap();
        let form = fields.iter().copied();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = client()
            .post(url.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(form);
        let page = self.send(request, url).await;
        match page.headers.get(LOCATION) {
            Some(next) => {
                assert_eq!(page.status, 303);
                let next = page.url.join(next.to_str().unwrap()).unwrap();
                self.open(next.as_str()).await
            }
            None => page,
        }
    }

    /// Enters a token in the form.
    pub(crate) async fn enter(&self, form: &Page, token: &str) -> Page {
        let (field, install) = (form.hidden("form"), form.hidden("install"));
        let fields = [("form", &*field), ("install", &install), ("token", token)];
        let page = self.post(form, "token", &fields).await;
        assert!(
            token.is_empty() || !page.html.contains(token),
            "it is echoed: {}",
            page.html
        );
        assert!(!page.url.as_str().contains("ot_ptk_"));
        page
    }

    async fn send(&self, request: reqwest::RequestBuilder, url: Url) -> Page {
        let cookie = self.cookie.lock().unwrap().clone();
        let request = match cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        if let Some(set) = headers.get(SET_COOKIE) {
            let set = set.to_str().unwrap();
            for part in ["HttpOnly", "SameSite=Lax", "Path=/onboard;", "Max-Age=6"] {
                assert!(set.contains(part), "{set}");
            }
            let pair = set.split(';').next().unwrap().to_owned();
            *self.cookie.lock().unwrap() = Some(pair);
        }
        let html = answer.text().await.unwrap();
        Page {
            url,
            status,
            headers,
            html,
        }
    }
}
