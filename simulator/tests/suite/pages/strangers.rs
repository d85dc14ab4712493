//! A world whose texts come from strangers who try to put scripts on the pages.

use reqwest::Method;
use serde_json::json;

use super::browser::Browser;
use crate::{
    employer::support::{Market, complete_job},
    support::{Receiver, text},
};

const NASTY: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

/// Pages of a world that `nasty` made, besides those with an address of their own.
const PAGES: [&str; 19] = [
    "/",
    "/desk/jobs",
    "/desk/jobs/job_1",
    "/desk/contracts",
    "/desk/contracts/ctr_1",
    "/desk/approvals",
    "/desk/installs",
    "/desk/endpoints",
    "/desk/endpoints/whe_1",
    "/desk/deliveries",
    "/desk/deliveries/dlv_1",
    "/desk/calls",
    "/desk/limits",
    "/claim",
    "/integrations/nasty/connect",
    "/billing",
    "/jobs/job_1",
    "/jobs/job_1/apply",
    "/freelancers/usr_1",
];

/// A world in which each text of a stranger is nasty. Returns the address of every page.
pub(super) async fn nasty(market: &Market) -> Vec<String> {
    let token = market.full().await;
    let mut pages = vec![nasty_claim(market).await];
    let (job, draft) = nasty_job(market, &token).await;
    pages.push(draft);
    pages.push(nasty_hire(market, &token, &job).await);
    let top_up = json!({"amountUsd": 50});
    let (_, top_up) = market.post(&token, "/credits/top-ups", top_up).await;
    pages.push(text(&top_up["checkoutUrl"]));
    let call = "/jobs/mine?%3Cscript%3Ealert(1)%3C/script%3E=1";
    market.get(&token, call).await;
    market.opentrain.settle().await.unwrap();
    pages.extend(PAGES.map(str::to_owned));
    pages
}

async fn nasty_claim(market: &Market) -> String {
    let names = json!({"agent_name": NASTY, "organization_name": NASTY});
    let (_, agent) = market.agent("/identity", names).await;
    let claim = json!({"claim_token": agent["claim_token"], "email": "ann@acme.example"});
    let (_, claim) = market.agent("/identity/claim", claim).await;
    text(&claim["verification_uri"])
}

/// An open job with a webhook and a link. Returns its id and the address of its draft.
async fn nasty_job(market: &Market, token: &str) -> (String, String) {
    let receiver = Receiver::start().await;
    let hook = json!({"url": receiver.url, "eventTypes": ["proposal.received"]});
    market.post(token, "/webhooks", hook).await;
    let mut job = complete_job();
    for name in ["jobTitle", "jobDescription", "dataType"] {
        job[name] = NASTY.into();
    }
    let draft = json!({"format": "opentrain_canonical", "job": job});
    let (_, draft) = market.post(token, "/job-drafts", draft).await;
    let job = text(&draft["jobId"]);
    market.act(token, &format!("/jobs/{job}/publish")).await;
    let app = json!({"slug": "nasty", "name": NASTY, "description": NASTY,
        "scopes": ["participants:email"]});
    market.done("/apps", app).await;
    let platform = market.install(&["project-links:write"]).await;
    let link = json!({"externalProjectId": NASTY, "externalProjectName": NASTY, "jobId": job});
    let call = market.platform(Method::POST, &platform, "/project-links", Some(link));
    assert_eq!(call.await.0, 201);
    (job, text(&draft["draftUrl"]))
}

/// A hire that waited for the human. Returns the address of its approval.
async fn nasty_hire(market: &Market, token: &str, job: &str) -> String {
    let trainer = json!({"displayName": NASTY, "country": NASTY});
    let trainer = text(&market.done("/trainers", trainer).await["trainerId"]);
    let apply = json!({"jobId": job, "trainerId": trainer});
    let proposal = text(&market.done("/proposals", apply).await["proposalId"]);
    let terms = json!({"milestone": {"name": NASTY, "description": NASTY, "amount": 100}});
    let hire = format!("/proposals/{proposal}/hire");
    let (_, approval) = market.post(token, &hire, terms.clone()).await;
    let url = text(&approval["approval"]["approvalUrl"]);
    let pending = Browser(market).open(&url).await;
    assert!(pending.has_form("confirmApproval"));
    assert!(!pending.html.contains("<script>alert") && !pending.html.contains("<img"));
    market.done(&hire, terms).await;
    url
}
