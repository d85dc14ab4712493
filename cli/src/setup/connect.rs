//! `bridge connect`: an install's token is proven, stored, and weighed.

use std::collections::BTreeSet;

use anyhow::{Context, anyhow};
use shared::config::{OpenTrainSettings, Reader};
use shared::connection::{ConnectionStore as _, Kept, Readable};
use shared::ledger::InstallStatus::Active;
use shared::ledger::{self, Ledger};
use shared::model::ConnectionName;
use shared::model::ids::InstallId;
use shared::model::progress::unwatched;
use shared::opentrain::{Install, InstallStatus};

use super::args::ConnectArgs;
use super::connected::Connected;
use super::session::clock;
use super::token::Given;
use super::{print, projects, token};
use crate::exit::Failed;
use crate::operator::{Order, ask_at};
use crate::paint::{WAITS, paint};
use crate::place::Place;

/// Asks OpenTrain whose token it is, and stores it.
pub(super) async fn run(args: &ConnectArgs, place: &Place) -> Result<(), Failed> {
    let name = &args.common.name();
    let mut reader = Reader::new(place.vars());
    let settings = place.opentrain_to_connect(&mut reader);
    let settings = reader.finish(settings)?;
    // A store that can't be used shows before the token is asked for.
    let read = settings.kept().keeper.read_each().await?;
    let others_unread = may_connect(&settings, name, read).await?;
    let given = token::read(&settings)?;
    let pool = settings
        .pool(clock())
        .context("OpenTrain can't be called")?;
    let platform = pool
        .with_token(&given.token)
        .context("OpenTrain can't be called")?;
    let install = platform.install().await?;
    if install.status == InstallStatus::Revoked {
        return Err(anyhow!(
            "the install {} was revoked: have the customer consent again, and take the new token",
            install.id
        )
        .into());
    }
    let ledger = place.ledger_if_any()?;
    let new = New {
        name,
        install: &install,
        given: &given,
        others_unread,
    };
    let put = |kept: &mut Kept| new.put(kept);
    // The environment's token is the given one here, and not that of `default`.
    let stored = settings.stored();
    let (before, recorded) = projects::update(&stored, ledger.as_ref(), put).await?;
    let before = before.filter(|before| *before != install.id);
    let kept = settings.kept();
    let connected = Connected {
        name,
        install: &install,
        before: before.as_ref(),
        from: given.from,
        stored: &kept.keeper,
        in_environment: kept.environment.token.is_some(),
        place,
    };
    if args.common.json {
        print::json(&connected.as_json());
    } else {
        connected.show();
    }
    if recorded {
        anstream::eprintln!(
            "A second organisation is served: each project belongs to the one that linked it first (`bridge projects`)."
        );
    }
    reconnect(name, &install, ledger.as_ref(), place).await
}

/// Has the ledger record the install at once, where it knows another one, or knows this one as gone: hires of the
/// earlier install must not count as the new one's, and those of the new one must not count as over.
async fn reconnect(
    name: &ConnectionName,
    install: &Install,
    ledger: Option<&Ledger>,
    place: &Place,
) -> Result<(), Failed> {
    let Some(ledger) = ledger else {
        return Ok(());
    };
    let known = ledger.install(name).await.map_err(anyhow::Error::from)?;
    let Some(known) = known.filter(|it| !is_current(it, install)) else {
        return Ok(());
    };
    let order = Order::Reconnect {
        connection: name.clone(),
        install: install.id.clone(),
        organization: install.organization_id.clone(),
    };
    let recorded: bool = ask_at(place, &order, &unwatched).await?;
    let what = match known.disconnected {
        true => "The connection was disconnected by an operator; it is asked again",
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

/// Whether the ledger has the install as it is.
fn is_current(known: &ledger::Install, install: &Install) -> bool {
    let is_gone = known.disconnected || known.refused || known.status != Active;
    let organization = install.organization_id.as_ref();
    let is_named = organization.is_none_or(|it| known.organization.as_ref() == Some(it));
    !is_gone && is_named && known.id.as_ref() == Some(&install.id)
}

/// A connection that is stored may be connected again while another one is damaged, and so may the damaged one itself.
/// A new one waits: its install and its projects may be the damaged one's. Returns whether others can't be read.
async fn may_connect(
    settings: &OpenTrainSettings,
    name: &ConnectionName,
    read: Readable,
) -> Result<bool, Failed> {
    for fault in &read.faults {
        anstream::eprintln!("{} {fault}", paint(WAITS, "note"));
    }
    let index = settings.kept().keeper.index().await?;
    match read.faults.first() {
        Some(fault) if index.version(name).is_none() => Err(Failed::Misused(format!(
            "`{name}` would be a new connection, and it can't be told from one that can't be read: {fault}"
        ))),
        _ => {
            let is_damaged = index.version(name).is_some() && !read.kept.contains_key(name);
            Ok(index.len() > read.kept.len() + usize::from(is_damaged))
        }
    }
}

/// An install that is connected.
struct New<'a> {
    name: &'a ConnectionName,
    install: &'a Install,
    given: &'a Given,
    others_unread: bool,
}

impl New<'_> {
    /// Sets the token; returns the install that was connected under this name before.
    fn put(&self, kept: &mut Kept) -> Result<Option<InstallId>, Failed> {
        fits(kept, self.name, self.install).map_err(Failed::Misused)?;
        let is_new = !kept.contains_key(self.name);
        let own = kept.entry(self.name.clone()).or_default();
        if is_new && self.others_unread {
            // Whose project is whose may stand where it can't be read.
            own.projects = Some(BTreeSet::new());
        }
        own.token = Some(self.given.token.clone());
        own.organization.clone_from(&self.install.organization_id);
        Ok(own.install.replace(self.install.id.clone()))
    }
}

/// One install under one name: under two, each of its events would be worked on twice. And one customer
/// under one name: all that the ledger knows, it knows by the name.
fn fits(kept: &Kept, name: &ConnectionName, install: &Install) -> Result<(), String> {
    let twin = kept
        .iter()
        .find(|(other, own)| *other != name && own.install.as_ref() == Some(&install.id));
    if let Some((other, _)) = twin {
        return Err(format!(
            "the install {} is connected already, as `{other}`: use that name (--connection {other})",
            install.id
        ));
    }
    let customer = kept.get(name).and_then(|own| own.organization.as_ref());
    match (customer, &install.organization_id) {
        (Some(old), Some(new)) if old != new => Err(format!(
            "`{name}` is another customer's connection ({old}, and this token is of {new}): give this one a name of its own, with --connection"
        )),
        _ => Ok(()),
    }
}
