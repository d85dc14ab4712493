//! Work e-mails that changed without an event.

use shared::ledger::{Access, AccessState};
use shared::reconcile::{Change, Wish};

use crate::common::events::email;
use crate::common::world::{World, play};
use crate::reconcile::kit::{changes, drift, reconcile, reconcile_as};

const PROJECTS: [&str; 2] = ["streets", "roads"];

/// Works in two projects.
async fn in_both(world: &World, trainer: &str) {
    let id = world.trainer(trainer);
    for project in PROJECTS {
        let job = world.job(project).await;
        world.hire(&job, &id);
        let is_in = |access: &Access| access.state == AccessState::Granted;
        world.until_access(trainer, project, is_in).await;
    }
    world.idle().await;
}

fn addresses(world: &World, trainer: &str) -> Vec<String> {
    let member = |project: &&str| world.tool.member(project, trainer).unwrap().email;
    PROJECTS.iter().map(member).collect()
}

#[tokio::test]
async fn a_work_email_that_changed_without_an_event_is_passed_on() {
    play(async |world| {
        in_both(world, "usr_maria").await;
        reconcile(world).await;
        let before = world.access("usr_maria", "streets").await;
        let new = email("usr_maria.new");
        let set = world.opentrain.set_work_email("usr_maria", Some(&new));
        set.unwrap();

        let planned = reconcile_as(
            world,
            Wish {
                dry_run: true,
                ..Wish::default()
            },
        )
        .await;
        assert_eq!(drift(&planned), ["usr_maria e-mail"]);
        assert_eq!(
            addresses(world, "usr_maria"),
            [email("usr_maria"), email("usr_maria")]
        );

        let outcome = reconcile(world).await;
        assert_eq!(drift(&outcome), ["usr_maria e-mail"]);
        let grant = (Change::Grant, "usr_maria".to_owned());
        assert_eq!(changes(&outcome), [grant.clone(), grant]);
        assert_eq!(addresses(world, "usr_maria"), [new.clone(), new]);
        let after = world.access("usr_maria", "streets").await;
        assert_ne!(after.granted_by, before.granted_by);
        assert_eq!(after.at, before.at, "the access is as old as before");
        assert!(drift(&reconcile(world).await).is_empty());
    })
    .await;
}

/// The consent to personal data may be withdrawn: the address that is known stays.
#[tokio::test]
async fn a_work_email_that_is_no_longer_shown_changes_nothing() {
    play(async |world| {
        in_both(world, "usr_maria").await;
        reconcile(world).await;
        world.opentrain.set_work_email("usr_maria", None).unwrap();
        assert!(drift(&reconcile(world).await).is_empty());
        assert_eq!(
            addresses(world, "usr_maria"),
            [email("usr_maria"), email("usr_maria")]
        );
    })
    .await;
}
