//! Proposals.

use serde::Serialize;
use serde_json::{Number, Value, json};

use super::{freelancer::Shown, number};
use crate::{
    kit::{
        clock::iso,
        shape::{Part, Shape, has, or_null},
    },
    market::{
        Market,
        data::proposal::{Proposal, ProposalStatus},
    },
    model::{contract::ContractStatus, payment::PaymentType, trainer::Trainer},
};

/// `proposal` of the API. The detail has more members.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProposalBody {
    id: String,
    job_id: String,
    job_title: String,
    created_at: String,
    updated_at: String,
    status: StatusBody,
    bid: Bid,
    candidate: Option<Candidate>,
    metrics: Metrics,
    #[serde(flatten)]
    detail: Option<ProposalDetail>,
}

#[derive(Debug, Serialize)]
struct StatusBody {
    raw: &'static str,
    label: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bid {
    amount_usd: Number,
    unit: &'static str,
    labeler_hourly_rate_usd: Option<Number>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    id: String,
    profile_slug: String,
    display_name: String,
    first_name: String,
    last_name_initial: Option<String>,
    profile_title: &'static str,
    profile_photo_url: Option<String>,
    country_code: String,
    country: String,
    talent_type: &'static str,
    highest_earnings_usd: u32,
    review_count: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    interview_score: Option<u32>,
    match_score: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProposalDetail {
    ai_interview: Option<Value>,
    verification: Value,
    open_label: Option<Value>,
    contract: Option<Value>,
}

const BASE: [Part; 9] = [
    has("id", Shape::Text),
    has("jobId", Shape::Text),
    has("jobTitle", Shape::Text),
    has("createdAt", Shape::Time),
    has("updatedAt", Shape::Time),
    has("status", STATUS),
    has("bid", BID),
    or_null("candidate", CANDIDATE),
    has("metrics", METRICS),
];
const DETAIL: [Part; 4] = [
    or_null("aiInterview", AI_INTERVIEW),
    has("verification", VERIFICATION),
    or_null("openLabel", Shape::Any),
    or_null("contract", CONTRACT),
];
pub(crate) const PROPOSAL: Shape = Shape::Named("Proposal", &[&BASE]);
pub(crate) const PROPOSAL_DETAIL: Shape = Shape::Named("ProposalDetail", &[&BASE, &DETAIL]);
const STATUS: Shape = Shape::Object(&[
    has("raw", Shape::OneOf(&ProposalStatus::NAMES)),
    has("label", Shape::Text),
]);
const BID: Shape = Shape::Object(&[
    has("amountUsd", Shape::Number),
    has(
        "unit",
        Shape::OneOf(&["PER_HOUR", "PER_LABEL", "FIXED_PRICE"]),
    ),
    or_null("labelerHourlyRateUsd", Shape::Number),
]);
const CANDIDATE: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("profileSlug", Shape::Text),
    has("displayName", Shape::Text),
    has("firstName", Shape::Text),
    or_null("lastNameInitial", Shape::Text),
    has("profileTitle", Shape::Text),
    or_null("profilePhotoUrl", Shape::Text),
    has("countryCode", Shape::Text),
    has("country", Shape::Text),
    has("talentType", Shape::Text),
    has("highestEarningsUsd", Shape::Whole),
    has("reviewCount", Shape::Whole),
]);
const METRICS: Shape = Shape::Object(&[
    or_null("interviewScore", Shape::Whole),
    or_null("matchScore", Shape::Whole),
]);
const AI_INTERVIEW: Shape = Shape::Object(&[
    has("score", Shape::Whole),
    has("summary", Shape::Text),
    has("transcriptAvailable", Shape::Flag),
]);
const LOCATION: Shape = Shape::Object(&[
    has("status", Shape::Text),
    or_null("method", Shape::Text),
    or_null("checkedAt", Shape::Time),
]);
const VERIFICATION: Shape = Shape::Object(&[
    has("location", LOCATION),
    has("identity", Shape::Object(&[has("verified", Shape::Flag)])),
]);
const CONTRACT: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("status", Shape::OneOf(&ContractStatus::NAMES)),
]);

pub(crate) fn proposal_body(market: &Market, own: &Proposal) -> ProposalBody {
    let job = market.world.jobs.get(&own.job);
    let payment = job.and_then(|job| job.payment_type);
    let by_hour = payment == Some(PaymentType::PayPerHour);
    let trainer = market.world.trainers.get(&own.trainer);
    ProposalBody {
        id: own.id.clone(),
        job_id: own.job.clone(),
        job_title: job.map_or_else(String::new, |job| job.title.clone()),
        created_at: iso(own.created),
        updated_at: iso(own.updated),
        status: StatusBody {
            raw: own.status.as_str(),
            label: own.status.label(),
        },
        bid: Bid {
            amount_usd: number(own.bid_usd),
            unit: unit(payment),
            labeler_hourly_rate_usd: by_hour.then(|| number(own.bid_usd)),
        },
        candidate: trainer.map(candidate),
        metrics: Metrics {
            interview_score: own.interview.as_ref().map(|own| own.score),
            match_score: Some(78),
        },
        detail: None,
    }
}

pub(crate) fn proposal_detail(market: &Market, own: &Proposal) -> ProposalBody {
    let interview = own.interview.as_ref().map(|own| {
        json!({
            "score": own.score,
            "summary": own.summary,
            "transcriptAvailable": true,
        })
    });
    let mut hires = market.hires.iter();
    let contract = hires.find(|(_, hire)| hire.proposal.as_deref() == Some(&own.id));
    let contract = contract.and_then(|(id, _)| market.world.contracts.get(id));
    let detail = ProposalDetail {
        ai_interview: interview,
        verification: json!({
            "location": {"status": "UNVERIFIED", "method": null, "checkedAt": null},
            "identity": {"verified": false},
        }),
        open_label: None,
        contract: contract.map(|own| json!({"id": own.id, "status": own.status()})),
    };
    ProposalBody {
        detail: Some(detail),
        ..proposal_body(market, own)
    }
}

fn unit(payment: Option<PaymentType>) -> &'static str {
    match payment {
        Some(PaymentType::PayPerHour) => "PER_HOUR",
        Some(PaymentType::PayPerLabel) => "PER_LABEL",
        Some(PaymentType::FixedPrice) | None => "FIXED_PRICE",
    }
}

fn candidate(trainer: &Trainer) -> Candidate {
    let shown = Shown::from(trainer);
    Candidate {
        id: trainer.id.clone(),
        profile_slug: shown.slug,
        display_name: shown.name.to_owned(),
        first_name: shown.first_name,
        last_name_initial: shown.last_name_initial,
        profile_title: "AI trainer",
        profile_photo_url: None,
        country_code: trainer.country.clone(),
        country: shown.country.to_owned(),
        talent_type: "FREELANCER",
        highest_earnings_usd: 0,
        review_count: 0,
    }
}
