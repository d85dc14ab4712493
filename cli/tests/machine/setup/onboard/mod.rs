//! Customers connect themselves: a link of `bridge onboard`, in a browser without scripts.

mod kit;
mod links;
mod tokens;
mod walk;
