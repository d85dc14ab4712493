//! An account in the tool that the bridge made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Key, Ledger, LedgerError};
use crate::ids::{MemberId, TrainerId};

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

/// Whose an account in the tool is. Written once, and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    trainer: TrainerId,
}

impl Ledger {
    /// The trainer whose account it is.
    pub(crate) async fn owner_of(
        &self,
        account: &MemberId,
    ) -> Result<Option<TrainerId>, LedgerError> {
        let owner: Option<Owner> = self.row(&owner_key(account)).await?;
        Ok(owner.map(|it| it.trainer))
    }

    /// Records whose account it is, unless that is known. Returns the owner.
    pub(crate) async fn put_owner(
        &self,
        account: &MemberId,
        trainer: &TrainerId,
    ) -> Result<TrainerId, LedgerError> {
        let owner = Owner {
            trainer: trainer.clone(),
        };
        if self.insert(owner_key(account), &owner).await? {
            return Ok(owner.trainer);
        }
        let known = self.owner_of(account).await?;
        Ok(known.unwrap_or(owner.trainer))
    }
}

fn owner_key(account: &MemberId) -> Key {
    Key::new(join("OWNER", &[account.as_str()]), "OWNER")
}

fn key(trainer: &TrainerId) -> Key {
    Key::new(join("TRAINER", &[trainer.as_str()]), "ACCOUNT")
}
