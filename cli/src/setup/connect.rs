//! `bridge connect`: verifies an install's token, stores it, and shows what it permits.

use std::collections::BTreeSet;

use anyhow::{Context, anyhow};
use secrecy::SecretString;
use shared::config::{OpenTrainSettings, Reader};
use shared::connection::{ConnectionStore as _, Kept, Readable};
use shared::ledger::InstallStatus::Active;
use shared::ledger::audit::AuditEvent;
use shared::ledger::{self, Ledger};
use shared::model::ConnectionName;
use shared::model::ids::InstallId;
use shared::model::progress::unwatched;
use shared::opentrain::{Install, InstallStatus};

use super::args::ConnectArgs;
use super::connected::Connected;
use super::session::clock;
use super::{print, projects, token};
use crate::control::{self, Order, action, ask_at};
use crate::exit::CliError;
use crate::paint::{WAITS, paint};
use crate::targets::Target;

/// Reads the token's install from OpenTrain, and stores the token.
pub(super) async fn run(args: &ConnectArgs, target: &Target) -> Result<(), CliError> {
    let name = &args.common.name();
    let mut reader = Reader::new(target.vars());
    let settings = target.opentrain_to_connect(&mut reader);
    let settings = reader.finish(settings)?;
    // An unusable store must be reported before the operator enters the token.
    let read = readable(&settings).await?;
    let others_unread = may_connect(&settings, name, &read).await?;
    let given = token::read(&settings)?;
    let install = install_of(&settings, &given.token).await?;
    let ledger = target.ledger_if_any()?;
    let new = New {
        name,
        install: &install,
        token: &given.token,
        others_unread,
    };
    // A running bridge may record a new install as soon as its token is stored.
    let due = match &ledger {
        Some(ledger) => reconnection(name, &install, ledger).await?,
        None => None,
    };
    // A refused name may be a typing error, which no row may keep.
    fits(&read.kept, name, &install).map_err(unfit)?;
    control::record(target, action(AuditEvent::OperatorConnect, name)).await?;
    let (before, recorded) = new.store(&settings, ledger.as_ref()).await?;
    let before = before.filter(|before| *before != install.id);
    let kept = settings.kept();
    let connected = Connected {
        name,
        install: &install,
        before: before.as_ref(),
        from: given.from,
        stored: &kept.keeper,
        in_environment: kept.environment.token.is_some(),
        target,
    };
    if args.common.json {
        print::json(&connected.output())?;
    } else {
        connected.show();
    }
    if recorded {
        anstream::eprintln!(
            "A second organisation is served: each project now belongs to the organisation that linked it first (`bridge projects`)."
        );
    }
    match &due {
        Some((order, known)) => reconnect(order, known, target).await,
        None => Ok(()),
    }
}

/// The stored connections. Prints what is wrong with those that can't be read.
async fn readable(settings: &OpenTrainSettings) -> Result<Readable, CliError> {
    let read = settings.kept().keeper.read_each().await?;
    for fault in &read.faults {
        anstream::eprintln!("{} {fault}", paint(WAITS, "note"));
    }
    Ok(read)
}

fn unfit(misfit: Misfit) -> CliError {
    CliError::Usage(misfit.to_string())
}

/// The token's install. Fails if it is revoked.
async fn install_of(
    settings: &OpenTrainSettings,
    token: &SecretString,
) -> Result<Install, CliError> {
    let platform = settings
        .pool(clock())
        .and_then(|pool| pool.with_token(token));
    let install = platform
        .context("OpenTrain can't be called")?
        .install()
        .await?;
    match install.status {
        InstallStatus::Revoked => Err(anyhow!(
            "the install {} was revoked: have the customer consent again, and connect the new token",
            install.id
        )
        .into()),
        _ => Ok(install),
    }
}

/// Records the install in the ledger at once, because the ledger has another install or a revoked one. Otherwise hires
/// of the earlier install would count for the new one, and hires of the new one would count as ended.
async fn reconnect(
    order: &Order,
    known: &ledger::Install,
    target: &Target,
) -> Result<(), CliError> {
    let recorded: bool = ask_at(target, order, &unwatched).await?;
    let what = match known.disconnected {
        true => {
            "An operator had disconnected the connection; the bridge calls OpenTrain for it again"
        }
        false => "The ledger has the connection's new token and install",
    };
    anstream::eprintln!(
        "{} {what}{}.",
        paint(WAITS, "Note:"),
        if recorded {
            ""
        } else {
            " as soon as the provisioner has recorded it"
        }
    );
    Ok(())
}

