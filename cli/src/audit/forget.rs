//! `bridge forget`: erases a trainer's personal data.

use shared::config::Vars;
use shared::model::ids::TrainerId;
use shared::model::progress::unwatched;
use shared::provision::Forgotten;

use super::args::ForgetArgs;
use crate::confirm::confirm;
use crate::control::{Order, ask_at};
use crate::exit::CliError;
use crate::paint::{GOOD, paint};
use crate::screen::{json, plain};
use crate::targets::Target;

/// Fails if the trainer is unknown, has an open contract, or may have access.
pub async fn run(args: ForgetArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(&args.target.over(vars)).await?;
    let trainer = TrainerId::from(args.trainer.as_str());
    let question = format!(
        "Erase the name, the profile and the e-mail addresses of {trainer}? They can't be restored."
    );
    confirm(&question, "nothing was erased", args.yes)?;
    let order = Order::Forget { trainer };
    let forgotten: Forgotten = ask_at(&target, &order, &unwatched).await?;
    if args.json {
        return json(&forgotten);
    }
    anstream::println!(
        "{} the personal data of {}. The audit record keeps ids and times.",
        paint(GOOD, "erased"),
        plain(&args.trainer)
    );
    Ok(())
}
