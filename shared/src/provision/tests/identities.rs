use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::identity::{membership, person, remember};
use super::{at, merged, told};
use crate::ledger::HireStatus::Active;
use crate::ledger::{
    Access, AccessState, Earlier, Environment, Hire, Install, KnownEmail, Policy, Projects,
    Trainer, entitlements,
};
use crate::model::ConnectionName;
use crate::model::ids::{MemberId, ProjectId, TrainerId};
use crate::model::person::Email;
use crate::tool::{Kept, Membership, Person};

fn name(name: &str) -> ConnectionName {
    ConnectionName::parse(name).unwrap()
}

fn email(user: &str) -> Email {
    Email::parse(&format!("{user}@opentrain.work")).unwrap()
}

/// Acme may use `streets`, Globex may use `roads`; both have hired the person, by addresses of their own. Globex has
/// stated its address later, and has a link at Acme's project, too.
fn two_customers() -> (Trainer, Environment) {
    let hire = |connection: &str, project: &str| Hire {
        connection: name(connection),
        project: project.into(),
        ..merged(&[told(1, Active)]).hires.remove(0)
    };
    let mut trainer = Trainer {
        hires: vec![
            hire("acme", "streets"),
            hire("globex", "roads"),
            hire("globex", "streets"),
        ],
        ..Trainer::default()
    };
    for (connection, address, s) in [("acme", "maria", 1), ("globex", "evil", 2)] {
        let known = KnownEmail::new(email(address), at(s));
        trainer.member.emails.insert(name(connection), known);
    }
    let own = |project: &str| Arc::new(BTreeSet::from([ProjectId::from(project)]));
    let environment = Environment {
        projects: Projects {
            allowed: [
                (name("acme"), own("streets")),
                (name("globex"), own("roads")),
            ]
            .into(),
            ..Projects::default()
        },
        ..Environment::default()
    };
    (trainer, environment)
}

fn set(trainer: &mut Trainer, project: &str, state: AccessState) {
    let project = ProjectId::from(project);
    let access = Access::new(&project, state, at(3));
    trainer.access.insert(project, access);
}

fn in_project(trainer: &Trainer, environment: &Environment, project: &str) -> Membership {
    let entitlements = entitlements(trainer, environment, &Policy::default());
    membership(&id(), trainer, environment, &entitlements, &project.into())
}

fn granted(trainer: &Trainer, environment: &Environment, project: &str) -> Person {
    person(&id(), trainer, environment, &project.into(), email("maria"))
}

fn id() -> TrainerId {
    "usr_1".into()
}

#[test]
fn an_account_is_used_for_the_organisation_by_whose_address_it_was_found() {
    let (mut trainer, environment) = two_customers();
    set(&mut trainer, "roads", AccessState::Granted);
    remember(&mut trainer, &environment, &"roads".into(), &"2".into());
    assert_eq!(
        granted(&trainer, &environment, "roads").accounts,
        ["2".into()]
    );
    assert_eq!(
        granted(&trainer, &environment, "streets").accounts,
        [] as [MemberId; 0]
    );
    let seen = in_project(&trainer, &environment, "streets");
    assert_eq!((seen.accounts, seen.emails), (vec![], vec![email("maria")]));
    // Found by Acme's address as well, it is used for both.
    remember(&mut trainer, &environment, &"streets".into(), &"2".into());
    assert_eq!(
        granted(&trainer, &environment, "streets").accounts,
        ["2".into()]
    );
}

/// An earlier version noted no organisation: among several, such an account is used to revoke access alone.
#[test]
fn an_account_of_an_unknown_organisation_grants_nothing_to_several() {
    let (mut trainer, environment) = two_customers();
    trainer.member.accounts = vec!["2".into()];
    set(&mut trainer, "streets", AccessState::Granting);
    assert!(
        granted(&trainer, &environment, "streets")
            .accounts
            .is_empty()
    );
    set(&mut trainer, "streets", AccessState::Removing);
    let leaving = in_project(&trainer, &environment, "streets");
    assert_eq!(leaving.accounts, ["2".into()]);
    trainer.hires.truncate(1);
    set(&mut trainer, "streets", AccessState::Granting);
    assert_eq!(
        granted(&trainer, &environment, "streets").accounts,
        ["2".into()]
    );
}

