//! Whether a hire entitles to access: by its link, its install and the end of its contract.

use super::*;
use crate::ledger::HireStatus::Ended;
use crate::ledger::{
    Environment, Install, InstallStatus, Link, OnInstallRevoked, OnLinkRemoved, Policy,
    entitlement, entitlements,
};
use crate::model::ConnectionName;
use crate::provision::fact::{ContractFact, HirePlace};

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

/// The entitlement of a document's one hire, with its link and install.
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
    entitlement(trainer, &trainer.hires[0], &environment, policy)
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
    // The link's install stays known, even if a later event leaves it out.
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

/// A trainer with hires of one contract at several connections, and the entitlements of those hires.
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
    entitlements(&merged(facts), &environment, &Policy::default())
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
