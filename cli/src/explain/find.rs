//! Finds the trainer, contract or delivery that an operator names.

use shared::ledger::{Ledger, LedgerError, Quarantined, Stamp, Trainer};
use shared::model::ConnectionName;
use shared::model::ids::{ContractId, TrainerId};
use shared::model::person::Email;

/// What a text names.
pub(super) enum Found {
    Trainer(TrainerId),
    /// A contract, with its trainer.
    Contract(TrainerId, ContractId),
    /// A quarantined delivery to this connection.
    Delivery(ConnectionName, Box<Quarantined>),
    /// Several trainers have this name.
    Several(Vec<TrainerId>),
    Nothing,
}

pub(super) async fn find(ledger: &Ledger, what: &str) -> Result<Found, LedgerError> {
    let id = TrainerId::from(what);
    if ledger.trainer(&id).await? != Trainer::default() {
        return Ok(Found::Trainer(id));
    }
    let contract = ContractId::from(what);
    for connection in ledger.connections().await? {
        let roster = ledger.roster_of_contract(&connection, &contract).await?;
        if let Some(row) = roster.into_iter().next() {
            return Ok(Found::Contract(row.trainer, contract));
        }
        let aside = ledger.aside(&connection).await?;
        let is_it = |it: &Quarantined| {
            let delivery = it.delivery.as_ref().is_some_and(|id| id.as_str() == what);
            delivery || it.event.as_ref().is_some_and(|id| id.as_str() == what)
        };
        if let Some(aside) = aside.into_iter().find(is_it) {
            return Ok(Found::Delivery(connection, Box::new(aside)));
        }
    }
    let mut found = ledger
        .trainers_where(what.trim(), |trainer| is_named(trainer, what.trim()))
        .await?;
    Ok(match (found.pop(), found.is_empty()) {
        (None, _) => Found::Nothing,
        (Some(one), true) => Found::Trainer(one),
        (Some(last), false) => {
            found.push(last);
            Found::Several(found)
        }
    })
}

/// Whether `what` is the trainer's name or work e-mail, or an event that stated one of the trainer's contracts.
fn is_named(trainer: &Trainer, what: &str) -> bool {
    let name = trainer.member.display_name.as_ref();
    let is_name = name.is_some_and(|name| name.to_lowercase() == what.to_lowercase());
    let email = Email::parse(what);
    let is_email = email.is_some_and(|it| trainer.member.addresses(|_| true).contains(&it));
    let starts = trainer.hires.iter().filter_map(|hire| hire.start.as_ref());
    let mut stamps = starts.chain(trainer.ends.values().map(|end| &end.stamp));
    let is_event = |stamp: &Stamp| stamp.event().is_some_and(|id| id.as_str() == what);
    is_name || is_email || stamps.any(is_event)
}