/// What was granted before the project was recorded for its organisation is revoked by the address that it was granted
/// by.
#[test]
fn access_is_revoked_by_the_address_that_it_was_granted_by() {
    let (mut trainer, environment) = two_customers();
    set(&mut trainer, "streets", AccessState::Removing);
    let project = ProjectId::from("streets");
    let access = trainer.access.get_mut(&project).unwrap();
    access.granted_by = Some(email("evil").digest());
    access.invited = Some(email("earlier"));
    trainer.member.use_account(&"2".into(), [name("globex")]);
    let leaving = in_project(&trainer, &environment, "streets");
    assert_eq!(leaving.accounts, ["2".into()]);
    let addresses = [email("evil"), email("maria"), email("earlier")];
    assert_eq!(leaving.emails, addresses);
}

/// All that is left is a hire of a customer who may not use the project: what it was granted is revoked, and looked
/// for.
#[test]
fn access_that_only_another_customer_gave_is_looked_for() {
    let (mut trainer, environment) = two_customers();
    trainer
        .hires
        .retain(|hire| hire.connection == name("globex"));
    trainer.member.use_account(&"2".into(), [name("globex")]);
    for state in [AccessState::Removing, AccessState::Removed] {
        set(&mut trainer, "streets", state);
        let leaving = in_project(&trainer, &environment, "streets");
        assert_eq!(leaving.accounts, ["2".into()]);
        assert_eq!(leaving.emails, [email("evil")]);
    }
}

#[test]
fn invitations_are_renewed_by_the_address_of_the_projects_own_organisation() {
    let (mut trainer, environment) = two_customers();
    set(&mut trainer, "streets", AccessState::Removing);
    set(&mut trainer, "roads", AccessState::Invited);
    let kept = Kept {
        project: "roads".into(),
        email: email("evil"),
    };
    assert_eq!(in_project(&trainer, &environment, "streets").keeps, [kept]);
    // A hire that is not live renews none.
    trainer
        .hires
        .retain(|hire| hire.project.as_str() == "streets");
    assert_eq!(in_project(&trainer, &environment, "streets").keeps, []);
}

/// An access that is being revoked was granted only if a grant was noted before.
#[test]
fn an_end_of_an_unknown_hire_grants_no_access() {
    let (mut trainer, environment) = two_customers();
    set(&mut trainer, "streets", AccessState::Removing);
    assert!(in_project(&trainer, &environment, "streets").let_in);
    for access in trainer.access.values_mut() {
        access.earlier = Earlier::Open;
    }
    assert!(!in_project(&trainer, &environment, "streets").let_in);
}

/// A connection that is stored without a list, as by an earlier version: once there is a list, it may use what its
/// organisation may, and no other project.
#[test]
fn a_connection_without_a_list_opens_no_project_once_there_is_one() {
    let (_, mut environment) = two_customers();
    let (own, others) = (ProjectId::from("roads"), ProjectId::from("streets"));
    let globex = name("globex");
    environment.projects.allowed.remove(&globex);
    for project in [&own, &others] {
        assert!(!environment.may_use(&globex, project), "{project}");
    }
    environment.projects.allowed.clear();
    assert!(environment.may_use(&globex, &own), "nothing is recorded");
    environment.projects.recorded = true;
    assert!(!environment.may_use(&globex, &own), "others have lists");

    let of_acme = || Install {
        organization: Some("org_acme".into()),
        ..Install::unknown(at(1))
    };
    for it in ["acme", "globex"] {
        environment.installs.insert(name(it), of_acme());
    }
    let list = Arc::new(BTreeSet::from([others.clone()]));
    environment.projects.allowed.insert(name("acme"), list);
    assert!(environment.may_use(&globex, &others));
    assert!(!environment.may_use(&globex, &own));
}
