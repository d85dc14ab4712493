//! The documents themselves, and the comparison with them.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use super::{BASES, Document, Exchange, all};
use crate::support::{Scene, client};

/// Every operation of a document.
fn operations(document: &Document) -> Vec<(&String, &String, &Value)> {
    let paths = document.json["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, operations)| {
        let operations = operations.as_object().unwrap();
        operations
            .iter()
            .map(move |(method, own)| (path, method, own))
    });
    all.collect()
}

#[tokio::test]
async fn every_operation_is_described() {
    let numbers: Vec<usize> = all()
        .await
        .iter()
        .map(|own| operations(own).len())
        .collect();
    assert_eq!(numbers, [43, 4, 15, 39]);
    for document in all().await {
        let mut ids = BTreeSet::new();
        for (path, method, own) in operations(document) {
            let name = format!("{method} {}{path}", document.base);
            assert!(ids.insert(own["operationId"].as_str().unwrap()), "{name}");
            assert!(!own["summary"].as_str().unwrap().is_empty(), "{name}");
            let tag = &own["tags"][0];
            let tags = document.json["tags"].as_array().unwrap();
            assert!(tags.iter().any(|own| own["name"] == *tag), "{name}");
            let responses = own["responses"].as_object().unwrap();
            assert!(responses.keys().any(|own| own.starts_with('2')), "{name}");
            assert!(responses.contains_key("400"), "{name}");
            let needs_token = !own["security"].as_array().unwrap().is_empty();
            assert_eq!(responses.contains_key("401"), needs_token, "{name}");
            let ids = path.split('/').filter(|part| part.starts_with('{'));
            let parameters = own["parameters"].as_array().unwrap();
            let in_path = parameters.iter().filter(|own| own["in"] == "path");
            assert_eq!(in_path.count(), ids.count(), "{name}");
        }
    }
}

#[tokio::test]
async fn scopes_limits_and_reasons_are_those_of_the_rows() {
    let [public, _, platform, sandbox] = all().await else {
        panic!("four documents");
    };
    let hire = &public.json["paths"]["/proposals/{proposalId}/hire"]["post"];
    assert_eq!(hire["security"], json!([{"token": ["proposals:write"]}]));
    let about = hire["description"].as_str().unwrap();
    assert!(about.contains("public_api_hiring") && about.contains("claimed"));
    let updates = &public.json["paths"]["/updates"]["get"];
    assert_eq!(updates["security"].as_array().unwrap().len(), 3);
    assert_eq!(updates["parameters"][0]["schema"]["maximum"], 200);
    let jobs = &public.json["paths"]["/jobs"]["get"];
    assert_eq!(jobs["security"], json!([]));
    assert!(jobs["responses"]["429"]["headers"]["Retry-After"].is_object());
    let usage = &platform.json["paths"]["/contracts/{contractId}/usage"]["post"];
    assert_eq!(usage["security"], json!([{"token": ["usage:write"]}]));
    let body = &usage["requestBody"]["content"]["application/json"]["schema"];
    let entries = &body["properties"]["entries"];
    assert_eq!(
        (&entries["maxItems"], &entries["items"]["required"]),
        (&json!(100), &json!(["workDate"]))
    );
    assert_eq!(entries["items"]["additionalProperties"], false);
    let review = &sandbox.json["paths"]["/proposals/{proposalId}/status"]["post"];
    let conflict = &review["responses"]["409"]["content"]["application/json"]["schema"];
    let reasons = &conflict["allOf"][1]["properties"]["details"]["properties"]["reason"];
    assert_eq!(reasons["enum"], json!(["proposal_already_hired"]));
}

#[tokio::test]
async fn documents_are_read_only_and_need_no_token() {
    let scene = Scene::new().await;
    for base in BASES {
        let url = format!("{}{base}/openapi.json", scene.opentrain.base_url());
        let answer = client().get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{base}");
        let document: Value = answer.json().await.unwrap();
        assert_eq!(
            (&document["openapi"], &document["servers"][0]["url"]),
            (&json!("3.1.0"), &json!(base))
        );
        scene.assert_no_violations();
    }
    for base in BASES {
        let url = format!("{}{base}/openapi.json", scene.opentrain.base_url());
        let answer = client().request(Method::POST, &url).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{base}");
        assert_eq!(answer.headers()["allow"], "GET");
    }
}

#[tokio::test]
async fn llms_txt_links_the_documents() {
    let scene = Scene::new().await;
    let origin = scene.opentrain.base_url();
    let answer = client()
        .get(format!("{origin}/llms.txt"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("# ") && text.contains("\n> ") && text.contains("\n## "));
    let links = text.split("](").skip(1).map(|rest| rest.split(')').next());
    let links: BTreeSet<&str> = links.flatten().collect();
    for base in BASES {
        assert!(
            links.contains(format!("{origin}{base}/openapi.json").as_str()),
            "{base}"
        );
    }
    for link in links {
        assert_eq!(
            client().get(link).send().await.unwrap().status(),
            200,
            "{link}"
        );
    }
    scene.assert_no_violations();
}

/// The difference of an answer to `GET /api/public/v1/credits`.
async fn difference(status: u16, body: Value) -> Result<(), String> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    let body = body.to_string();
    let exchange = Exchange {
        method: Method::GET,
        url: "http://127.0.0.1/api/public/v1/credits".parse().unwrap(),
        sent_headers: &HeaderMap::new(),
        sent: &[],
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers,
        received: body.as_bytes(),
    };
    exchange.check(all().await)
}

#[tokio::test]
async fn an_undocumented_status_or_member_is_a_difference() {
    let good = json!({"credits": {
        "availableCents": 0, "reservedCents": 0, "currency": "usd", "recentEntries": [],
    }});
    difference(200, good.clone()).await.unwrap();
    let mut more = good.clone();
    more["credits"]["more"] = 1.into();
    let fault = difference(200, more).await.unwrap_err();
    assert!(fault.contains("more"), "{fault}");
    let mut less = good.clone();
    less["credits"].as_object_mut().unwrap().remove("currency");
    assert!(difference(200, less).await.is_err());
    assert!(difference(201, good.clone()).await.is_err());
    let error = |code: &str| json!({"error": "no", "code": code, "requestId": "req_1"});
    difference(403, error("FORBIDDEN")).await.unwrap();
    assert!(difference(403, error("CONFLICT")).await.is_err());
    assert!(difference(409, error("CONFLICT")).await.is_err());
}
