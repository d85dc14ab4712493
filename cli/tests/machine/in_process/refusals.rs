//! Failures that a retry does not fix, because an operator has to act or the data is wrong; and removals that only seem
//! to succeed.

use shared::ledger::AccessState;
use shared::model::failure::Cause;
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use simulator::{Fault, ToolCall, What, Writes};

use crate::common::canaries;
use crate::common::world::{TOOL_TOKEN, World, play};

/// 401 and 403 are recorded as failures that need the operator. Work continues once the token is valid.
#[tokio::test]
async fn a_token_that_is_refused_waits_for_the_operator() {
    play(async |w| {
        let job = w.job("streets").await;
        w.tool.set_token("canary-another-token");
        w.hire(&job, &w.trainer("maria"));
        let needs_operator = |cause| cause == Some(Cause::Operator);
        w.until_access("maria", "streets", |it| {
            needs_operator(it.trouble.as_ref().map(|it| it.cause))
        })
        .await;
        let row = w.status().await["access"][0].clone();
        assert_eq!(row["trouble"]["cause"], "operator");
        assert!(
            row["trouble"]["reason"]
                .as_str()
                .unwrap()
                .contains("TOOL_API_TOKEN"),
            "{row}"
        );
        assert_eq!(row["state"], "needs-you");

        w.tool.set_token(TOOL_TOKEN);
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert!(w.access("maria", "streets").await.trouble.is_none());
    })
    .await;
}

/// The reference integration warns of this: a plain member's token can add members, and gets 403 when it removes one.
#[tokio::test]
async fn a_token_that_may_not_remove_is_not_taken_for_a_removal() {
    play(async |w| {
        let job = w.job("streets").await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        w.tool
            .fault(Fault::lasting(ToolCall::DeleteMember, What::status(403)));
        w.end(&contract);
        w.until_access("maria", "streets", |it| it.trouble.is_some())
            .await;
        let access = w.access("maria", "streets").await;
        assert_eq!(access.state, AccessState::Removing);
        assert_eq!(access.trouble.unwrap().cause, Cause::Operator);
        assert!(
            w.known("maria").await.member.emails.len() == 1,
            "it may be needed for the removal"
        );
        w.tool.clear_faults();
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

/// The tool returns 204 and does nothing.
#[tokio::test]
async fn a_removal_that_is_not_true_is_not_counted() {
    play(async |w| {
        let job = w.job("streets").await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        w.tool
            .fault(Fault::lasting(ToolCall::DeleteMember, What::status(204)));
        w.end(&contract);
        w.until_access("maria", "streets", |it| it.trouble.is_some())
            .await;
        assert_eq!(
            w.access("maria", "streets").await.state,
            AccessState::Removing
        );
        assert!(w.reads_back("streets", "maria").await);
        w.tool.clear_faults();
        w.idle().await;
        assert!(!w.reads_back("streets", "maria").await);
        assert_eq!(
            w.access("maria", "streets").await.state,
            AccessState::Removed
        );
    })
    .await;
}

/// One project returns 404. The person's other project is still processed.
#[tokio::test]
async fn a_project_that_is_gone_is_noted_and_holds_nothing_up() {
    play(async |w| {
        let job = w.job("streets").await;
        w.link("default", &job, "gone", PartnerWebhook).await;
        w.idle().await;
        w.tool.delete_project("gone").unwrap();
        w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        let trouble = w.access("maria", "gone").await.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::Wrong);
        assert!(trouble.reason.contains("gone"), "{}", trouble.reason);
    })
    .await;
}

/// 422: the tool's reason is recorded, without the personal data that it quotes.
#[tokio::test]
async fn a_person_whom_the_tool_refuses_is_noted_with_the_reason() {
    play(async |w| {
        let job = w.job("streets").await;
        w.tool.refuse(
            "maria",
            "no seat left for canary.maria@opentrain.work, sorry Canary maria",
        );
        w.hire(&job, &w.trainer("maria"));
        w.hire(&job, &w.trainer("tomas"));
        w.idle().await;
        assert_eq!(w.members("streets"), ["tomas"]);
        let trouble = w.access("maria", "streets").await.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::Wrong);
        assert!(
            trouble.reason.contains("no seat left"),
            "{}",
            trouble.reason
        );
        canaries::assert_none_in(&trouble.reason);
    })
    .await;
}

/// The tool's administrator has removed the trainer before. The end succeeds.
#[tokio::test]
async fn a_trainer_without_membership_counts_as_removed() {
    play(async |w| {
        let job = w.job("streets").await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        w.tool.remove_member("streets", "maria").unwrap();
        w.end(&contract);
        w.idle().await;
        assert_eq!(
            w.access("maria", "streets").await.state,
            AccessState::Removed
        );
        assert_eq!(
            w.tool.writes_of("streets", "maria"),
            Writes {
                puts: 1,
                deletes: 1
            }
        );
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_shown_as_one_and_taken_back_by_the_end() {
    play(async |w| {
        w.tool.set_invites(true);
        let job = w.job("streets").await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        assert_eq!(
            w.access("maria", "streets").await.state,
            AccessState::Invited
        );
        invite_is_kept(w).await;
        w.end(&contract);
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

async fn invite_is_kept(w: &World) {
    w.replay_all();
    w.idle().await;
    assert_eq!(w.tool.writes_of("streets", "maria").puts, 1);
}
