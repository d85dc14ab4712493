//! `bridge budget` next to a running bridge.

use std::process::{Command, Output};

use serde_json::{Value, json};
use simulator::{Fault, ToolCall, What};

use crate::common::canaries;
use crate::common::world::{World, play};
use crate::notices::scene::{fund, report, ten_hours, ten_hours_on};

fn budget(w: &World, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
    command
        .arg("budget")
        .args(args)
        .arg("--db")
        .arg(w.folder.path().join("bridge.db"));
    command.env_clear().output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    canaries::assert_none_in(&text);
    text
}

#[tokio::test]
async fn an_empty_ledger_is_explained() {
    play(async |w| {
        let said = text(&budget(w, &[]));
        assert!(said.starts_with("No budget received yet."), "{said}");
    })
    .await;
}

#[tokio::test]
async fn contracts_are_sorted_by_level_with_ended_ones_last() {
    play(async |w| {
        let (streets, squares) = (w.job("streets").await, w.job("squares").await);
        let fine = ten_hours_on(w, &streets, "maria").await;
        let low = ten_hours_on(w, &streets, "tomas").await;
        let exhausted = ten_hours_on(w, &squares, "ines").await;
        let over = ten_hours_on(w, &squares, "ana").await;
        for (contract, hours) in [(&low, 8), (&exhausted, 15), (&over, 10)] {
            report(w, contract, hours).await;
        }
        w.end(&over);
        w.idle().await;
        let said = text(&budget(w, &[]));
        let lines: Vec<_> = said
            .lines()
            .filter(|line| line.contains('░') || line.contains('█'))
            .collect();
        let expected = [
            (
                &exhausted,
                "████████████████████ 150%",
                "15 / 10 h",
                "exhausted",
            ),
            (&low, "████████████████░░░░  80%", "8 / 10 h", "low"),
            (&fine, "░░░░░░░░░░░░░░░░░░░░   0%", "0 / 10 h", "ok"),
            (
                &over,
                "████████████████████ 100%",
                "10 / 10 h",
                "exhausted, contract not active",
            ),
        ];
        assert_eq!(lines.len(), expected.len(), "{said}");
        for (line, (contract, bar, volume, state)) in lines.iter().zip(expected) {
            for part in [contract.as_str(), bar, volume, state] {
                assert!(line.contains(part), "{part} in {line}");
            }
        }
        assert!(
            said.contains(&format!(
                "Notice on squares: All funded work on contract {exhausted}"
            )),
            "{said}"
        );
        assert!(
            !said.contains('\u{1b}'),
            "no colours where there is no terminal"
        );
    })
    .await;
}

#[tokio::test]
async fn the_json_contains_the_same() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 8).await;
        w.idle().await;
        let told: Value =
            serde_json::from_str(&text(&budget(w, &["--json", "--connection", "default"])))
                .unwrap();
        let row = &told["contracts"][0];
        let expected = json!({
            "connection": "default",
            "contract": contract,
            "projects": ["streets"],
            "live": true,
            "paymentType": "PAY_PER_HOUR",
            "state": "LOW",
            "level": "warning",
            "funded": 10.0,
            "consumed": 8.0,
            "fraction": 0.8,
            "reportedAt": row["reportedAt"],
        });
        assert_eq!(*row, expected);
        assert_eq!(
            told["notices"][0]["notice"]["contractIds"],
            json!([contract])
        );
    })
    .await;
}

#[tokio::test]
async fn a_missing_notice_is_explained() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.tool
            .fault(Fault::lasting(ToolCall::PutNotice, What::status(403)));
        report(w, &contract, 8).await;
        w.tool
            .until(|tool| tool.requests().get(&ToolCall::PutNotice) > Some(&1))
            .await
            .unwrap();
        let said = text(&budget(w, &[]));
        assert!(
            said.contains(
                "Notice on streets can't be shown: the tool's token may not do this (403)"
            ),
            "{said}"
        );
        w.tool.clear_faults();
        fund(w, &contract, 90.0);
        w.idle().await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_connection_is_a_usage_error() {
    play(async |w| {
        ten_hours(w, "streets", "maria").await;
        let output = budget(w, &["--connection", "acme"]);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("Unknown connection acme. Known: default."),
            "{said}"
        );
    })
    .await;
}
