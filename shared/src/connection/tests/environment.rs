use secrecy::ExposeSecret;

use super::super::{ConnectionName, Credentials, Environment, Webhook};
use crate::delivery::signature::WebhookSecret;

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(text).unwrap()
}

fn kept() -> Credentials {
    let webhooks = vec![Webhook {
        endpoint: Some("whe_1".into()),
        secret: secret("whsec_kept"),
    }];
    Credentials {
        token: Some("ot_ptk_kept".into()),
        webhooks,
        ..Credentials::default()
    }
}

/// Token and secrets of `default` under an environment.
fn seen(environment: &Environment, kept: Option<Credentials>) -> (Option<String>, Vec<String>) {
    let Some(own) = environment.over(&ConnectionName::single(), kept) else {
        return (None, Vec::new());
    };
    let secrets = own
        .secrets()
        .iter()
        .map(|it| it.expose().to_owned())
        .collect();
    (own.token.map(|it| it.expose_secret().to_owned()), secrets)
}

#[test]
fn each_variable_wins_over_its_own_part() {
    let token = Environment {
        token: Some("ot_ptk_env".into()),
        secrets: Vec::new(),
    };
    let secrets = Environment {
        token: None,
        secrets: vec![secret("whsec_env")],
    };
    let (env, file) = (
        Some("ot_ptk_env".to_owned()),
        Some("ot_ptk_kept".to_owned()),
    );
    assert_eq!(
        seen(&token, Some(kept())),
        (env.clone(), vec!["whsec_kept".into()])
    );
    assert_eq!(
        seen(&secrets, Some(kept())),
        (file.clone(), vec!["whsec_env".into()])
    );
    assert_eq!(seen(&token, None), (env, vec![]));
    assert_eq!(
        seen(&Environment::default(), Some(kept())),
        (file, vec!["whsec_kept".into()])
    );
    assert_eq!(seen(&Environment::default(), None), (None, vec![]));
}

#[test]
fn it_speaks_of_default_alone() {
    let environment = Environment {
        token: Some("ot_ptk_env".into()),
        secrets: vec![secret("whsec_env")],
    };
    let acme = ConnectionName::parse("acme").unwrap();
    assert!(environment.over(&acme, None).is_none());
    let own = environment.over(&acme, Some(kept())).unwrap();
    assert_eq!(own.token.unwrap().expose_secret(), "ot_ptk_kept");
    assert_eq!(own.webhooks.len(), 1);
}
