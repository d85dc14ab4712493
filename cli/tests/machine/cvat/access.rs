//! Access from hire to end.

use shared::ledger::AccessState;
use shared::opentrain::ProvisioningMode::ManagedAdapter;
use simulator::{CvatKind, Fault, JobOptions, On, What};

use super::stage::{play, play_keeping};
use crate::common::events::email;

#[tokio::test]
async fn a_hire_is_invited_and_an_end_revokes_everything() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        let (other, _) = s.job("Nights").await;
        let contract = s.hire(&job, "usr_ann");
        s.until_state("usr_ann", project, AccessState::Invited)
            .await;
        let ann = email("usr_ann");
        assert!(s.cvat.accept(&ann), "CVAT has mailed an invitation");
        s.reconcile().await;
        s.until_state("usr_ann", project, AccessState::Granted)
            .await;
        assert!(s.cvat.members().contains(&format!("{ann}: worker")));
        assert!(s.cvat.sees(&ann).is_empty(), "the bridge assigns nothing");
        // The owner assigns work, more than a page of it, in another project too.
        for kind in [
            CvatKind::Job,
            CvatKind::Job,
            CvatKind::Job,
            CvatKind::Task,
            CvatKind::Project,
        ] {
            s.cvat.assign(kind, project, &ann).unwrap();
        }
        s.cvat.assign(CvatKind::Job, other, &ann).unwrap();
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", project, AccessState::Removed)
            .await;
        assert!(s.cvat.sees(&ann).is_empty());
        assert!(!s.cvat.members().contains(&format!("{ann}: worker")));
        // After a second hire, the account exists and is accepted at once.
        s.hire(&job, "usr_ann");
        s.until_state("usr_ann", project, AccessState::Granted)
            .await;
        assert!(s.cvat.members().contains(&format!("{ann}: worker")));
    })
    .await;
}

#[tokio::test]
async fn the_last_hire_ends_the_membership_of_the_organisation() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        let (nights, other) = s.job("Nights").await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        let (first, second) = (s.hire(&job, "usr_ann"), s.hire(&other, "usr_ann"));
        for project in [streets, nights] {
            s.until_state("usr_ann", project, AccessState::Granted)
                .await;
            s.cvat.assign(CvatKind::Job, project, &ann).unwrap();
        }
        s.opentrain.end_contract(&first).unwrap();
        s.until_state("usr_ann", streets, AccessState::Released)
            .await;
        assert_eq!(s.cvat.sees(&ann), [nights], "the first project is released");
        assert!(
            s.cvat.members().contains(&format!("{ann}: worker")),
            "another hire needs it"
        );
        s.opentrain.end_contract(&second).unwrap();
        for project in [streets, nights] {
            s.until_state("usr_ann", project, AccessState::Removed)
                .await;
        }
        assert!(s.cvat.sees(&ann).is_empty());
        assert!(!s.cvat.members().contains(&format!("{ann}: worker")));
    })
    .await;
}

#[tokio::test]
async fn an_expired_invitation_is_sent_again() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        s.hire(&job, "usr_ann");
        s.until_state("usr_ann", project, AccessState::Invited)
            .await;
        s.cvat.expire_invitations();
        assert!(!s.cvat.accept(&email("usr_ann")));
        s.reconcile().await;
        assert!(s.cvat.accept(&email("usr_ann")));
        s.reconcile().await;
        s.until_state("usr_ann", project, AccessState::Granted)
            .await;
    })
    .await;
}

#[tokio::test]
async fn an_open_invitation_ends_with_the_contract() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        let contract = s.hire(&job, "usr_ann");
        s.until_state("usr_ann", project, AccessState::Invited)
            .await;
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", project, AccessState::Removed)
            .await;
        assert!(!s.cvat.accept(&email("usr_ann")));
    })
    .await;
}

#[tokio::test]
async fn a_partly_failed_removal_is_retried() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        let contract = s.hire(&job, "usr_ann");
        s.until_state("usr_ann", project, AccessState::Granted)
            .await;
        for _ in 0..3 {
            s.cvat.assign(CvatKind::Job, project, &ann).unwrap();
        }
        s.cvat.fault(Fault::times(
            1,
            On::method("PATCH"),
            What::DropConnectionAfterWrite,
        ));
        s.cvat
            .fault(Fault::times(2, On::method("DELETE"), What::status(502)));
        s.cvat.fault(Fault::times(
            1,
            On::method("DELETE"),
            What::DropConnectionAfterWrite,
        ));
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", project, AccessState::Removed)
            .await;
        assert!(s.cvat.sees(&ann).is_empty());
        assert!(!s.cvat.members().contains(&format!("{ann}: worker")));
    })
    .await;
}

