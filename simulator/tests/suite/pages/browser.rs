//! A browser without JavaScript: it reads the forms of a page and sends them.

use reqwest::{Method, StatusCode};
use url::Url;

use crate::{employer::support::Market, support::Ask};

/// A page as it was received.
pub(super) struct Page {
    pub(super) status: u16,
    /// The address after all redirects.
    pub(super) url: Url,
    pub(super) html: String,
}

impl Page {
    pub(super) fn shows(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    #[track_caller]
    pub(super) fn assert_shows(&self, texts: &[&str]) {
        let shown = self.text();
        for text in texts {
            assert!(shown.contains(text), "{text} is not in {shown}");
        }
    }

    /// The text without tags, each replaced by a space; the words keep one space between them.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for part in self.html.split('<') {
            text.push(' ');
            text.push_str(part.split_once('>').map_or("", |(_, text)| text));
        }
        unescaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The forms of an operation, in order.
    fn forms(&self, operation: &str) -> Vec<&str> {
        let start = format!("action=\"/do/{operation}\"");
        let parts = self.html.split("<form ").skip(1);
        let forms =
            parts.filter(|own| own.starts_with(&format!("class=\"call\" method=\"post\" {start}")));
        forms
            .map(|own| own.split("</form>").next().unwrap())
            .collect()
    }

    pub(super) fn has_form(&self, operation: &str) -> bool {
        !self.forms(operation).is_empty()
    }

    /// The fields of the first form of an operation whose values include `with`.
    pub(super) fn fields(&self, operation: &str, with: &str) -> Vec<(String, String)> {
        let forms = self.forms(operation);
        let mut fields = forms.iter().map(|own| fields(own));
        let wanted = |own: &Vec<(String, String)>| {
            with.is_empty() || own.iter().any(|(_, value)| value == with)
        };
        let found = fields.find(wanted);
        assert!(
            found.is_some(),
            "no form {operation} with {with:?}: {}",
            self.text()
        );
        found.unwrap()
    }

    /// The JSON call that is printed beside the first form of an operation: method, path and body.
    pub(super) fn printed(&self, operation: &str) -> (Method, String, serde_json::Value) {
        let form = self.forms(operation)[0];
        let (_, rest) = form.split_once("<code class=\"json\"").unwrap();
        let (_, call) = rest.split_once('>').unwrap();
        let call = unescaped(call.split("</code>").next().unwrap());
        let mut parts = call.splitn(3, ' ');
        let method = parts.next().unwrap().parse().unwrap();
        let path = parts.next().unwrap().to_owned();
        let body = parts.next().unwrap_or("null");
        (method, path, serde_json::from_str(body).unwrap())
    }

    /// Targets of the links with this label.
    pub(super) fn links(&self, label: &str) -> Vec<String> {
        let parts = self.html.split("<a ").skip(1);
        let links = parts.filter_map(|own| {
            let (tag, rest) = own.split_once('>')?;
            let shown = unescaped(rest.split("</a>").next()?);
            (shown == label).then(|| attribute(tag, "href")).flatten()
        });
        links.collect()
    }
}

/// A browser on the pages of a market.
pub(super) struct Browser<'m>(pub(super) &'m Market);

impl Browser<'_> {
    /// Opens a path, or an address on this origin.
    pub(super) async fn open(&self, address: &str) -> Page {
        let path = address.strip_prefix(&self.0.opentrain.base_url());
        let request = self.0.request(Method::GET, path.unwrap_or(address));
        receive(request).await
    }

    /// Sends a form of the page, with these changes. Follows the redirect.
    pub(super) async fn send(
        &self,
        page: &Page,
        operation: &str,
        changes: &[(&str, &str)],
    ) -> Page {
        self.send_with(page, (operation, ""), changes).await
    }

    /// As `send`, for the form that has the value `with`.
    pub(super) async fn send_with(
        &self,
        page: &Page,
        (operation, with): (&str, &str),
        changes: &[(&str, &str)],
    ) -> Page {
        let mut fields = page.fields(operation, with);
        for (name, value) in changes {
            fields.retain(|(own, _)| own != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        receive(
            self.post(operation, &fields)
                .header("sec-fetch-site", "same-origin"),
        )
        .await
    }

    pub(super) fn post(&self, operation: &str, fields: &[(String, String)]) -> Ask {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let request = self.0.request(Method::POST, &format!("/do/{operation}"));
        let kind = "application/x-www-form-urlencoded";
        request.header("content-type", kind).body(form.finish())
    }
}

pub(super) async fn receive(request: Ask) -> Page {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert_eq!(kind, "text/html; charset=utf-8", "{status}");
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR);
    Page {
        status: status.as_u16(),
        url: answer.url().clone(),
        html: answer.text().await.unwrap(),
    }
}

/// What a browser sends of a form as it stands.
fn fields(form: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for part in form.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let has = |name: &str| tag.split(' ').any(|own| own == name);
        let name = attribute(tag, "name");
        let value = attribute(tag, "value").unwrap_or_default();
        let is_switch = tag.contains("type=\"checkbox\"") || tag.contains("type=\"radio\"");
        match (tag.split(' ').next(), name) {
            (Some("input"), Some(name)) if !is_switch || (has("checked") && !has("disabled")) => {
                fields.push((name, value));
            }
            (Some("textarea"), Some(name)) => fields.push((name, unescaped(text))),
            (Some("select"), Some(name)) => fields.push((name, String::new())),
            (Some("option"), _) if has("selected") => fields.last_mut().unwrap().1 = value,
            _ => {}
        }
    }
    fields
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&quot;", "\"").replace("&amp;", "&")
}
