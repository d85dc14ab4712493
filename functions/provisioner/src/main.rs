//! Entry point of the provisioner function.

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use provisioner::{Consumer, MARGIN};
use shared::app::function;
use shared::config::Vars;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let vars = Vars::from_env();
    let metrics = &function::log(&vars)?;
    let stack = function::started(function::Consumer::start(&vars))?;
    let consumer = &Consumer::new(stack);
    // With invalid settings the function still returns its messages for a retry. If it ended here, they would stay
    // hidden for twelve minutes.
    if let Err(error) = consumer.provisioner().await {
        tracing::error!(%error, "the settings can't be used; retried with each invocation");
    }
    let work = async |event: LambdaEvent<SqsEvent>| {
        let until = function::end(event.context.deadline(), MARGIN);
        let work = consumer.work(&event.payload.records, until);
        let response = function::invocation(metrics, work).await;
        response.map_err(Error::from)
    };
    lambda_runtime::run(service_fn(work)).await
}
