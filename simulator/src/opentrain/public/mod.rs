//! The employer's side: the Public API and the identity of agents.
//!
//! Layers, each of which uses only those before it: types, `state` (all data), `market` (the rules, on the world),
//! `http`. The facts come from OpenTrain's pages. Where these are silent, the simulator decides in one way, which
//! `GET /sandbox/limits` lists.

pub(crate) mod account;
pub(crate) mod ad;
pub(crate) mod approval;
pub(crate) mod draft;
pub(crate) mod feature;
pub(crate) mod hire;
pub(crate) mod http;
pub(crate) mod import;
pub(crate) mod market;
pub(crate) mod message;
pub(crate) mod money;
pub(crate) mod profile;
pub(crate) mod proposal;
pub(crate) mod scope;
pub(crate) mod state;
pub(crate) mod token;
pub(crate) mod update;
