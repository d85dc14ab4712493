//! Tests of template.yaml that linters do not cover: the code can run in the stack.

mod alarms;
mod arithmetic;
mod functions;
mod rights;
mod schedules;
mod settings;
mod stores;
mod whole;

use std::path::Path;

use aws_local::template::Template;
use serde_json::Value;

const FUNCTIONS: [&str; 4] = ["webhook", "provisioner", "usage-report", "reconciler"];

fn template() -> Template {
    Template::of_stack("acme").unwrap()
}

/// A property of the function of a binary; null if it has none.
fn property_of<'a>(template: &'a Template, binary: &str, property: &str) -> &'a Value {
    let resource = template.function(binary).unwrap().resource;
    &template.document()["Resources"][resource]["Properties"][property]
}

/// The files of a folder of `events/`: name and text.
fn samples(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../events")
        .join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let read = |file: std::fs::DirEntry| {
        let name = file.file_name().into_string().unwrap();
        (name, std::fs::read_to_string(file.path()).unwrap())
    };
    files.map(read).collect()
}
