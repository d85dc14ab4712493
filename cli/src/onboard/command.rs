//! The operator's side.

use std::sync::Arc;

use shared::config::{OpenTrainSettings, Reader, Vars};
use shared::connection::Readable;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::ProjectId;
use shared::model::progress::unwatched;
use shared::tool::NoState;
use url::Url;

use super::OnboardArgs;
use crate::control::onboarding::{Listed, ListedLink, Made, NewLink, Onboard, Revoked};
use crate::control::{Order, ask_at};
use crate::exit::CliError;
use crate::paint::{BOLD, GOOD, WAITS, paint};
use crate::screen::{cell, json, own, plain, table};
use crate::setup::hook_url;
use crate::setup::projects::owner_but;
use crate::targets::Target;

/// Maximum characters of the operator's name.
const LONGEST_NAME: usize = 80;

/// Makes, lists or revokes links.
pub async fn run(args: OnboardArgs, vars: &Vars) -> Result<(), CliError> {
    let vars = args.target.over(vars);
    Target::machine_only("onboard", &vars)?;
    let target = Target::of(&vars).await?;
    if args.list {
        return list(&target, args.json).await;
    }
    if let Some(connection) = &args.revoke {
        return revoke(&target, connection, args.json).await;
    }
    let Some(name) = &args.connection else {
        return Err(CliError::Usage("name the connection".into()));
    };
    let new = new_link(name, &args, &vars)?;
    check(&new, &target).await?;
    let order = Order::Onboard(Onboard::Make(new));
    let made: Made = ask_at(&target, &order, &unwatched).await?;
    if args.json {
        return json(&made);
    }
    show(&made);
    Ok(())
}

fn new_link(name: &ConnectionName, args: &OnboardArgs, vars: &Vars) -> Result<NewLink, CliError> {
    let given = |flag: &Option<String>, setting: &str, what: &str| {
        let value = flag
            .clone()
            .or_else(|| vars.get(setting).map(str::to_owned));
        value
            .filter(|it| !it.trim().is_empty())
            .ok_or_else(|| CliError::Usage(format!("{setting} is not set: set it, or --{what}")))
    };
    let url = given(&args.url, "ONBOARD_URL", "url https://YOUR-HOST")?;
    let url = url.trim().trim_end_matches('/').to_owned();
    let app = given(&args.app, "ONBOARD_APP", "app SLUG")?;
    // A connection's name follows the same rule.
    if ConnectionName::parse(&app).is_err() {
        return Err(CliError::Usage(
            "--app is your app's slug at OpenTrain: 1 to 50 characters of a-z, 0-9 and -".into(),
        ));
    }
    let hook = hook_url::check(&format!("{url}/hooks/{name}"), name, true);
    hook.map_err(|fault| CliError::Usage(format!("--url: {fault}")))?;
    let host = Url::parse(&url).ok().filter(|it| it.query().is_none());
    let host = host.and_then(|it| it.host_str().map(str::to_owned));
    let host = host.ok_or_else(|| {
        CliError::Usage("--url: write it as https://host.example, without a `?`".into())
    })?;
    let from = args.from.as_deref().map_or(&*host, str::trim);
    if from.is_empty() || from.chars().count() > LONGEST_NAME {
        return Err(CliError::Usage(format!(
            "--from is your name, which the pages show to the customer: 1 to {LONGEST_NAME} characters"
        )));
    }
    Ok(NewLink {
        connection: name.clone(),
        project: args.project.as_deref().map(ProjectId::from),
        from: from.to_owned(),
        url,
        app,
    })
}

/// Refuses a link that the customer could not complete.
async fn check(new: &NewLink, target: &Target) -> Result<(), CliError> {
    let mut reader = Reader::new(target.vars());
    let settings = OpenTrainSettings::read_any(&mut reader);
    let settings = reader.finish(settings)?;
    let environment = &settings.kept().environment;
    let is_taken = environment.token.is_some() || !environment.secrets.is_empty();
    if new.connection == ConnectionName::default() && is_taken {
        return Err(CliError::Usage(
            "OPENTRAIN_PARTNER_TOKEN or OPENTRAIN_WEBHOOK_SECRET is set, and takes precedence over what the customer would \
             store as `default`: unset them, or choose another NAME"
                .into(),
        ));
    }
    let Some(project) = &new.project else {
        return Ok(());
    };
    let Readable { kept, .. } = settings.kept().keeper.read_each().await?;
    if let Some(other) = owner_but(&kept, &new.connection, project) {
        return Err(CliError::Usage(format!(
            "project {project} belongs to {other}: choose another one, or move it with `bridge projects move`"
        )));
    }
    let mut reader = Reader::new(target.vars());
    let tool = tools::settings(&mut reader);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tool = reader.finish(tool)?.connect(clock, Arc::new(NoState));
    let tool = tool.map_err(anyhow::Error::from)?;
    tool.project(project).await?;
    Ok(())
}

fn show(made: &Made) {
    anstream::println!(
        "{} for `{}`, valid until {:.0}, for one use:",
        paint(GOOD, "Link"),
        made.connection,
        made.expires_at
    );
    anstream::println!("{}", plain(&made.link));
    anstream::println!(
        "  Send it to the customer alone: the first who uses it becomes `{}`.",
        made.connection
    );
    anstream::println!(
        "  Your app at OpenTrain needs the redirect address {}.",
        plain(&made.redirect_uri)
    );
    anstream::println!("{} bridge onboard --list", paint(BOLD, "Then:"));
}

async fn list(target: &Target, as_json: bool) -> Result<(), CliError> {
    let links: Vec<ListedLink> = match target.has_ledger()? {
        true => ask_at(target, &Order::Onboard(Onboard::List), &unwatched).await?,
        false => Vec::new(),
    };
    if as_json {
        return json(&Listed { links });
    }
    if links.is_empty() {
        anstream::println!("No link yet. Make one with `bridge onboard NAME`.");
        return Ok(());
    }
    let mut rows = table(["connection", "project", "made", "valid until", "state"]);
    for link in &links {
        rows.add_row([
            cell(&link.connection),
            cell(link.project.as_ref().map_or("", |it| it.as_str())),
            cell(format!("{:.0}", link.made_at)),
            cell(format!("{:.0}", link.expires_at)),
            own(state(link)),
        ]);
    }
    anstream::println!("{rows}");
    Ok(())
}

fn state(link: &ListedLink) -> String {
    use shared::ledger::OnboardingState::{Expired, Open, Revoked, Used};
    match link.state {
        Open => paint(WAITS, "open"),
        Used => {
            let by = link
                .organization
                .as_deref()
                .unwrap_or("an unnamed organisation");
            paint(GOOD, &format!("used by {}", plain(by)))
        }
        Revoked => "revoked".to_owned(),
        Expired => "expired".to_owned(),
    }
}

async fn revoke(target: &Target, name: &ConnectionName, as_json: bool) -> Result<(), CliError> {
    let order = Order::Onboard(Onboard::Revoke {
        connection: name.clone(),
    });
    let revoked: usize = match target.has_ledger()? {
        true => ask_at(target, &order, &unwatched).await?,
        false => 0,
    };
    if revoked == 0 {
        return Err(CliError::Usage(format!(
            "`{name}` has no open link: `bridge onboard --list` shows all links"
        )));
    }
    if as_json {
        let revoked = name.clone();
        return json(&Revoked { revoked });
    }
    anstream::println!("{} the link of `{name}`.", paint(GOOD, "Revoked"));
    Ok(())
}
