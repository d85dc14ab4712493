//! Invitations that were not sent or have expired, and accounts of unknown origin.

use shared::ledger::AccessState;
use simulator::{Fault, On, What};

use super::stage::{play, play_orphans, play_unverified};
use crate::common::events::email;
use crate::common::wait::until;

#[tokio::test]
async fn an_invitation_with_a_failed_mail_is_sent_once_mail_works() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        s.cvat.set_mails(false);
        s.hire(&job, "usr_ann");
        let reason = s.trouble("usr_ann", project).await;
        assert!(reason.contains("EMAIL_BACKEND"), "{reason}");
        s.cvat.set_mails(true);
        s.reconcile().await;
        s.until_state("usr_ann", project, AccessState::Invited)
            .await;
        assert!(s.cvat.accept(&email("usr_ann")), "it was sent");
        s.reconcile().await;
        s.until_state("usr_ann", project, AccessState::Granted)
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_membership_with_a_failed_mail_ends_with_the_contract() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        s.cvat.set_mails(false);
        let contract = s.hire(&job, "usr_ann");
        s.trouble("usr_ann", project).await;
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", project, AccessState::Removed)
            .await;
        s.cvat.set_mails(true);
        assert!(!s.cvat.accept(&email("usr_ann")));
    })
    .await;
}

/// CVAT reports success to an administrator, but has sent nothing.
#[tokio::test]
async fn an_administrators_invitation_that_was_not_sent_is_no_invitation() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        s.cvat.show_emails();
        s.cvat.set_mails(false);
        s.hire(&job, "usr_ann");
        let reason = s.trouble("usr_ann", project).await;
        assert!(reason.contains("EMAIL_BACKEND"), "{reason}");
    })
    .await;
}

#[tokio::test]
async fn another_maintainers_invitation_is_renewed() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        s.hire(&job, "usr_ann");
        s.until_state("usr_ann", project, AccessState::Invited)
            .await;
        s.cvat.hand_invitations_over();
        s.cvat.expire_invitations();
        s.reconcile().await;
        assert!(s.cvat.accept(&email("usr_ann")));
    })
    .await;
}

#[tokio::test]
async fn the_sixth_invitation_of_an_hour_waits() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        let people = ["a", "b", "c", "d", "e", "f"].map(|it| format!("usr_{it}"));
        for id in &people {
            s.hire(&job, id);
            s.until_state(id, project, AccessState::Invited).await;
        }
        s.cvat.expire_invitations();
        s.reconcile().await;
        let accepted = people.iter().filter(|id| s.cvat.accept(&email(id)));
        assert_eq!(accepted.count(), 5);
        let mut waiting = Vec::new();
        for id in &people {
            let access = s.access(id, project).await.unwrap();
            waiting.extend(access.trouble.map(|it| it.reason));
        }
        assert_eq!(waiting.len(), 1, "{waiting:?}");
        assert!(waiting[0].contains("at most five"), "{waiting:?}");
    })
    .await;
}

/// The account was registered with the trainer's address before the hire. CVAT verified nothing.
#[tokio::test]
async fn an_account_of_unknown_origin_gets_no_access() {
    play_unverified(async |s| {
        let (project, job) = s.job("Streets").await;
        let ann = email("usr_ann");
        s.cvat.create_user("impostor", &ann);
        let contract = s.hire(&job, "usr_ann");
        let reason = s.trouble("usr_ann", project).await;
        assert!(reason.contains("TOOL_EMAILS_VERIFIED=1"), "{reason}");
        assert!(!reason.contains('@'), "{reason}");
        for _ in 0..2 {
            s.reconcile().await;
            assert_eq!(s.cvat.members(), ["admin@example.org: owner"]);
        }
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", project, AccessState::Removed)
            .await;
    })
    .await;
}

/// A person who was invited before is recognised by the account.
#[tokio::test]
async fn an_account_from_an_earlier_invitation_gets_access_again() {
    play_unverified(async |s| {
        let (project, job) = s.job("Streets").await;
        let contract = s.hire(&job, "usr_ann");
        s.until_state("usr_ann", project, AccessState::Invited)
            .await;
        assert!(s.cvat.accept(&email("usr_ann")));
        s.reconcile().await;
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", project, AccessState::Removed)
            .await;
        s.hire(&job, "usr_ann");
        s.until_state("usr_ann", project, AccessState::Granted)
            .await;
    })
    .await;
}

