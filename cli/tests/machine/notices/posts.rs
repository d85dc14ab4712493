//! Posts to a chat channel.

use std::sync::Arc;
use std::time::Duration;

use bridge::server::{Server, ServerParts};
use shared::config::JobSettings;
use shared::http::TIMEOUT;
use shared::ledger::{Ledger, Policy};
use shared::model::clock::{Clock, SystemClock};
use shared::notice::{NoticeSettings, Notices, Webhook};
use shared::provision::Delays;
use shared::queue::Limits;
use shared::sqlite::Database;
use shared::tool::AnnotationTool;
use simulator::{Fault, ToolCall, What};
use tokio::net::TcpListener;

use crate::common::canaries;
use crate::common::wait::until;
use crate::common::world::{Setup, World, adapter, play_with};
use crate::notices::channel::Channel;
use crate::notices::scene::{answer, default, fund, notices, report, shown, ten_hours, warning};

async fn play_to(channel: &Channel, test: impl AsyncFnOnce(&World)) {
    let notices = channel.settings();
    play_with(
        Setup {
            notices,
            ..Setup::default()
        },
        test,
    )
    .await;
    for text in channel.texts() {
        canaries::assert_none_in(&text);
        assert!(!text.contains('@') && !text.contains("maria"), "{text}");
    }
}

#[tokio::test]
async fn each_crossing_is_posted_once() {
    let channel = Channel::open().await;
    play_to(&channel, async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        for hours in [8, 9, 10, 11] {
            report(w, &contract, hours).await;
            w.idle().await;
            w.replay_all();
            w.idle().await;
        }
        let expected = [
            format!("Contract {contract} (default): at least 80 % of the funded work is used up, 8 of 10 h. Top up at https://app.opentrain.ai"),
            format!("Contract {contract} (default): all funded work is used up, 10 of 10 h. Top up at https://app.opentrain.ai"),
        ];
        assert_eq!(channel.texts(), expected);
    })
    .await;
}

#[tokio::test]
async fn funding_is_not_posted_and_the_next_crossing_is() {
    let channel = Channel::open().await;
    play_to(&channel, async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 12).await;
        w.idle().await;
        assert_eq!(channel.texts().len(), 1, "a leap over both is one crossing");
        fund(w, &contract, 4.0);
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&contract]), "12 of 14 h");
        assert_eq!(channel.texts().len(), 1, "downward is no crossing");
        report(w, &contract, 14).await;
        w.idle().await;
        assert_eq!(channel.texts().len(), 2);
        fund(w, &contract, 86.0);
        w.idle().await;
        fund(w, &contract, -84.0);
        w.idle().await;
        assert_eq!(channel.texts().len(), 3);
    })
    .await;
}

/// The answer to a report and the event about it arrive at the same moment.
#[tokio::test]
async fn two_workers_post_one_crossing_once() {
    let channel = Channel::open().await;
    play_to(&channel, async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        channel.hold();
        let budget = report(w, &contract, 8).await;
        until("one of them posts", async || channel.waiting() == 1).await;
        let (notices, default) = (notices(w, channel.settings()), default());
        let others = async {
            for _ in 0..4 {
                notices
                    .heard(&default, answer(w, budget.clone()))
                    .await
                    .unwrap();
            }
        };
        // Other workers that post get no answer either.
        let in_time = tokio::time::timeout(Duration::from_secs(3), others).await;
        assert!(
            in_time.is_ok() && channel.waiting() == 1,
            "the others leave it to the first"
        );
        channel.release();
        w.idle().await;
        assert_eq!(channel.texts().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_failed_webhook_blocks_nothing_and_is_retried() {
    let channel = Channel::open().await;
    play_to(&channel, async |w| {
        channel.answer(Some(500));
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 8).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&contract]));
        assert_eq!((channel.texts().len(), channel.refused()), (0, 1));
        report(w, &contract, 10).await;
        w.idle().await;
        assert_eq!(channel.refused(), 1, "it is left alone for a minute");
        channel.answer(None);
        // Another worker, whose webhook has not failed: it finds the post due.
        notices(w, channel.settings())
            .catch_up(&default())
            .await
            .unwrap();
        assert_eq!(channel.texts().len(), 1);
        assert!(channel.texts()[0].contains("all funded work"));
    })
    .await;
}

/// The URL is a secret, and the canaries search the log at TRACE.
#[tokio::test]
async fn the_url_of_an_unreachable_webhook_is_not_logged() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!(
        "http://{}/services/canary?key=canary",
        listener.local_addr().unwrap()
    );
    drop(listener);
    let webhook = Some(Webhook::new(&address).unwrap());
    let notices = NoticeSettings {
        webhook,
        ..NoticeSettings::default()
    };
    play_with(
        Setup {
            notices,
            ..Setup::default()
        },
        async |w| {
            let contract = ten_hours(w, "streets", "maria").await;
            report(w, &contract, 8).await;
            w.idle().await;
            assert_eq!(shown(w, "streets"), warning(&[&contract]));
        },
    )
    .await;
}

#[tokio::test]
async fn a_tool_that_is_down_does_not_delay_the_post() {
    let channel = Channel::open().await;
    play_to(&channel, async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.tool
            .fault(Fault::lasting(ToolCall::PutNotice, What::status(503)));
        report(w, &contract, 8).await;
        until("the crossing is posted", async || {
            channel.texts().len() == 1
        })
        .await;
        w.tool
            .until(|tool| tool.requests().get(&ToolCall::PutNotice) > Some(&2))
            .await
            .unwrap();
        w.tool.clear_faults();
        w.idle().await;
        assert_eq!(channel.texts().len(), 1);
    })
    .await;
}

/// Without the setting nothing is posted. A crossing from that time is posted once it is set.
#[tokio::test]
async fn a_new_channel_gets_the_current_level() {
    let channel = Channel::open().await;
    play_with(Setup::default(), async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 8).await;
        w.idle().await;
        notices(w, NoticeSettings::default())
            .catch_up(&default())
            .await
            .unwrap();
        assert!(channel.texts().is_empty());
        for _ in 0..2 {
            notices(w, channel.settings())
                .catch_up(&default())
                .await
                .unwrap();
        }
        assert_eq!(channel.texts().len(), 1);
    })
    .await;
}

/// A bridge first posts what was left when the last one stopped.
#[tokio::test]
async fn a_bridge_that_starts_catches_up() {
    let channel = Channel::open().await;
    play_with(Setup::default(), async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        let budget = report(w, &contract, 8).await;
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("bridge.db")).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let tool: Arc<dyn AnnotationTool> = Arc::new(adapter(&w.tool, TIMEOUT));
        let ledger = Ledger::in_database(&database, Arc::clone(&clock));
        let silent = NoticeSettings::default();
        let before = Notices::new(
            ledger,
            Arc::clone(&tool),
            Arc::clone(&clock),
            Policy::default(),
            silent,
        );
        before.heard(&default(), answer(w, budget)).await.unwrap();
        assert!(channel.texts().is_empty());

        let machine = Server::start(ServerParts {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            database,
            connections: [w.customers["default"].connection("default")]
                .into_iter()
                .collect(),
            tool,
            policy: Policy::default(),
            clock,
            limits: Limits::default(),
            delays: Delays::default(),
            jobs: JobSettings::default(),
            notices: channel.settings(),
            mail: None,
            services: Vec::new(),
            target: None,
        });
        let machine = machine.await.unwrap();
        until("it is posted", async || channel.texts().len() == 1).await;
        machine.stop().await;
        w.idle().await;
    })
    .await;
}
