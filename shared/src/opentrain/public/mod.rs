//! OpenTrain's Public API, the employer's side: drafts and jobs, proposals and hires, contracts and money, messages,
//! the feed of updates, webhooks, tokens, and the identity of agents.
//!
//! [`PublicClient`] calls `/api/public/v1` with a personal API token, [`AgentClient`] calls `/api/agent` without one.
//! A read is tried up to three times, on 502, 503, 504 and network faults. A change is only repeated if the request
//! cannot have reached OpenTrain. No call moves money: OpenTrain answers with an [`Approval`] or a checkout page, and a
//! human confirms there.
//!
//! Types have the members that people need, and [`Other`] has the rest, so that the whole answer can be shown.
//! `Debug` shows no names, e-mails or texts.

mod account;
mod agent;
mod approvals;
mod client;
mod contracts;
mod credits;
mod cure;
mod drafts;
mod jobs;
mod messages;
mod page;
mod private;
mod profile;
mod proposals;
mod team;
mod tokens;
mod updates;
mod validation;
mod webhooks;

pub use account::{Account, Actor, Capabilities, DraftForm, Me, TokenOwner};
pub use agent::{AgentClient, Claim, Delivered, NewAgent, Registration};
pub use approvals::{Approval, ApprovalStatus, Requested};
pub use client::{PublicClient, options};
pub use contracts::{Contract, ContractFreelancer, ContractsQuery, Ended, Milestone, NewMilestone};
pub use credits::{Credits, Entry, NewTopUp, Payment, TopUp, TopUpStatus};
pub(super) use cure::{agent_cure, cure};
pub use drafts::{Description, Draft, NewDraft};
pub use jobs::{
    Closed, Invited, JobChanged, JobStatus, OwnJob, PageQuery, ProposalCounts, Published,
};
pub use messages::{Conversation, LastMessage, Message, Started};
pub use page::{Listed, Page};
pub use private::{Other, Private};
pub use profile::Freelancer;
pub use proposals::{
    Bid, Candidate, Hire, HireMilestone, Interview, InterviewMessage, Metrics, Proposal, Status,
};
pub use team::{Team, TeamInvited};
pub use tokens::{NewToken, Token, TokenMade};
pub use updates::{Update, Updates};
pub use validation::{MissingField, Validation};
pub use webhooks::{NewWebhook, Webhook, WebhookMade};

/// The path of the Public API below OpenTrain's origin.
const API: &str = "/api/public/v1";

/// The path of the agents' identity.
const AGENT_API: &str = "/api/agent";
