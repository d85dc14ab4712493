//! The four binaries as they are deployed, with emulated queues, table and secrets, and a simulated OpenTrain and tool.
//! Run by `make test-aws`.

mod batches;
mod chaos;
mod connections;
mod deployed;
mod doors;
mod faults;
mod hires;
mod jobs;
mod log;
mod retries;
mod world;
