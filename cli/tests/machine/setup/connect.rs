use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use simulator::{ConsentOptions, Endpoint, Scope};

use crate::setup::ground::Ground;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_proven_stored_and_weighed() {
    let ground = Ground::new().await;
    let shown = ground
        .connect("default", &format!("{}\n", ground.grant.token))
        .await
        .done();
    for told in [
        &ground.grant.install_id,
        "org_1",
        "active",
        "usage:write",
        "granted",
        "the customer consents",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    assert!(!shown.contains("missing"), "{shown}");
    let own = ground.kept()["connections"]["default"].clone();
    assert_eq!(own["token"], ground.grant.token);
    assert_eq!(
        (&own["install"], &own["organization"]),
        (&ground.grant.install_id.clone().into(), &"org_1".into())
    );
    assert!(ground.canaries() >= 2);
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_taken_before_standard_input() {
    let ground = Ground::new().await;
    let mut command = ground.command(&["connect", "--connection", "acme", "--json"]);
    command.env("OPENTRAIN_PARTNER_TOKEN", &ground.grant.token);
    let shown = ground.run(command, "something else").await.json();
    assert_eq!(shown["install"]["id"], ground.grant.install_id);
    assert_eq!(
        ground.kept()["connections"]["acme"]["token"],
        ground.grant.token
    );
}

/// The environment has the token as `default`, and the file under another name: its events would be delivered to both.
#[tokio::test(flavor = "multi_thread")]
async fn one_token_under_two_names_is_not_served() {
    let ground = Ground::new().await;
    let with_token = |args: &[&str]| {
        let mut command = ground.command(args);
        command.env("OPENTRAIN_PARTNER_TOKEN", &ground.grant.token);
        command
    };
    let shown = ground
        .run(with_token(&["connect", "--connection", "acme"]), "")
        .await
        .done();
    assert!(shown.contains("unset OPENTRAIN_PARTNER_TOKEN"), "{shown}");
    let refused = ground.run(with_token(&["serve"]), "").await.failed(2);
    assert!(
        refused.contains("the token of the connection `acme`"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_with_what_it_is_missing_for() {
    let scopes = vec![
        Scope::ProjectLinksRead,
        Scope::ContractsRead,
        Scope::ParticipantsEmail,
    ];
    let ground = Ground::with(ConsentOptions {
        scopes,
        pii_consent: false,
        ..ConsentOptions::default()
    })
    .await;
    let shown = ground.connect("default", &ground.grant.token).await.done();
    assert!(
        shown.contains("missing: usage:write") && shown.contains("missing: PII consent"),
        "{shown}"
    );
    assert!(shown.contains("have the customer consent again"), "{shown}");
    let shown = ground
        .bridge(&["subscribe", "--url", "http://127.0.0.1:1/hooks/default"])
        .await
        .failed(1);
    assert!(
        shown.contains("403") && shown.contains("the scope webhooks:manage"),
        "{shown}"
    );
    let shown = ground
        .bridge(&["link", "--job", &ground.job, "--project", "streets"])
        .await
        .failed(1);
    assert!(
        shown.contains("403") && shown.contains("the scope project-links:write"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_stored_nowhere() {
    let ground = Ground::new().await;
    let wrong = ground
        .connect("default", "ot_ptk_canary_of_a_token")
        .await
        .failed(1);
    assert!(
        wrong.contains("401") && wrong.contains("The token is dead or the install was revoked"),
        "{wrong}"
    );
    assert!(wrong.contains("requestId"), "{wrong}");
    assert!(
        ground
            .connect("default", "")
            .await
            .failed(2)
            .contains("the token is empty")
    );
    assert!(
        ground
            .connect("default", "two words")
            .await
            .failed(2)
            .contains("copy it again")
    );
    assert!(
        ground
            .connect("default", "whsec_canary")
            .await
            .failed(2)
            .contains("this is a webhook secret")
    );
    assert!(!ground.connections().exists());
    assert_eq!(
        ground.opentrain.requests()[&Endpoint::CurrentInstall],
        1,
        "only what can be a token is sent"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_install_has_one_name_and_one_customer_keeps_theirs() {
    let ground = Ground::connected().await;
    let twin = ground.connect("acme", &ground.grant.token).await.failed(2);
    assert!(twin.contains("connected already, as `default`"), "{twin}");
    let other = ground.opentrain.consent(ConsentOptions {
        organization: "org_2".into(),
        ..ConsentOptions::default()
    });
    let taken = ground.connect("default", &other.token).await.failed(2);
    assert!(
        taken.contains("another customer's connection") && taken.contains("--connection"),
        "{taken}"
    );
    ground.connect("acme", &other.token).await.done();
    // The same customer, once more: another install, under the same name.
    ground
        .opentrain
        .revoke_install(&ground.grant.install_id)
        .unwrap();
    let again = ground.opentrain.consent(ConsentOptions::default());
    let shown = ground.connect("default", &again.token).await.done();
    assert!(
        shown.contains("Another install") && shown.contains(&ground.grant.install_id),
        "{shown}"
    );
    assert_eq!(
        ground.kept()["connections"]["default"]["token"],
        again.token
    );
    assert_eq!(ground.kept()["connections"]["acme"]["token"], other.token);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_open_to_others_stops_everything() {
    let ground = Ground::connected().await;
    set_permissions(ground.connections(), Permissions::from_mode(0o644)).unwrap();
    for args in [
        &["connect"][..],
        &["links"],
        &["subscribe", "--url", "http://127.0.0.1:1/hooks/default"],
        &["serve"],
    ] {
        let refused = ground.bridge(args).await.failed(2);
        assert!(
            refused.contains("mode 0644") && refused.contains("chmod 600"),
            "{args:?}: {refused}"
        );
    }
    assert!(ground.opentrain.endpoints().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_both_ways_to_one_are_named() {
    let ground = Ground::new().await;
    for args in [&["links"][..], &["serve"]] {
        let refused = ground.bridge(args).await.failed(2);
        assert!(
            refused.contains("bridge connect") && refused.contains("OPENTRAIN_PARTNER_TOKEN"),
            "{args:?}: {refused}"
        );
    }
    let refused = ground
        .bridge(&["links", "--connection", "acme"])
        .await
        .failed(2);
    assert!(
        refused.contains("bridge connect --connection acme"),
        "{refused}"
    );
    let refused = ground
        .bridge(&["links", "--connection", "Acme!"])
        .await
        .failed(2);
    assert!(refused.contains("1 to 50 characters of a-z"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consent_link_is_made_of_checked_parts() {
    let ground = Ground::new().await;
    let base = ground.opentrain.base_url();
    let plain = ground
        .bridge(&["consent-url", "--app", "acme-labels"])
        .await
        .done();
    assert_eq!(
        plain.trim(),
        format!("{base}/integrations/acme-labels/connect")
    );
    let full = [
        "consent-url",
        "--app",
        "a",
        "--project",
        "s & t",
        "--redirect-uri",
        "https://a.example/b?c=d",
        "--state",
        "x=1&y",
        "--json",
    ];
    let full = ground.bridge(&full).await.json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        full,
        format!(
            "{base}/integrations/a/connect?external_project_id=s+%26+t&redirect_uri=https%3A%2F%2Fa.example%2Fb%3Fc%3Dd&state=x%3D1%26y"
        )
    );
    for slug in ["", "Acme", "a/b", "..", &"a".repeat(51)] {
        assert!(
            ground
                .bridge(&["consent-url", "--app", slug])
                .await
                .failed(2)
                .contains("slug"),
            "{slug}"
        );
    }
    let odd = ground
        .bridge(&["consent-url", "--app", "a", "--redirect-uri", "a.example"])
        .await
        .failed(2);
    assert!(odd.contains("--redirect-uri"), "{odd}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_is_told_along_with_every_other_fault() {
    let ground = Ground::new().await;
    let mut command = ground.command(&["serve"]);
    command
        .env("OPENTRAIN_BASE_URL", "nowhere")
        .env_remove("TOOL_KIND");
    let refused = ground.run(command, "").await.failed(2);
    for told in [
        "3 settings are wrong",
        "no connection has a token",
        "OPENTRAIN_BASE_URL",
        "TOOL_KIND",
    ] {
        assert!(refused.contains(told), "{told}: {refused}");
    }
}

/// The token of an employer does not leave the machine.
#[tokio::test(flavor = "multi_thread")]
async fn a_personal_token_is_named_as_one() {
    let ground = Ground::new().await;
    let personal = "ot_pat_sandbox_0123456789abcdef0123456789abcdef";
    let told = |error: &str| {
        for part in ["personal API token", "ot_ptk_…", "consent screen"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    };
    told(&ground.connect("default", personal).await.failed(2));
    let mut command = ground.command(&["connect"]);
    command.env("OPENTRAIN_PARTNER_TOKEN", personal);
    let error = ground.run(command, "").await.failed(2);
    told(&error);
    assert!(error.contains("OPENTRAIN_PARTNER_TOKEN"), "{error}");
    assert_eq!(
        ground.opentrain.requests(),
        std::collections::BTreeMap::new()
    );
    assert!(!ground.connections().exists());
}
