//! `bridge unlink`: reports the link's work, then deletes the link permanently.

use anyhow::anyhow;
use serde_json::json;
use shared::ledger::audit::AuditEvent;
use shared::model::ids::LinkId;
use shared::model::progress::unwatched;
use shared::opentrain::ProjectLink;
use shared::reconcile::Losing;
use shared::usage::Options;

use super::args::UnlinkArgs;
use super::output::Unlinked;
use super::print;
use super::session::Session;
use crate::confirm::{Effects, can_ask, confirm};
use crate::control::{Order, action, ask_at, record};
use crate::document::Foreign;
use crate::exit::CliError;
use crate::losing;
use crate::paint::{GOOD, WAITS, paint};
use crate::screen::count;
use crate::targets::Target;
use crate::usage::report_first;

/// Why trainers of the link keep access.
const KEEPING: &str =
    "trainers of this link keep access: by another link, or because ON_LINK_REMOVED is `keep`.";

/// Shows who loses access, and asks. Then reports the work of the link's contracts, deletes the link, and has the
/// bridge revoke the access.
pub(super) async fn run(args: &UnlinkArgs, target: &Target) -> Result<(), CliError> {
    let session = Session::open(target, &args.common.name()).await?;
    let deletion = look(args, &session, target).await?;
    if !args.caution.dry_run {
        is_stated(args, deletion.has_ledger, deletion.losing.as_ref())?;
    }
    if !args
        .caution
        .confirms(&effects(&deletion), args.common.json)?
    {
        return Ok(());
    }
    let (unlinked, recorded) = delete(args, &session, target, &deletion).await?;
    show(args, deletion.link.as_ref(), &unlinked)?;
    recorded
}

/// A link that is to be deleted, and what that would do.
pub(crate) struct Deletion {
    id: LinkId,
    /// None if it is deleted at OpenTrain already.
    link: Option<ProjectLink>,
    has_ledger: bool,
    /// Who would lose access; none without a ledger, or if the operator has accepted that it is not known.
    pub(crate) losing: Option<Losing>,
}

/// Reads what the deletion of a link would do.
pub(crate) async fn look(
    args: &UnlinkArgs,
    session: &Session,
    target: &Target,
) -> Result<Deletion, CliError> {
    let id = LinkId::from(args.link.as_str());
    let found = session.platform.link(&id).await;
    let has_ledger = target.has_ledger()?;
    let losing = losing(args, session, target, &id).await?;
    let link = match found {
        Ok(link) => Some(link),
        // An earlier command may have stopped between the deletion and its record, or the event was lost.
        Err(error) if error.is_not_found() && losing.as_ref().is_some_and(|it| it.is_known) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Deletion {
        id,
        link,
        has_ledger,
        losing,
    })
}

