//! The provisioner function: wires it, and serves.

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use provisioner::{Consumer, MARGIN};
use shared::aws::function::{self, Deployed};
use shared::config::Vars;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let vars = Vars::from_env();
    function::log(&vars)?;
    let deployed = function::started(Deployed::consumer(&vars).await)?;
    let consumer = &Consumer::new(deployed.provisioner);
    let work = async |event: LambdaEvent<SqsEvent>| {
        let until = function::end(event.context.deadline(), MARGIN);
        let response = consumer.work(&event.payload.records, until).await;
        response.map_err(Error::from)
    };
    lambda_runtime::run(service_fn(work)).await
}
