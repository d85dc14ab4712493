use serde_json::json;
use simulator::{ConsentOptions, ProvisioningMode};

use crate::setup::ground::{Ground, PROJECT};

#[tokio::test(flavor = "multi_thread")]
async fn a_link_has_the_projects_name_from_the_tool() {
    let ground = Ground::connected().await;
    let shown = ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    let links = ground.opentrain.links();
    assert!(
        shown.contains(&links[0].id) && shown.contains("Street scenes"),
        "{shown}"
    );
    assert_eq!(links[0].job_id.as_ref(), Some(&ground.job));
    assert_eq!(
        links[0].external_project_name.as_deref(),
        Some("Street scenes")
    );
    assert_eq!(links[0].provisioning_mode, ProvisioningMode::PartnerWebhook);
    let listed = ground.bridge(&["links"]).await.done();
    assert!(
        listed.contains(&links[0].id) && listed.contains("no database"),
        "{listed}"
    );
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_link_is_opentrains_to_provision() {
    let ground = Ground::connected().await;
    let made = ground
        .bridge(&[
            "link",
            "--job",
            &ground.job,
            "--project",
            PROJECT,
            "--managed",
            "--json",
        ])
        .await
        .json();
    assert_eq!(made["link"]["provisioningMode"], "MANAGED_ADAPTER");
    assert_eq!(
        ground.opentrain.links()[0].provisioning_mode,
        ProvisioningMode::ManagedAdapter
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_linked_already_names_the_link_in_the_way() {
    let ground = Ground::connected().await;
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    let link = ground.opentrain.links()[0].id.clone();
    let refused = ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .failed(1);
    assert!(
        refused.contains(&format!("`bridge unlink {link}`")) && refused.contains(&ground.job),
        "{refused}"
    );
    let gone = ground
        .bridge(&["unlink", &link, "--yes", "--json"])
        .await
        .json();
    assert_eq!(
        (&gone["deleted"], &gone["link"]["externalProjectId"]),
        (&json!(link), &json!(PROJECT))
    );
    assert!(ground.opentrain.links().is_empty());
    let refused = ground.bridge(&["unlink", &link, "--yes"]).await.failed(1);
    assert!(
        refused.contains("404") && refused.contains("no such project link"),
        "{refused}"
    );
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_tool_or_opentrain_does_not_know_is_not_linked() {
    let ground = Ground::connected().await;
    let refused = ground
        .bridge(&["link", "--job", &ground.job, "--project", "nowhere"])
        .await
        .failed(1);
    assert!(
        refused.contains("no such project in the tool: nowhere"),
        "{refused}"
    );
    let refused = ground
        .bridge(&["link", "--job", "job_none", "--project", PROJECT])
        .await
        .failed(1);
    assert!(
        refused.contains("no such job of this employer"),
        "{refused}"
    );
    ground.tool.set_token("another");
    let refused = ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .failed(1);
    assert!(refused.contains("TOOL_API_TOKEN"), "{refused}");
    let mut command = ground.command(&["link", "--job", &ground.job, "--project", PROJECT]);
    command.env_remove("TOOL_KIND").env_remove("TOOL_BASE_URL");
    let refused = ground.run(command, "").await.failed(2);
    assert!(
        refused.contains("TOOL_KIND") && refused.contains("TOOL_BASE_URL"),
        "all faults at once: {refused}"
    );
    assert!(ground.opentrain.links().is_empty());
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_are_listed_by_link_and_status_and_a_cut_is_told() {
    let ground = Ground::connected().await;
    assert!(
        ground
            .bridge(&["contracts"])
            .await
            .done()
            .contains("No contracts")
    );
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    let link = ground.opentrain.links()[0].id.clone();
    let hire = |_| {
        ground
            .opentrain
            .hire(
                &ground.job,
                &ground.opentrain.create_trainer(Default::default()).unwrap(),
            )
            .unwrap()
    };
    let contracts: Vec<_> = (0..3).map(hire).collect();
    ground.opentrain.end_contract(&contracts[0]).unwrap();
    let listed = ground.bridge(&["contracts", "--link", &link]).await.done();
    assert!(
        contracts.iter().all(|id| listed.contains(id)) && !listed.contains("Cut off"),
        "{listed}"
    );
    let ended = ground
        .bridge(&["contracts", "--status", "ended", "--json"])
        .await
        .json();
    assert_eq!(
        (
            ended["contracts"].as_array().unwrap().len(),
            &ended["complete"]
        ),
        (1, &json!(true))
    );
    assert_eq!(ended["contracts"][0]["id"], json!(contracts[0]));
    let refused = ground
        .bridge(&["contracts", "--link", "lnk_none"])
        .await
        .failed(1);
    assert!(refused.contains("404"), "{refused}");
    (3..203).map(hire).for_each(drop);
    let cut = ground.bridge(&["contracts", "--json"]).await.json();
    assert_eq!(
        (cut["contracts"].as_array().unwrap().len(), &cut["complete"]),
        (200, &json!(false))
    );
    assert!(
        ground
            .bridge(&["contracts"])
            .await
            .done()
            .contains("Cut off:")
    );
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_connection_sees_its_own() {
    let ground = Ground::connected().await;
    let other = ground.opentrain.consent(ConsentOptions {
        organization: "org_2".into(),
        ..ConsentOptions::default()
    });
    ground.connect("acme", &other.token).await.done();
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    assert_eq!(
        ground.bridge(&["links", "--json"]).await.json()["links"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        ground
            .bridge(&["links", "--json", "--connection", "acme"])
            .await
            .json()["links"],
        json!([])
    );
}