/// The order that records the install, and the ledger's install; `None` if that is up to date.
pub(crate) async fn reconnection(
    name: &ConnectionName,
    install: &Install,
    ledger: &Ledger,
) -> anyhow::Result<Option<(Order, ledger::Install)>> {
    let known = ledger.install(name).await?;
    let order = || Order::Reconnect {
        connection: name.clone(),
        install: install.id.clone(),
        organization: install.organization_id.clone(),
    };
    let outdated = known.filter(|it| !is_current(it, install));
    Ok(outdated.map(|known| (order(), known)))
}

/// Whether the ledger's install is up to date.
fn is_current(known: &ledger::Install, install: &Install) -> bool {
    let is_gone = known.disconnected || known.refused || known.status != Active;
    let organization = install.organization_id.as_ref();
    let is_named = organization.is_none_or(|it| known.organization.as_ref() == Some(it));
    !is_gone && is_named && known.id.as_ref() == Some(&install.id)
}

/// Refuses a new connection while another one is unreadable, because they may have the same install and projects. A
/// stored connection may be connected again, even if it is unreadable. Returns whether others are unreadable.
pub(crate) async fn may_connect(
    settings: &OpenTrainSettings,
    name: &ConnectionName,
    read: &Readable,
) -> Result<bool, CliError> {
    let index = settings.kept().keeper.index().await?;
    match read.faults.first() {
        Some(fault) if index.version(name).is_none() => Err(CliError::Usage(format!(
            "`{name}` would be a new connection, but it may be the same as one that can't be read: {fault}"
        ))),
        _ => {
            let is_damaged = index.version(name).is_some() && !read.kept.contains_key(name);
            Ok(index.len() > read.kept.len() + usize::from(is_damaged))
        }
    }
}

/// Install and token to store.
pub(crate) struct New<'a> {
    pub(crate) name: &'a ConnectionName,
    pub(crate) install: &'a Install,
    pub(crate) token: &'a SecretString,
    pub(crate) others_unread: bool,
}

impl New<'_> {
    /// Stores the token. Returns the install that was connected under this name before, and whether the projects of a
    /// second organisation were recorded.
    pub(crate) async fn store(
        &self,
        settings: &OpenTrainSettings,
        ledger: Option<&Ledger>,
    ) -> Result<(Option<InstallId>, bool), CliError> {
        // The environment's token is the one to store, not the token of `default`.
        projects::update(&settings.stored(), ledger, |kept| self.put(kept)).await
    }

    /// Sets the token. Returns the install that was connected under this name before.
    fn put(&self, kept: &mut Kept) -> Result<Option<InstallId>, CliError> {
        fits(kept, self.name, self.install).map_err(unfit)?;
        let is_new = !kept.contains_key(self.name);
        let own = kept.entry(self.name.clone()).or_default();
        if is_new && self.others_unread {
            // The unreadable connections may contain the recorded projects.
            own.projects = Some(BTreeSet::new());
        }
        own.token = Some(self.token.clone());
        own.organization.clone_from(&self.install.organization_id);
        Ok(own.install.replace(self.install.id.clone()))
    }
}

/// Why an install can't be stored under a name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misfit {
    #[error(
        "the install {install} is connected already, as `{other}`: use that name (--connection {other})"
    )]
    Twin {
        install: InstallId,
        other: ConnectionName,
    },
    #[error(
        "`{name}` is another customer's connection ({old}; this token belongs to {new}): choose another name with --connection"
    )]
    OtherCustomer {
        name: ConnectionName,
        old: String,
        new: String,
    },
}

/// Refuses a second name for an install, because each of its events would be processed twice. Refuses a second customer
/// under one name, because the ledger stores everything by connection name.
pub(crate) fn fits(kept: &Kept, name: &ConnectionName, install: &Install) -> Result<(), Misfit> {
    let twin = kept
        .iter()
        .find(|(other, own)| *other != name && own.install.as_ref() == Some(&install.id));
    if let Some((other, _)) = twin {
        return Err(Misfit::Twin {
            install: install.id.clone(),
            other: other.clone(),
        });
    }
    let customer = kept.get(name).and_then(|own| own.organization.as_ref());
    match (customer, &install.organization_id) {
        (Some(old), Some(new)) if old != new => Err(Misfit::OtherCustomer {
            name: name.clone(),
            old: old.clone(),
            new: new.clone(),
        }),
        _ => Ok(()),
    }
}
