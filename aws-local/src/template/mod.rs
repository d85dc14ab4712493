//! The stack in template.yaml, for tests: emulated queues and tables are created from the deployed template, and tests
//! compare the template with what the code expects.

mod error;
mod resolve;
mod rights;
mod specs;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

pub use error::TemplateError;
pub use rights::Right;
pub use specs::{EventSource, Function, Queue, Secret, Table};

/// Region in resolved names and URLs.
pub const REGION: &str = "us-east-1";

/// Account in resolved names and URLs.
pub const ACCOUNT: &str = "123456789012";

/// The template, for one stack.
pub struct Template {
    document: Value,
    stack: String,
    parameters: BTreeMap<String, String>,
    made: BTreeMap<String, String>,
}

impl Template {
    /// The repository's template.yaml, for a stack of this name.
    ///
    /// # Errors
    /// The file is unreadable or not a template.
    pub fn of_stack(stack: &str) -> Result<Self, TemplateError> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let text = std::fs::read_to_string(&path)
            .map_err(|error| TemplateError(format!("template.yaml can't be read: {error}")))?;
        Self::parse(&text, stack)
    }

    /// Parses a template.
    ///
    /// # Errors
    /// The text is not a template.
    pub fn parse(text: &str, stack: &str) -> Result<Self, TemplateError> {
        let document = yaml::read(text)?;
        if !document["Resources"].is_object() {
            return Err(TemplateError("the template has no Resources".to_owned()));
        }
        Ok(Self {
            document,
            stack: stack.to_owned(),
            parameters: BTreeMap::new(),
            made: BTreeMap::new(),
        })
    }

    /// Sets a parameter, as `sam deploy --parameter-overrides` does.
    #[must_use]
    pub fn with_parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets a resource's `Ref` value, such as an emulated queue's URL.
    #[must_use]
    pub fn with_made(mut self, resource: &str, reference: &str) -> Self {
        self.made.insert(resource.to_owned(), reference.to_owned());
        self
    }

    /// The stack's name.
    pub fn stack(&self) -> &str {
        &self.stack
    }

    /// The whole document, in CloudFormation's long form.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Names and definitions of all resources of a type, such as `AWS::SQS::Queue`.
    pub fn resources(&self, kind: &str) -> Vec<(&str, &Value)> {
        let all = self.document["Resources"].as_object().into_iter().flatten();
        let of_kind = all.filter(|(_, resource)| resource["Type"] == kind);
        of_kind.map(|(name, it)| (name.as_str(), it)).collect()
    }

    /// A property of a resource.
    ///
    /// # Errors
    /// The resource or the property does not exist.
    pub fn property(&self, resource: &str, property: &str) -> Result<&Value, TemplateError> {
        let found = self.document["Resources"][resource]["Properties"].get(property);
        found.ok_or_else(|| TemplateError(format!("template.yaml: {resource} has no {property}")))
    }

    fn kind(&self, resource: &str) -> Result<&str, TemplateError> {
        let kind = self.document["Resources"][resource]["Type"].as_str();
        kind.ok_or_else(|| TemplateError(format!("template.yaml has no resource {resource}")))
    }

    /// All names that the template refers to: parameters, resources, pseudo parameters.
    pub fn references(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        gather(&self.document, &mut names);
        names
    }
}

fn gather(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, names)),
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("Ref", Value::String(name)) => drop(names.insert(name.clone())),
                    ("Fn::GetAtt", Value::Array(path)) => {
                        names.extend(path.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    ("Fn::Sub", Value::String(text)) => names.extend(substituted(text)),
                    _ => gather(value, names),
                }
            }
        }
        _ => {}
    }
}

/// The names within `${…}`.
fn substituted(text: &str) -> impl Iterator<Item = String> {
    let inner = text.split("${").skip(1);
    inner.filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        name.split('.').next().map(str::to_owned)
    })
}
