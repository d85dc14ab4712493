//! `bridge connect`: an install's token is proven, stored, and weighed.

use anyhow::{Context, anyhow};
use serde_json::json;
use shared::config::{OpenTrainSettings, Reader, Vars};
use shared::connection::{ConnectionName, Kept, StoreError};
use shared::ids::InstallId;
use shared::opentrain::{Install, InstallStatus};

use super::args::ConnectArgs;
use super::session::{clock, misused, refused};
use super::token::Given;
use super::{needs, print, token};
use crate::exit::Failed;
use crate::paint::{BOLD, DIM, GOOD, WAITS, paint};

/// Asks OpenTrain whose token it is, and stores it.
pub(super) async fn run(args: &ConnectArgs, vars: &Vars) -> Result<(), Failed> {
    let name = &args.common.connection;
    let mut reader = Reader::new(vars);
    let settings = OpenTrainSettings::read_any(&mut reader);
    let settings = reader.finish(settings)?;
    // A file that can't be used shows before the token is asked for.
    settings.kept().file.read().map_err(misused)?;
    let given = token::read(&settings)?;
    let pool = settings
        .pool(clock())
        .context("OpenTrain can't be called")?;
    let platform = pool
        .with_token(&given.token)
        .context("OpenTrain can't be called")?;
    let install = platform.install().await.map_err(refused)?;
    if install.status == InstallStatus::Revoked {
        return Err(anyhow!(
            "the install {} was revoked: have the customer consent again, and take the new token",
            install.id
        )
        .into());
    }
    let before = store(&settings, name, &install, &given)?;
    let before = before.filter(|before| *before != install.id);
    if args.common.json {
        print_json(name, &install, &settings, before.as_ref());
    } else {
        show(name, &install, &settings, &given, before.as_ref());
    }
    Ok(())
}

/// Stores the token; returns the install that was connected under this name before.
fn store(
    settings: &OpenTrainSettings,
    name: &ConnectionName,
    install: &Install,
    given: &Given,
) -> Result<Option<InstallId>, Failed> {
    settings.kept().file.update(|kept| {
        fits(kept, name, install).map_err(Failed::Misused)?;
        let own = kept.entry(name.clone()).or_default();
        own.token = Some(given.token.clone());
        own.organization.clone_from(&install.organization_id);
        Ok(own.install.replace(install.id.clone()))
    })
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

fn print_json(
    name: &ConnectionName,
    install: &Install,
    settings: &OpenTrainSettings,
    before: Option<&InstallId>,
) {
    print::json(&json!({
        "connection": name,
        "install": install,
        "replaces": before,
        "features": needs::as_json(install),
        "stored": settings.kept().file.path(),
    }));
}

fn show(
    name: &ConnectionName,
    install: &Install,
    settings: &OpenTrainSettings,
    given: &Given,
    before: Option<&InstallId>,
) {
    let line = |what: &str, text: &str| {
        anstream::println!(
            "  {} {}",
            paint(DIM, &format!("{what:<10}")),
            print::plain(text)
        )
    };
    anstream::println!("{} `{name}`", paint(GOOD, "Connected"));
    line(
        "install",
        &format!("{}, {}", install.id, install.status.as_str().to_lowercase()),
    );
    line(
        "customer",
        install.organization_id.as_deref().unwrap_or("not told"),
    );
    line(
        "app",
        install
            .partner_app
            .as_ref()
            .and_then(|app| app.name.as_deref())
            .unwrap_or("not told"),
    );
    let scopes: Vec<_> = install.scopes.iter().map(|scope| scope.as_str()).collect();
    line("scopes", &scopes.join(", "));
    line(
        "e-mails",
        if install.pii_consent {
            "the customer agrees that work e-mails are shown"
        } else {
            "no PII consent: work e-mails are not shown"
        },
    );
    line(
        "token",
        &format!(
            "from {}, stored in {}",
            given.from,
            settings.kept().file.path().display()
        ),
    );
    if !needs::show(install) {
        anstream::println!(
            "{} scopes and consent come with a new install: have the customer consent again, then `bridge connect` once more.",
            paint(WAITS, "Missing")
        );
    }
    if let Some(before) = before {
        anstream::println!(
            "{} the install {before} was connected here before: look whether links and endpoints are there (`bridge check`).",
            paint(WAITS, "Another install")
        );
    }
    if *name == ConnectionName::single() && settings.kept().environment.token.is_some() {
        anstream::println!(
            "{} OPENTRAIN_PARTNER_TOKEN wins over the stored token for as long as it is set.",
            paint(WAITS, "Note")
        );
    }
    let more = if *name == ConnectionName::single() {
        String::new()
    } else {
        format!(" --connection {name}")
    };
    anstream::println!(
        "{} bridge link --job JOB --project PROJECT{more}\n      bridge subscribe --url https://YOUR-HOST/hooks/{name}{more}",
        paint(BOLD, "Next:")
    );
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        misused(error)
    }
}
