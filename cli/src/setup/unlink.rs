//! `bridge unlink`: a link is deleted, for good.

use serde_json::json;
use shared::ids::LinkId;

use super::args::UnlinkArgs;
use super::print;
use super::session::{Session, refused};
use crate::exit::Failed;
use crate::paint::{GOOD, paint};
use crate::place::Place;

/// Deletes the link. `project_link.removed` tells the bridge, which takes the access away.
pub(super) async fn run(args: &UnlinkArgs, place: &Place) -> Result<(), Failed> {
    let session = Session::open(place, &args.common.connection).await?;
    let id = LinkId::from(args.link.as_str());
    let link = session.platform.delete_link(&id).await.map_err(refused)?;
    if args.common.json {
        print::json(&json!({ "deleted": id, "link": link }));
        return Ok(());
    }
    let what = link.map_or(String::new(), |link| {
        let job = link.job_id.as_ref().map_or("no job", |job| job.as_str());
        format!(": job {job} ↔ project {}", link.external_project_id)
    });
    anstream::println!("{} {id}{}", paint(GOOD, "Deleted"), print::plain(&what));
    anstream::println!(
        "  Access that was given through it alone goes, unless ON_LINK_REMOVED=keep. Work done by now is still reported."
    );
    Ok(())
}
