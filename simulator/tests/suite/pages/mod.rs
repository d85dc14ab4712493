//! Pages for people: each is opened, its forms are sent, and the result is read through the APIs.

mod approvals;
mod browser;
mod calls;
mod claim;
mod consent;
mod desk;
mod guards;
mod jobs;
mod money;
mod strangers;
mod webhooks;
