//! `bridge end`, `bridge settle`, `bridge disconnect`: record facts that the operator knows.

pub mod args;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use shared::config::Vars;
use shared::ledger::Entitlement;
use shared::model::ConnectionName;
use shared::model::ids::{ProjectId, TrainerId};
use shared::model::progress::unwatched;
use shared::provision::{Disconnected, EndRequest, EndedHire, SettleRequest, Settled};
use shared::reconcile::Losing;

use args::{DisconnectArgs, EndArgs, SettleArgs};

use crate::confirm::{Effects, confirm};
use crate::control::{Order, ask_at};
use crate::exit::CliError;
use crate::losing;
use crate::paint::{GOOD, WAITS, paint};
use crate::screen::{self, plain};
use crate::targets::{Target, TargetArgs};

/// Output of `bridge end`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Ended {
    hires: Vec<EndedHire>,
}

/// Ends contracts whose end OpenTrain will not report. Fails if the id is unknown, or if the operator does not confirm.
pub async fn end(args: EndArgs, vars: &Vars) -> Result<(), CliError> {
    let target = at(vars, &args.target).await?;
    let request = |dry_run| {
        Order::End(EndRequest {
            id: args.id.clone(),
            dry_run,
        })
    };
    let ending: Vec<EndedHire> = ask_at(&target, &request(true), &unwatched).await?;
    let effects = Effects {
        lines: ending
            .iter()
            .map(|it| format!("will end: {}", line(it)))
            .collect(),
        value: json!({ "hires": ending }),
        question: "End this and remove the access?".to_owned(),
    };
    if !args.caution.confirms(&effects, args.json)? {
        return Ok(());
    }
    let ended: Vec<EndedHire> = ask_at(&target, &request(false), &unwatched).await?;
    if args.json {
        return screen::json(&Ended { hires: ended });
    }
    let recorded = ended.iter().all(|it| it.recorded);
    let word = if recorded { "ended" } else { SENT };
    for hire in &ended {
        anstream::println!("{}: {}", paint(WAITS, word), plain(line(hire)));
    }
    note_sent(&target, recorded);
    Ok(())
}

/// State of a request that the provisioner has received but not recorded yet.
const SENT: &str = "sent";

fn note_sent(target: &Target, recorded: bool) {
    if !recorded {
        anstream::println!(
            "The provisioner has not recorded it yet: `bridge status{}` shows when it has.",
            target.flag()
        );
    }
}

fn line(hire: &EndedHire) -> String {
    let note = match hire.standing {
        Entitlement::Live => {
            " (if OpenTrain lists it as active, the next reconcile starts it again)"
        }
        _ => "",
    };
    format!(
        "contract {} of {} on project {}, connection {}{note}",
        hire.contract, hire.trainer, hire.project, hire.connection
    )
}

/// Records a removal that the tool can't prove, or a change that `bridge status` requests. Fails if there is no open
/// removal, or if the trainer is entitled to the access.
pub async fn settle(args: SettleArgs, vars: &Vars) -> Result<(), CliError> {
    if args.reason.trim().is_empty() {
        return Err(CliError::Usage(
            "`--reason` is empty: write how you verified that the access is gone".into(),
        ));
    }
    let target = at(vars, &args.target).await?;
    let request = |even_if_member, dry_run| {
        Order::Settle(SettleRequest {
            trainer: TrainerId::from(args.trainer.as_str()),
            project: ProjectId::from(args.project.as_str()),
            reason: args.reason.clone(),
            even_if_member,
            dry_run,
        })
    };
    let mut even_if_member = args.yes;
    if !args.yes {
        let seen: Settled = ask_at(&target, &request(false, true), &unwatched).await?;
        if seen.is_member {
            confirm(&question(&args, seen), "nothing was settled", false)?;
            even_if_member = true;
        }
    }
    let settled: Settled = ask_at(&target, &request(even_if_member, false), &unwatched).await?;
    if settled.is_member {
        let reason = "the tool shows the trainer again: nothing was settled. Repeat the command";
        return Err(CliError::Usage(reason.into()));
    }
    if args.json {
        return screen::json(&settled);
    }
    anstream::println!(
        "{}: {}, project {}. If it was a removal, the bridge checks it in the tool again after 15 minutes and after a day.",
        paint(GOOD, if settled.recorded { "settled" } else { SENT }),
        args.trainer,
        args.project
    );
    note_sent(&target, settled.recorded);
    Ok(())
}

/// The question about a removal that the tool contradicts.
fn question(args: &SettleArgs, seen: Settled) -> String {
    let (trainer, project) = (&args.trainer, &args.project);
    match seen.is_invited {
        true => format!(
            "An invitation of {trainer} to project {project} may still be open in the tool, and could then be accepted. Settle the removal anyway?"
        ),
        false => format!(
            "The tool still shows {trainer} as a member of project {project}. Settle the removal anyway?"
        ),
    }
}

/// Records that a customer's install is gone.
pub async fn disconnect(args: DisconnectArgs, vars: &Vars) -> Result<(), CliError> {
    let target = at(vars, &args.target).await?;
    let name = &args.connection;
    let losing = losing_by(&target, name).await?;
    let mut lines = vec![
        format!("The install of {name} is recorded as gone: reporting stops, and no new access is granted."),
        "Open invitations are withdrawn. ON_INSTALL_REVOKED decides whether access is kept or revoked.".to_owned(),
    ];
    if let Some(losing) = &losing {
        lines.extend(losing::lines(losing, KEEPING));
        if !args.caution.dry_run {
            losing::is_stated(losing, args.people, &format!("disconnect {name}"))?;
        }
    }
    let effects = Effects {
        lines,
        value: json!({ "connection": name, "access": losing }),
        question: format!("Record that the install of {name} is gone?"),
    };
    if !args.caution.confirms(&effects, args.json)? {
        return Ok(());
    }
    let order = Order::Disconnect {
        connection: name.clone(),
    };
    let done: Disconnected = ask_at(&target, &order, &unwatched).await?;
    if args.json {
        return screen::json(&done);
    }
    let word = if done.recorded { "disconnected" } else { SENT };
    anstream::println!(
        "{} {name}. The bridge does not call OpenTrain for it until `bridge connect{}{}`.",
        paint(GOOD, word),
        name.flag(),
        target.flag()
    );
    note_sent(&target, done.recorded);
    if let Some(line) = keeping(&done) {
        anstream::println!("{line} End it with `bridge end{} TRAINER`.", target.flag());
    }
    Ok(())
}

/// Why trainers of the connection keep access.
const KEEPING: &str = "trainers of this connection keep access: by another connection, or because ON_INSTALL_REVOKED is `keep`.";

/// Who would lose access; `None` without a ledger. Fails if the connection is unknown.
async fn losing_by(target: &Target, name: &ConnectionName) -> Result<Option<Losing>, CliError> {
    if !target.has_ledger()? {
        return Ok(None);
    }
    let order = Order::Disconnecting {
        connection: name.clone(),
    };
    ask_at(target, &order, &unwatched).await.map(Some)
}

fn keeping(done: &Disconnected) -> Option<String> {
    let named: Vec<_> = done.kept.iter().map(TrainerId::as_str).collect();
    let who = match named.len() {
        0 => return None,
        1 => "1 trainer keeps".to_owned(),
        n => format!("{n} trainers keep"),
    };
    Some(format!("{who} orphaned access: {}.", named.join(", ")))
}

async fn at(vars: &Vars, target: &TargetArgs) -> Result<Target, CliError> {
    Target::of(&target.over(vars)).await
}
