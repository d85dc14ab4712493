use super::super::fact::{ContractFact, HirePlace};
use super::super::plan::{Step, checks, plan};
use super::{at, merged, told};
use crate::ledger::HireStatus::{Active, Ended};
use crate::ledger::{
    Access, AccessState, Entitlement, Environment, Hire, Install, InstallStatus, Link,
    OnInstallRevoked, OnLinkRemoved, Policy, Trainer, Why, standing, standings,
};
use crate::model::ConnectionName;
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

fn steps(trainer: &Trainer, standings: &[Entitlement], scope: Scope) -> String {
    let word = |step: &Step| match step {
        Step::Remove(project) => format!("remove {project}"),
        Step::Release(project) => format!("release {project}"),
        Step::Grant(project) => format!("grant {project}"),
        Step::Check(project) => format!("check {project}"),
        Step::Keep(project) => format!("keep {project}"),
    };
    plan(trainer, standings, scope)
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

fn link(removed: bool) -> Link {
    Link {
        id: "link_1".into(),
        job: None,
        project: None,
        project_name: None,
        managed: false,
        install: None,
        removed,
        absent: false,
        at: at(0),
    }
}

fn install(status: InstallStatus) -> Install {
    Install {
        id: None,
        status,
        at: at(0),
        organization: None,
        refused: false,
        excluded: false,
        disconnected: false,
    }
}

/// The standing of a document's one hire, with its link and install.
fn standing_of(
    trainer: &Trainer,
    link: Option<&Link>,
    install: Option<&Install>,
    policy: &Policy,
) -> Entitlement {
    let name = ConnectionName::default;
    let links = link.map(|link| ((name(), link.id.clone()), link.clone()));
    let environment = Environment {
        links: links.into_iter().collect(),
        installs: install.map(|it| (name(), it.clone())).into_iter().collect(),
        ..Environment::default()
    };
    standing(trainer, &trainer.hires[0], &environment, policy)
}

fn running() -> Trainer {
    merged(&[told(1, Active)])
}

#[test]
fn a_link_or_install_that_is_gone_ends_or_orphans_by_policy() {
    let (gone, revoked) = (link(true), install(InstallStatus::Revoked));
    let by_default = Policy::default();
    let other = Policy {
        on_link_removed: OnLinkRemoved::Keep,
        on_install_revoked: OnInstallRevoked::Remove,
        ..Policy::default()
    };
    let (by_default, other) = (&by_default, &other);
    let of = |link, install, policy| standing_of(&running(), link, install, policy);
    assert_eq!(
        of(Some(&gone), None, by_default),
        Entitlement::Over(Why::LinkRemoved)
    );
    assert_eq!(of(Some(&gone), None, other), Entitlement::Orphaned);
    assert_eq!(of(None, Some(&revoked), by_default), Entitlement::Orphaned);
    assert_eq!(
        of(None, Some(&revoked), other),
        Entitlement::Over(Why::InstallRevoked)
    );
    assert_eq!(
        of(
            Some(&link(false)),
            Some(&install(InstallStatus::Active)),
            other
        ),
        LIVE
    );
}

#[test]
fn an_ended_contract_is_over_with_its_link_in_any_state() {
    let mut ended = merged(&[told(1, Active), told(2, Ended)]);
    let keep = Policy {
        on_link_removed: OnLinkRemoved::Keep,
        ..Policy::default()
    };
    assert_eq!(standing_of(&ended, Some(&link(true)), None, &keep), OVER);
    ended.hires[0].managed = true;
    assert_eq!(
        standing_of(&ended, None, None, &keep),
        Entitlement::ManagedOver
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

#[test]
fn a_link_of_an_earlier_install_is_orphaned_or_ended_as_the_install_is() {
    let now = Install {
        id: Some("ins_2".into()),
        ..install(InstallStatus::Active)
    };
    let made_by = |install: &str| Link {
        install: Some(install.into()),
        ..link(false)
    };
    let of = |link: &Link, policy| standing_of(&running(), Some(link), Some(&now), policy);
    let (earlier, own) = (made_by("ins_1"), made_by("ins_2"));
    let keep = Policy::default();
    let remove = Policy {
        on_install_revoked: OnInstallRevoked::Remove,
        ..Policy::default()
    };
    assert_eq!(of(&earlier, &keep), Entitlement::Orphaned);
    assert_eq!(
        of(&earlier, &remove),
        Entitlement::Over(Why::InstallRevoked)
    );
    assert_eq!(of(&own, &remove), LIVE);
    // The link's install stays known, also if a later event leaves it out.
    let word = link(false).merged_onto(Some(own.clone()));
    assert_eq!(word, None);
    let renamed = Link {
        project_name: Some("Roads".into()),
        ..link(false)
    };
    assert_eq!(
        renamed.merged_onto(Some(own)).unwrap().install,
        Some("ins_2".into())
    );
}

/// A trainer with hires of one contract at several connections, and the standings of those hires.
fn standings_over(
    facts: &[ContractFact],
    installs: &[(&str, Option<&str>, InstallStatus)],
) -> Vec<Entitlement> {
    let installs = installs.iter().map(|(name, organization, status)| {
        let install = Install {
            organization: organization.map(str::to_owned),
            ..install(*status)
        };
        (ConnectionName::parse(name).unwrap(), install)
    });
    let environment = Environment {
        installs: installs.collect(),
        ..Environment::default()
    };
    standings(&merged(facts), &environment, &Policy::default())
}

fn through(connection: &str, link: &str, fact: ContractFact) -> ContractFact {
    let place = fact.place.clone().map(|place| HirePlace {
        link: link.into(),
        ..place
    });
    ContractFact {
        connection: ConnectionName::parse(connection).unwrap(),
        place,
        ..fact
    }
}

#[test]
fn an_end_ends_the_contract_at_every_link_of_its_connection() {
    let facts = [
        through("a", "old", told(1, Active)),
        through("a", "new", told(2, Active)),
        through("a", "new", told(3, Ended)),
    ];
    assert_eq!(standings_over(&facts, &[]), [OVER, OVER]);
}

#[test]
fn an_end_ends_a_link_that_is_heard_of_later() {
    let facts = [
        through("a", "new", told(3, Ended)),
        through("a", "other", told(2, Active)),
    ];
    assert_eq!(standings_over(&facts, &[]), [OVER, OVER]);
}

#[test]
fn an_end_covers_the_connections_of_its_organisation_alone() {
    use InstallStatus::{Active as Alive, Revoked};
    let facts = [
        through("a", "one", told(1, Active)),
        through("b", "two", told(2, Active)),
        through("b", "two", told(3, Ended)),
    ];
    let of = |org_a, status_a, org_b| {
        standings_over(&facts, &[("a", org_a, status_a), ("b", org_b, Alive)])
    };
    assert_eq!(of(Some("o"), Alive, Some("o")), [OVER, OVER]);
    assert_eq!(of(Some("o"), Alive, Some("p")), [LIVE, OVER]);
    assert_eq!(of(None, Alive, Some("o")), [LIVE, OVER]);
    assert_eq!(of(None, Revoked, Some("o")), [OVER, OVER], "it is orphaned");
    assert_eq!(
        of(Some("p"), Revoked, Some("o")),
        [Entitlement::Orphaned, OVER],
        "it is known to be another organisation's"
    );
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
