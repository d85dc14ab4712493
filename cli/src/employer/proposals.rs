//! `bridge employer proposals`, `proposal`, `interview`, `freelancer`, `invite-trainer` and `hire`.

use shared::model::ids::{JobId, ProposalId, TrainerId};
use shared::opentrain::public::{Candidate, Hire, HireMilestone, Proposal};

use super::approvals::{What, requested};
use super::args::{FreelancerArgs, HireArgs, InviteTrainerArgs, ProposalArgs, ProposalsArgs};
use super::jobs::query;
use super::print::{cell, json, members, number, page, plain, text, time, usd};
use super::session::Session;
use crate::exit::CliError;
use crate::paint::{BOLD, GOOD, paint};

pub(super) async fn list(args: &ProposalsArgs, session: &Session) -> Result<(), CliError> {
    let job = JobId::from(args.job.as_str());
    let query = query(args.status.as_ref(), &args.page);
    let proposals = session.client.proposals(&job, &query).await?;
    let columns = [
        "proposal",
        "trainer",
        "name",
        "country",
        "bid",
        "interview",
        "status",
    ];
    let empty = "No proposal yet. `bridge employer updates --follow` shows new ones.";
    page(&proposals, session.json, (columns, empty), row)
}

fn row(own: &Proposal) -> [comfy_table::Cell; 7] {
    let candidate = own.candidate.as_ref();
    [
        cell(&own.id),
        cell(candidate.map_or_else(String::new, |it| it.id.to_string())),
        cell(name(candidate)),
        cell(text(candidate.and_then(|it| it.country.as_deref()))),
        cell(bid(own)),
        cell(number(own.metrics.interview_score)),
        cell(text(
            own.status.label.as_deref().or(own.status.raw.as_deref()),
        )),
    ]
}

fn name(candidate: Option<&Candidate>) -> &str {
    candidate.map_or("", |it| it.display_name.expose())
}

fn bid(own: &Proposal) -> String {
    let unit = own.bid.unit.as_deref().unwrap_or_default();
    format!("{} {unit}", usd(own.bid.amount_usd))
}

pub(super) async fn show(args: &ProposalArgs, session: &Session) -> Result<(), CliError> {
    let id = ProposalId::from(args.proposal.as_str());
    let own = session.client.proposal(&id).await?;
    if session.json {
        return json(&own);
    }
    let candidate = own.candidate.as_ref();
    members([
        ("proposal", own.id.to_string()),
        (
            "job",
            own.job_id
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        ),
        (
            "trainer",
            candidate.map_or_else(String::new, |it| it.id.to_string()),
        ),
        ("name", name(candidate).to_owned()),
        (
            "country",
            text(candidate.and_then(|it| it.country.as_deref())),
        ),
        ("bid", bid(&own)),
        ("status", text(own.status.label.as_deref())),
        ("interview score", number(own.metrics.interview_score)),
        ("match score", number(own.metrics.match_score)),
        ("received", time(own.created_at)),
    ]);
    Ok(())
}

pub(super) async fn interview(args: &ProposalArgs, session: &Session) -> Result<(), CliError> {
    let id = ProposalId::from(args.proposal.as_str());
    let own = session.client.interview(&id).await?;
    if session.json {
        return json(&own);
    }
    anstream::println!(
        "Score {}. {}",
        number(own.score),
        plain(own.summary.expose())
    );
    for message in &own.messages {
        let content = plain(message.content.expose());
        anstream::println!("{} {content}", paint(BOLD, &format!("{}:", message.role)));
    }
    Ok(())
}

pub(super) async fn freelancer(args: &FreelancerArgs, session: &Session) -> Result<(), CliError> {
    let own = session.client.freelancer(&args.trainer).await?;
    if session.json {
        return json(&own);
    }
    members([
        ("trainer", own.id.to_string()),
        ("name", own.display_name.expose().to_owned()),
        ("country", text(own.country)),
        ("hourly rate", usd(own.hourly_rate_usd)),
        ("availability", text(own.availability)),
    ]);
    Ok(())
}

pub(super) async fn invite(args: &InviteTrainerArgs, session: &Session) -> Result<(), CliError> {
    let job = JobId::from(args.job.as_str());
    let trainer = TrainerId::from(args.trainer.as_str());
    let invited = session.client.invite_trainer(&job, &trainer).await?;
    if session.json {
        return json(&invited);
    }
    let how = match invited.already_invited {
        true => "Invited already:",
        false => "Invited:",
    };
    anstream::println!(
        "{} {trainer}, with the proposal {}",
        paint(GOOD, how),
        invited.proposal_id
    );
    Ok(())
}

pub(super) async fn hire(args: HireArgs, session: &Session) -> Result<(), CliError> {
    let id = ProposalId::from(args.proposal.as_str());
    let hire = Hire {
        milestone: HireMilestone {
            name: args.milestone,
            description: args.description,
            amount: args.amount,
            due_date: args.due.map(|day| day.to_string()),
        },
        despite_not_a_fit: args.despite_not_a_fit,
    };
    let answer = session.client.hire(&id, &hire).await?;
    let what = What {
        text: format!(
            "hire of {id} for {} and OpenTrain's fees",
            usd(Some(args.amount))
        ),
        wait: args.wait,
    };
    requested(session, what, answer).await
}
