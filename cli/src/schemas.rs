//! `bridge schemas`: the JSON Schemas of the JSON output, generated from its types. docs/schemas has them.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::control::onboarding;
use crate::document::{Document, SCHEMA_VERSION};
use crate::exit::{CliError, ErrorOutput};
use crate::setup::output;
use crate::{
    audit, budget, dead_letters, events, explain, invitations, retry, settings, statement, status,
};

#[derive(Debug, Args)]
#[command(
    after_help = "The schemas are of JSON Schema 2020-12. docs/json.md describes the output.\n\nExample:\n  bridge schemas docs/schemas"
)]
pub struct SchemasArgs {
    /// The folder to write into.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// Output of a command with `--dry-run`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DryRun {
    /// True: nothing was changed.
    dry_run: bool,
    /// The effects.
    #[serde(flatten)]
    effects: Map<String, Value>,
}

/// Writes one file for each schema.
pub fn run(args: &SchemasArgs) -> Result<(), CliError> {
    std::fs::create_dir_all(&args.dir)
        .with_context(|| format!("{} can't be created", args.dir.display()))?;
    for (name, schema) in all() {
        let path = args.dir.join(name).with_extension("json");
        let text = format!("{:#}\n", schema.as_value());
        std::fs::write(&path, text)
            .with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok(())
}

/// The schemas by the name of their file, without its ending.
pub fn all() -> Vec<(&'static str, Schema)> {
    vec![
        of::<audit::Entries>("audit"),
        of::<audit::Contracts>("audit-population"),
        of::<audit::Checked>("audit-verify"),
        of::<budget::Report>("budget"),
        of::<output::Checked>("check"),
        of::<output::Connected>("connect"),
        of::<output::ConsentUrl>("consent-url"),
        of::<output::Contracts>("contracts"),
        of::<dead_letters::Listed>("dead-letters"),
        of::<dead_letters::Shown>("dead-letters-show"),
        of::<dead_letters::Taken>("dead-letters-taken"),
        of::<shared::provision::Disconnected>("disconnect"),
        of::<DryRun>("dry-run"),
        of::<statement::Ended>("end"),
        of::<output::Endpoints>("endpoints"),
        of::<output::EndpointChanged>("endpoints-changed"),
        of::<ErrorOutput>("error"),
        of::<shared::webhook::Row>("events"),
        of::<events::OnStack>("events-stack"),
        of::<explain::Explanation>("explain"),
        of::<shared::provision::Forgotten>("forget"),
        of::<invitations::Invitations>("invitations"),
        of::<output::Linked>("link"),
        of::<output::Links>("links"),
        of::<output::Migrated>("migrate"),
        of::<onboarding::Made>("onboard"),
        of::<onboarding::Listed>("onboard-list"),
        of::<onboarding::Revoked>("onboard-revoke"),
        of::<output::Projects>("projects"),
        of::<output::ProjectGiven>("projects-changed"),
        of::<shared::reconcile::Outcome>("reconcile"),
        of::<retry::Shown>("retry"),
        of::<shared::provision::Settled>("settle"),
        of::<status::Report>("status"),
        of::<settings::show::Shown>("settings"),
        of::<output::Subscribed>("subscribe"),
        of::<output::Unlinked>("unlink"),
        of::<output::Unsubscribed>("unsubscribe"),
        of::<shared::usage::Report>("usage"),
    ]
}

/// The schema of a document with this result.
fn of<T: JsonSchema>(name: &'static str) -> (&'static str, Schema) {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let generator = settings.into_generator();
    let mut schema = generator.into_root_schema_for::<Document<T>>();
    schema.insert("title".to_owned(), format!("bridge: {name}").into());
    if let Some(version) = schema.pointer_mut("/properties/schemaVersion") {
        *version = serde_json::json!({ "const": SCHEMA_VERSION });
    }
    (name, schema)
}
