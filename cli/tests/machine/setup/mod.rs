//! The setup commands, as real processes between a simulated OpenTrain and a simulated tool. All their output is
//! searched for tokens and secrets.

mod check;
mod check_endpoints;
mod check_report;
mod check_running;
mod check_tool;
mod connect;
mod customers;
mod employer;
mod endpoints;
pub(crate) mod ground;
mod links;
mod onboard;
mod projects;
mod recorded;
mod roll;
mod subscribe;
mod whole_loop;
