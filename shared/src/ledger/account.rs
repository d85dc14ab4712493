//! An account in the tool that the bridge made.

use serde::{Deserialize, Serialize};

use super::row::{join, read};
use super::{Key, Ledger, LedgerError};
use crate::model::ids::{MemberId, TrainerId};
use crate::tool::Account;

/// The sort key of accounts, in the trainer's partition.
const ACCOUNT: &str = "ACCOUNT";

impl Ledger {
    /// The accounts that the bridge last made for a trainer, by address.
    pub(crate) async fn accounts_of(
        &self,
        trainer: &TrainerId,
    ) -> Result<Vec<Account>, LedgerError> {
        let Key { partition, sort } = key(trainer, None);
        let items = self.table.query(&partition, &sort).await?;
        items.iter().map(read).collect()
    }

    /// Records the account. An account that was claimed stays claimed; another account begins anew.
    pub(crate) async fn put_account(
        &self,
        trainer: &TrainerId,
        account: &Account,
    ) -> Result<(), LedgerError> {
        let change = |old: Option<Account>| {
            let is_same = |old: &&Account| old.account.is_some() && old.account == account.account;
            let new = match old.as_ref().filter(is_same) {
                Some(old) => Account {
                    claimed: old.claimed || account.claimed,
                    ..old.clone()
                },
                None => account.clone(),
            };
            (old.as_ref() != Some(&new)).then_some(new)
        };
        let key = key(trainer, account.by.as_deref());
        self.update(&key, change).await.map(drop)
    }
}

/// Owner of an account in the tool. Written once, and never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    trainer: TrainerId,
}

impl Ledger {
    /// The trainer who owns an account.
    pub(crate) async fn owner_of(
        &self,
        account: &MemberId,
    ) -> Result<Option<TrainerId>, LedgerError> {
        let owner: Option<Owner> = self.row(&owner_key(account)).await?;
        Ok(owner.map(|it| it.trainer))
    }

    /// Records the owner of an account unless one is recorded. Returns the recorded owner.
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

fn key(trainer: &TrainerId, by: Option<&str>) -> Key {
    let sort = by.map_or_else(|| ACCOUNT.to_owned(), |by| join(ACCOUNT, &[by]));
    Key::new(join("TRAINER", &[trainer.as_str()]), sort)
}
