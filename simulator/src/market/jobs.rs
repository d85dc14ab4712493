//! Drafts and jobs: `DRAFT → OPEN → ARCHIVED`, and back to `DRAFT` after an edit that moderation blocks.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Market,
    data::ad::{Ad, Change, ChangeKind, JobStatus},
    draft::{Validation, validate},
};
use crate::{
    kit::{clock::later, refusal::Refusal},
    model::job::{Job, JobOptions},
};

const WINDOW: Duration = Duration::from_secs(24 * 3600);
/// Text that the simulated moderation blocks.
pub(crate) const BLOCKED_TEXT: &str = "MODERATION_BLOCK";

/// Result of a change to an open job.
pub(crate) enum Edit {
    Applied,
    /// Applied, and unpublished by moderation.
    Unpublished(Vec<&'static str>),
}

impl Market {
    pub(crate) fn create_job(&mut self, options: JobOptions, now: Timestamp) -> String {
        let ad = Ad::open(&options.title, options.payment_type, now);
        self.add_job(options, ad)
    }

    /// Open jobs, newest first.
    pub(crate) fn board(&self) -> Vec<(&Job, &Ad)> {
        let newest = self.world.jobs.iter().rev();
        let ads = newest.filter_map(|job| Some((job, self.ads.get(&job.id)?)));
        ads.filter(|(_, ad)| ad.status == JobStatus::Open).collect()
    }

    pub(crate) fn job_url(&self, job: &str) -> String {
        format!("{}/jobs/{job}", self.world.origin)
    }

    /// Adds a job with its advertisement, which may be a draft.
    pub(super) fn add_job(&mut self, options: JobOptions, ad: Ad) -> String {
        let id = self.world.jobs.add(|id| Job {
            id,
            title: options.title,
            payment_type: options.payment_type,
            organization: options.organization,
            link_ids: Vec::new(),
            contract_ids: Vec::new(),
        });
        self.ads.insert(id.clone(), ad);
        id
    }

    /// The organisation's own job.
    pub(crate) fn own_job(&self, organization: &str, id: &str) -> Result<(&Job, &Ad), Refusal> {
        let job = self.world.jobs.get(id);
        let job = job.filter(|job| job.organization == organization);
        let job = job.ok_or_else(|| Refusal::not_found("job"))?;
        Ok((job, self.ad(id)?))
    }

    pub(crate) fn ad(&self, job: &str) -> Result<&Ad, Refusal> {
        let ad = self.ads.get(job);
        ad.ok_or_else(|| Refusal::not_found("job"))
    }

    fn ad_mut(&mut self, job: &str) -> Result<&mut Ad, Refusal> {
        let ad = self.ads.get_mut(job);
        ad.ok_or_else(|| Refusal::not_found("job"))
    }

    /// The draft that was made with this key.
    pub(crate) fn draft_with_key(&self, organization: &str, key: &str) -> Option<&str> {
        let mut jobs = self.world.jobs.iter();
        let job = jobs.find(|job| {
            let ad = self.ads.get(&job.id);
            let same = ad.is_some_and(|ad| ad.idempotency_key.as_deref() == Some(key));
            same && job.organization == organization
        });
        job.map(|job| job.id.as_str())
    }

    pub(crate) fn create_draft(
        &mut self,
        organization: &str,
        fields: Map<String, Value>,
        key: Option<&str>,
        now: Timestamp,
    ) -> String {
        let ad = Ad::draft(fields, key.map(str::to_owned), now);
        let options = JobOptions {
            title: ad.title().to_owned(),
            payment_type: ad.payment_type(),
            organization: organization.to_owned(),
        };
        self.add_job(options, ad)
    }

    /// Changes fields, and what the Platform API shows of them.
    fn change_ad(
        &mut self,
        id: &str,
        fields: Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let ad = self.ad_mut(id)?;
        ad.fields.extend(fields);
        ad.updated = now;
        let (title, payment) = (ad.title().to_owned(), ad.payment_type());
        if let Some(job) = self.world.jobs.get_mut(id) {
            job.title = title;
            job.payment_type = payment;
        }
        Ok(())
    }

