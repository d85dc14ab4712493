//! Entry point of the webhook function.

use lambda_http::{Error, LambdaEvent, lambda_runtime, service_fn};
use serde_json::Value;
use shared::app::function;
use shared::config::Vars;
use webhook::Webhook;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let vars = Vars::from_env();
    let metrics = &function::log(&vars)?;
    let intake = function::started(function::intake(&vars).await)?;
    let webhook = &Webhook::new(intake);
    let answer = async |event: LambdaEvent<Value>| {
        let answer = function::invocation(metrics, webhook.answer(event)).await;
        let answer = answer.inspect_err(|error| {
            tracing::error!(%error, "an event can't be answered");
        });
        answer.map_err(Error::from)
    };
    lambda_runtime::run(service_fn(answer)).await
}
