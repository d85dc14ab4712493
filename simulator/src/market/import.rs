//! Formats of a job description, read into update keys.

use serde_json::{Map, Value, json};

use super::draft::{KEYS, MOST_SHORT};
use crate::kit::{
    refusal::Refusal,
    schema::{at, check_fields},
};

pub(crate) const FORMATS: [&str; 5] = [
    "text",
    "opentrain_canonical",
    "schema_org_job_posting",
    "indeed_xml",
    "hr_xml",
];

/// Result of reading a description.
#[derive(Default)]
pub(crate) struct Import {
    pub(crate) format: &'static str,
    pub(crate) fields: Map<String, Value>,
    pub(crate) unmapped: Vec<Value>,
    /// Keys that were guessed.
    pub(crate) guessed: Vec<&'static str>,
}

/// Free text: its first line is taken for the title.
pub(crate) fn text(text: &str) -> Result<Import, Refusal> {
    let mut import = Import {
        format: "text",
        ..Import::default()
    };
    let title = text.lines().map(str::trim).find(|line| !line.is_empty());
    if let Some(title) = title {
        let title: String = title.chars().take(MOST_SHORT).collect();
        import.fields.insert("jobTitle".to_owned(), title.into());
        import.guessed.push("jobTitle");
    }
    import.set("jobDescription", text);
    import.checked()
}

/// The update keys themselves. Unknown keys are listed, and a known one must have its type.
pub(crate) fn canonical(job: &Map<String, Value>) -> Result<Import, Refusal> {
    let mut import = Import {
        format: "opentrain_canonical",
        ..Import::default()
    };
    for (key, value) in job {
        match KEYS.iter().any(|own| own.name == key) {
            true => {
                import.fields.insert(key.clone(), value.clone());
            }
            false => import.unmapped(&format!("job.{key}"), "unknown key"),
        }
    }
    import.checked()
}

/// A `JobPosting` of schema.org.
pub(crate) fn schema_org(posting: &Map<String, Value>) -> Result<Import, Refusal> {
    let mut import = Import {
        format: "schema_org_job_posting",
        ..Import::default()
    };
    for (key, value) in posting {
        match (key.as_str(), value) {
            ("@context" | "@type", _) => {}
            ("title", Value::String(text)) => import.set("jobTitle", text),
            ("description", Value::String(text)) => import.set("jobDescription", text),
            ("baseSalary", salary) => import.salary(salary),
            ("totalJobOpenings", Value::Number(count)) => {
                import.fields.insert("headcount".to_owned(), json!(count));
            }
            _ => import.unmapped(&format!("jsonLd.{key}"), "no matching update key"),
        }
    }
    import.checked()
}

/// The elements of a feed that have a matching key. `indeed_xml` and `hr_xml` name them differently.
pub(crate) fn xml(format: &'static str, xml: &str) -> Result<Import, Refusal> {
    let mut import = Import {
        format,
        ..Import::default()
    };
    let known: [(&str, &[&str]); 2] = [
        ("jobTitle", &["title", "PositionTitle"]),
        ("jobDescription", &["description", "PositionDescription"]),
    ];
    for (key, tags) in known {
        let text = tags.iter().find_map(|tag| element(xml, tag));
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            import.set(key, text);
        }
    }
    if import.fields.is_empty() {
        return Err(at("xml", "has neither a title nor a description"));
    }
    import.checked()
}

/// Content of the first element with this name, without its CDATA marks.
fn element<'a>(xml: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{tag}>"))?;
    let (content, _) = rest.split_once(&format!("</{tag}>"))?;
    let content = content.trim();
    let inner = content.strip_prefix("<![CDATA[");
    let inner = inner.and_then(|inner| inner.strip_suffix("]]>"));
    Some(inner.unwrap_or(content).trim())
}

impl Import {
    /// Refuses a value that is not allowed for its update key.
    fn checked(self) -> Result<Self, Refusal> {
        check_fields(&self.fields, &KEYS)?;
        Ok(self)
    }

    fn set(&mut self, key: &str, text: &str) {
        self.fields.insert(key.to_owned(), text.into());
    }

    fn unmapped(&mut self, path: &str, reason: &str) {
        self.unmapped.push(json!({"path": path, "reason": reason}));
    }

    /// `{value: {value, unitText: "HOUR"}}`; another unit is not mapped.
    fn salary(&mut self, salary: &Value) {
        let value = &salary["value"];
        match (&value["value"], value["unitText"].as_str()) {
            (price @ Value::Number(_), Some("HOUR")) => {
                self.set("paymentType", "PAY_PER_HOUR");
                self.fields.insert("pricePerHour".to_owned(), price.clone());
            }
            _ => self.unmapped("jsonLd.baseSalary", "only pay by the hour is mapped"),
        }
    }
}
