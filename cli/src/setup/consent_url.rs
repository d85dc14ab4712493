//! `bridge consent-url`: prints the URL at which a customer gives consent.

use shared::config::{OpenTrainSettings, Reader, Vars};
use shared::model::ConnectionName;
use url::Url;

use super::args::ConsentUrlArgs;
use super::output::ConsentUrl;
use super::print;
use crate::exit::CliError;

/// Prints the deep link (docs/opentrain-api.md, Consent).
pub(super) fn run(args: &ConsentUrlArgs, vars: &Vars) -> Result<(), CliError> {
    let mut reader = Reader::new(vars);
    let settings = OpenTrainSettings::read_any(&mut reader);
    let base = reader.finish(settings)?.base_url().to_string();
    let url = consent_url(&base, args)?;
    if args.json {
        let url = url.as_str().to_owned();
        print::json(&ConsentUrl { url })?;
    } else {
        anstream::println!("{url}");
    }
    Ok(())
}

pub(crate) fn consent_url(base: &str, args: &ConsentUrlArgs) -> Result<Url, CliError> {
    // A connection's name follows the same rule.
    if ConnectionName::parse(&args.app).is_err() {
        return Err(misused(
            "--app is your app's slug at OpenTrain: 1 to 50 characters of a-z, 0-9 and -",
        ));
    }
    if let Some(back) = &args.redirect_uri
        && !Url::parse(back).is_ok_and(|url| url.has_host())
    {
        return Err(misused(
            "--redirect-uri is not an absolute URL: write it as it is registered with your app, with https://",
        ));
    }
    let mut url = Url::parse(&format!("{base}/integrations/{}/connect", args.app))
        .map_err(|_| misused("OPENTRAIN_BASE_URL is not a valid base URL"))?;
    let given = [
        ("external_project_id", &args.project),
        ("redirect_uri", &args.redirect_uri),
        ("state", &args.state),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    Ok(url)
}

fn misused(text: &str) -> CliError {
    CliError::Usage(text.into())
}
