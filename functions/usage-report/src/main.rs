//! Entry point of the usage function.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use shared::app::function::{self, Call, Scheduled};
use shared::config::Vars;
use usage_report::UsageReport;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let vars = Vars::from_env();
    let metrics = &function::log(&vars)?;
    let scheduled = function::started(Scheduled::start(&vars, tools::settings).await)?;
    let usage = &UsageReport::of(&scheduled);
    let serve = async |event: LambdaEvent<Value>| {
        let call = Call::read(&event.payload).map_err(|error| error.to_string())?;
        let served = function::in_time(event.context.deadline(), usage.serve(&call));
        function::invocation(metrics, served).await
    };
    lambda_runtime::run(service_fn(serve)).await
}
