//! The settings secret and its parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::config::{SETTINGS, Setting};

use crate::template::template;

/// Settings that are not in a stack's secret: the machine's own, those of the connections' secret, and the schedules. A
/// stack calls its tool over https on the internet.
fn is_elsewhere(name: &str) -> bool {
    let others = [
        "ADMIN_LISTEN",
        "ALERT_WEBHOOK_URL",
        "ONBOARD_APP",
        "ONBOARD_URL",
        "OPENTRAIN_PARTNER_TOKEN",
        "OPENTRAIN_WEBHOOK_SECRET",
        "OPENTRAIN_PERSONAL_API_TOKEN",
        "RECONCILE_EVERY",
        "USAGE_EVERY",
        "TLS_CA",
        "TOOL_ALLOW_HTTP",
    ];
    name.starts_with("BRIDGE_") || others.contains(&name)
}

fn settings() -> Vec<&'static Setting> {
    let all = SETTINGS.iter().copied();
    all.filter(|setting| !is_elsewhere(setting.name)).collect()
}

/// `TOOL_BASE_URL` → `ToolBaseUrl`. OpenTrain's name is spelled as it spells it.
fn parameter_of(setting: &str) -> String {
    let word = |word: &str| match word {
        "OPENTRAIN" => "OpenTrain".to_owned(),
        word => format!("{}{}", &word[..1], word[1..].to_lowercase()),
    };
    setting.split('_').map(word).collect()
}

fn is_secret(setting: &Setting) -> bool {
    let words = ["TOKEN", "PASSWORD", "SECRET"];
    let mut said = setting.meaning.split(';').map(str::trim);
    words.iter().any(|word| setting.name.contains(word)) || said.any(|part| part == "a secret")
}

#[test]
fn the_secret_holds_every_setting_of_the_functions_from_the_parameter_of_its_name() {
    let mut template = template();
    let settings = settings();
    for setting in &settings {
        let parameter = parameter_of(setting.name);
        assert!(
            template.document()["Parameters"][&parameter].is_object(),
            "{} needs a parameter {parameter} in template.yaml and its line in SettingsSecret",
            setting.name
        );
        template = template.with_parameter(&parameter, &format!("the {}", setting.name));
    }
    let secret = template.settings_secret().unwrap().value.unwrap();
    let held: BTreeMap<String, String> = serde_json::from_str(&secret).unwrap();
    let expected = settings
        .iter()
        .map(|it| (it.name.to_owned(), format!("the {}", it.name)));
    assert_eq!(held, expected.collect());
}

/// Texts are inserted into the secret's JSON unchanged: a quote or a backslash would end a text, and a line break is
/// invalid. CloudFormation checks the pattern first.
#[test]
fn no_value_can_break_the_secrets_json() {
    let template = template();
    for setting in settings() {
        let parameter = &template.document()["Parameters"][parameter_of(setting.name)];
        let pattern = parameter["AllowedPattern"].as_str();
        let safe = pattern.is_some_and(|it| {
            let class = it.split_once(r#"[^"\\\x00-\x"#);
            let tail = class.map(|(_, rest)| &rest[2..]);
            matches!(tail, Some("]*$" | "]+$")) && it.starts_with('^') && !it.contains('|')
        });
        let listed = parameter["AllowedValues"].is_array();
        let number = parameter["Type"] == "Number";
        assert!(safe || listed || number, "{}: {pattern:?}", setting.name);
        let cured = !safe || parameter["ConstraintDescription"].is_string();
        assert!(cured, "the refusal of {} has no description", setting.name);
    }
}

#[test]
fn secrets_are_never_echoed_and_nothing_else_is_hidden() {
    let template = template();
    let hidden = |parameter: &Value| parameter["NoEcho"] == true;
    let settings = settings();
    for setting in &settings {
        let parameter = &template.document()["Parameters"][parameter_of(setting.name)];
        assert_eq!(hidden(parameter), is_secret(setting), "{}", setting.name);
    }
    assert!(settings.iter().any(|setting| is_secret(setting)));
    let outputs = template.document()["Outputs"].to_string();
    for (name, parameter) in template.document()["Parameters"].as_object().unwrap() {
        assert!(
            !hidden(parameter) || !outputs.contains(name.as_str()),
            "{name}"
        );
    }
}

/// A stack and a machine without settings behave alike.
#[test]
fn parameters_have_the_defaults_of_the_settings() {
    let template = template();
    for setting in settings() {
        let parameter = &template.document()["Parameters"][parameter_of(setting.name)];
        let default = parameter
            .get("Default")
            .map(|it| template.text(it).unwrap());
        match setting.default {
            Some(known) => assert_eq!(default.as_deref(), Some(known), "{}", setting.name),
            // Only the adapter that needs no setting may be the default.
            None => assert!(
                default.is_none() || setting.name == "TOOL_KIND",
                "{}",
                setting.name
            ),
        }
    }
    let log = SETTINGS.iter().find(|known| known.name == "BRIDGE_LOG");
    let parameter = &template.document()["Parameters"]["LogLevel"];
    assert_eq!(parameter["Default"].as_str(), log.unwrap().default);
}

/// Intake has no permission to read the secret, so every function also has this setting in its environment.
#[test]
fn intake_and_the_secret_have_the_same_opentrain_url() {
    let elsewhere = "https://opentrain.example";
    let template = template()
        .with_parameter("OpenTrainBaseUrl", elsewhere)
        .with_parameter("ToolBaseUrl", "https://tool.example")
        .with_parameter("ToolApiToken", "token");
    let secret = template.settings_secret().unwrap().value.unwrap();
    let held: Value = serde_json::from_str(&secret).unwrap();
    assert_eq!(held["OPENTRAIN_BASE_URL"], elsewhere);
    let told = template.environment("webhook").unwrap();
    assert_eq!(told["OPENTRAIN_BASE_URL"], elsewhere);
}

#[test]
fn every_parameter_is_described_and_grouped() {
    let template = template();
    let described = template.document()["Parameters"].as_object().unwrap();
    let form = &template.document()["Metadata"]["AWS::CloudFormation::Interface"];
    let groups = form["ParameterGroups"].as_array().unwrap().iter();
    let placed = groups.flat_map(|group| group["Parameters"].as_array().unwrap());
    let placed: Vec<_> = placed.map(|name| name.as_str().unwrap()).collect();
    let known: BTreeSet<_> = described.keys().map(String::as_str).collect();
    assert_eq!(placed.iter().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(placed.len(), known.len(), "a parameter is listed twice");
    for (name, parameter) in described {
        let description = parameter["Description"].as_str();
        assert!(
            description.is_some_and(|text| text.ends_with('.')),
            "{name}"
        );
    }
}
