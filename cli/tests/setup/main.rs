//! The commands that set the loop up, as real processes between a simulated OpenTrain and a simulated
//! tool. Whatever they print is searched for tokens and secrets.

mod check;
mod connect;
mod endpoints;
mod ground;
mod links;
mod roll;
mod subscribe;
mod whole_loop;
