//! Tables of calls.

use std::collections::BTreeSet;

use super::table::CALLS;
use crate::http::{
    agent,
    operation::{Group, Operation, rows},
    public::table,
};

const README: &str = include_str!("../../../README.md");

type Calls = Vec<(&'static str, &'static str, &'static str)>;

fn calls<A, H>(table: &'static [Group<A, H>]) -> Calls {
    let row = |own: &'static Operation<A, H>| {
        assert!(
            !own.summary.is_empty() && !own.answers.is_empty(),
            "{}",
            own.id
        );
        (own.id, own.method, own.path)
    };
    rows(table).map(row).collect()
}

#[test]
fn the_readme_names_every_call() {
    let all = [calls(table::CALLS), calls(agent::CALLS), calls(CALLS)].concat();
    for (_, method, path) in all {
        assert!(
            README.contains(&format!("`{method} {path}`")),
            "{method} {path}"
        );
    }
}

#[test]
fn names_and_paths_are_unique() {
    // Requests of both are counted by these names.
    let counted = [calls(table::CALLS), calls(agent::CALLS)].concat();
    for calls in [counted, calls(CALLS)] {
        let names: BTreeSet<&str> = calls.iter().map(|own| own.0).collect();
        let paths: BTreeSet<_> = calls.iter().map(|own| (own.1, own.2)).collect();
        assert_eq!((names.len(), paths.len()), (calls.len(), calls.len()));
    }
}
