//! Trainers.

use std::fmt;

use serde_json::{Value, json};

use super::{install::Install, misuse::Misuse};
use crate::kit::shape::{Shape, has, maybe};

/// A trainer to create.
#[derive(Clone)]
pub struct TrainerOptions {
    /// The id; `None` uses the next one. Any text: ids are opaque.
    pub id: Option<String>,
    /// The masked name, as employers see it.
    pub display_name: String,
    /// The country.
    pub country: String,
    /// The work e-mail, which must end in `@opentrain.work`. It may be added later.
    pub work_email: Option<String>,
}

impl Default for TrainerOptions {
    fn default() -> Self {
        Self {
            id: None,
            display_name: "Maria S.".to_owned(),
            country: "PT".to_owned(),
            work_email: None,
        }
    }
}

impl fmt::Debug for TrainerOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TrainerOptions")
            .field("id", &self.id)
            .field("country", &self.country)
            .finish_non_exhaustive()
    }
}

pub(crate) struct Trainer {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) country: String,
    pub(crate) work_email: Option<String>,
}

pub(crate) const PARTICIPANT: Shape = Shape::Named(
    "Participant",
    &[&[
        has("opentrainUserId", Shape::Text),
        has("displayName", Shape::Text),
        has("country", Shape::Text),
        has("profileUrl", Shape::Text),
        maybe("workEmail", Shape::Text),
    ]],
);

impl Trainer {
    /// The participant object with the data that this install may see.
    pub(crate) fn participant(&self, install: &Install, with_email: bool, origin: &str) -> Value {
        let mut participant = json!({
            "opentrainUserId": self.id,
            "displayName": self.display_name,
            "country": self.country,
            "profileUrl": format!("{origin}/freelancers/{}", self.id),
        });
        if let Some(email) = self.work_email.as_deref()
            && with_email
            && install.sees_email()
        {
            participant["workEmail"] = email.into();
        }
        participant
    }
}

pub(crate) fn check_email(email: Option<&str>) -> Result<(), Misuse> {
    match email.is_none_or(is_work_email) {
        true => Ok(()),
        false => Err(Misuse::NotAWorkEmail),
    }
}

pub(crate) fn is_work_email(email: &str) -> bool {
    email.ends_with("@opentrain.work")
}
