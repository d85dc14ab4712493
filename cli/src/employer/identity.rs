//! `bridge employer register` and `claim`: registers an account without a human, and lets a human claim it.

use std::time::Duration;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use shared::config::{EmployerSettings, Vars};
use shared::connection::Employer;
use shared::opentrain::OpenTrainError;
use shared::opentrain::public::{AgentClient, Claim, Delivered, NewAgent};
use tokio::time::Instant;

use super::args::{ClaimArgs, RegisterArgs};
use super::print::{json, json_line, plain, time};
use super::session::{clock, own, read, store, tell_precedence};
use crate::exit::CliError;
use crate::paint::{BOLD, GOOD, WAITS, paint};

/// Time between two polls if OpenTrain names none, and the addition after `slow_down` (RFC 8628).
const INTERVAL: Duration = Duration::from_secs(5);

/// Life of a code if OpenTrain names none.
const LIFE: Duration = Duration::from_secs(1800);

pub(super) async fn register(
    args: RegisterArgs,
    vars: &Vars,
    as_json: bool,
) -> Result<(), CliError> {
    let settings = read(vars)?;
    let path = settings.file.path().display();
    if !args.replace && settings.file.read()?.is_some_and(|own| own.token.is_some()) {
        return Err(CliError::Usage(format!(
            "{path} has the token of an account already: claim it with `bridge employer claim`, or add --replace to \
             lose it"
        )));
    }
    // An unusable folder must be reported before OpenTrain makes an account.
    settings.file.lock()?;
    let agent = settings
        .agent(clock())
        .context("OpenTrain can't be called")?;
    let made = agent
        .register(&NewAgent {
            agent_name: args.agent,
            organization_name: args.organization,
        })
        .await?;
    let about = Registered {
        registration_id: made.registration_id,
        scopes: made.scopes,
        claim_token_expires_at: made.claim_token_expires_at,
        stored_in: path.to_string(),
    };
    let base_url = settings.base_url.to_string();
    settings.file.update(|_| {
        Ok::<_, CliError>(Employer {
            base_url,
            token: Some(made.access_token),
            claim_token: Some(made.claim_token),
        })
    })?;
    registered(&about, as_json)?;
    tell_precedence(&settings);
    Ok(())
}

/// A registration without its secrets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    registration_id: Option<String>,
    scopes: Vec<String>,
    claim_token_expires_at: Option<Timestamp>,
    stored_in: String,
}

fn registered(about: &Registered, as_json: bool) -> Result<(), CliError> {
    if as_json {
        return json(about);
    }
    anstream::println!(
        "{} The token is in {}, with the scopes {}.",
        paint(GOOD, "Registered."),
        about.stored_in,
        plain(about.scopes.join(", "))
    );
    let until = about.claim_token_expires_at;
    let until = until.map_or_else(String::new, |it| format!(", until {} UTC", time(Some(it))));
    anstream::println!("  Draft a job with `bridge employer draft FILE`.");
    anstream::println!("  Hiring needs a human: `bridge employer claim --email ADDRESS`{until}.");
    Ok(())
}

pub(super) async fn claim(args: &ClaimArgs, vars: &Vars, as_json: bool) -> Result<(), CliError> {
    let settings = read(vars)?;
    let claim_token = own(&settings)?.and_then(|own| own.claim_token);
    let claim_token = claim_token.ok_or_else(|| {
        CliError::Usage(format!(
            "{} has no registration that a human can claim: run `bridge employer register`",
            settings.file.path().display()
        ))
    })?;
    // The token is delivered only once, so an unusable folder must be reported before that.
    settings.file.lock()?;
    let agent = settings
        .agent(clock())
        .context("OpenTrain can't be called")?;
    let delivered = match look(&agent, &claim_token).await {
        Ok(delivered) => delivered,
        Err(error) if is_final(&error) => return Err(error.into()),
        Err(_) => {
            let claim = agent.claim(&claim_token, &args.email).await?;
            announce(&claim, as_json)?;
            poll(&agent, &claim_token, &claim).await?
        }
    };
    finish(&settings, delivered, as_json)
}

/// Polls at once: the human may have confirmed after an earlier `claim` was stopped. If the interval of that command's
/// last poll is not over, polls again after it.
async fn look(
    agent: &AgentClient,
    claim_token: &SecretString,
) -> Result<Delivered, OpenTrainError> {
    match agent.poll_claim(claim_token).await {
        Err(error) if error.reason() == Some("slow_down") => {
            tokio::time::sleep(INTERVAL).await;
            agent.poll_claim(claim_token).await
        }
        polled => polled,
    }
}

fn announce(claim: &Claim, as_json: bool) -> Result<(), CliError> {
    if as_json {
        return json_line(&json!({
            "userCode": claim.user_code, "verificationUri": claim.verification_uri,
            "expiresIn": claim.expires_in, "interval": claim.interval, "emailSent": claim.email_sent,
        }));
    }
    let address = plain(claim.verification_uri.expose());
    anstream::println!("Open {address}");
    anstream::println!(
        "and sign in with the e-mail that you named. The code is {}",
        paint(BOLD, claim.user_code.expose())
    );
    if claim.email_sent {
        anstream::println!("OpenTrain has sent the address by mail too.");
    }
    let minutes = life(claim).as_secs() / 60;
    anstream::println!(
        "{} for up to {minutes} min. Ctrl-C stops waiting; run the command again to continue.",
        paint(WAITS, "Waiting")
    );
    Ok(())
}

/// Polls until the human has entered the code. Temporary failures do not end it.
async fn poll(
    agent: &AgentClient,
    claim_token: &SecretString,
    claim: &Claim,
) -> Result<Delivered, CliError> {
    let end = Instant::now() + life(claim);
    let mut interval = claim.interval.map_or(INTERVAL, Duration::from_secs);
    loop {
        tokio::time::sleep(interval).await;
        match agent.poll_claim(claim_token).await {
            Ok(delivered) => return Ok(delivered),
            Err(error) if is_final(&error) => return Err(error.into()),
            Err(error) if error.reason() == Some("slow_down") => interval += INTERVAL,
            Err(_) => {}
        }
        if Instant::now() >= end {
            let text = "the code has expired: run `bridge employer claim` again for a new one";
            return Err(anyhow!(text).into());
        }
    }
}

/// Whether no later poll can succeed.
fn is_final(error: &OpenTrainError) -> bool {
    use shared::opentrain::Disposition::Transient;
    let waits = matches!(error.reason(), Some("authorization_pending" | "slow_down"));
    !waits && !matches!(error.disposition(), Transient { .. })
}

fn life(claim: &Claim) -> Duration {
    claim.expires_in.map_or(LIFE, Duration::from_secs)
}

fn finish(
    settings: &EmployerSettings,
    delivered: Delivered,
    as_json: bool,
) -> Result<(), CliError> {
    store(settings, delivered.access_token, |own| {
        own.claim_token = None
    })?;
    let path = settings.file.path().display();
    if as_json {
        let scopes = &delivered.scopes;
        json_line(&json!({ "claimed": true, "scopes": scopes, "storedIn": path.to_string() }))?;
    } else {
        anstream::println!(
            "{} The account's new token is in {path}, with the scopes {}.",
            paint(GOOD, "Claimed."),
            plain(delivered.scopes.join(", "))
        );
    }
    tell_precedence(settings);
    Ok(())
}
