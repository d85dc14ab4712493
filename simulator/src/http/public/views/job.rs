//! Published jobs.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Number, Value, json};

use super::{number, slug};
use crate::{
    kit::{
        clock::{iso, later},
        shape::{Shape, TEXTS, has, or_null},
    },
    market::{
        Market,
        data::{
            ad::{Ad, JobStatus, STATUSES},
            proposal::ProposalStatus,
        },
    },
    model::{job::Job, payment::PaymentType},
};

const VALIDITY: Duration = Duration::from_secs(60 * 24 * 3600);

/// `publicJob` of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicJob {
    id: String,
    slug: String,
    title: String,
    company_name: String,
    description_text: String,
    description_html: String,
    seo_title: String,
    summary: String,
    status: JobStatus,
    date_posted: String,
    valid_through: String,
    updated_at: String,
    employment_types: [&'static str; 1],
    pub(crate) countries: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) category: Option<String>,
    data_type: Option<String>,
    label_types: Vec<String>,
    labeling_software: Option<String>,
    experience_level: Option<String>,
    skills: Vec<String>,
    pay: Pay,
    url: String,
    apply_url: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pay {
    payment_type: Option<PaymentType>,
    currency: &'static str,
    hourly_rate: Option<Number>,
    hourly_min: Option<Number>,
    hourly_max: Option<Number>,
    fixed_price: Option<Number>,
    per_label_rate: Option<Number>,
}

const PAY: Shape = Shape::Object(&[
    or_null("paymentType", Shape::OneOf(&PaymentType::NAMES)),
    has("currency", Shape::OneOf(&["USD"])),
    or_null("hourlyRate", Shape::Number),
    or_null("hourlyMin", Shape::Number),
    or_null("hourlyMax", Shape::Number),
    or_null("fixedPrice", Shape::Number),
    or_null("perLabelRate", Shape::Number),
]);
pub(crate) const PUBLIC_JOB: Shape = Shape::Named(
    "PublicJob",
    &[&[
        has("id", Shape::Text),
        has("slug", Shape::Text),
        has("title", Shape::Text),
        has("companyName", Shape::Text),
        has("descriptionText", Shape::Text),
        has("descriptionHtml", Shape::Text),
        has("seoTitle", Shape::Text),
        has("summary", Shape::Text),
        has("status", Shape::OneOf(&STATUSES)),
        has("datePosted", Shape::Time),
        has("validThrough", Shape::Time),
        has("updatedAt", Shape::Time),
        has("employmentTypes", TEXTS),
        has("countries", TEXTS),
        has("languages", TEXTS),
        or_null("category", Shape::Text),
        or_null("dataType", Shape::Text),
        has("labelTypes", TEXTS),
        or_null("labelingSoftware", Shape::Text),
        or_null("experienceLevel", Shape::Text),
        has("skills", TEXTS),
        has("pay", PAY),
        has("url", Shape::Url),
        has("applyUrl", Shape::Url),
    ]],
);
const COUNTS: Shape = Shape::Object(&[has("total", Shape::Whole), has("unreviewed", Shape::Whole)]);
/// A job in its owner's list.
pub(crate) const OWN_JOB: Shape = Shape::Named(
    "OwnJob",
    &[&[
        has("id", Shape::Text),
        has("title", Shape::Text),
        has("status", Shape::OneOf(&STATUSES)),
        has("published", Shape::Flag),
        has("acceptingApplicants", Shape::Flag),
        has("createdAt", Shape::Time),
        has("updatedAt", Shape::Time),
        or_null("jobUrl", Shape::Url),
        has("proposalCounts", COUNTS),
    ]],
);

pub(crate) fn public_job(market: &Market, job: &Job, ad: &Ad) -> PublicJob {
    let company = market.employers.get(&job.organization);
    let description = ad.text("jobDescription").unwrap_or_default();
    let price = ad.price().map(number);
    let priced = |payment| price.clone().filter(|_| ad.payment_type() == Some(payment));
    let hourly = priced(PaymentType::PayPerHour);
    let texts = |key: &str| ad.texts(key).into_iter().map(str::to_owned).collect();
    let text = |key: &str| ad.text(key).map(str::to_owned);
    let posted = ad.published.unwrap_or(ad.created);
    let url = market.job_url(&job.id);
    PublicJob {
        id: job.id.clone(),
        slug: slug(ad.title(), &job.id),
        title: ad.title().to_owned(),
        company_name: company.map_or_else(String::new, |own| own.name.clone()),
        description_text: description.to_owned(),
        description_html: format!("<p>{}</p>", escape(description)),
        seo_title: format!("{} | OpenTrain sandbox", ad.title()),
        summary: description.chars().take(160).collect(),
        status: ad.status,
        date_posted: iso(posted),
        valid_through: iso(later(posted, VALIDITY)),
        updated_at: iso(ad.updated),
        employment_types: ["CONTRACTOR"],
        countries: texts("countries"),
        languages: texts("languages"),
        category: text("subjectMatter"),
        data_type: text("dataType"),
        label_types: texts("labelTypes"),
        labeling_software: text("labelingSoftware"),
        experience_level: text("experienceLevel"),
        skills: Vec::new(),
        pay: Pay {
            payment_type: ad.payment_type(),
            currency: "USD",
            hourly_min: hourly.clone(),
            hourly_max: hourly.clone(),
            hourly_rate: hourly,
            fixed_price: priced(PaymentType::FixedPrice),
            per_label_rate: priced(PaymentType::PayPerLabel),
        },
        apply_url: format!("{url}/apply"),
        url,
    }
}

/// A job in its owner's list.
pub(crate) fn own_job_body(market: &Market, job: &Job, ad: &Ad) -> Value {
    let proposals = || {
        let all = market.proposals.iter();
        all.filter(|own| own.job == job.id)
    };
    let unreviewed = proposals().filter(|own| own.status == ProposalStatus::Unreviewed);
    let open = ad.status == JobStatus::Open;
    json!({
        "id": job.id,
        "title": ad.title(),
        "status": ad.status,
        "published": open,
        "acceptingApplicants": open,
        "createdAt": iso(ad.created),
        "updatedAt": iso(ad.updated),
        "jobUrl": ad.published.map(|_| market.job_url(&job.id)),
        "proposalCounts": {
            "total": proposals().count(),
            "unreviewed": unreviewed.count(),
        },
    })
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
