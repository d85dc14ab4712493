//! Trainers.

use std::fmt;

use serde_json::{Value, json};

use super::{
    Misuse, OpenTrain,
    install::Install,
    openapi::shape::{Shape, has, maybe},
    world::World,
};

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
    work_email: Option<String>,
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

impl OpenTrain {
    /// Adds a trainer to the marketplace.
    pub fn create_trainer(&self, options: TrainerOptions) -> Result<String, Misuse> {
        self.change(|world| world.create_trainer(options))
    }

    /// Adds, changes or (with `None`) revokes a work e-mail. No event is emitted.
    pub fn set_work_email(&self, trainer: &str, email: Option<&str>) -> Result<(), Misuse> {
        check_email(email)?;
        self.change(|world| {
            let trainer = world.trainers.get_mut(trainer);
            let trainer = trainer.ok_or(Misuse::Unknown("trainer"))?;
            trainer.work_email = email.map(str::to_owned);
            Ok(())
        })
    }

    /// Changes the masked name, which is neither unique nor stable.
    pub fn rename_trainer(&self, trainer: &str, display_name: &str) -> Result<(), Misuse> {
        self.change(|world| {
            let trainer = world.trainers.get_mut(trainer);
            let trainer = trainer.ok_or(Misuse::Unknown("trainer"))?;
            trainer.display_name = display_name.to_owned();
            Ok(())
        })
    }

    /// Omits `workEmail` from events, so that a client must read the participants.
    pub fn withhold_email_from_events(&self, withhold: bool) {
        self.change(|world| world.email_in_events = !withhold);
    }
}

impl World {
    pub(crate) fn create_trainer(&mut self, options: TrainerOptions) -> Result<String, Misuse> {
        check_email(options.work_email.as_deref())?;
        let number = self.trainers.len() + 1;
        let id = options.id.unwrap_or_else(|| format!("usr_{number}"));
        if self.trainers.contains_key(&id) {
            return Err(Misuse::AlreadyDone("the trainer exists"));
        }
        let trainer = Trainer {
            id: id.clone(),
            display_name: options.display_name,
            country: options.country,
            work_email: options.work_email,
        };
        self.trainers.insert(id.clone(), trainer);
        Ok(id)
    }
}

fn check_email(email: Option<&str>) -> Result<(), Misuse> {
    match email.is_none_or(is_work_email) {
        true => Ok(()),
        false => Err(Misuse::NotAWorkEmail),
    }
}

pub(crate) fn is_work_email(email: &str) -> bool {
    email.ends_with("@opentrain.work")
}