/// CVAT reports that a person is a member already, but does not show who.
#[tokio::test]
async fn a_member_of_an_unknown_name_needs_an_operator() {
    play(async |s| {
        let (project, job) = s.job("Streets").await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        s.cvat.add_member(&ann, "worker");
        s.hire(&job, "usr_ann");
        let reason = s.trouble("usr_ann", project).await;
        assert!(
            reason.contains("remove that account by hand") && !reason.contains('@'),
            "{reason}"
        );
        // CVAT shows e-mails to administrators of the server.
        s.cvat.show_emails();
        s.reconcile().await;
        s.until_state("usr_ann", project, AccessState::Granted)
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_project_of_another_organisation_is_named() {
    play(async |s| {
        let (personal, job) = s.job("Mine").await;
        s.cvat.make_personal(personal);
        s.hire(&job, "usr_bob");
        let reason = s.trouble("usr_bob", personal).await;
        let words = "is not in the organisation `team`";
        assert!(reason.contains(words), "{reason}");
    })
    .await;
}

/// One hire of the bridge and one that OpenTrain provisions. The bridge's ends first, and its seat is released.
#[tokio::test]
async fn a_seat_that_a_managed_hire_protected_ends_with_the_last_hire() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        let nights = s.cvat.create_project("Nights", "Draw boxes.");
        let other = s.opentrain.create_job(JobOptions::default());
        s.customer
            .link(&other, &nights.to_string(), ManagedAdapter)
            .await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        let (ours, managed) = (s.hire(&job, "usr_ann"), s.hire(&other, "usr_ann"));
        s.until_state("usr_ann", streets, AccessState::Granted)
            .await;
        s.idle().await;
        s.opentrain.end_contract(&ours).unwrap();
        s.until_state("usr_ann", streets, AccessState::Released)
            .await;
        assert!(s.cvat.members().contains(&format!("{ann}: worker")));
        s.opentrain.end_contract(&managed).unwrap();
        s.until_state("usr_ann", streets, AccessState::Removed)
            .await;
        assert!(!s.cvat.members().contains(&format!("{ann}: worker")));
    })
    .await;
}

/// The start was lost. The end contains the work e-mail, and the token may search by e-mail.
#[tokio::test]
async fn an_end_finds_a_person_with_access_from_another_source() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        s.idle().await;
        let ann = email("usr_ann");
        s.cvat.show_emails();
        s.cvat.create_user("ann", &ann);
        s.cvat.add_member(&ann, "worker");
        s.cvat.assign(CvatKind::Job, streets, &ann).unwrap();
        s.opentrain.lose_events(1);
        let contract = s.hire(&job, "usr_ann");
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", streets, AccessState::Removed)
            .await;
        assert!(s.cvat.sees(&ann).is_empty());
        assert!(!s.cvat.members().contains(&format!("{ann}: worker")));
    })
    .await;
}

/// A colleague keeps the seat, and the assignments in the hire's project are removed.
#[tokio::test]
async fn a_colleague_keeps_the_seat_if_configured() {
    play_keeping(async |s| {
        let (project, job) = s.job("Streets").await;
        let (zed, ann) = (email("usr_zed"), email("usr_ann"));
        for (name, email) in [("zed", &zed), ("ann", &ann)] {
            s.cvat.create_user(name, email);
        }
        // Zed is a member already. An administrator's token finds accounts by e-mail.
        s.cvat.show_emails();
        s.cvat.add_member(&zed, "worker");
        let contracts = ["usr_zed", "usr_ann"].map(|id| s.hire(&job, id));
        for (id, email) in [("usr_zed", &zed), ("usr_ann", &ann)] {
            s.until_state(id, project, AccessState::Granted).await;
            s.cvat.assign(CvatKind::Job, project, email).unwrap();
        }
        for contract in &contracts {
            s.opentrain.end_contract(contract).unwrap();
        }
        s.until_state("usr_zed", project, AccessState::Kept).await;
        s.until_state("usr_ann", project, AccessState::Removed)
            .await;
        let members = s.cvat.members();
        assert!(members.contains(&format!("{zed}: worker")), "{members:?}");
        assert!(!members.contains(&format!("{ann}: worker")), "{members:?}");
        assert!(s.cvat.sees(&zed).is_empty(), "the jobs are over");
    })
    .await;
}
