//! Number of calls of a removal, compared with docs/tools.md.

use serde_json::{Value, json};
use shared::tool::AnnotationTool;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{membership, tool};

const DOCS: &str = include_str!("../../../../../docs/tools.md");

fn json_404() -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_json(json!({ "error": "not found" }))
}

fn page_404() -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_raw("default backend - 404", "text/plain")
}

/// The calls of one removal with these answers to DELETE and GET of the member.
async fn calls(delete: ResponseTemplate, get: ResponseTemplate) -> usize {
    let server = MockServer::start().await;
    let project: Value = json!({ "id": "p-1", "name": "Cats" });
    let project = ResponseTemplate::new(200).set_body_json(project);
    let member = "/projects/p-1/members/usr_1";
    for (verb, at, answer) in [
        ("DELETE", member, delete),
        ("GET", member, get),
        ("GET", "/projects/p-1", project),
    ] {
        let mock = Mock::given(method(verb)).and(path(at));
        mock.respond_with(answer).mount(&server).await;
    }
    let removed = tool(&server).remove(&"p-1".into(), &membership()).await;
    removed.map(drop).unwrap();
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_removal_takes_the_calls_that_the_documentation_states() {
    let member = calls(ResponseTemplate::new(204), json_404()).await;
    let absent = calls(json_404(), json_404()).await;
    let page = calls(page_404(), page_404()).await;
    let row = format!(
        "| `rest` | {member}; {absent} if the person was no member; {page} if the tool's 404 has no JSON body |"
    );
    assert!(DOCS.contains(&row), "{row}");
}