    pub(crate) fn update_draft(
        &mut self,
        id: &str,
        fields: Map<String, Value>,
        now: Timestamp,
    ) -> Result<Validation, Refusal> {
        let status = self.ad(id)?.status;
        if status != JobStatus::Draft {
            let details = json!({"jobId": id, "status": status, "requiredStatus": "DRAFT"});
            return Err(Refusal::conflict("the job is not a draft").with_details(details));
        }
        self.change_ad(id, fields, now)?;
        Ok(validate(self.ad(id)?))
    }

    /// Publishes a draft. Returns whether it was published before.
    pub(crate) fn publish(
        &mut self,
        organization: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let ad = self.own_job(organization, id)?.1;
        match ad.status {
            JobStatus::Open => return Ok(true),
            JobStatus::Draft => {}
            status => {
                let details = json!({"jobId": id, "status": status, "requiredStatus": "DRAFT"});
                return Err(Refusal::bad("only a draft is published").with_details(details));
            }
        }
        let validation = validate(ad);
        if !validation.publish_ready {
            let details = json!({"validation": validation});
            return Err(Refusal::bad("the draft is not ready").with_details(details));
        }
        let reasons = moderate(ad);
        if !reasons.is_empty() {
            let details = json!({"reason": "moderation_blocked", "reasons": reasons});
            return Err(Refusal::forbidden("moderation blocked the job").with_details(details));
        }
        self.count_publication(organization, now)?;
        let ad = self.ad_mut(id)?;
        ad.status = JobStatus::Open;
        ad.published = Some(now);
        ad.updated = now;
        self.record_change(id, ChangeKind::Published, now);
        Ok(false)
    }

    fn count_publication(&mut self, organization: &str, now: Timestamp) -> Result<(), Refusal> {
        let employer = self.employer_mut(organization)?;
        employer.published.retain(|at| later(*at, WINDOW) > now);
        let limit = employer.publish_limit();
        if employer.published.len() >= limit {
            let details = json!({"limit": limit, "windowHours": 24});
            let status = axum::http::StatusCode::TOO_MANY_REQUESTS;
            let refusal = Refusal::new(status, "the daily limit of publishing is reached");
            return Err(refusal.with_details(details));
        }
        employer.published.push(now);
        Ok(())
    }

    pub(super) fn record_change(&mut self, job: &str, kind: ChangeKind, now: Timestamp) {
        let job = job.to_owned();
        self.changes.push(Change { job, kind, at: now });
    }

    /// Changes an open job. An edit that moderation blocks is still applied, and unpublishes the job.
    pub(crate) fn edit_job(
        &mut self,
        id: &str,
        fields: Map<String, Value>,
        now: Timestamp,
    ) -> Result<Edit, Refusal> {
        let ad = self.ad(id)?;
        if ad.status != JobStatus::Open {
            let details = json!({"jobId": id, "status": ad.status, "requiredStatus": "OPEN"});
            return Err(Refusal::conflict("the job is not open").with_details(details));
        }
        let mut edited = Ad::draft(ad.fields.clone(), None, now);
        edited.fields.extend(fields.clone());
        let payment_changed = ad.payment_type() != edited.payment_type();
        if payment_changed && edited.price().is_none() {
            let details = json!({"validation": validate(&edited)});
            return Err(Refusal::bad("the new payment type has no price").with_details(details));
        }
        self.change_ad(id, fields, now)?;
        let reasons = moderate(self.ad(id)?);
        if reasons.is_empty() {
            self.record_change(id, ChangeKind::Updated, now);
            return Ok(Edit::Applied);
        }
        self.ad_mut(id)?.status = JobStatus::Draft;
        self.record_change(id, ChangeKind::Closed, now);
        Ok(Edit::Unpublished(reasons))
    }

    /// Closes a job; its contracts continue. Returns whether it was closed before.
    pub(crate) fn close_job(
        &mut self,
        organization: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let status = self.own_job(organization, id)?.1.status;
        if status == JobStatus::Archived {
            return Ok(true);
        }
        let ad = self.ad_mut(id)?;
        ad.status = JobStatus::Archived;
        ad.updated = now;
        if status != JobStatus::Draft {
            self.record_change(id, ChangeKind::Closed, now);
        }
        Ok(false)
    }
}

/// Reasons to block a job.
fn moderate(ad: &Ad) -> Vec<&'static str> {
    let texts = ad.fields.values().filter_map(Value::as_str);
    match texts.into_iter().any(|text| text.contains(BLOCKED_TEXT)) {
        true => vec!["blocked_text"],
        false => Vec::new(),
    }
}
