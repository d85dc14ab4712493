//! Where `bridge connect` has the token from.

use std::io::{IsTerminal, Read, Write};

use anyhow::Context;
use secrecy::SecretString;
use shared::config::OpenTrainSettings;
use shared::http::Credential;

use crate::exit::Failed;

/// No token comes near this; a whole file by mistake does.
const LONGEST: u64 = 4096;

/// A token, and where it comes from.
pub(super) struct Given {
    pub(super) token: SecretString,
    pub(super) from: &'static str,
}

/// The environment's, else a line of standard input.
pub(super) fn read(settings: &OpenTrainSettings) -> Result<Given, Failed> {
    if let Some(token) = &settings.kept().environment.token {
        return Ok(Given {
            token: token.clone(),
            from: "OPENTRAIN_PARTNER_TOKEN",
        });
    }
    let given = if std::io::stdin().is_terminal() {
        typed()
    } else {
        piped()
    }?;
    let given = given.trim();
    if given.starts_with("whsec_") {
        return Err(misused(
            "this is a webhook secret (whsec_…), and a token is wanted (ot_ptk_…, from the consent screen)",
        ));
    }
    let token = SecretString::from(given);
    Credential::bearer(&token).map_err(|error| {
        misused(&format!(
            "{error}; it is on the consent screen (ot_ptk_…), once"
        ))
    })?;
    Ok(Given {
        token,
        from: "standard input",
    })
}

/// Without echo.
fn typed() -> anyhow::Result<String> {
    anstream::eprint!("The token from the consent screen (ot_ptk_…; it is not shown): ");
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

fn misused(text: &str) -> Failed {
    Failed::Misused(text.into())
}
