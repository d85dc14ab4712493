//! A tool that can't show a notice: nothing is lost, and nothing else is delayed.

use shared::model::failure::Cause;
use shared::model::ids::{ContractId, ProjectId};
use shared::notice::{NoticeSettings, current_level};
use shared::tool::NoticeLevel;
use simulator::{Fault, On, ToolCall, What};

use crate::common::wait::until;
use crate::common::world::play;
use crate::notices::scene::{default, exhausted, fund, notices, report, shown, ten_hours, warning};

#[tokio::test]
async fn a_tool_that_is_down_gets_the_notice_when_it_is_back() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.tool
            .fault(Fault::lasting(ToolCall::PutNotice, What::status(503)));
        report(w, &contract, 8).await;
        w.tool
            .until(|tool| tool.requests().get(&ToolCall::PutNotice) > Some(&2))
            .await
            .unwrap();
        let ledger = w.bridge.ledger();
        let row = ledger
            .budget(&default(), &ContractId::new(&contract))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            current_level(&row),
            Some(NoticeLevel::Warning),
            "the update is not lost"
        );
        let shown_row = ledger
            .notice(&ProjectId::from("streets"))
            .await
            .unwrap()
            .0
            .unwrap();
        assert_eq!(shown_row.trouble.unwrap().cause, Cause::Transient);
        w.tool.clear_faults();
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&contract]));
        let shown_row = ledger
            .notice(&ProjectId::from("streets"))
            .await
            .unwrap()
            .0
            .unwrap();
        assert!(shown_row.trouble.is_none() && !shown_row.unsure);
    })
    .await;
}

/// The answer is lost after the tool has written, so the shown notice is unknown.
#[tokio::test]
async fn a_notice_with_a_lost_answer_is_shown_again() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.tool.fault(Fault::times(
            1,
            ToolCall::PutNotice,
            What::DropConnectionAfterWrite,
        ));
        report(w, &contract, 8).await;
        w.idle().await;
        fund(w, &contract, 90.0);
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
    })
    .await;
}

/// The notice of the first crossing was written but not recorded. Then the budget was funded.
#[tokio::test]
async fn a_notice_that_may_be_shown_is_cleared() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.tool.fault(Fault::times(
            1,
            ToolCall::PutNotice,
            What::DropConnectionAfterWrite,
        ));
        w.tool
            .fault(Fault::lasting(ToolCall::PutNotice, What::status(503)));
        report(w, &contract, 8).await;
        w.tool
            .until(|tool| tool.requests().get(&ToolCall::PutNotice) > Some(&1))
            .await
            .unwrap();
        assert_eq!(
            shown(w, "streets"),
            warning(&[&contract]),
            "it is there, and we don't know"
        );
        fund(w, &contract, 90.0);
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
    })
    .await;
}

/// The permission to write notices is missing: access is still granted and revoked at once.
#[tokio::test]
async fn access_does_not_wait_for_a_notice() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 10).await;
        w.idle().await;
        w.tool
            .fault(Fault::lasting(ToolCall::DeleteNotice, What::status(403)));
        w.end(&contract);
        w.idle().await;
        assert!(w.members("streets").is_empty());
        assert_eq!(
            shown(w, "streets"),
            exhausted(&[&contract]),
            "it can't be cleared"
        );
        w.tool.clear_faults();
        notices(w, NoticeSettings::default())
            .catch_up(&default())
            .await
            .unwrap();
        assert_eq!(shown(w, "streets"), None, "it is caught up with");
    })
    .await;
}

/// Each contract's budget is processed separately.
#[tokio::test]
async fn a_failing_project_delays_no_other() {
    play(async |w| {
        let maria = ten_hours(w, "streets", "maria").await;
        let tomas = ten_hours(w, "squares", "tomas").await;
        let streets = On::call("PUT", "/projects/streets/notice");
        w.tool.fault(Fault::lasting(streets, What::status(403)));
        report(w, &maria, 8).await;
        w.opentrain.settle().await.unwrap();
        w.tool
            .until(|tool| tool.requests().get(&ToolCall::PutNotice) > Some(&1))
            .await
            .unwrap();
        report(w, &tomas, 8).await;
        until("the other project shows its notice", async || {
            shown(w, "squares") == warning(&[&tomas])
        })
        .await;
        assert_eq!(shown(w, "streets"), None);
        w.tool.clear_faults();
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&maria]));
    })
    .await;
}

/// No retry can restore a project: the event is processed, and the next update retries the notice.
#[tokio::test]
async fn a_missing_project_is_stored_and_not_retried() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.tool
            .fault(Fault::times(1, ToolCall::PutNotice, What::status(404)));
        report(w, &contract, 8).await;
        w.idle().await;
        assert_eq!(w.tool.requests()[&ToolCall::PutNotice], 1);
        let row = w
            .bridge
            .ledger()
            .notice(&ProjectId::from("streets"))
            .await
            .unwrap()
            .0
            .unwrap();
        assert_eq!(row.trouble.unwrap().cause, Cause::Wrong);
        let set_aside = &w.status().await["connections"][0]["quarantined"];
        assert!(
            set_aside.as_array().unwrap().is_empty(),
            "the event was understood"
        );
        report(w, &contract, 10).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), exhausted(&[&contract]));
    })
    .await;
}
