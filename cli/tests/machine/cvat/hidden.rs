//! Accounts that CVAT hides: former members, members of unknown name, members above the token's owner.

use shared::ledger::AccessState;
use simulator::CvatKind;

use super::stage::{Stage, play};
use crate::common::events::email;
use crate::common::wait::until;

/// The customer removes the person by hand, or the person leaves. Then the contract ends.
#[tokio::test]
async fn assignments_of_a_former_member_are_removed() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        let contract = s.hire(&job, "usr_ann");
        s.until_state("usr_ann", streets, AccessState::Granted)
            .await;
        for kind in [CvatKind::Job, CvatKind::Task, CvatKind::Job, CvatKind::Job] {
            s.cvat.assign(kind, streets, &ann).unwrap();
        }
        s.cvat.leave(&ann);
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", streets, AccessState::Removed)
            .await;
        assert!(
            s.cvat.sees(&ann).is_empty(),
            "an assignee needs no membership"
        );
    })
    .await;
}

/// The same while the seat is still needed: the assignments of the ended project are removed.
#[tokio::test]
async fn a_former_member_is_released_from_the_ended_project() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        let (nights, other) = s.job("Nights").await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        let contract = s.hire(&job, "usr_ann");
        s.hire(&other, "usr_ann");
        for project in [streets, nights] {
            s.until_state("usr_ann", project, AccessState::Granted)
                .await;
            s.cvat.assign(CvatKind::Job, project, &ann).unwrap();
        }
        s.cvat.leave(&ann);
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_ann", streets, AccessState::Released)
            .await;
        assert_eq!(s.cvat.sees(&ann), [nights]);
    })
    .await;
}

/// Nothing was ever sent, so there is no member of an unknown name.
#[tokio::test]
async fn an_end_after_a_hire_that_never_reached_cvat_succeeds() {
    play(async |s| {
        let (personal, job) = s.job("Mine").await;
        s.cvat.make_personal(personal);
        let contract = s.hire(&job, "usr_bob");
        s.trouble("usr_bob", personal).await;
        s.opentrain.end_contract(&contract).unwrap();
        s.until_state("usr_bob", personal, AccessState::Removed)
            .await;
    })
    .await;
}

#[tokio::test]
async fn only_the_owner_removes_a_maintainer() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        let contract = s.hire(&job, "usr_ann");
        s.until_state("usr_ann", streets, AccessState::Granted)
            .await;
        s.cvat.promote(&ann, "maintainer");
        s.cvat.set_role("maintainer");
        s.opentrain.end_contract(&contract).unwrap();
        let reason = s.trouble("usr_ann", streets).await;
        assert!(
            reason.contains("only its owner may remove them"),
            "{reason}"
        );
        s.cvat.set_role("owner");
        s.reconcile().await;
        s.until_state("usr_ann", streets, AccessState::Removed)
            .await;
        assert!(!s.cvat.members().contains(&format!("{ann}: maintainer")));
    })
    .await;
}

/// The ledger does not contain the hire, and CVAT shows the token no e-mails: any member may be the person.
#[tokio::test]
async fn an_end_of_an_unknown_hire_proves_nothing_without_emails() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        s.idle().await;
        let (ann, bob) = (email("usr_ann"), email("usr_bob"));
        s.cvat.create_user("ann", &ann);
        s.cvat.add_member(&ann, "worker");
        let end = async |id: &str| {
            s.opentrain.lose_events(1);
            let contract = s.hire(&job, id);
            s.opentrain.end_contract(&contract).unwrap();
        };
        end("usr_ann").await;
        let reason = s.trouble("usr_ann", streets).await;
        assert!(reason.contains("remove that account by hand"), "{reason}");
        // Removed by hand. After that the organisation has no member of an unknown name.
        s.cvat.leave(&ann);
        s.reconcile().await;
        s.until_state("usr_ann", streets, AccessState::Removed)
            .await;
        s.cvat.create_user("bob", &bob);
        end("usr_bob").await;
        s.until_state("usr_bob", streets, AccessState::Removed)
            .await;
    })
    .await;
}

