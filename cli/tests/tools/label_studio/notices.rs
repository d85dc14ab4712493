//! A budget notice in the instructions: added, changed, removed; the owner's text is kept.

use reqwest::Method;
use serde_json::{Value, json};
use shared::model::ids::ProjectId;
use shared::tool::{AnnotationTool, Notice, NoticeLevel};

use super::people::User;
use super::server::{Server, TOKEN};
use super::stage::{Setup, adapter};

const OWN: &str = "<p>Label each <b>sign</b> &amp; light.</p>\n\n<script>1</script> é";

fn notice(text: &str) -> Notice {
    Notice {
        level: NoticeLevel::Warning,
        text: text.into(),
        url: "https://app.opentrain.ai/?a=1&b=\"2\"".into(),
        contract_ids: vec!["ctr_1".into()],
    }
}

async fn instructions(admin: &User, project: &str) -> Value {
    let path = format!("/api/projects/{project}/?include=expert_instruction,show_instruction");
    admin.get(&path).await.1
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_notice_is_shown_and_removed_without_a_trace() {
    let server = Server::start().await;
    let admin = User::admin(&server);
    let mut options = Setup::default().options;
    options.notices = true;
    let tool = adapter(&server.origin, &TOKEN.into(), options.clone());
    for shown in [true, false] {
        let project = admin.project(1).await;
        let id = ProjectId::from(project.as_str());
        let own = json!({ "expert_instruction": OWN, "show_instruction": shown });
        let path = format!("/api/projects/{project}/");
        admin.call(Method::PATCH, &path, Some(own)).await;
        let before = instructions(&admin, &project).await;
        assert_eq!(tool.clear_notice(&id).await, Ok(true));
        assert_eq!(instructions(&admin, &project).await, before);

        for text in ["80 % of <b>funded</b> work", "all of it"] {
            assert_eq!(tool.show_notice(&id, &notice(text)).await, Ok(true));
            let now = instructions(&admin, &project).await;
            let html = now["expert_instruction"].as_str().unwrap();
            assert!(html.ends_with(before["expert_instruction"].as_str().unwrap()));
            assert!(!html.contains("<b>funded"), "what we write stays text");
            assert_eq!(
                html.matches("<strong>").count(),
                1,
                "one takes the other's place"
            );
            assert_eq!(now["show_instruction"], true);
        }
        assert_eq!(tool.clear_notice(&id).await, Ok(true));
        assert_eq!(instructions(&admin, &project).await, before);
    }
    options.notices = false;
    let off = adapter(&server.origin, &TOKEN.into(), options);
    let project = ProjectId::from("1");
    assert_eq!(off.show_notice(&project, &notice("text")).await, Ok(false));
}
