//! Accounts that CVAT hides: who left, who was never told by name, who is above the token's owner.

use shared::ledger::AccessState;
use simulator::CvatKind;

use super::stage::play;
use crate::common::events::email;

/// The customer removes the person by hand, or the person leaves; then the contract ends.
#[tokio::test]
async fn a_person_who_left_loses_what_is_assigned_to_them() {
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

/// The same where the seat is still needed: the project that is over is taken away.
#[tokio::test]
async fn a_person_who_left_is_released_from_the_project_that_is_over() {
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

/// Nothing was ever sent: there is no member of an unknown name.
#[tokio::test]
async fn an_end_after_a_hire_that_never_reached_cvat_is_done() {
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
