//! The stored inputs of the fuzz targets.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use checks::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |it: fs::DirEntry| it.file_name().into_string().unwrap();
    entries.map(|it| name(it.unwrap())).collect()
}

/// Each check also has inputs that the product accepts, and inputs that it refuses.
#[test]
fn what_must_hold_holds_for_each_stored_input() {
    for (target, check) in TARGETS {
        let folder = fuzz().join("corpus").join(target);
        let taken: BTreeSet<_> = names(&folder)
            .into_iter()
            .map(|name| {
                eprintln!("{target}/{name}");
                check(&fs::read(folder.join(name)).unwrap())
            })
            .collect();
        assert_eq!(taken.len(), 2, "{target}");
    }
}

#[test]
fn each_check_has_a_target_and_inputs() {
    let checks: BTreeSet<_> = TARGETS.iter().map(|it| it.0.to_owned()).collect();
    assert_eq!(names(&fuzz().join("corpus")), checks);
    let files = checks.iter().map(|it| format!("{it}.rs")).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), files);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let listed = checks
        .iter()
        .filter(|it| manifest.contains(&format!("fuzz_targets/{it}.rs")));
    assert_eq!(listed.count(), checks.len());
}
