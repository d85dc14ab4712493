//! Adds trainers.

use super::World;
use crate::model::{
    misuse::Misuse,
    trainer::{Trainer, TrainerOptions, check_email},
};

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
