//! Settings in a secret. Environment variables take precedence over them.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_secretsmanager::config::Builder;
use serde_json::Value;

use crate::aws::{Call, Clients, Kind, fault, timeouts};
use crate::config::{Fault, Faults, Origin, SETTINGS, Setting, Vars};

/// Time limits for reading the secret, per attempt and in total. A function has to wait for it.
const ATTEMPT: Duration = Duration::from_secs(2);
const OPERATION: Duration = Duration::from_secs(5);

/// The setting with the secret's name.
const SETTING: &str = super::setting::BRIDGE_SETTINGS_SECRET.name;

/// Reason why the stored settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoredSettingsError {
    /// The secret is unreadable.
    #[error("{faults}")]
    Unread {
        /// The text for the operator.
        faults: Faults,
        /// Kind of the failure.
        kind: Kind,
    },
    /// The secret does not contain settings.
    #[error(transparent)]
    Wrong(#[from] Faults),
}

impl StoredSettingsError {
    /// Whether an operator must act. Throttling and network failures are temporary.
    pub fn needs_operator(&self) -> bool {
        match self {
            Self::Unread { kind, .. } => {
                !matches!(kind, Kind::Unreachable | Kind::Throttled | Kind::Failing)
            }
            Self::Wrong(_) => true,
        }
    }
}

impl From<StoredSettingsError> for Faults {
    fn from(error: StoredSettingsError) -> Self {
        match error {
            StoredSettingsError::Unread { faults, .. } | StoredSettingsError::Wrong(faults) => {
                faults
            }
        }
    }
}

/// The environment's variables, with blank ones filled from the secret `name`: a JSON object of settings by name.
/// Unknown names in it are ignored. Values are never shown.
///
/// # Errors
/// If the secret is unreadable, or not such an object.
pub async fn with_stored_settings(
    vars: Vars,
    clients: &Clients,
    name: &str,
) -> Result<Vars, StoredSettingsError> {
    let answer = clients
        .secrets
        .get_secret_value()
        .secret_id(name)
        .customize()
        .config_override(Builder::new().timeout_config(timeouts(ATTEMPT, OPERATION)))
        .send()
        .await;
    let answer = answer.map_err(|error| {
        let call = Call {
            action: "secretsmanager:GetSecretValue",
            what: &format!("secret `{name}`"),
            setting: SETTING,
        };
        let fault = fault(&call, &error);
        StoredSettingsError::Unread {
            faults: one("the settings can't be read", fault.to_string()),
            kind: fault.kind(),
        }
    })?;
    Ok(lay_under(vars, answer.secret_string().unwrap_or_default())?)
}

fn lay_under(vars: Vars, text: &str) -> Result<Vars, Faults> {
    let stored: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|_| {
        let cure = "store a JSON object in it, such as {\"TOOL_API_TOKEN\": \"…\"}";
        one("the secret is not a JSON object", cure.to_owned())
    })?;
    let mut faults = Vec::new();
    let vars = SETTINGS.iter().fold(vars, |vars, setting| {
        let text = match stored.get(setting.name) {
            None | Some(Value::Null) => return vars,
            Some(Value::String(text)) => text.clone(),
            Some(plain @ (Value::Number(_) | Value::Bool(_))) => plain.to_string(),
            Some(_) => {
                faults.push(no_text(setting));
                return vars;
            }
        };
        vars.or(setting.name, text, Origin::Stack)
    });
    if faults.is_empty() {
        Ok(vars)
    } else {
        Err(Faults(faults))
    }
}

fn one(problem: &str, cure: String) -> Faults {
    Faults(vec![Fault {
        variable: SETTING,
        problem: problem.to_owned(),
        cure,
    }])
}

fn no_text(setting: &Setting) -> Fault {
    Fault {
        variable: setting.name,
        problem: "it is not a text in the settings secret".to_owned(),
        cure: "write it as a JSON string there".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_goes_before_the_secret() {
        let vars = Vars::default()
            .with("TOOL_KIND", Some("rest"))
            .with("TOOL_BASE_URL", Some(" "));
        let text = r#"{"TOOL_KIND": "cvat", "TOOL_BASE_URL": "https://t.example", "USAGE_LOOK_BACK_DAYS": 5,
            "TOOL_API_TOKEN": "", "AWS_REGION": "elsewhere", "NEWER": {"than": "us"}}"#;
        let vars = lay_under(vars, text).unwrap();
        assert_eq!(vars.get("TOOL_KIND"), Some("rest"));
        assert_eq!(vars.get("TOOL_BASE_URL"), Some("https://t.example"));
        assert_eq!(vars.get("USAGE_LOOK_BACK_DAYS"), Some("5"));
        assert_eq!(vars.get("TOOL_API_TOKEN"), None);
        assert_eq!(vars.get("AWS_REGION"), None);
    }

    #[test]
    fn what_is_wrong_is_told_without_its_value() {
        let told = lay_under(Vars::default(), "canary-secret").err().unwrap();
        assert!(
            told.to_string().contains("BRIDGE_SETTINGS_SECRET"),
            "{told}"
        );
        assert!(!told.to_string().contains("canary"), "{told}");
        let odd = r#"{"TOOL_API_TOKEN": ["canary-secret"], "NOTICE_WEBHOOK_URL": {}}"#;
        let told = lay_under(Vars::default(), odd).err().unwrap().to_string();
        for word in ["TOOL_API_TOKEN", "NOTICE_WEBHOOK_URL", "2 settings"] {
            assert!(told.contains(word), "{told}");
        }
        assert!(!told.contains("canary"), "{told}");
    }
}
