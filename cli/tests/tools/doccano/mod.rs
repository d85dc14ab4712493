//! The bridge with a real doccano and the simulated OpenTrain. `make test-tools` installs doccano and runs these.

mod accounts;
mod admin;
mod check;
mod deletions;

mod notices;
mod server;
mod stage;
mod whole_loop;
