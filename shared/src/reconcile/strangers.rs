//! Members of the tool who belong to no hire.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{KnownEmail, Strangers, Trainer};
use crate::model::ids::TrainerId;
use crate::model::person::Email;
use crate::tool::Member;

/// Maximum number of accounts that are named.
const NAMED: usize = 10;

/// The members of a list who are not trainers in the ledger, by account and by work e-mail.
pub fn strangers(members: &[Member], trainers: &BTreeMap<TrainerId, Trainer>) -> Strangers {
    let persons = || trainers.values().map(|trainer| &trainer.member);
    let accounts: BTreeSet<_> = persons().flat_map(|it| &it.accounts).collect();
    let emails = persons().flat_map(|it| it.emails.values());
    let emails: BTreeSet<_> = emails
        .flat_map(KnownEmail::addresses)
        .map(Email::expose)
        .collect();
    let is_known = |member: &&Member| {
        let account = member.account.as_ref();
        let email = member.email.as_ref();
        account.is_some_and(|id| accounts.contains(id))
            || email.is_some_and(|it| emails.contains(it.expose()))
    };
    let unknown: Vec<_> = members.iter().filter(|it| !is_known(it)).collect();
    let mut ids: Vec<_> = unknown.iter().filter_map(|it| it.account.clone()).collect();
    // The newest have the largest numbers.
    ids.sort_by_key(|id| std::cmp::Reverse((id.as_str().len(), id.clone())));
    ids.truncate(NAMED);
    Strangers {
        count: unknown.len(),
        accounts: ids,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::MemberId;

    #[test]
    fn who_is_known_by_account_or_address_is_no_stranger() {
        let member = |id: &str, email: Option<&str>| Member {
            account: Some(MemberId::from(id)),
            email: email.and_then(crate::model::person::Email::parse),
            invited: false,
        };
        let mut maria = Trainer::default();
        maria.member.accounts = vec!["9".into()];
        let trainers = [(TrainerId::from("usr_1"), maria)].into();
        let members = [
            member("9", None),
            member("10", Some("a@example.com")),
            member("2", None),
        ];
        let found = strangers(&members, &trainers);
        assert_eq!(found.count, 2);
        assert_eq!(found.accounts, ["10".into(), "2".into()]);
    }
}
