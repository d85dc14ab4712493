use secrecy::ExposeSecret;

use super::super::{
    ConnectionStore as _, Credentials, Environment, FileStore, Keeper, Kept, StoreError, Webhook,
    WithEnvironment,
};
use crate::model::ConnectionName;
use crate::model::signature::WebhookSecret;

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
    let Some(own) = environment.over(&ConnectionName::default(), kept) else {
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

fn name(name: &str) -> ConnectionName {
    ConnectionName::parse(name).unwrap()
}

/// The projects that each connection is served with; an empty text for all.
async fn served(store: &WithEnvironment) -> String {
    let index = store.index().await.unwrap();
    let all = store.load_all(&index).await.unwrap().whole().unwrap();
    let mut shown = Vec::new();
    for (name, own) in all {
        let version = index.version(&name).unwrap();
        let one = store.load(&name, version).await.unwrap();
        assert_eq!(one.projects, own.projects);
        let list = own.projects.map(|it| format!("{it:?}"));
        shown.push(format!("{name} {}", list.unwrap_or_default()));
    }
    shown.join(", ")
}

/// Without recorded owners, several organisations may use no project. With them, each may use its own.
#[tokio::test]
async fn several_organisations_without_a_record_may_use_no_project() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = Keeper::File(FileStore::new(folder.path().join("connections.json")));
    let store = |token: Option<&str>| {
        let environment = Environment {
            token: token.map(Into::into),
            secrets: Vec::new(),
        };
        WithEnvironment::new(environment, keeper.clone())
    };
    let put = async |at: &str, organization: &str| {
        let put = |kept: &mut Kept| {
            let own = kept.entry(name(at)).or_default();
            own.token = Some(format!("ot_ptk_{at}").into());
            own.organization = Some(organization.to_owned());
            Ok::<_, StoreError>(())
        };
        keeper.update(put).await.unwrap();
    };
    assert_eq!(served(&store(Some("ot_ptk_env"))).await, "default ");
    put("acme", "org_a").await;
    put("acme2", "org_a").await;
    assert_eq!(served(&store(None)).await, "acme , acme2 ");
    // The organisation of the environment's token is not known yet.
    let closed = "acme {}, acme2 {}, default {}";
    assert_eq!(served(&store(Some("ot_ptk_env"))).await, closed);
    let alone = store(None);
    let before = alone.index().await.unwrap();
    put("globex", "org_g").await;
    assert_eq!(served(&alone).await, "acme {}, acme2 {}, globex {}");
    let after = alone.index().await.unwrap();
    let version = |index: &super::super::Index| index.version(&name("acme"));
    assert_ne!(version(&before), version(&after), "it is read again");

    let allow = |kept: &mut Kept| {
        super::super::allow(kept, &name("acme"), &"p".into());
        Ok::<_, StoreError>(())
    };
    keeper.update(allow).await.unwrap();
    put("acme3", "org_a").await;
    put("hooli", "org_h").await;
    let kept = keeper.read().await.unwrap();
    assert!(kept.values().all(|own| own.projects.is_some()));
    let own = "{ProjectId(p)}";
    let recorded = format!("acme {own}, acme2 {own}, acme3 {own}, globex {{}}, hooli {{}}");
    assert_eq!(served(&alone).await, recorded);
}
