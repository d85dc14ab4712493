//! Several contracts on one project, of one customer or of two.

use std::time::Duration;

use serde_json::json;
use shared::opentrain::ProvisioningMode;
use simulator::{Fault, ToolCall, What};

use crate::common::wait::until;
use crate::common::world::{Setup, World, play, play_with};
use crate::notices::scene::{
    exhausted, fund, milestone, report, report_as, shown, ten_hours_on, warning,
};

const TWO_CUSTOMERS: &[&str] = &["acme", "globex"];

#[tokio::test]
async fn the_worst_level_is_shown_and_the_others_remain_after_it_clears() {
    play(async |w| {
        let job = w.job("streets").await;
        let maria = ten_hours_on(w, &job, "maria").await;
        let tomas = ten_hours_on(w, &job, "tomas").await;
        report(w, &maria, 8).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&maria]));
        report(w, &tomas, 10).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), exhausted(&[&tomas, &maria]));
        fund(w, &tomas, 90.0);
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&maria]));
        w.end(&maria);
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
    })
    .await;
}

#[tokio::test]
async fn a_contract_on_two_projects_is_on_both_notices() {
    play(async |w| {
        let job = w.job("streets").await;
        w.link("default", &job, "squares", ProvisioningMode::PartnerWebhook)
            .await;
        let contract = w.hire(&job, &w.trainer("maria"));
        fund(w, &contract, 10.0);
        report(w, &contract, 9).await;
        w.idle().await;
        for project in ["streets", "squares"] {
            assert_eq!(shown(w, project), warning(&[&contract]), "{project}");
        }
    })
    .await;
}

/// Adoption merges the hire while the tool is slow with the trainer's other contract: neither message has work left.
#[tokio::test]
async fn a_contract_that_is_adopted_during_other_work_is_on_the_notice() {
    let setup = Setup {
        connections: TWO_CUSTOMERS,
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let trainer = w.trainer("maria");
        let (first, second) = (w.unlinked_job(), w.unlinked_job());
        let mode = ProvisioningMode::PartnerWebhook;
        w.link("acme", &first, "streets", mode.clone()).await;
        let adopted = w.hire(&second, &trainer);
        let budget = Some(json!({ "state": "LOW" }));
        let now = w.opentrain.now();
        let low = milestone("milestone.budget_low", 9_000, &adopted, now, budget);
        w.deliver("globex", &low).await;
        w.idle().await;

        let slow = What::Delay(Duration::from_secs(2));
        w.tool.fault(Fault::times(1, ToolCall::PutMember, slow));
        w.hire(&first, &trainer);
        let is_asked = async || w.tool.member("streets", &trainer).is_some();
        until("the tool is asked", is_asked).await;
        w.link("globex", &second, "streets", mode).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&adopted]));
    })
    .await;
}

/// A funded contract of each customer at `streets`.
async fn funded_at_streets(w: &World) -> Vec<String> {
    let mut contracts = Vec::new();
    for (customer, trainer) in [("acme", "maria"), ("globex", "tomas")] {
        let job = w.unlinked_job();
        let mode = ProvisioningMode::PartnerWebhook;
        w.link(customer, &job, "streets", mode).await;
        let contract = w.hire(&job, &w.trainer(trainer));
        fund(w, &contract, 10.0);
        contracts.push(contract);
    }
    contracts
}

#[tokio::test]
async fn two_customers_share_one_notice() {
    let setup = Setup {
        connections: TWO_CUSTOMERS,
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let contracts = funded_at_streets(w).await;
        report_as(w, "acme", &contracts[0], 10).await;
        report_as(w, "globex", &contracts[1], 8).await;
        w.idle().await;
        assert_eq!(
            shown(w, "streets"),
            exhausted(&[&contracts[0], &contracts[1]])
        );
        w.end(&contracts[0]);
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&contracts[1]]));
    })
    .await;
}

/// `streets` belongs to Acme.
#[tokio::test]
async fn another_customers_contract_is_on_no_notice() {
    let setup = Setup {
        connections: TWO_CUSTOMERS,
        projects: &[("acme", &["streets"]), ("globex", &["roads"])],
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let contracts = funded_at_streets(w).await;
        report_as(w, "acme", &contracts[0], 8).await;
        report_as(w, "globex", &contracts[1], 10).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&contracts[0]]));
    })
    .await;
}

/// Many concurrent workers update one project's notice.
#[tokio::test]
async fn concurrent_crossings_end_in_one_correct_notice() {
    play(async |w| {
        let job = w.job("streets").await;
        let mut contracts = Vec::new();
        for n in 0..12 {
            let contract = w.hire(&job, &w.trainer(&format!("trainer{n}")));
            fund(w, &contract, 10.0);
            contracts.push(contract);
        }
        w.idle().await;
        for (n, contract) in contracts.iter().enumerate() {
            report(w, contract, 8 + 2 * i64::from(n % 2 == 0)).await;
        }
        w.idle().await;
        for contract in contracts.iter().step_by(3) {
            fund(w, contract, 90.0);
        }
        w.idle().await;
        let mut expected: Vec<_> = contracts
            .iter()
            .enumerate()
            .filter(|(n, _)| n % 3 != 0)
            .collect();
        expected.sort_by_key(|(n, contract)| (n % 2, (*contract).clone()));
        let expected: Vec<_> = expected.into_iter().map(|(_, contract)| contract).collect();
        assert_eq!(shown(w, "streets"), exhausted(&expected));
        assert!(w.tool.requests()[&ToolCall::PutNotice] > 1);
    })
    .await;
}
