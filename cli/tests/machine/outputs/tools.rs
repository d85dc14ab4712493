//! The tools of `bridge mcp`.

use serde_json::{Map, Value};

use super::scene::scene;
use crate::common::command::bridge;
use crate::mcp::client::Client;

/// [`Client`] searches each line for canaries and addresses.
#[tokio::test]
async fn no_tool_of_mcp_shows_a_secret_or_a_person() {
    scene(async |world, scene| {
        let mut client = Client::start(world, &["--allow-writes"]).await;
        let tools = client.tools().await;
        let tools = tools.as_array().unwrap();
        assert!(tools.len() > 15);
        for tool in tools {
            let name = tool["name"].as_str().unwrap();
            let required = tool["inputSchema"]["required"].as_array();
            let required = required.into_iter().flatten().filter_map(Value::as_str);
            let arguments = required.map(|it| (it.to_owned(), scene.argument(it)));
            let arguments: Map<_, _> = arguments.collect();
            let result = client.call(name, arguments.into()).await;
            scene.is_not_in(&result.to_string());
        }
        for id in ["usr_maria", "usr_ben", "usr_zoe", &scene.contract] {
            let explained = client
                .done("explain", serde_json::json!({ "id": id }))
                .await;
            scene.is_not_in(&explained.to_string());
        }
        client.close().await;
        world.idle().await;
        let left = world.status().await["queue"]["dead"].to_string();
        if left != "0" {
            let drop = [
                "dead-letters",
                "drop",
                "--all",
                &left,
                "--reason",
                "a test",
                "--yes",
            ];
            bridge(world, &drop).await.done();
        }
    })
    .await;
}
