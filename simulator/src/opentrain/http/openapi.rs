//! The served OpenAPI document, limited to paths and methods.

use serde_json::{Map, Value, json};

use super::Endpoint;

pub(crate) fn document() -> Value {
    let mut paths = Map::new();
    for endpoint in Endpoint::ALL {
        let (method, path) = endpoint.call();
        let id = match path.split('/').nth(1) {
            Some("contracts") => "{contractId}",
            Some("project-links") => "{linkId}",
            _ => "{endpointId}",
        };
        let path = paths.entry(path.replace('*', id)).or_insert(json!({}));
        path[method.to_lowercase()] = json!({"operationId": format!("{endpoint:?}")});
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "OpenTrain Platform API (simulated)", "version": "v1"},
        "servers": [{"url": "/api/partner/v1"}],
        "paths": paths,
    })
}
