//! Drafts of jobs.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::validation::{MissingField, Validation};
use super::{JobStatus, Other, PublicClient};
use crate::model::ids::JobId;
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;

/// A job to draft.
#[derive(Clone)]
pub struct NewDraft {
    pub description: Description,
    /// The job's id in another system.
    pub external_id: Option<String>,
    /// A repeated key returns the existing draft.
    pub idempotency_key: Option<String>,
}

/// The description of a job, in one of several formats.
#[derive(Clone)]
pub enum Description {
    /// Free text, up to 60 000 characters.
    Text(String),
    /// Update keys with their values.
    Fields(Map<String, Value>),
    /// A `JobPosting` of schema.org.
    JsonLd(Map<String, Value>),
    /// XML, with its format: `indeed_xml` or `hr_xml`.
    Xml(&'static str, String),
}

/// A draft after a change, with its missing fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    pub job_id: JobId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: Option<JobStatus>,
    /// The page on which a human reviews the draft.
    #[serde(default, deserialize_with = "lenient::text")]
    pub draft_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub validation: Validation,
    /// Only in the answer to a creation.
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    missing_fields: Vec<MissingField>,
    #[serde(flatten)]
    pub other: Other,
}

impl Draft {
    /// The missing fields, wherever OpenTrain lists them.
    pub fn missing(&self) -> &[MissingField] {
        let own = &self.validation.missing_fields;
        let described = own.iter().any(|it| it.prompt.is_some());
        match described || self.missing_fields.is_empty() {
            true => own,
            false => &self.missing_fields,
        }
    }
}

impl NewDraft {
    fn body(&self) -> Value {
        let mut body = match &self.description {
            Description::Text(text) => json!({ "rawJobDescription": text }),
            Description::Fields(job) => json!({ "format": "opentrain_canonical", "job": job }),
            Description::JsonLd(posting) => {
                json!({ "format": "schema_org_job_posting", "jsonLd": posting })
            }
            Description::Xml(format, xml) => json!({ "format": format, "xml": xml }),
        };
        let keys = [
            ("externalId", &self.external_id),
            ("idempotencyKey", &self.idempotency_key),
        ];
        for (name, value) in keys {
            if let Some(value) = value {
                body[name] = value.as_str().into();
            }
        }
        body
    }
}

const MISSING: &str =
    "such draft of this account: it was published or deleted, or it belongs to another account";

static CREATE: Call = Call::write(Method::POST, MISSING);
static UPDATE: Call = Call::write(Method::PATCH, MISSING)
    .on_conflict("The job is published already: change it with `bridge employer update-job`.");

impl PublicClient {
    pub async fn create_draft(&self, new: &NewDraft) -> Result<Draft, OpenTrainError> {
        let request = self.ask(&CREATE, &["job-drafts"])?;
        request.body(new.body()).read().await
    }

    /// Sets update keys of an unpublished draft.
    pub async fn update_draft(
        &self,
        job: &JobId,
        changes: &Map<String, Value>,
    ) -> Result<Draft, OpenTrainError> {
        let request = self.ask(&UPDATE, &["job-drafts", job.as_str()])?;
        request.body(json!(changes)).read().await
    }
}
