//! Reads the token for `bridge connect`.

use std::io::{IsTerminal, Read, Write};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use shared::config::OpenTrainSettings;
use shared::http::Credential;

use crate::exit::CliError;

/// Maximum bytes of the input. Every token is shorter.
const LONGEST: u64 = 4096;

pub(super) struct Given {
    pub(super) token: SecretString,
    pub(super) from: &'static str,
}

/// Reads the token from the environment, otherwise from standard input.
pub(super) fn read(settings: &OpenTrainSettings) -> Result<Given, CliError> {
    if let Some(token) = &settings.kept().environment.token {
        of_an_install(token.expose_secret())
            .map_err(|why| misused(&format!("OPENTRAIN_PARTNER_TOKEN: {why}")))?;
        return Ok(Given {
            token: token.clone(),
            from: "OPENTRAIN_PARTNER_TOKEN",
        });
    }
    let given = enter("Token from the consent screen (ot_ptk_…; the input is hidden): ")?;
    let given = given.trim();
    of_an_install(given).map_err(misused)?;
    let token = SecretString::from(given);
    Credential::bearer(&token).map_err(|error| {
        misused(&format!(
            "{error}; the consent screen shows the token (ot_ptk_…) once"
        ))
    })?;
    Ok(Given {
        token,
        from: "standard input",
    })
}

/// Refuses secrets of another kind, before they are sent. The error names the kind, and where to find the token.
pub(crate) fn of_an_install(given: &str) -> Result<(), &'static str> {
    if given.starts_with("whsec_") {
        return Err(
            "this is a webhook secret (whsec_…): enter the token (ot_ptk_…) from the consent screen",
        );
    }
    if given.starts_with("ot_pat_") {
        return Err(
            "this is an employer's personal API token (ot_pat_…), which `bridge employer` uses: enter the install's \
             token (ot_ptk_…), which the consent screen shows once. `bridge consent-url` prints the address of that \
             screen, and `bridge sandbox` prints the token of its install",
        );
    }
    Ok(())
}

/// Reads a token from the terminal, otherwise from standard input.
pub(crate) fn enter(question: &str) -> anyhow::Result<String> {
    match std::io::stdin().is_terminal() {
        true => typed(question),
        false => piped(),
    }
}

/// Reads from the terminal without echo.
fn typed(question: &str) -> anyhow::Result<String> {
    anstream::eprint!("{question}");
    std::io::stderr()
        .flush()
        .context("the terminal can't be written to")?;
    rpassword::read_password().context("the terminal can't be read")
}

fn piped() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST)
        .read_to_string(&mut text)
        .context("standard input can't be read as text")?;
    Ok(text)
}

fn misused(text: &str) -> CliError {
    CliError::Usage(text.into())
}
