//! A customer's token: checked, claimed and stored.

use anyhow::anyhow;
use hyper::StatusCode;
use secrecy::SecretString;
use shared::config::{OpenTrainSettings, Reader};
use shared::connection::Kept;
use shared::http::Credential;
use shared::ledger::audit::{Actor, AuditEvent, Entry};
use shared::ledger::{OnboardingClaim, OnboardingLink};
use shared::model::progress::unwatched;
use shared::opentrain::{Install, InstallStatus, OpenTrainError};

use super::problem::{Problem, broken};
use super::site::Onboarding;
use crate::setup::connect::{Misfit, New, fits, may_connect, reconnection};
use crate::setup::session::clock;
use crate::setup::token::of_an_install;

/// A token that a browser has sent.
pub(super) struct Sent {
    pub(super) link: OnboardingLink,
    /// SHA-256 of the browser's secret.
    pub(super) browser: String,
    pub(super) token: SecretString,
    /// The install that OpenTrain reported with the approval; empty if it reported none.
    pub(super) install: String,
}

/// The token, if it can be one of an install. It is not sent anywhere yet.
pub(super) fn read(given: &str) -> Result<SecretString, Problem> {
    if given.is_empty() {
        return Err(Problem::of_token(
            "The field was empty. Paste the token that OpenTrain showed on the consent screen.",
        ));
    }
    let kind = match (of_an_install(given), given) {
        (Ok(()), _) => None,
        (Err(_), given) if given.starts_with("whsec_") => Some("a webhook secret (whsec_…)"),
        (Err(_), _) => Some("a personal API token (ot_pat_…)"),
    };
    if let Some(kind) = kind {
        return Err(Problem::of_token(format!(
            "This is {kind}, and it was not stored. Paste the token that begins with ot_ptk_, which OpenTrain shows at the \
             end of the consent."
        )));
    }
    let token = SecretString::from(given);
    Credential::bearer(&token).map_err(|_| {
        Problem::of_token("The text has characters that no token has. Copy the token again, without spaces or line breaks.")
    })?;
    Ok(token)
}

/// Checks the token at OpenTrain, claims the link, and stores the token.
pub(super) async fn join(site: &Onboarding, sent: &Sent) -> Result<(), Problem> {
    let mut reader = Reader::new(site.target.vars());
    let settings = OpenTrainSettings::read_any(&mut reader);
    let settings = reader.finish(settings).map_err(broken)?;
    let pool = settings.pool(clock()).map_err(broken)?;
    let platform = pool.with_token(&sent.token).map_err(broken)?;
    let install = platform.install().await.map_err(|error| refused(&error))?;
    check(sent, &install)?;
    let read = settings.kept().keeper.read_each().await.map_err(broken)?;
    let name = &sent.link.connection;
    suits(site, &sent.link, &read.kept, &install).await?;
    let others_unread = may_connect(&settings, name, &read).await.map_err(broken)?;
    claim(site, sent, &install).await?;
    let new = New {
        name,
        install: &install,
        token: &sent.token,
        others_unread,
    };
    let stored = match record(site, &sent.link, &install).await {
        Ok(()) => new.store(&settings, Some(&site.ledger)).await.map(drop),
        Err(error) => Err(error.into()),
    };
    let (link, browser) = (&sent.link, &sent.browser);
    let finished = site.ledger.finish_onboarding(link, browser, stored.is_ok());
    let finished = finished.await;
    stored.map_err(broken)?;
    tracing::info!(connection = %name, install.id = %install.id, "a customer has connected with a link of `bridge onboard`");
    reconnect(site, &sent.link, &install).await;
    site.jobs.reload_connections().await;
    finished.map_err(|error| {
        tracing::error!(%error, "a link of onboarding could not be marked as used");
        Problem::later("The token is stored. Enter it again in a minute to finish.")
            .back("token", "Enter the token again")
    })
}

fn refused(error: &OpenTrainError) -> Problem {
    tracing::info!(%error, "a customer's token was not accepted");
    match error.own_status() {
        Some(401) => Problem::of_token(
            "OpenTrain does not accept this token: it is incomplete, or was revoked. Copy it again from the consent screen. If \
             that screen is closed, approve again to get a new token.",
        ),
        Some(403) => Problem::of_token(
            "OpenTrain refuses this token: its install was revoked, or the app is not active for your organisation. Approve \
             again, and paste the new token.",
        ),
        _ => Problem::later(
            "OpenTrain does not answer now, so the token was not stored. Your link stays valid: try again in a few minutes.",
        )
        .back("token", "Enter the token again"),
    }
}

