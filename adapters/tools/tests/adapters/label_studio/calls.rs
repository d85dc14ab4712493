//! Number of calls of a removal, compared with docs/tools.md. Edition and organisation are known before.

use serde_json::{Value, json};
use shared::tool::{AnnotationTool, Membership};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{answer, call, json_of, maria, membership, rotates, server, tool};

const DOCS: &str = include_str!("../../../../../docs/tools.md");

/// Calls of one removal, after a reading of the same person.
async fn calls(server: &MockServer) -> usize {
    let tool = tool(server);
    let before = Membership {
        let_in: false,
        ..membership()
    };
    tool.access(&"12".into(), &before).await.map(drop).unwrap();
    let count = async || server.received_requests().await.unwrap().len();
    let before = count().await;
    let maria = Membership {
        accounts: vec!["8".into()],
        ..membership()
    };
    tool.remove(&"12".into(), &maria).await.map(drop).unwrap();
    count().await - before
}

/// An organisation with this number of pages of members, and Maria's account.
async fn community(pages: u64) -> MockServer {
    let server = server("Community").await;
    rotates(&server).await;
    let members = "/api/organizations/1/memberships";
    for page in 1..=pages {
        let seat = json!({ "id": 1000 + page, "user": { "id": 100 + page, "email": "canary.x@example.org" } });
        let next = (page < pages).then(|| format!("{}{members}?page={}", server.uri(), page + 1));
        let list = json!({ "count": pages * 200, "next": next, "results": [seat] });
        Mock::given(method("GET"))
            .and(path(members))
            .and(query_param("page", page.to_string()))
            .respond_with(json_of(200, list))
            .mount(&server)
            .await;
    }
    let email = maria().email;
    let there = json!({ "id": 8, "email": email.expose() });
    call("GET", "/api/users/8/")
        .respond_with(json_of(200, there))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let gone = json!({ "id": 8, "email": "Deleted" });
    answer(&server, call("GET", "/api/users/8/"), 200, gone).await;
    let no_content = ResponseTemplate::new(204);
    call("DELETE", &format!("{members}/8/"))
        .respond_with(no_content)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_removal_in_community_takes_the_calls_that_the_documentation_states() {
    let one = calls(&community(1).await).await;
    let two = calls(&community(2).await).await;
    let row = format!(
        "| `label-studio` Community | {one}, and {} for each 200 members after the first 200 |",
        two - one
    );
    assert!(DOCS.contains(&row), "{row}");
}

#[tokio::test]
async fn a_removal_in_enterprise_takes_the_calls_that_the_documentation_states() {
    let server = server("Enterprise").await;
    let none: Value = json!({ "count": 0, "next": null, "results": [] });
    let members = "/api/organizations/1/memberships";
    answer(&server, call("GET", members), 200, none.clone()).await;
    let workers = "/api/projects/12/members/paginated/";
    answer(&server, call("GET", workers), 200, none).await;
    call("DELETE", "/api/projects/12/members/")
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let count = calls(&server).await;
    let row = format!("| `label-studio` Enterprise | {count} |");
    assert!(DOCS.contains(&row), "{row}");
}
