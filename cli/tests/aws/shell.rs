//! A shell that is configured for another bridge: on a stack, the stack's own settings and tokens are used.

use std::process::Command;

use shared::model::clock::{Clock, SystemClock};
use simulator::{AnnotationPlatform, ConsentOptions, OpenTrain, TrainerOptions, Work};

use crate::scene::{PROJECT, STACK, Scene, on_stack};

const HOOK: &str = "https://api.example.com/hooks/default";

const OTHER_TOOL_TOKEN: &str = "canary-other-tool-token";

/// Another bridge's OpenTrain, tool and tokens.
struct Others {
    opentrain: OpenTrain,
    tool: AnnotationPlatform,
    token: String,
}

impl Others {
    async fn new() -> Self {
        let opentrain = OpenTrain::start().await.unwrap();
        let tool = AnnotationPlatform::start(OTHER_TOOL_TOKEN).await.unwrap();
        tool.create_project(PROJECT, "Another customer's scenes");
        let token = opentrain.consent(ConsentOptions::default()).token;
        Self {
            opentrain,
            tool,
            token,
        }
    }

    /// `bridge … --stack labels --json` in that shell.
    fn command(&self, scene: &Scene, args: &[&str]) -> Command {
        let mut command = scene.command(&on_stack(args));
        command
            .env("OPENTRAIN_BASE_URL", self.opentrain.base_url())
            .env("OPENTRAIN_PARTNER_TOKEN", &self.token)
            .env("OPENTRAIN_WEBHOOK_SECRET", "whsec_canary")
            .env("TOOL_BASE_URL", self.tool.base_url())
            .env("TOOL_API_TOKEN", OTHER_TOOL_TOKEN)
            .env("ON_LINK_REMOVED", "nonsense")
            // The same value as on the stack, so it is not reported.
            .env("TOOL_KIND", "rest")
            .env("USAGE_LOOK_BACK_DAYS", "3");
        command
    }
}

/// Each ignored setting is named once, and its value is not shown.
#[track_caller]
fn assert_told(err: &str, others: &Others) {
    for name in [
        "OPENTRAIN_BASE_URL",
        "OPENTRAIN_PARTNER_TOKEN",
        "OPENTRAIN_WEBHOOK_SECRET",
        "TOOL_BASE_URL",
        "TOOL_API_TOKEN",
        "ON_LINK_REMOVED",
    ] {
        assert_eq!(err.matches(name).count(), 1, "{name}: {err}");
    }
    for silent in ["TOOL_KIND", "USAGE_LOOK_BACK_DAYS", "canary", "nonsense"] {
        assert!(!err.contains(silent), "{silent}: {err}");
    }
    let (tool, opentrain) = (others.tool.base_url(), others.opentrain.base_url());
    for value in [&others.token, &tool.to_string(), &opentrain.to_string()] {
        assert!(!err.contains(value.as_str()), "{err}");
    }
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn commands_use_the_stacks_settings_in_another_bridges_shell() {
    let (scene, others) = (Scene::connected().await, Others::new().await);
    let run = async |args: &[&str]| {
        let run = scene.run(others.command(&scene, args), "").await;
        assert_told(&run.err, &others);
        run.json()
    };
    run(&["link", "--job", &scene.job, "--project", PROJECT]).await;
    run(&["subscribe", "--url", HOOK]).await;
    let maria = TrainerOptions {
        work_email: Some("maria@opentrain.work".into()),
        ..TrainerOptions::default()
    };
    let maria = scene.opentrain.create_trainer(maria).unwrap();
    let contract = scene.opentrain.hire(&scene.job, &maria).unwrap();
    run(&["reconcile"]).await;
    assert_eq!(scene.provision().await, 1);
    assert!(scene.tool.member(PROJECT, &maria).is_some());
    let status = run(&["status"]).await;
    assert_eq!(status["access"][0]["state"], "granted", "{status}");
    let today = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let work = Work::of_seconds(600);
    scene
        .tool
        .record_work(PROJECT, &maria, today, work)
        .unwrap();
    run(&["usage"]).await;
    assert_eq!(scene.opentrain.usage(&contract).unwrap().len(), 1);
    assert!(others.tool.member(PROJECT, &maria).is_none());
    scene.close();
}

/// `connect` is the only command that uses the shell's token.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn connect_takes_the_token_from_the_shell() {
    let scene = Scene::new().await;
    let mut command = scene.command(&["connect", "--stack", STACK]);
    command.env("OPENTRAIN_PARTNER_TOKEN", &scene.grant.token);
    let run = scene.run(command, "").await;
    assert!(!run.err.contains("OPENTRAIN_PARTNER_TOKEN"), "{}", run.err);
    let told = run.done();
    assert!(told.contains("from OPENTRAIN_PARTNER_TOKEN"), "{told}");
    assert!(
        !told.contains("takes precedence"),
        "other commands ignore it"
    );
    let kept = scene.kept().await;
    assert_eq!(kept["default"]["token"], scene.grant.token);
}
