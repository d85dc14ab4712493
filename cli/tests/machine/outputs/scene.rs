//! The world.

use serde_json::{Value, json};
use simulator::Work;

use crate::common::command::{command, run_showing};
use crate::common::events::{Link, email, ended};
use crate::common::post::Letter;
use crate::common::wait::until;
use crate::common::world::{Setup, TOOL_TOKEN, World, play_with};
use crate::operate::dead_letters::bury;
use shared::model::clock::{Clock, SystemClock, day_of};
use shared::model::signature::WebhookSecret;

pub(super) const PROJECT: &str = "streets";

/// Ids of the world.
pub(super) struct Scene {
    pub(super) contract: String,
    pub(super) link: String,
    pub(super) endpoint: String,
    /// The link of an invitation.
    invitation: String,
}

/// Plays a test in a world with a trainer in each state, a dead letter, a quarantined delivery and a refused one. The two
/// dead letters are the test's to drop.
pub(super) async fn scene(test: impl AsyncFnOnce(&World, &Scene)) {
    play_with(Setup::default(), async |world: &World| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let day = day_of(SystemClock.now());
        let work = Work::new(3600, 5, 40);
        world
            .tool
            .record_work(PROJECT, "usr_maria", day, work)
            .unwrap();
        let over = world.working(&job, PROJECT, "usr_ben").await;
        world.ended(&over, PROJECT, "usr_ben").await;
        refused(world, &job).await;
        world.tool.set_invites(true);
        world.hire(&job, &world.trainer("usr_zoe"));
        world.idle().await;
        for id in [901, 902] {
            bury(
                world,
                id,
                "usr_maria",
                "OpenTrain answers 503 (request req_1)",
            );
        }
        odd_deliveries(world).await;
        let listed = command(world, &world.file(), &["invitations", "--json"]);
        let listed = run_showing(listed).await.json();
        let invitation = listed["invitations"][0]["link"]
            .as_str()
            .unwrap()
            .to_owned();
        let endpoints = command(world, &world.file(), &["endpoints", "--json"]);
        let endpoints = run_showing(endpoints).await.json();
        let scene = Scene {
            contract,
            link: world.opentrain.links()[0].id.clone(),
            endpoint: first_id(&endpoints).unwrap(),
            invitation,
        };
        test(world, &scene).await;
    })
    .await;
}

/// A trainer whom the tool refuses, quoting all that it was told.
async fn refused(world: &World, job: &str) {
    let (name, address) = ("Canary usr_eve", email("usr_eve"));
    let reason = format!("{name} <{address}> has no seat ({TOOL_TOKEN})");
    world.tool.refuse("usr_eve", &reason);
    world.hire(job, &world.trainer("usr_eve"));
    world.idle().await;
}

/// A signed body that is no event, a signed event of an unknown link, and a forged delivery.
async fn odd_deliveries(world: &World) {
    let body = r#"{"type":"contract.started","data":{"freelancer":{"displayName":"Canary C."}}}"#;
    assert_eq!(world.post(world.letter("default", body)).await.status, 202);
    let unknown = Link::new("link_unknown", PROJECT);
    let mut unknown = ended(1, "ctr_unknown", "usr_unknown", &unknown);
    unknown["data"]["freelancer"]["displayName"] = json!("Canary usr_unknown");
    world.deliver("default", &unknown).await;
    let secret = WebhookSecret::new("whsec_canary_forged").unwrap();
    let forged = Letter::signed(&world.bridge.hook("default"), &secret, body);
    assert_eq!(world.post(forged).await.status, 401);
    world.idle().await;
    until("the refusal is in the journal", async || {
        let events = command(world, &world.file(), &["events", "--outcome", "refused"]);
        run_showing(events).await.out.contains("mismatch")
    })
    .await;
}

/// The first `id` in a document.
fn first_id(document: &Value) -> Option<String> {
    match document {
        Value::Object(members) => {
            let own = members.get("id").and_then(Value::as_str).map(str::to_owned);
            own.or_else(|| members.values().find_map(first_id))
        }
        Value::Array(items) => items.iter().find_map(first_id),
        _ => None,
    }
}

impl Scene {
    /// Replaces `{contract}`, `{link}` and `{endpoint}`.
    pub(super) fn fill(&self, text: &str) -> String {
        text.replace("{contract}", &self.contract)
            .replace("{link}", &self.link)
            .replace("{endpoint}", &self.endpoint)
    }

    /// Whether an address or the link of an invitation is in a text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let marks = ["@opentrain.work", "%40opentrain.work", &self.invitation];
        marks.into_iter().any(|it| text.contains(it))
    }

    #[track_caller]
    pub(super) fn is_not_in(&self, text: &str) {
        assert!(!self.is_in(text), "it leaks: {text}");
    }

    /// A value for an argument of a tool of `bridge mcp`.
    pub(super) fn argument(&self, name: &str) -> Value {
        match name {
            "id" => json!("usr_eve"),
            "trainerId" => json!("usr_maria"),
            "from" => json!("2020-01-01"),
            "to" => json!("2100-01-01"),
            "query" => json!("canaries"),
            "planId" => json!("plan_1"),
            "linkId" => json!(self.link),
            "jobId" => json!("job_1"),
            "projectId" => json!(PROJECT),
            "ids" => json!(["902"]),
            "reason" => json!("a test"),
            other => panic!("the test has no value for {other}"),
        }
    }
}
