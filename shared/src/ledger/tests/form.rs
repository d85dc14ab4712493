use serde_json::{Value, json};

use super::{at, hire, ledger, stamp, with_ended};
use crate::ledger::audit::{Head, sha256};
use crate::ledger::documents::{Written, to_item};
use crate::ledger::{
    Access, AccessState, Due, Expect, KnownEmail, Lease, LedgerError, Member, Table, Trainer,
};
use crate::model::ConnectionName;
use crate::model::failure::{Cause, Trouble};
use crate::model::ids::TrainerId;
use crate::model::person::Email;

fn id() -> TrainerId {
    "usr_0123456789".into()
}

/// A trainer as after a hire, with everything in it that a hire brings.
fn hired() -> Trainer {
    let email = KnownEmail::new(Email::parse("maria.1234@opentrain.work").unwrap(), at(1));
    let access = Access::new(&"streets".into(), AccessState::Granted, at(2));
    Trainer {
        hires: vec![hire("ctr_0123456789")],
        member: Member {
            accounts: vec!["member-0123456789".into()],
            through: [(
                "member-0123456789".into(),
                [ConnectionName::default()].into(),
            )]
            .into(),
            emails: [(ConnectionName::default(), email)].into(),
            display_name: Some("Maria S.".into()),
            country: Some("PH".into()),
            profile_url: Some("https://app.opentrain.ai/profile/usr_0123456789".into()),
            as_of: Some(at(1)),
        },
        access: [("streets".into(), access)].into(),
        audit: Some(Head {
            seq: 12,
            hash: sha256("a row"),
            day: "2026-06-12".parse().unwrap(),
            kept: 400,
        }),
        ..Trainer::default()
    }
}

#[tokio::test]
async fn a_document_reads_back_as_it_was_written() {
    let (ledger, _) = ledger();
    let mut trainer = with_ended([7]);
    trainer.member = hired().member;
    trainer.access = hired().access;
    trainer.audit = hired().audit;
    for access in trainer.access.values_mut() {
        access.trouble = Some(Trouble {
            cause: Cause::Operator,
            reason: "403".into(),
        });
    }
    trainer.hires[0].unconfirmed = true;
    trainer.hires[0].barred = true;
    trainer.hires[0].managed = true;
    trainer.due = Some(Due {
        at: at(5),
        since: at(3),
        tries: 2,
        token: u32::MAX,
        by: 0,
    });
    trainer.lease = Some(Lease {
        message: "m".into(),
        receive: 3,
        until: at(9),
    });
    trainer.has_closed = true;
    let put = ledger.put_document(&id(), &trainer, Expect::Absent).await;
    assert!(matches!(put.unwrap(), Written::Stored(_)));
    assert_eq!(ledger.trainer(&id()).await.unwrap(), trainer);
    let again = ledger.document(&id()).await.unwrap();
    assert_eq!(again.trainer, trainer);
    assert_eq!(again.expect, Expect::Version(1));
}

#[test]
fn the_document_of_one_hire_is_at_most_1_kb() {
    let mut trainer = hired();
    trainer.due = Some(Due {
        at: at(5),
        since: at(3),
        tries: 2,
        token: u32::MAX,
        by: 0,
    });
    trainer.lease = Some(Lease {
        message: "0f7a9f1e-6d5c-4f5e-9a5e-0123456789ab".into(),
        receive: 3,
        until: at(9),
    });
    let item = to_item(&id(), &trainer);
    let bytes = item.key.partition.len() + item.key.sort.len() + item.doc.len();
    assert!(bytes <= 1024, "{bytes}: {}", item.doc);
}

#[tokio::test]
async fn fields_of_a_later_version_are_kept() {
    let (ledger, table) = ledger();
    let mut item = to_item(&id(), &hired());
    let mut stored: Value = serde_json::from_str(&item.doc).unwrap();
    stored["seats"] = json!([{ "tool": "cvat" }]);
    item.doc = stored.to_string();
    table.put(item, Expect::Absent).await.unwrap();
    let known = ledger.document(&id()).await.unwrap();
    ledger
        .put_document(&id(), &known.trainer, known.expect)
        .await
        .unwrap();
    let rows = table.query("TRAINER#usr_0123456789", "").await.unwrap();
    let stored: Value = serde_json::from_str(&rows[0].doc).unwrap();
    assert_eq!(stored["seats"], json!([{ "tool": "cvat" }]));
}

#[tokio::test]
async fn a_document_of_a_higher_version_is_not_touched_and_stops_no_other() {
    let (ledger, table) = ledger();
    let mut item = to_item(&id(), &hired());
    item.doc = item.doc.replace("\"v\":1", "\"v\":2");
    table.put(item, Expect::Absent).await.unwrap();
    ledger
        .put_document(&"usr_2".into(), &with_ended([1]), Expect::Absent)
        .await
        .unwrap();
    let refused = ledger.document(&id()).await.unwrap_err();
    assert!(
        matches!(refused, LedgerError::Unreadable { .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("version 2"), "{refused}");
    for all in [
        ledger.trainers().await.unwrap(),
        ledger
            .documents(&[id(), "usr_2".into()].into())
            .await
            .unwrap(),
    ] {
        assert!(all.trainers.contains_key(&"usr_2".into()));
        assert!(all.unreadable[&id()].contains("update the bridge"));
    }
}

#[tokio::test]
async fn a_write_on_another_version_returns_what_is_stored() {
    let (ledger, _) = ledger();
    let (mine, theirs) = (hired(), with_ended([1]));
    ledger
        .put_document(&id(), &theirs, Expect::Absent)
        .await
        .unwrap();
    let put = ledger.put_document(&id(), &mine, Expect::Absent).await;
    let Written::Conflict(now) = put.unwrap() else {
        panic!("it was overwritten");
    };
    assert_eq!((now.trainer, now.expect), (theirs, Expect::Version(1)));
}

#[test]
fn a_lease_yields_only_to_a_newer_receive_of_its_message() {
    use crate::ledger::Attempt;
    let lease = Lease {
        message: "a".into(),
        receive: 2,
        until: at(60),
    };
    let attempt = |message: &str, receive| Attempt {
        message: message.into(),
        receive,
    };
    let held = |message, receive, second| lease.holds_off(&attempt(message, receive), at(second));
    assert!(held("b", 1, 0), "another message");
    assert!(held("a", 1, 0), "an earlier receive");
    assert!(held("a", 2, 0), "the same receive, invoked twice");
    assert!(!held("a", 3, 0), "a newer receive");
    assert!(!held("b", 1, 60), "the lease is over");
    let wrong = Lease {
        until: at(1_000_000),
        ..lease.clone()
    };
    let one = attempt("b", 1);
    assert!(!wrong.holds_off(&one, at(0)), "a clock was wrong");
    assert!(wrong.is_held_by(&attempt("a", 2)) && !wrong.is_held_by(&one));
    assert_eq!(stamp(1).event(), Some(&"1".into()));
}
