//! An account in the tool that the bridge made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Key, Ledger, LedgerError};
use crate::ids::TrainerId;

/// An account that the bridge made for somebody, in a tool where that is not enough to get in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// When it was made. Written before it is made: a crash in between must not leave an account that
    /// looks as if somebody else had made it, and could get in.
    pub made_at: Timestamp,
    /// The person was seen to have got in.
    pub claimed: bool,
}

impl Ledger {
    /// The account that the bridge made for a trainer, if it did.
    pub(crate) async fn account_of(
        &self,
        trainer: &TrainerId,
    ) -> Result<Option<Account>, LedgerError> {
        self.row(&key(trainer)).await
    }

    /// Notes how it stands. Once claimed it stays so, and it was made when it was first made.
    pub(crate) async fn put_account(
        &self,
        trainer: &TrainerId,
        account: &Account,
    ) -> Result<(), LedgerError> {
        let change = |old: Option<Account>| {
            let new = match &old {
                Some(old) => Account {
                    claimed: old.claimed || account.claimed,
                    ..old.clone()
                },
                None => account.clone(),
            };
            (old.as_ref() != Some(&new)).then_some(new)
        };
        self.update(&key(trainer), change).await.map(drop)
    }
}

fn key(trainer: &TrainerId) -> Key {
    Key::new(join("TRAINER", &[trainer.as_str()]), "ACCOUNT")
}
