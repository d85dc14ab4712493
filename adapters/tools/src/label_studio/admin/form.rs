//! Parses a form of Django's admin, so that it can be sent back unchanged.
//!
//! The admin's only interface is its pages. Django renders them in a regular form: one form with an id, with inputs,
//! selects and text areas. Anything else is refused.

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: String,
    value: String,
    /// Whether it would be sent. An unchecked box would not.
    sent: bool,
}

/// Fields of a form, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form(Vec<Field>);

impl Form {
    /// Finds the form with that id; `None` if the page has none.
    pub(super) fn find(page: &str, id: &str) -> Option<Self> {
        let mut rest = page;
        while let Some(at) = rest.find("<form") {
            rest = &rest[at + "<form".len()..];
            let (tag, body) = rest.split_once('>')?;
            if attribute(tag, "id").as_deref() == Some(id) {
                let (body, _) = body.split_once("</form>")?;
                return Some(Self(fields(body)));
            }
        }
        None
    }

    /// Whether a box is checked; `None` if there is no such box.
    pub(super) fn ticked(&self, name: &str) -> Option<bool> {
        self.0
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.sent)
    }

    /// Checks or unchecks a box; false if there is no such box.
    #[must_use]
    pub(super) fn tick(&mut self, name: &str, ticked: bool) -> bool {
        self.change(name, |field| field.sent = ticked)
    }

    /// Empties a field; false if there is no such field.
    #[must_use]
    pub(super) fn empty(&mut self, name: &str) -> bool {
        self.change(name, |field| field.value.clear())
    }

    /// The value of a field, if it would be sent.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|field| field.name == name && field.sent);
        field.map(|field| field.value.as_str())
    }

    /// The body that a browser would send.
    pub(super) fn body(&self) -> String {
        let sent = self.0.iter().filter(|field| field.sent);
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for field in sent {
            body.append_pair(&field.name, &field.value);
        }
        body.append_pair("_save", "Save");
        body.finish()
    }

    fn change(&mut self, name: &str, change: impl Fn(&mut Field)) -> bool {
        let mut fields = self.0.iter_mut().filter(|field| field.name == name);
        let field = fields.next();
        let found = field.is_some();
        field.into_iter().for_each(change);
        found
    }
}

fn fields(body: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let Some((tag, after)) = rest.split_once('>') else {
            break;
        };
        let kind = tag.split(|c: char| c.is_whitespace()).next();
        let name = attribute(tag, "name");
        match (kind, name) {
            (Some("input"), Some(name)) => fields.extend(input(tag, name)),
            (Some("select"), Some(name)) => fields.extend(select(after, name)),
            (Some("textarea"), Some(name)) => {
                let text = after.split("</textarea>").next().unwrap_or_default();
                // HTML drops a line end directly after the tag.
                let text = text.strip_prefix('\n').unwrap_or(text);
                fields.push(field(name, unescaped(text), true));
            }
            _ => {}
        }
        rest = after;
    }
    fields
}

fn input(tag: &str, name: String) -> Option<Field> {
    let kind = attribute(tag, "type").unwrap_or_else(|| "text".to_owned());
    let value = attribute(tag, "value");
    match kind.as_str() {
        "submit" | "button" | "reset" | "image" | "file" => None,
        "checkbox" | "radio" => {
            let ticked = words(tag).any(|word| word == "checked" || word.starts_with("checked="));
            Some(field(
                name,
                value.unwrap_or_else(|| "on".to_owned()),
                ticked,
            ))
        }
        _ => Some(field(name, value.unwrap_or_default(), true)),
    }
}

fn select(after: &str, name: String) -> Vec<Field> {
    let options = after.split("</select>").next().unwrap_or_default();
    let tags = options.split("<option").skip(1);
    let tags = tags.filter_map(|rest| rest.split('>').next());
    let chosen = tags.filter(|tag| words(tag).any(|word| word == "selected"));
    chosen
        .map(|tag| {
            let value = attribute(tag, "value").unwrap_or_default();
            field(name.clone(), value, true)
        })
        .collect()
}

fn field(name: String, value: String, sent: bool) -> Field {
    Field { name, value, sent }
}

/// The words of a tag outside of quotes.
fn words(tag: &str) -> impl Iterator<Item = &str> {
    tag.split('"')
        .step_by(2)
        .flat_map(|outside| outside.split_whitespace())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut quoted = tag.split('"');
    while let Some(before) = quoted.next() {
        let value = quoted.next()?;
        let own = before.trim_end().strip_suffix('=')?;
        if own.split_whitespace().next_back() == Some(name) {
            return Some(unescaped(value));
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let plain = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
    ];
    let text = plain
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    // Last, so that its result is not unescaped again.
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cut from a page of Label Studio 1.23.2.
    const PAGE: &str = r#"
<form id="logout-form" method="post" action="/admin/logout/">
<input type="hidden" name="csrfmiddlewaretoken" value="other"><button type="submit">Log out</button></form>
<form method="post" id="user_form" novalidate><input type="hidden" name="csrfmiddlewaretoken" value="abc">
<input type="email" name="email" value="dave@example.org" class="vTextField" maxlength="254" id="id_email">
<input type="text" name="first_name" value="D&#x27;Arc &amp;lt; &quot;x&quot;" class="vTextField" maxlength="256">
<input type="text" name="last_name" class="vTextField" maxlength="256" id="id_last_name">
<input type="checkbox" name="is_active" aria-describedby="id_is_active_helptext" id="id_is_active" checked><label>Active</label>
<input type="checkbox" name="is_staff" title="not checked at all" id="id_is_staff"><label>Staff</label>
<select name="user" required id="id_user"><option value="">---------</option>
<option value="1">a</option><option value="2" selected>b</option></select>
<textarea name="about" rows="3">
one &lt;two&gt;
three</textarea>
<input type="submit" value="Save" class="default" name="_save"></form>"#;

    fn form() -> Form {
        Form::find(PAGE, "user_form").unwrap()
    }

    #[test]
    fn a_form_is_sent_back_as_it_was() {
        assert_eq!(
            form().body(),
            "csrfmiddlewaretoken=abc&email=dave%40example.org&first_name=D%27Arc+%26lt%3B+%22x%22&last_name=\
             &is_active=on&user=2&about=one+%3Ctwo%3E%0Athree&_save=Save"
        );
    }

    #[test]
    fn a_box_that_is_not_ticked_is_known_and_not_sent() {
        let mut form = form();
        assert_eq!(
            (form.ticked("is_active"), form.ticked("is_staff")),
            (Some(true), Some(false))
        );
        assert!(form.tick("is_active", false));
        assert!(!form.body().contains("is_active"));
        assert!(!form.tick("is_gone", true), "no such box");
        assert_eq!(form.ticked("is_gone"), None);
    }

    #[test]
    fn a_page_without_the_form_has_none() {
        assert_eq!(Form::find(PAGE, "organizationmember_form"), None);
        assert_eq!(Form::find("<form id=\"user_form\"", "user_form"), None);
    }
}
