//! [`Session`]: the employer's account, for one command.

use std::sync::Arc;

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use shared::config::{EmployerSettings, Reader, Vars};
use shared::connection::Employer;
use shared::model::clock::{Clock, SystemClock};
use shared::opentrain::public::PublicClient;

use crate::exit::CliError;
use crate::paint::{WAITS, paint};

pub(crate) struct Session {
    pub(crate) client: PublicClient,
    pub(super) settings: EmployerSettings,
    /// Whether OpenTrain's answer is printed.
    pub(super) json: bool,
}

impl Session {
    pub(crate) fn open(vars: &Vars, json: bool) -> Result<Self, CliError> {
        let settings = read(vars)?;
        let token = match &settings.token {
            Some(token) if token.expose_secret().starts_with("ot_ptk_") => {
                return Err(of_an_install());
            }
            Some(token) => token.clone(),
            None => stored(&settings)?,
        };
        let client = settings.client(&token, clock());
        Ok(Self {
            client: client.context("OpenTrain can't be called")?,
            settings,
            json,
        })
    }
}

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

pub(super) fn read(vars: &Vars) -> Result<EmployerSettings, CliError> {
    let mut reader = Reader::new(vars);
    let settings = EmployerSettings::read(&mut reader);
    Ok(reader.finish(settings)?)
}

/// The stored account. Fails if the account is at another OpenTrain, so that its tokens are not sent to this one.
pub(super) fn own(settings: &EmployerSettings) -> Result<Option<Employer>, CliError> {
    let own = settings.file.read()?;
    match own {
        Some(own) if own.base_url != settings.base_url.to_string() => {
            Err(CliError::Usage(format!(
                "{} has the account at {}, and OPENTRAIN_BASE_URL is {}: change OPENTRAIN_BASE_URL, or use another folder \
                 (BRIDGE_CONNECTIONS)",
                settings.file.path().display(),
                crate::screen::plain(&own.base_url),
                settings.base_url
            )))
        }
        own => Ok(own),
    }
}

fn of_an_install() -> CliError {
    CliError::Usage(
        "OPENTRAIN_PERSONAL_API_TOKEN has an install's token (ot_ptk_…), which `bridge connect` uses: set it to an \
         employer's personal API token (ot_pat_…) from the app (Settings → API keys), or unset it and run `bridge \
         employer register`"
            .into(),
    )
}

fn stored(settings: &EmployerSettings) -> Result<SecretString, CliError> {
    let token = own(settings)?.and_then(|own| own.token);
    token.ok_or_else(|| {
        CliError::Usage(
            "there is no employer's token: run `bridge employer register`, or set OPENTRAIN_PERSONAL_API_TOKEN to a \
             token from the app (Settings → API keys)"
                .into(),
        )
    })
}

/// Stores the token that commands use from now on. `change` may change the rest of the account.
pub(super) fn store(
    settings: &EmployerSettings,
    token: SecretString,
    change: impl FnOnce(&mut Employer),
) -> Result<(), CliError> {
    let base_url = settings.base_url.to_string();
    settings.file.update(|own| {
        let own = own.filter(|own| own.base_url == base_url);
        let mut own = own.unwrap_or_default();
        own.base_url = base_url;
        own.token = Some(token);
        change(&mut own);
        Ok::<_, CliError>(own)
    })
}

/// Prints on standard error that the environment's token takes precedence over the stored one.
pub(super) fn tell_precedence(settings: &EmployerSettings) {
    if settings.token.is_some() {
        anstream::eprintln!(
            "{} OPENTRAIN_PERSONAL_API_TOKEN is set and takes precedence: unset it to use the stored token.",
            paint(WAITS, "Note:")
        );
    }
}
