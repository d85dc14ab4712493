//! What every simulated service is made of: HTTP calls that are read strictly, refusals, faults, the server, and the
//! description of request and answer bodies. It knows no service.

pub(crate) mod address;
pub(crate) mod call;
pub(crate) mod clock;
pub(crate) mod control;
pub(crate) mod draw;
pub(crate) mod fault;
pub(crate) mod fields;
pub(crate) mod host;
pub(crate) mod mask;
pub(crate) mod progress;
pub(crate) mod refusal;
pub(crate) mod reply;
pub(crate) mod schema;
pub(crate) mod server;
pub(crate) mod shape;
pub(crate) mod violation;