/// Who would lose access; `None` without a ledger, or if the operator has accepted that it is not known.
async fn losing(
    args: &UnlinkArgs,
    session: &Session,
    target: &Target,
    id: &LinkId,
) -> Result<Option<Losing>, CliError> {
    if !target.has_ledger()? {
        return Ok(None);
    }
    let order = Order::Unlinking {
        connection: session.name.clone(),
        link: id.clone(),
    };
    match ask_at(target, &order, &unwatched).await {
        Ok(losing) => Ok(Some(losing)),
        Err(error) if args.force => {
            anstream::eprintln!("{} {error}", paint(WAITS, "Note:"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn effects(deletion: &Deletion) -> Effects {
    let (id, link) = (&deletion.id, deletion.link.as_ref());
    let losing = deletion.losing.as_ref();
    let what = match link {
        Some(link) => format!("Link {id}{} is deleted for good.", described(link)),
        None => format!("Link {id} is deleted at OpenTrain already. Its deletion is recorded."),
    };
    let who = match losing {
        None if deletion.has_ledger => {
            vec!["Who loses access is not known: the bridge could not determine it.".to_owned()]
        }
        None => vec!["Who loses access is not known: there is no ledger here.".to_owned()],
        Some(losing) => losing::lines(losing, KEEPING),
    };
    Effects {
        lines: [vec![what], who].concat(),
        value: json!({ "link": id, "deleted": link.is_none(), "access": losing }),
        question: format!("Delete link {id}?"),
    }
}

/// Fails if many trainers lose access, or if the bridge has a ledger and could not determine their number, unless the
/// operator has stated it.
fn is_stated(args: &UnlinkArgs, has_ledger: bool, losing: Option<&Losing>) -> Result<(), CliError> {
    let Some(losing) = losing else {
        return match has_ledger && args.people.is_none() {
            true => Err(CliError::Usage(format!(
                "the bridge could not determine who would lose access: nothing was changed. Fix what the note above names, or \
                 repeat the command with `--people N`, the number of trainers who work through link {}",
                args.link
            ))),
            false => Ok(()),
        };
    };
    losing::is_stated(losing, args.people, &format!("unlink {}", args.link))
}

/// Records the action, reports the work, deletes the link and has the bridge record that. The second result fails if
/// the bridge has not recorded it.
pub(crate) async fn delete(
    args: &UnlinkArgs,
    session: &Session,
    target: &Target,
    deletion: &Deletion,
) -> Result<(Unlinked, Result<(), CliError>), CliError> {
    let (id, has_ledger) = (&deletion.id, deletion.has_ledger);
    record(target, action(AuditEvent::OperatorUnlink, id)).await?;
    let entries = match deletion.link.is_some() && has_ledger {
        true => report(args, target, id).await?,
        false => None,
    };
    let deleted = match &deletion.link {
        Some(link) => {
            let deleted = session.platform.delete_link(id).await?;
            deleted.or_else(|| Some(link.clone()))
        }
        None => None,
    };
    let recorded = match has_ledger {
        true => state(session, target, id).await,
        false => Ok(false),
    };
    let unlinked = Unlinked {
        deleted: id.clone(),
        link: deleted.as_ref().map(Foreign::of),
        entries_reported: entries,
        recorded: matches!(recorded, Ok(true)),
    };
    let recorded = recorded.map(drop).map_err(|error| {
        anyhow!(
            "the link is deleted, but the bridge has not recorded it: {error}. Repeat the command: it records the \
             deletion, so that the access ends and no reconcile holds it back"
        )
        .into()
    });
    Ok((unlinked, recorded))
}

fn show(
    args: &UnlinkArgs,
    link: Option<&ProjectLink>,
    unlinked: &Unlinked,
) -> Result<(), CliError> {
    let id = &args.link;
    if args.common.json {
        return print::json(unlinked);
    }
    let what = link.map_or(String::new(), described);
    anstream::println!("{} {id}{}", paint(GOOD, "Deleted"), print::plain(&what));
    let work = match unlinked.entries_reported {
        Some(entries) => format!(
            "Its work was reported first: {} new.",
            count(entries, "entry was", "entries were")
        ),
        None => "Its work was not reported first.".to_owned(),
    };
    let access = match unlinked.recorded {
        true => "Access that only this link granted is being revoked, unless ON_LINK_REMOVED=keep.",
        false => {
            "The bridge has not recorded it. Access that only this link granted is revoked when OpenTrain's event project_link.removed arrives."
        }
    };
    anstream::println!("  {work} {access}");
    Ok(())
}

fn described(link: &ProjectLink) -> String {
    let job = link.job_id.as_ref().map_or("no job", |job| job.as_str());
    format!(": job {job} ↔ project {}", link.external_project_id)
}

/// Has the bridge record the deletion, because the event may be late or lost. Returns whether the ledger has it. On a
/// stack, the provisioner may take longer than the command waits.
async fn state(session: &Session, target: &Target, link: &LinkId) -> Result<bool, CliError> {
    let order = Order::Unlink {
        connection: session.name.clone(),
        link: link.clone(),
    };
    ask_at(target, &order, &unwatched).await
}

/// Reports the work of the link's contracts. Returns the number of new entries; `None` if the operator has accepted
/// that work is lost.
async fn report(
    args: &UnlinkArgs,
    target: &Target,
    link: &LinkId,
) -> Result<Option<usize>, CliError> {
    let options = Options {
        connection: Some(args.common.name()),
        link: Some(link.clone()),
        ..Options::default()
    };
    let problem = match report_first(target, options).await {
        Ok(entries) => return Ok(Some(entries)),
        Err(problem) => problem,
    };
    if args.force {
        return Ok(None);
    }
    let lost = format!(
        "not all work of link {link} is reported: {problem}. After the link is deleted, OpenTrain accepts no usage for \
         its contracts"
    );
    if args.common.json || !can_ask() {
        return Err(anyhow!(
            "{lost}. The link was not deleted. Run `bridge usage` to see what is missing, or delete it with --force"
        )
        .into());
    }
    let question = format!("Careful: {lost}. Delete it?");
    confirm(&question, "the link was not deleted", false)?;
    Ok(None)
}
