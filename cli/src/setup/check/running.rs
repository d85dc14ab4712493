//! Compares the running bridge with this command: its version, and each setting.

use shared::model::progress::unwatched;
use uuid::Uuid;

use super::super::findings::{Finding, failed, good, note};
use crate::control::{Order, Running, ask_at, is_running};
use crate::exit::CliError;
use crate::screen::count;
use crate::targets::Target;
use crate::version::VERSION;

const PART: &str = "bridge";

const RESTART: &str =
    "restart `bridge serve` after an upgrade, and use the same version for commands";

/// Part of each error that different versions cause.
const OTHER_VERSION: &str = "use the same version of `bridge`";

/// Looks at the bridge that runs on the target's database. On a stack there is nothing to compare: its functions and
/// this command read the same settings.
pub(super) async fn look(target: &Target) -> Vec<Finding> {
    match is_running(target).await {
        None => Vec::new(),
        Some(false) => {
            let says = "no bridge runs on this database: deliveries fail until one does";
            vec![note(PART, says, "start it with `bridge serve`")]
        }
        Some(true) => compare(target).await,
    }
}

async fn compare(target: &Target) -> Vec<Finding> {
    let nonce = Uuid::new_v4().simple().to_string();
    let own = Running::of(target.vars(), &nonce);
    let running: Running = match ask_at(target, &Order::Settings { nonce }, &unwatched).await {
        Ok(running) => running,
        Err(error) => return vec![unanswered(&error)],
    };
    let mut findings = vec![version(&running)];
    let differences = running.differences(&own);
    findings.push(match differences.is_empty() {
        true => good(
            PART,
            format!(
                "it has the same values as this command in {}",
                count(own.settings.len(), "setting", "settings")
            ),
        ),
        false => {
            let named: Vec<_> = differences
                .iter()
                .map(|it| format!("{} (there: {}, here: {})", it.name, it.there, it.here))
                .collect();
            let says = format!(
                "the running bridge and this command have different values of {}, so these findings may not be true for it",
                named.join(", ")
            );
            let origins = differences.into_iter().flat_map(|it| [it.there, it.here]);
            Finding {
                names: origins.filter(|it| it.contains('/')).collect(),
                ..note(
                    PART,
                    says,
                    "run this command with the bridge's settings (`--config`, `--env-file`), or restart `bridge serve` after a change",
                )
            }
        }
    });
    findings
}

/// An earlier version of the bridge does not support this order.
fn unanswered(error: &CliError) -> Finding {
    let says = error.to_string();
    match says.contains(OTHER_VERSION) {
        true => note(PART, says, RESTART),
        false => failed(PART, says),
    }
}

fn version(running: &Running) -> Finding {
    let version = &running.version;
    match version == VERSION {
        true => good(
            PART,
            format!(
                "`bridge serve` {version} runs on this database, and answers on its control socket"
            ),
        ),
        false => note(
            PART,
            format!("`bridge serve` {version} runs on this database; this command is {VERSION}"),
            RESTART,
        ),
    }
}