/// Refuses an install that is revoked, or is not the one of this link.
fn check(sent: &Sent, install: &Install) -> Result<(), Problem> {
    if install.status == InstallStatus::Revoked {
        return Err(Problem::of_token(
            "The install of this token was revoked. Approve again, and paste the new token.",
        ));
    }
    let app = install.partner_app.as_ref();
    let slug = app.and_then(|app| app.slug.as_deref());
    if slug.is_some_and(|slug| slug != sent.link.app) {
        return Err(Problem::of_token(format!(
            "This token was made for another app. {} needs the token of its own app: approve it at OpenTrain, and paste that \
             token.",
            sent.link.from
        )));
    }
    if !sent.install.is_empty() && sent.install != install.id.as_str() {
        return Err(Problem::of_token(
            "This token belongs to another install than the one that you have just approved. Paste the token that OpenTrain \
             showed last, or approve again to get a new one.",
        ));
    }
    Ok(())
}

/// Refuses an install of another customer, and one that is connected under another name.
async fn suits(
    site: &Onboarding,
    link: &OnboardingLink,
    kept: &Kept,
    install: &Install,
) -> Result<(), Problem> {
    let name = &link.connection;
    let of_another = format!(
        "The token belongs to another organisation than the one that this link is for. Sign in at OpenTrain as the owner of \
         the right organisation and approve again, or ask {} for a link of your own.",
        link.from
    );
    match fits(kept, name, install) {
        Ok(()) => {}
        Err(misfit) => {
            tracing::warn!(connection = %name, reason = %misfit, "a customer's token was refused");
            return Err(Problem::of_token(match misfit {
                Misfit::Twin { .. } => format!(
                    "The install of this token is connected already, so nothing is left to do. If you expected something else, \
                     ask {}.",
                    link.from
                ),
                Misfit::OtherCustomer { .. } => of_another,
            }));
        }
    }
    let known = site.ledger.install(name).await.map_err(broken)?;
    let known = known.and_then(|it| it.organization);
    match (known, &install.organization_id) {
        (Some(old), Some(new)) if old != *new => Err(Problem::of_token(of_another)),
        _ => Ok(()),
    }
}

async fn claim(site: &Onboarding, sent: &Sent, install: &Install) -> Result<(), Problem> {
    let claim = OnboardingClaim {
        browser: sent.browser.clone(),
        install: install.id.clone(),
        organization: install.organization_id.clone(),
        at: site.clock.now(),
        stored: false,
    };
    let claimed = site.ledger.claim_onboarding(&sent.link, &claim).await;
    match claimed.map_err(broken)? {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::CONFLICT,
            "The link is used elsewhere",
            format!(
                "Another browser has used this link, or it was revoked meanwhile. Your token was not stored. If the other \
                 browser is not yours, tell {}, and ask for a new link.",
                sent.link.from
            ),
        )),
    }
}

async fn record(site: &Onboarding, link: &OnboardingLink, install: &Install) -> anyhow::Result<()> {
    let entry = Entry {
        target: Some(install.id.to_string()),
        ..Entry::new(AuditEvent::CustomerConnect, site.clock.now())
    };
    let organization = install.organization_id.as_ref();
    site.audit(link, organization, entry).await
}

/// Records the install, if the ledger has an earlier one. The token is stored already, so a failure is not the customer's.
async fn reconnect(site: &Onboarding, link: &OnboardingLink, install: &Install) {
    let actor = Actor::Customer {
        connection: link.connection.clone(),
        organization: install.organization_id.clone(),
    };
    let done = async {
        let due = reconnection(&link.connection, install, &site.ledger).await?;
        match due {
            Some((order, _)) => {
                let done = site.jobs.carry_out(&order, &actor, &unwatched).await;
                done.map(drop).map_err(|error| anyhow!(error))
            }
            None => Ok(()),
        }
    };
    if let Err(error) = done.await {
        tracing::error!(connection = %link.connection, %error, "the new install could not be recorded: run `bridge reconcile`");
    }
}
