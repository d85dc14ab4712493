//! The reconcile function: wires it, and serves.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use reconciler::Reconcile;
use serde_json::Value;
use shared::aws::function::{self, Scheduled};
use shared::config::Vars;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let vars = Vars::from_env();
    let metrics = &function::log(&vars)?;
    let scheduled = function::started(Scheduled::start(&vars).await)?;
    let reconcile = &Reconcile::of(&scheduled);
    let run = async |event: LambdaEvent<Value>| {
        let run = function::in_time(event.context.deadline(), reconcile.run());
        function::invocation(metrics, run).await
    };
    lambda_runtime::run(service_fn(run)).await
}
