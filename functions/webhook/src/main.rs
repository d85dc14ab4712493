//! The webhook function: wires it, and serves.

use lambda_http::{Error, Request, service_fn};
use shared::aws::function;
use shared::config::Vars;
use webhook::Webhook;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let vars = Vars::from_env();
    function::log(&vars)?;
    let door = function::started(function::door(&vars).await)?;
    let webhook = &Webhook::new(door);
    let answer = async |request: Request| Ok::<_, Error>(webhook.answer(request).await);
    lambda_http::run(service_fn(answer)).await
}
