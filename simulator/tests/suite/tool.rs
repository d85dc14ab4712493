//! The members contract.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{
    AnnotationPlatform, Fault, MemberStatus, On, ToolCall, ToolMisuse, What, Work, Writes,
};

async fn start() -> AnnotationPlatform {
    let tool = AnnotationPlatform::start("token").await.unwrap();
    tool.create_project("streets", "Street scenes");
    tool
}

fn request(tool: &AnnotationPlatform, method: Method, path: &str) -> crate::support::Ask {
    crate::support::client()
        .request(method, format!("{}{path}", tool.base_url()))
        .header("accept", "application/json")
        .header("user-agent", "opentrain-bridge/0.1.0")
        .bearer_auth("token")
}

async fn send(
    tool: &AnnotationPlatform,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let mut request = request(tool, method, path);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

fn person() -> Value {
    json!({"email": "maria@opentrain.work", "displayName": "Maria S.", "country": "PT"})
}

pub(crate) async fn put(tool: &AnnotationPlatform, project: &str, trainer: &str) -> (u16, Value) {
    let path = format!("/projects/{project}/members/{trainer}");
    send(tool, Method::PUT, &path, Some(person())).await
}

#[tokio::test]
async fn a_member_is_added_and_removed() {
    let tool = start().await;
    let path = "/projects/streets/members/usr%2F1%20%C3%BC";
    assert_eq!(send(&tool, Method::GET, path, None).await.0, 404);
    let (status, added) = send(&tool, Method::PUT, path, Some(person())).await;
    assert_eq!((status, &added["status"]), (201, &json!("active")));
    assert_eq!(
        send(&tool, Method::PUT, path, Some(person())).await,
        (200, added.clone())
    );
    assert_eq!(send(&tool, Method::GET, path, None).await, (200, added));
    let member = tool.member("streets", "usr/1 ü").unwrap();
    assert_eq!(
        (member.email.as_str(), member.status),
        ("maria@opentrain.work", MemberStatus::Active)
    );
    assert!(!format!("{member:?}").contains("maria"));
    assert_eq!(send(&tool, Method::DELETE, path, None).await.0, 204);
    assert_eq!(send(&tool, Method::DELETE, path, None).await.0, 404);
    assert!(tool.members("streets").is_empty());
    let writes = Writes {
        puts: 2,
        deletes: 2,
    };
    assert_eq!(tool.writes_of("streets", "usr/1 ü"), writes);
    assert_eq!(tool.violations(), []);
}

#[tokio::test]
async fn unknown_projects_are_404() {
    let tool = start().await;
    let (status, body) = send(&tool, Method::GET, "/projects/streets", None).await;
    assert_eq!(
        (status, body),
        (200, json!({"id": "streets", "name": "Street scenes"}))
    );
    assert_eq!(
        send(&tool, Method::GET, "/projects/none", None).await.0,
        404
    );
    assert_eq!(put(&tool, "none", "usr_1").await.0, 404);
    assert_eq!(tool.writes_of("none", "usr_1"), Writes::default());
    assert_eq!(tool.violations(), []);
}

#[tokio::test]
async fn invitations_are_accepted_before_work() {
    let tool = start().await;
    tool.set_invites(true);
    let (_, body) = put(&tool, "streets", "usr_1").await;
    assert_eq!(body["status"], "invited");
    assert!(body["inviteUrl"].is_string());
    assert_eq!(put(&tool, "streets", "usr_1").await, (200, body));
    let day = "2026-01-05".parse().unwrap();
    let work = || tool.record_work("streets", "usr_1", day, Work::of_seconds(60));
    assert_eq!(work(), Err(ToolMisuse::WorkWithoutAccess));
    tool.accept_invite("streets", "usr_1").unwrap();
    assert_eq!(
        tool.accept_invite("streets", "usr_1"),
        Err(ToolMisuse::NotInvited)
    );
    work().unwrap();
    let (_, body) = put(&tool, "streets", "usr_1").await;
    assert_eq!(
        (&body["status"], body.get("inviteUrl")),
        (&json!("active"), None)
    );
    tool.remove_member("streets", "usr_1").unwrap();
    assert_eq!(work(), Err(ToolMisuse::WorkWithoutAccess));
}

#[tokio::test]
async fn a_refused_person_is_a_422() {
    let tool = start().await;
    tool.refuse("usr_1", "seats are used up");
    let expected = (422, json!({"error": "seats are used up"}));
    assert_eq!(put(&tool, "streets", "usr_1").await, expected);
    tool.stop_refusing("usr_1");
    assert_eq!(put(&tool, "streets", "usr_1").await.0, 201);
    assert_eq!(tool.violations(), []);
}

#[tokio::test]
async fn usage_comes_in_pages() {
    let tool = start().await;
    for trainer in ["usr_1", "usr_2"] {
        put(&tool, "streets", trainer).await;
        for day in ["2026-01-03", "2026-01-04", "2026-01-05", "2026-01-06"] {
            let day = day.parse().unwrap();
            tool.record_work("streets", trainer, day, Work::new(60, 1, 2))
                .unwrap();
            tool.record_work("streets", trainer, day, Work::of_seconds(5))
                .unwrap();
        }
    }
    let corrected = Work::of_seconds(7);
    tool.correct_work("streets", "usr_1", "2026-01-04".parse().unwrap(), corrected)
        .unwrap();
    tool.set_page_size(3);
    let mut totals = Vec::new();
    let mut cursor: Option<String> = None;
    for page in [3, 1] {
        let mut query = vec![("from", "2026-01-04"), ("to", "2026-01-05")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let request = request(&tool, Method::GET, "/projects/streets/usage").query(&query);
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        let rows = body["totals"].as_array().unwrap();
        assert_eq!(rows.len(), page);
        totals.extend(rows.clone());
        cursor = body["nextCursor"].as_str().map(str::to_owned);
    }
    assert_eq!(cursor, None);
    let first = json!({"trainerId": "usr_1", "workDate": "2026-01-04", "totalSeconds": 7});
    assert_eq!(totals[0], first, "what is not measured is left out");
    let last = json!({"trainerId": "usr_2", "workDate": "2026-01-05", "totalSeconds": 65,
        "tasksCompleted": 1, "labelsCompleted": 2});
    assert_eq!(totals[3], last);
    assert_eq!(tool.violations(), []);
}

#[tokio::test]
async fn a_notice_is_shown_and_removed() {
    let tool = start().await;
    let path = "/projects/streets/notice";
    assert_eq!(send(&tool, Method::DELETE, path, None).await.0, 404);
    let body = json!({"level": "warning", "text": "Runs low", "url": "https://x.example",
        "contractIds": ["ctr_1"]});
    assert_eq!(
        send(&tool, Method::PUT, path, Some(body.clone())).await.0,
        204
    );
    assert_eq!(json!(tool.notice("streets").unwrap()), body);
    assert_eq!(send(&tool, Method::DELETE, path, None).await.0, 204);
    assert_eq!((tool.notice("streets"), tool.notice_writes()), (None, 3));
    assert_eq!(tool.violations(), []);
}

#[tokio::test]
async fn usage_and_notice_may_be_missing() {
    let tool = start().await;
    for (call, path) in [
        (
            ToolCall::Usage,
            "/projects/streets/usage?from=2026-01-01&to=2026-01-02",
        ),
        (ToolCall::DeleteNotice, "/projects/streets/notice"),
    ] {
        let method: Method = call.call().0.parse().unwrap();
        tool.set_supported(call, false);
        assert_eq!(send(&tool, method.clone(), path, None).await.0, 501);
        tool.set_supported(call, true);
        assert_ne!(send(&tool, method, path, None).await.0, 501);
    }
}

#[tokio::test]
async fn the_tool_is_strict() {
    let tool = start().await;
    let member = "/projects/streets/members/usr_1";
    let cases = [
        (Method::GET, "/projects", None, 404),
        (Method::POST, member, Some(person()), 404),
        (Method::GET, "/projects/streets/members/", None, 404),
        (Method::GET, "/projects/streets?x=1", None, 400),
        (
            Method::PUT,
            member,
            Some(json!({"email": "m@opentrain.work"})),
            400,
        ),
        (
            Method::PUT,
            member,
            Some(json!({"email": "m", "displayName": "M", "role": "x"})),
            400,
        ),
        (Method::GET, "/projects/streets/usage", None, 400),
        (
            Method::GET,
            "/projects/streets/usage?from=2026-01-01&to=2026-01-02&cursor=x",
            None,
            400,
        ),
        (
            Method::PUT,
            "/projects/streets/notice",
            Some(json!({"level": "loud"})),
            400,
        ),
    ];
    for (at, (method, path, body, expected)) in cases.into_iter().enumerate() {
        assert_eq!(send(&tool, method, path, body).await.0, expected, "{path}");
        assert_eq!(tool.violations().len(), at + 1, "{path}");
    }
    assert!(tool.members("streets").is_empty());
}

#[tokio::test]
async fn tokens_and_headers_are_checked() {
    let tool = start().await;
    tool.set_token("another");
    let path = "/projects/streets";
    assert_eq!(send(&tool, Method::GET, path, None).await.0, 401);
    assert_eq!(tool.violations(), [], "a wrong token is an ordinary answer");
    let url = format!("{}{path}", tool.base_url());
    let bare = crate::support::client().get(url).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    assert_eq!(tool.violations().len(), 3, "no token, Accept or User-Agent");
}

#[tokio::test]
async fn faults_apply_to_the_tool() {
    let tool = start().await;
    tool.fault(Fault::times(
        1,
        ToolCall::PutMember,
        What::DropConnectionAfterWrite,
    ));
    let path = "/projects/streets/members/usr_1";
    let dropped = request(&tool, Method::PUT, path).json(&person());
    assert!(dropped.send().await.is_err());
    assert!(tool.member("streets", "usr_1").is_some());
    // The permission to remove is missing, but not the one to read.
    tool.fault(Fault::lasting(On::method("DELETE"), What::status(403)));
    for _ in 0..2 {
        assert_eq!(send(&tool, Method::DELETE, path, None).await.0, 403);
    }
    assert_eq!(send(&tool, Method::GET, path, None).await.0, 200);
    assert_eq!(
        tool.writes_of("streets", "usr_1"),
        Writes {
            puts: 1,
            deletes: 0
        }
    );
    tool.clear_faults();
    assert_eq!(send(&tool, Method::DELETE, path, None).await.0, 204);
    assert_eq!(tool.requests()[&ToolCall::DeleteMember], 3);
}
