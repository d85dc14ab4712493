//! Customers connect themselves: a link of `bridge onboard`, in a browser without scripts.

mod interrupted;
mod kit;
mod limits;
mod links;
mod tokens;
mod walk;
