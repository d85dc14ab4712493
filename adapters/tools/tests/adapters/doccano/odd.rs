//! Unreadable memberships.

use serde_json::json;
use shared::tool::{AnnotationTool, Proof, Removed, ToolError};
use wiremock::ResponseTemplate;

use super::access::{MEMBERS, member, quiet};
use super::{Ground, call, membership};

/// An unreadable membership, with or without Ann's.
fn odd_member(with_ann: bool) -> serde_json::Value {
    let mut members = json!([{ "id": 40, "user": "canary", "rolename": "annotator" }]);
    if with_ann {
        let ann = member("annotator")[0].clone();
        members.as_array_mut().unwrap().push(ann);
    }
    members
}

const ODD: &str = "membership 40: `user` should be a whole number";

#[tokio::test]
async fn another_persons_unreadable_membership_does_not_block_a_removal() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground.answer("GET", "/users", 200, json!([])).await;
    let lists = std::sync::atomic::AtomicBool::new(true);
    let members = move |request: &wiremock::Request| {
        let is_first = lists.swap(false, std::sync::atomic::Ordering::SeqCst);
        let body = match request.url.query() {
            Some("user=2") => json!([]),
            _ => odd_member(is_first),
        };
        ResponseTemplate::new(200).set_body_json(body)
    };
    let given = call("GET", MEMBERS).respond_with(members);
    given.mount(&ground.server).await;
    ground
        .tell(call("DELETE", MEMBERS), ResponseTemplate::new(204))
        .await;
    let removed = ground.tool.remove(&"7".into(), &membership()).await;
    assert_eq!(removed, Ok(Removed::Proven(Proof::MemberList)));
    assert_eq!(ground.bodies("DELETE").await, [json!({ "ids": [31] })]);
}

#[tokio::test]
async fn a_list_with_an_unreadable_membership_proves_no_absence() {
    let ground = Ground::new().await;
    quiet(&ground).await;
    ground.answer("GET", MEMBERS, 200, odd_member(false)).await;
    let project = "7".into();
    let looked = ground.tool.access(&project, &membership()).await;
    let removed = ground.tool.remove(&project, &membership()).await;
    for error in [looked.unwrap_err(), removed.unwrap_err()] {
        assert!(
            matches!(&error, ToolError::Transient { reason, .. } if reason.contains(ODD)),
            "{error}"
        );
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}
