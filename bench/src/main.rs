//! Measures `bridge serve`: with a paced load, with full load, with `kill -9`, at its start, with slow clients, with
//! forged deliveries, and compared with a receiver on Node that works like OpenTrain's reference integration.

mod args;
mod binary;
mod crash;
mod far_end;
mod figures;
mod forged;
mod full;
mod ground;
mod health;
mod line;
mod load;
mod machine;
mod paced;
mod process;
mod progress;
mod requests;
mod run;
mod slow;
mod startup;
mod subject;
mod table;
mod targets;

use std::process::ExitCode;

use args::Args;
use clap::Parser;

fn main() -> ExitCode {
    match run::run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