/// An invitation is to the organisation: a hire whose link was deleted must not withdraw it from another live hire.
#[tokio::test]
async fn an_invitation_that_another_hire_needs_is_not_withdrawn() {
    play_orphans(async |s| {
        let streets = s.cvat.create_project("Streets", "Draw boxes.");
        let (job, link) = s.job_at(streets).await;
        let (nights, other) = s.job("Nights").await;
        let contracts = [s.hire(&job, "usr_ann"), s.hire(&other, "usr_ann")];
        for project in [streets, nights] {
            s.until_state("usr_ann", project, AccessState::Invited)
                .await;
        }
        s.customer.platform.delete_link(&link).await.unwrap();
        s.until_state("usr_ann", streets, AccessState::Released)
            .await;
        s.reconcile().await;
        assert_eq!(s.cvat.invited(), [email("usr_ann")], "it is the first one");
        assert_eq!(s.cvat.mailed(), 1);
        // It ends with the hire that needs it.
        s.opentrain.end_contract(&contracts[1]).unwrap();
        s.until_state("usr_ann", streets, AccessState::Removed)
            .await;
        assert!(!s.cvat.accept(&email("usr_ann")));
    })
    .await;
}

/// The new address gets an invitation, and the earlier one is withdrawn.
#[tokio::test]
async fn a_new_work_email_gets_the_invitation_that_is_open() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        s.hire(&job, "usr_ann");
        s.until_state("usr_ann", project, AccessState::Invited)
            .await;
        let new = "canary.new@opentrain.work";
        s.opentrain.set_work_email("usr_ann", Some(new)).unwrap();
        let contract = s.hire(&job, "usr_ann");
        s.idle().await;
        assert_eq!(s.cvat.invited(), [new]);
        assert!(s.cvat.accept(new));
        s.reconcile().await;
        s.until_state("usr_ann", project, AccessState::Granted)
            .await;
        s.opentrain.end_contract(&contract).unwrap();
        s.idle().await;
        assert!(
            s.cvat.members().contains(&format!("{new}: worker")),
            "the first contract continues"
        );
    })
    .await;
}

/// Two projects wait for one invitation: the new address gets one, and it stays.
#[tokio::test]
async fn a_new_work_email_gets_one_invitation_for_all_projects() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        let (nights, other) = s.job("Nights").await;
        for job in [&job, &other] {
            s.hire(job, "usr_ann");
        }
        for project in [streets, nights] {
            s.until_state("usr_ann", project, AccessState::Invited)
                .await;
        }
        let before = s.cvat.mailed();
        let new = "canary.new@opentrain.work";
        s.opentrain.set_work_email("usr_ann", Some(new)).unwrap();
        s.hire(&job, "usr_ann");
        s.idle().await;
        assert_eq!(s.cvat.invited(), [new]);
        assert_eq!(s.cvat.mailed() - before, 1);
    })
    .await;
}

/// CVAT has stored the invitation and answered 500, and the retries have ended. The address changes after that.
#[tokio::test]
async fn the_address_of_an_invitation_without_an_answer_is_withdrawn_with_the_contract() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        s.cvat.set_mails(false);
        let first = s.hire(&job, "usr_ann");
        s.trouble("usr_ann", project).await;
        let refusal = Fault::lasting(On::method("GET"), What::status(400));
        s.cvat.fault(refusal);
        until("the retries have ended", async || {
            let ann = s.bridge.ledger().trainer(&"usr_ann".into()).await.unwrap();
            ann.due.is_none() && ann.lease.is_none()
        })
        .await;
        s.cvat.clear_faults();
        s.cvat.set_mails(true);
        let new = "canary.new@opentrain.work";
        s.opentrain.set_work_email("usr_ann", Some(new)).unwrap();
        let second = s.hire(&job, "usr_ann");
        s.idle().await;
        assert!(s.cvat.invited().contains(&new.to_owned()));
        for contract in [first, second] {
            s.opentrain.end_contract(&contract).unwrap();
        }
        s.idle().await;
        assert_eq!(s.cvat.invited(), Vec::<String>::new());
    })
    .await;
}
