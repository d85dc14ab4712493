//! The OpenAPI documents, and the comparison of every exchange of this suite with them.

pub(crate) mod client;
mod exchange;
mod served;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::OpenTrain;
use tokio::sync::OnceCell;

use client::plain_client;
pub(crate) use exchange::Exchange;

/// Bases with a document.
pub(crate) const BASES: [&str; 4] = [
    "/api/public/v1",
    "/api/agent",
    "/api/partner/v1",
    "/sandbox",
];

/// A served document.
pub(crate) struct Document {
    pub(crate) base: &'static str,
    pub(crate) json: Value,
    /// By the pointer of the schema.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// An operation, and its pointer in the document.
pub(crate) struct Found<'a> {
    pub(crate) json: &'a Value,
    pub(crate) pointer: String,
}

/// The documents, read once from a server of their own.
pub(crate) async fn all() -> &'static [Document] {
    static ALL: OnceCell<Vec<Document>> = OnceCell::const_new();
    ALL.get_or_init(|| async {
        let opentrain = OpenTrain::start().await.unwrap();
        let mut documents = Vec::new();
        for base in BASES {
            let url = format!("{}{base}/openapi.json", opentrain.base_url());
            let answer = plain_client().get(url).send().await.unwrap();
            documents.push(Document {
                base,
                json: answer.json().await.unwrap(),
                validators: Mutex::default(),
            });
        }
        documents
    })
    .await
}

impl Document {
    /// The operations of a path: those of the template with the fewest ids that fits.
    pub(crate) fn path(&self, path: &str) -> Option<(&String, &Value)> {
        let paths = self.json["paths"].as_object()?;
        let fits = paths.iter().filter(|(template, _)| fits(template, path));
        fits.min_by_key(|(template, _)| template.matches('{').count())
    }

    pub(crate) fn operation(&self, method: &Method, path: &str) -> Option<Found<'_>> {
        let (template, operations) = self.path(path)?;
        let method = method.as_str().to_lowercase();
        Some(Found {
            json: operations.get(&method)?,
            pointer: format!("/paths/{}/{method}", template.replace('/', "~1")),
        })
    }

    /// The faults of a value by the schema at this pointer.
    pub(crate) fn faults(&self, pointer: &str, value: &Value) -> Vec<String> {
        let validator = self.validator(pointer);
        let errors = validator.iter_errors(value);
        errors
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    fn validator(&self, pointer: &str) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let known = validators.entry(pointer.to_owned());
        let build = || {
            let schema = self.json.pointer(pointer).unwrap();
            // References in the schema point into the components.
            let schema = json!({"components": self.json["components"], "allOf": [schema]});
            let options = jsonschema::options().should_validate_formats(true);
            Arc::new(options.build(&schema).unwrap())
        };
        Arc::clone(known.or_insert_with(build))
    }
}

fn fits(template: &str, path: &str) -> bool {
    let template: Vec<&str> = template.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    let same = template.iter().zip(&path).all(|(part, own)| {
        let id = part.starts_with('{') && !own.is_empty();
        id || part == own
    });
    same && template.len() == path.len()
}