/// The ledger was lost: the hire is found in a list, and its grant fails before an invitation is sent.
#[tokio::test]
async fn an_end_of_an_adopted_hire_proves_nothing_without_emails() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        s.idle().await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        s.cvat.add_member(&ann, "worker");
        s.cvat.assign(CvatKind::Job, streets, &ann).unwrap();
        s.cvat.make_personal(streets);
        s.opentrain.lose_events(1);
        let contract = s.hire(&job, "usr_ann");
        s.reconcile().await;
        s.trouble("usr_ann", streets).await;
        s.opentrain.end_contract(&contract).unwrap();
        until("the operator is asked", async || {
            let access = s.access("usr_ann", streets).await.unwrap();
            let trouble = access.trouble.map(|it| it.reason).unwrap_or_default();
            trouble.contains("remove that account by hand")
        })
        .await;
        s.cvat.leave(&ann);
        s.reconcile().await;
        s.until_state("usr_ann", streets, AccessState::Removed)
            .await;
    })
    .await;
}

/// Three people: invited, gone with a job, and a member.
async fn three(s: &Stage, job: &str, streets: u64) -> [String; 3] {
    let ids = ["usr_inv", "usr_gone", "usr_act"];
    for id in &ids[1..] {
        s.cvat.create_user(id, &email(id));
    }
    let contracts = ids.map(|id| s.hire(job, id));
    s.until_state(ids[0], streets, AccessState::Invited).await;
    for id in &ids[1..] {
        s.until_state(id, streets, AccessState::Granted).await;
    }
    let gone = email("usr_gone");
    s.cvat.assign(CvatKind::Job, streets, &gone).unwrap();
    s.cvat.leave(&gone);
    contracts
}

/// Such a token sees neither open invitations nor other people's jobs.
#[tokio::test]
async fn a_demoted_token_proves_nothing() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        let contracts = three(s, &job, streets).await;
        s.cvat.set_role("supervisor");
        for contract in &contracts {
            s.opentrain.end_contract(contract).unwrap();
        }
        for id in ["usr_inv", "usr_gone", "usr_act"] {
            let reason = s.trouble(id, streets).await;
            assert!(reason.contains("maintainer"), "{id}: {reason}");
        }
        s.cvat.set_role("maintainer");
        s.reconcile().await;
        for id in ["usr_inv", "usr_gone", "usr_act"] {
            s.until_state(id, streets, AccessState::Removed).await;
            assert!(s.cvat.sees(&email(id)).is_empty(), "{id}");
            assert!(!s.cvat.accept(&email(id)), "{id}");
        }
        assert_eq!(s.cvat.members(), ["admin@example.org: maintainer"]);
    })
    .await;
}

/// The release of a seat is checked in the same way.
#[tokio::test]
async fn a_demoted_token_releases_no_seat() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        let (nights, other) = s.job("Nights").await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        let contract = s.hire(&job, "usr_ann");
        s.hire(&other, "usr_ann");
        for project in [streets, nights] {
            s.until_state("usr_ann", project, AccessState::Granted)
                .await;
        }
        s.cvat.assign(CvatKind::Job, streets, &ann).unwrap();
        s.cvat.set_role("worker");
        s.opentrain.end_contract(&contract).unwrap();
        let reason = s.trouble("usr_ann", streets).await;
        assert!(reason.contains("maintainer"), "{reason}");
        s.cvat.set_role("owner");
        s.reconcile().await;
        s.until_state("usr_ann", streets, AccessState::Released)
            .await;
        assert!(s.cvat.sees(&ann).is_empty());
    })
    .await;
}

/// CVAT fails to write one job: the other assignment is removed, and the membership ends.
#[tokio::test]
async fn a_failing_job_does_not_keep_the_membership() {
    play(async |s| {
        let (streets, job) = s.job("Streets").await;
        let ann = email("usr_ann");
        s.cvat.create_user("ann", &ann);
        let contract = s.hire(&job, "usr_ann");
        s.until_state("usr_ann", streets, AccessState::Granted)
            .await;
        let broken = s.cvat.assign(CvatKind::Job, streets, &ann).unwrap();
        s.cvat.assign(CvatKind::Job, streets, &ann).unwrap();
        s.cvat.set_broken(CvatKind::Job, broken, true);
        s.opentrain.end_contract(&contract).unwrap();
        let reason = s.trouble("usr_ann", streets).await;
        assert!(reason.contains("500"), "{reason}");
        assert_eq!(s.cvat.members(), ["admin@example.org: owner"]);
        assert_eq!(s.cvat.sees(&ann), [streets], "one job is left");
        s.cvat.set_broken(CvatKind::Job, broken, false);
        s.reconcile().await;
        s.until_state("usr_ann", streets, AccessState::Removed)
            .await;
        assert!(s.cvat.sees(&ann).is_empty());
    })
    .await;
}
