//! Measures `bridge serve`: under a paced load, under full load, through `kill -9`, at its start, among slow
//! clients, under forged deliveries, and beside a receiver on Node that does what OpenTrain's reference integration does.

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
