mod entitlements;

use super::super::plan::{Step, checks, plan};
use super::{at, merged, told};
use crate::ledger::HireStatus::Active;
use crate::ledger::{Access, AccessState, Entitlement, Hire, Trainer, Why};
use crate::model::ids::ProjectId;
use crate::tool::Scope;

fn hire(project: &str) -> Hire {
    Hire {
        project: project.into(),
        ..merged(&[told(1, Active)]).hires.remove(0)
    }
}

fn trainer(hires: &[&str], access: &[(&str, AccessState)]) -> Trainer {
    let access = access.iter().map(|(project, state)| {
        let project = ProjectId::from(*project);
        (project.clone(), Access::new(&project, *state, at(0)))
    });
    Trainer {
        hires: hires.iter().map(|project| hire(project)).collect(),
        access: access.collect(),
        ..Trainer::default()
    }
}

const LIVE: Entitlement = Entitlement::Live;
const OVER: Entitlement = Entitlement::Over(Why::ContractEnded);

fn steps(trainer: &Trainer, entitlements: &[Entitlement], scope: Scope) -> String {
    let word = |step: &Step| match step {
        Step::Remove(project) => format!("remove {project}"),
        Step::Release(project) => format!("release {project}"),
        Step::Grant(project) => format!("grant {project}"),
        Step::Check(project) => format!("check {project}"),
        Step::Keep(project) => format!("keep {project}"),
    };
    plan(trainer, entitlements, scope)
        .iter()
        .map(word)
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn one_hire_that_is_due_keeps_access_in_spite_of_all_others() {
    let twice = trainer(&["a", "a"], &[("a", AccessState::Granted)]);
    assert_eq!(steps(&twice, &[OVER, LIVE], Scope::Project), "");
    assert_eq!(
        steps(&twice, &[OVER, Entitlement::Orphaned], Scope::Project),
        ""
    );
    assert_eq!(steps(&twice, &[OVER, OVER], Scope::Project), "remove a");
}

#[test]
fn removals_go_first() {
    let mixed = trainer(
        &["a", "b", "c"],
        &[("b", AccessState::Granted), ("c", AccessState::Granting)],
    );
    assert_eq!(
        steps(&mixed, &[LIVE, OVER, OVER], Scope::Project),
        "remove b, remove c, grant a"
    );
}

#[test]
fn access_that_may_have_been_granted_is_revoked() {
    use AccessState::{AwaitingEmail, Granted, Granting, Invited, Removed, Removing};
    for state in [Granting, Granted, Invited, Removing, AwaitingEmail] {
        assert_eq!(
            steps(&trainer(&["a"], &[("a", state)]), &[OVER], Scope::Project),
            "remove a"
        );
    }
    assert_eq!(
        steps(&trainer(&["a"], &[("a", Removed)]), &[OVER], Scope::Project),
        ""
    );
    // Another person may have granted access before the bridge was installed.
    assert_eq!(
        steps(&trainer(&["a"], &[]), &[OVER], Scope::Project),
        "remove a"
    );
}

#[test]
fn access_that_is_due_is_given_until_it_is_there() {
    use AccessState::{AwaitingEmail, Granted, Granting, Invited, Removed, Removing};
    for state in [Granting, AwaitingEmail, Removed, Removing] {
        assert_eq!(
            steps(&trainer(&["a"], &[("a", state)]), &[LIVE], Scope::Project),
            "grant a"
        );
    }
    for state in [Granted, Invited] {
        assert_eq!(
            steps(&trainer(&["a"], &[("a", state)]), &[LIVE], Scope::Project),
            ""
        );
    }
}

#[test]
fn what_opentrain_provisions_is_left_alone() {
    let both = trainer(&["a", "a"], &[("a", AccessState::Granted)]);
    assert_eq!(
        steps(&both, &[Entitlement::Managed, OVER], Scope::Project),
        ""
    );
    // A managed hire that is over protects no access that the bridge granted.
    assert_eq!(
        steps(&both, &[Entitlement::ManagedOver, OVER], Scope::Project),
        "remove a"
    );
    let ours = trainer(&["a"], &[("a", AccessState::Granted)]);
    assert_eq!(
        steps(&ours, &[Entitlement::ManagedOver], Scope::Project),
        "remove a"
    );
    assert_eq!(
        steps(
            &trainer(&["a"], &[]),
            &[Entitlement::ManagedOver],
            Scope::Project
        ),
        ""
    );
}

#[test]
fn access_that_spans_the_organisation_goes_with_the_last_hire() {
    let two = trainer(
        &["a", "b"],
        &[("a", AccessState::Granted), ("b", AccessState::Granted)],
    );
    assert_eq!(steps(&two, &[OVER, LIVE], Scope::Organization), "release a");
    assert_eq!(
        steps(&two, &[OVER, OVER], Scope::Organization),
        "remove a, remove b"
    );
}

#[test]
fn access_that_spans_the_organisation_is_protected_by_every_other_call_for_it() {
    let two = trainer(&["a", "b"], &[("a", AccessState::Granted)]);
    for other in [Entitlement::Orphaned, Entitlement::Managed] {
        let planned = steps(&two, &[OVER, other], Scope::Organization);
        assert!(planned.starts_with("release a"), "{planned}");
    }
    // No hire concerns `x` now, and the hire on `b` needs the same membership.
    let stray = trainer(
        &["b"],
        &[("x", AccessState::Granted), ("b", AccessState::Granted)],
    );
    assert_eq!(steps(&stray, &[LIVE], Scope::Organization), "release x");
    assert_eq!(steps(&stray, &[LIVE], Scope::Project), "remove x");
    assert_eq!(
        steps(&stray, &[Entitlement::ManagedOver], Scope::Organization),
        "remove b, remove x"
    );
}

#[test]
fn only_invitations_that_are_due_are_looked_at() {
    let invited = trainer(
        &["a", "b", "c"],
        &[
            ("a", AccessState::Invited),
            ("b", AccessState::Invited),
            ("c", AccessState::Granted),
        ],
    );
    let looked_at = checks(&invited, &[LIVE, OVER, LIVE]);
    assert_eq!(looked_at, [Step::Check("a".into())]);
}

/// An orphan's project was released while another hire needs the seat; then that one ends.
#[test]
fn an_orphans_open_seat_is_withdrawn_when_no_hire_needs_it() {
    let both = trainer(
        &["a", "b"],
        &[("a", AccessState::Released), ("b", AccessState::Invited)],
    );
    let scope = Scope::Organization;
    assert_eq!(steps(&both, &[Entitlement::Orphaned, LIVE], scope), "");
    assert_eq!(
        steps(
            &both,
            &[Entitlement::Orphaned, Entitlement::Orphaned],
            scope
        ),
        "keep a, keep b"
    );
}
