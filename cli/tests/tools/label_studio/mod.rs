//! The bridge with a real Label Studio and the simulated OpenTrain. `make test-tools` installs Label Studio and runs
//! these.

mod accounts;
mod browser;
mod check;
mod figures;
mod members;
mod notices;
mod own_work;
mod people;
mod rehearsal;
mod removal;
mod server;
mod size;
mod stage;
mod whole_loop;
