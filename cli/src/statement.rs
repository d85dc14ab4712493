//! `bridge end`, `bridge settle`, `bridge disconnect`: facts that an operator states.

use anyhow::Context;
use shared::config::Vars;
use shared::ids::{ProjectId, TrainerId};
use shared::progress::unwatched;
use shared::provision::{EndRequest, EndedHire, SettleRequest, Standing};

use crate::args::{DisconnectArgs, EndArgs, PlaceArgs, SettleArgs};
use crate::confirm::confirm;
use crate::exit::Failed;
use crate::operator::{Order, ask};
use crate::paint::{GOOD, WAITS, paint};

/// Ends contracts whose end OpenTrain will not state.
///
/// # Errors
/// An id that names nothing; a failure of the ledger; an answer that is not yes.
pub async fn end(args: EndArgs, vars: &Vars) -> Result<(), Failed> {
    let vars = at(vars, &args.place);
    let request = |dry_run| {
        Order::End(EndRequest {
            id: args.id.clone(),
            dry_run,
        })
    };
    let ending: Vec<EndedHire> = ask(&vars, &request(true), &unwatched).await?;
    if args.dry_run {
        return show(&ending, args.json, "would end");
    }
    if !args.json {
        show(&ending, false, "will end")?;
    }
    confirm("End this and remove the access?", args.yes)?;
    let ended: Vec<EndedHire> = ask(&vars, &request(false), &unwatched).await?;
    show(&ended, args.json, "ended")
}

fn show(hires: &[EndedHire], json: bool, word: &str) -> Result<(), Failed> {
    if json {
        let text = serde_json::to_string_pretty(hires);
        anstream::println!("{}", text.context("the result can't be written as JSON")?);
        return Ok(());
    }
    for hire in hires {
        let note = match hire.standing {
            Standing::Live => {
                " (if OpenTrain lists it as active, the next reconcile starts it again)"
            }
            _ => "",
        };
        anstream::println!(
            "{}: contract {} of {} on project {}, connection {}{note}",
            paint(WAITS, word),
            hire.contract,
            hire.trainer,
            hire.project,
            hire.connection
        );
    }
    Ok(())
}

/// Records that a removal is done which the tool does not prove.
///
/// # Errors
/// No open removal; access that is due; a failure of the ledger.
pub async fn settle(args: SettleArgs, vars: &Vars) -> Result<(), Failed> {
    if args.reason.trim().is_empty() {
        return Err(Failed::Misused("`--reason` says why: it is empty".into()));
    }
    let vars = at(vars, &args.place);
    let order = Order::Settle(SettleRequest {
        trainer: TrainerId::from(args.trainer.as_str()),
        project: ProjectId::from(args.project.as_str()),
        reason: args.reason,
    });
    let () = ask(&vars, &order, &unwatched).await?;
    anstream::println!(
        "{}: {} has no access to project {}",
        paint(GOOD, "settled"),
        args.trainer,
        args.project
    );
    Ok(())
}

/// States that a customer's install is gone.
///
/// # Errors
/// A failure of the ledger; an answer that is not yes.
pub async fn disconnect(args: DisconnectArgs, vars: &Vars) -> Result<(), Failed> {
    let vars = at(vars, &args.place);
    let name = &args.connection;
    confirm(
        &format!(
            "State that the install of {name} is gone? Reporting stops, and nothing new is granted."
        ),
        args.yes,
    )?;
    let order = Order::Disconnect {
        connection: name.clone(),
    };
    let kept: usize = ask(&vars, &order, &unwatched).await?;
    anstream::println!("{} {name}", paint(GOOD, "disconnected"));
    if kept > 0 {
        anstream::println!(
            "{kept} trainers were hired through it; access that they have is kept: end it with `bridge end TRAINER`, or connect again with `bridge connect`"
        );
    }
    Ok(())
}

fn at(vars: &Vars, place: &PlaceArgs) -> Vars {
    let vars = vars.clone();
    vars.with("BRIDGE_DB", place.db.clone())
        .with("BRIDGE_STACK", place.stack.clone())
}
