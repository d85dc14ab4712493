//! Actions of people on the marketplace, and changes for tests.

use super::OpenTrain;
use crate::model::{
    install::{ConsentOptions, Grant},
    job::JobOptions,
    misuse::Misuse,
    trainer::{TrainerOptions, check_email},
};

impl OpenTrain {
    /// Hires a trainer. Emits `contract.started` once per link on the job.
    pub fn hire(&self, job: &str, trainer: &str) -> Result<String, Misuse> {
        let now = self.now();
        self.change(|market| market.hire(job, trainer, now))
    }

    /// A contract without a trainer. No event is emitted.
    pub fn contract_without_trainer(&self, job: &str) -> Result<String, Misuse> {
        let now = self.now();
        self.change(|market| market.world.add_contract(job, None, now))
    }

    /// Ends a contract. Emits `contract.ended` once per link on the job.
    pub fn end_contract(&self, contract: &str) -> Result<(), Misuse> {
        let now = self.now();
        self.change(|market| market.world.end_contract(contract, now))
    }

    /// A customer approves the app. Creates an install and its token.
    pub fn consent(&self, options: ConsentOptions) -> Grant {
        let now = self.now();
        self.change(|market| market.world.consent(options, now))
    }

    /// The customer disconnects: the token is revoked, and `install.revoked` is emitted.
    ///
    /// A reconnect is this and another consent: links and endpoints remain with the old install.
    pub fn revoke_install(&self, install_id: &str) -> Result<(), Misuse> {
        let now = self.now();
        self.change(|market| market.world.revoke(install_id, now))
    }

    /// Revokes an install's token and does not change the install.
    pub fn revoke_token(&self, install_id: &str) -> Result<(), Misuse> {
        self.change(|market| {
            let install = market.world.installs.get_mut(install_id);
            install.ok_or(Misuse::Unknown("install"))?.token_live = false;
            Ok(())
        })
    }

    /// Deactivates or reactivates the app. While it is inactive, each request is refused.
    pub fn set_app_active(&self, active: bool) {
        self.change(|market| market.world.app_active = active);
    }

    /// Enables or disables the partner feature for one organisation's installs.
    pub fn set_feature_enabled(&self, organization: &str, enabled: bool) {
        self.change(|market| match enabled {
            true => market.world.disabled_features.remove(organization),
            false => market
                .world
                .disabled_features
                .insert(organization.to_owned()),
        });
    }

    /// Posts a job.
    pub fn create_job(&self, options: JobOptions) -> String {
        let now = self.now();
        self.change(|market| market.create_job(options, now))
    }

    /// Funds a milestone of this many hours or labels, and dollars. Returns its id.
    pub fn fund(&self, contract: &str, volume: f64, amount_usd: f64) -> Result<String, Misuse> {
        let now = self.now();
        self.change(|market| market.fund(contract, volume, amount_usd, now))
    }

    /// Adds a trainer to the marketplace.
    pub fn create_trainer(&self, options: TrainerOptions) -> Result<String, Misuse> {
        self.change(|market| market.world.create_trainer(options))
    }

    /// Adds, changes or (with `None`) revokes a work e-mail. No event is emitted.
    pub fn set_work_email(&self, trainer: &str, email: Option<&str>) -> Result<(), Misuse> {
        check_email(email)?;
        self.change(|market| {
            let trainer = market.world.trainers.get_mut(trainer);
            let trainer = trainer.ok_or(Misuse::Unknown("trainer"))?;
            trainer.work_email = email.map(str::to_owned);
            Ok(())
        })
    }

    /// Changes the masked name, which is neither unique nor stable.
    pub fn rename_trainer(&self, trainer: &str, display_name: &str) -> Result<(), Misuse> {
        self.change(|market| {
            let trainer = market.world.trainers.get_mut(trainer);
            let trainer = trainer.ok_or(Misuse::Unknown("trainer"))?;
            trainer.display_name = display_name.to_owned();
            Ok(())
        })
    }

    /// Omits `workEmail` from events, so that a client must read the participants.
    pub fn withhold_email_from_events(&self, withhold: bool) {
        self.change(|market| market.world.email_in_events = !withhold);
    }

    /// Makes an organisation's account claimed or unclaimed.
    pub fn set_claimed(&self, organization: &str, claimed: bool) {
        let now = self.now();
        self.change(|market| {
            if let Some(employer) = market.employers.get_mut(organization) {
                employer.claimed = claimed.then_some(now);
            }
        });
    }
}
