//! The employer's side: the Public API, the identity of agents and the human's part.

mod agent;
mod approvals;
mod board;
mod contracts;
mod credits;
mod drafts;
mod gates;
mod hiring;
mod jobs;
mod messages;
mod milestones;
mod proposals;
mod samples;
mod sandbox;
pub(crate) mod support;
mod team;
mod tokens;
mod updates;
mod webhooks;
