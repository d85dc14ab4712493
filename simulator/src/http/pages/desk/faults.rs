//! Faults in force, and a form that adds one.

use maud::{Markup, html};

use crate::{
    http::{
        pages::{
            form::{Control, Field, Form},
            parts::{code, or_dash, table_or, text},
            visit::Visit,
        },
        sandbox::faults::in_force,
    },
    kit::fault::{Fault, What},
};

pub(super) fn shown(visit: &Visit<'_>) -> Markup {
    let faults = in_force(visit.shared);
    let rows: Vec<Vec<Markup>> = faults.iter().map(|(api, own)| row(api, own)).collect();
    let heads = ["API", "Calls", "Fault", "Left"];
    html! {
        (table_or("No fault is in force.", "Faults in force", &heads, &rows))
        @if !rows.is_empty() { (Form::new("clearFaults", "Clear all faults", "/").shown()) }
        details { summary { "Add a fault" } (form().shown()) }
    }
}

fn row(api: &str, own: &Fault) -> Vec<Markup> {
    let (method, path) = own.on.parts();
    let calls = [method, path].into_iter().flatten();
    let calls = calls.collect::<Vec<_>>().join(" ");
    let what = match own.what {
        What::Status { code, .. } => format!("answers {code}"),
        What::Delay(time) => format!("answers {} s late", time.as_secs()),
        What::DropConnectionAfterWrite => {
            "carries out the call and drops the connection".to_owned()
        }
        _ => "answers a web page in place of JSON".to_owned(),
    };
    vec![
        text(api),
        match calls.is_empty() {
            true => text("all"),
            false => code(calls),
        },
        text(what),
        or_dash(own.times.map(text)),
    ]
}

fn choices(names: &[(&str, &str)]) -> Control {
    let own = |(value, label): &(&str, &str)| ((*value).to_owned(), (*label).to_owned());
    Control::Select(names.iter().map(own).collect())
}

fn form() -> Form {
    let apis = [
        ("platform", "Platform API"),
        ("public", "Public API"),
        ("agent", "Identity of agents"),
    ];
    let kinds = [
        ("status", "an error status"),
        ("drop", "no answer, but carried out"),
        ("delay", "a late answer"),
        ("garbage", "a web page"),
    ];
    Form::new("addFault", "Add the fault", "/")
        .field(Field::new("api", "API", "platform", choices(&apis)))
        .field(Field::new("kind", "Fault", "status", choices(&kinds)))
        .field(Field::number("status", "Status (for an error)", "503"))
        .field(Field::number(
            "delaySeconds",
            "Seconds (for a late answer)",
            "",
        ))
        .field(Field::number(
            "times",
            "Number of calls (empty: until cleared)",
            "1",
        ))
        .field(Field::text("method", "Method (empty: all)", ""))
        .field(Field::text("path", "Path, * for an id (empty: all)", ""))
}
