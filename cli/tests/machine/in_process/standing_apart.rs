//! A trainer who is hired by several customers: no customer's hire or fault keeps access that another one's contract
//! gave.

use std::sync::Arc;

use async_trait::async_trait;
use shared::connection::{
    ConnectionStore, Connections, Credentials, Freshness, Index, Readable, StoreError, Version,
};
use shared::ledger::{Install, InstallStatus, Policy};
use shared::model::ConnectionName;
use shared::model::clock::Clock;
use shared::model::progress::unwatched;
use shared::opentrain::{Options, PlatformClient};
use shared::reconcile::{Guard, Reconciler, Wish};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, started};

fn two(ground: &Ground) -> Bench {
    Bench::new(ground, &["acme", "globex"], Policy::default(), Claims::On)
}

/// Maria is in `streets` by a contract of Acme's, the project is given to Globex, and Acme hires her again.
async fn moved_and_hired_again(b: &mut Bench, link: &Link) {
    b.allow(&[("acme", &["streets"]), ("globex", &[])]);
    b.deliver("acme", &started(1, "ctr_1", "maria", link)).await;
    b.drain().await;
    b.allow(&[("acme", &[]), ("globex", &["streets"])]);
    b.deliver("acme", &started(2, "ctr_2", "maria", link)).await;
    b.drain().await;
    assert!(b.tool.members("streets").contains("maria"), "until its end");
}

#[tokio::test]
async fn a_hire_that_was_never_allowed_extends_no_access() {
    let ground = Ground::new();
    let mut b = two(&ground);
    let link = Link::new("link_a", "streets");
    moved_and_hired_again(&mut b, &link).await;
    // The tool refuses for a while: the removal stays due.
    b.tool.set_broken("streets", true);
    b.deliver("acme", &ended(3, "ctr_1", "maria", &link)).await;
    b.work_all().await;
    b.tool.set_broken("streets", false);
    b.drain().await;
    assert!(b.tool.members("streets").is_empty());
}

/// Globex's hire waits for the list of contracts: it has given no access.
#[tokio::test]
async fn a_hire_that_waits_for_a_list_extends_no_access() {
    let ground = Ground::new();
    let mut b = two(&ground);
    let (own, theirs) = (
        Link::new("link_a", "streets"),
        Link::new("link_g", "streets"),
    );
    moved_and_hired_again(&mut b, &own).await;
    let mut late = started(1, "ctr_g", "maria", &theirs);
    let before = b.clock.now() - jiff::SignedDuration::from_hours(8 * 24);
    late["createdAt"] = before.to_string().into();
    b.deliver("globex", &late).await;
    for (id, contract) in [(5, "ctr_1"), (6, "ctr_2")] {
        b.deliver("acme", &ended(id, contract, "maria", &own)).await;
    }
    b.drain().await;
    assert!(b.tool.members("streets").is_empty());
}

/// Both contracts gave access before the project was given to Globex.
#[tokio::test]
async fn access_stays_until_the_last_contract_that_gave_it_ends() {
    let ground = Ground::new();
    let mut b = two(&ground);
    let link = Link::new("link_a", "streets");
    b.allow(&[("acme", &["streets"]), ("globex", &[])]);
    for (id, contract) in [(1, "ctr_1"), (2, "ctr_2")] {
        b.deliver("acme", &started(id, contract, "maria", &link))
            .await;
        b.drain().await;
    }
    b.allow(&[("acme", &[]), ("globex", &["streets"])]);
    b.deliver("acme", &ended(3, "ctr_1", "maria", &link)).await;
    b.drain().await;
    assert!(b.tool.members("streets").contains("maria"));
    b.deliver("acme", &ended(4, "ctr_2", "maria", &link)).await;
    b.drain().await;
    assert!(b.tool.members("streets").is_empty());
}

/// The tool refuses the removal, and ten more contracts come and go meanwhile. Globex may not use the project: its hire
/// there holds no access.
#[tokio::test]
async fn an_open_removal_outlasts_many_contracts() {
    let ground = Ground::new();
    let mut b = two(&ground);
    b.allow(&[("acme", &["streets", "squares"]), ("globex", &[])]);
    let (own, other) = (
        Link::new("link_a", "streets"),
        Link::new("link_b", "squares"),
    );
    let theirs = Link::new("link_g", "streets");
    b.deliver("acme", &started(1, "ctr_1", "maria", &own)).await;
    b.deliver("globex", &started(1, "ctr_g", "maria", &theirs))
        .await;
    b.drain().await;
    b.tool.set_broken("streets", true);
    b.deliver("acme", &ended(2, "ctr_1", "maria", &own)).await;
    b.work_all().await;
    for n in 0..10_u64 {
        let contract = format!("ctr_o{n}");
        b.deliver("acme", &started(10 + n, &contract, "maria", &other))
            .await;
        b.work_all().await;
        b.deliver("acme", &ended(30 + n, &contract, "maria", &other))
            .await;
        b.work_all().await;
    }
    b.tool.set_broken("streets", false);
    b.drain().await;
    assert!(b.tool.members("streets").is_empty());
}

/// OpenTrain names no organisation, and the token of the connection that the hire came through is refused, or the
/// connection is no longer set up. The customer has connected again under another name.
async fn ended_by_another_name(refused: bool) {
    let ground = Ground::new();
    let mut b = Bench::new(&ground, &["acme", "again"], Policy::default(), Claims::On);
    let (own, again) = (
        Link::new("link_a", "streets"),
        Link::new("link_b", "streets"),
    );
    b.deliver("acme", &started(1, "ctr_1", "maria", &own)).await;
    b.drain().await;
    let acme = ConnectionName::parse("acme").unwrap();
    let at = b.clock.now();
    let install = |refused| Install {
        id: None,
        status: InstallStatus::Active,
        at,
        organization: None,
        refused,
        excluded: false,
        disconnected: false,
    };
    let note = async |ledger: &shared::ledger::Ledger, refused| {
        let install = install(refused);
        let noted = ledger.update_install(&acme, |_| Some(install.clone()));
        noted.await.unwrap();
    };
    let ledger = b.ledger.clone();
    match refused {
        true => note(&ledger, true).await,
        false => b.change(|it| it.name.as_str() != "acme"),
    }
    b.deliver("again", &ended(2, "ctr_1", "maria", &again))
        .await;
    b.drain().await;
    assert!(b.tool.members("streets").is_empty(), "refused: {refused}");

    // The token is accepted again, and the contract stays ended.
    if refused {
        note(&ledger, false).await;
    }
    let squares = Link::new("link_c", "squares");
    b.deliver("again", &started(3, "ctr_2", "maria", &squares))
        .await;
    b.drain().await;
    assert!(b.tool.members("squares").contains("maria"));
    assert!(b.tool.members("streets").is_empty(), "refused: {refused}");
}

#[tokio::test]
async fn an_end_covers_hires_whose_token_is_refused() {
    ended_by_another_name(true).await;
}

#[tokio::test]
async fn an_end_covers_hires_of_a_connection_that_is_gone() {
    ended_by_another_name(false).await;
}

/// Two connections, one of which is damaged.
struct Damaged;

#[async_trait]
impl ConnectionStore for Damaged {
    async fn index(&self) -> Result<Index, StoreError> {
        let mut index = Index::default();
        for name in ["acme", "globex"] {
            index.set(&ConnectionName::parse(name).unwrap(), 1);
        }
        Ok(index)
    }

    async fn load(&self, name: &ConnectionName, _: Version) -> Result<Credentials, StoreError> {
        match name.as_str() {
            "acme" => Ok(Credentials {
                token: Some("ot_ptk_acme".into()),
                ..Credentials::default()
            }),
            _ => Err(damage(name)),
        }
    }

    async fn load_all(&self, _: &Index) -> Result<Readable, StoreError> {
        let acme = ConnectionName::parse("acme").unwrap();
        let own = self.load(&acme, 1).await?;
        Ok(Readable {
            kept: [(acme, own)].into(),
            faults: vec![damage(&ConnectionName::parse("globex").unwrap())],
        })
    }
}

fn damage(name: &ConnectionName) -> StoreError {
    StoreError::NoParameter {
        name: format!("/bridge/labels/connections/{name}"),
        version: 1,
    }
}

/// Maria is hired at both; the parameter of Globex is gone.
#[tokio::test]
async fn a_damaged_connection_holds_up_no_end_of_another() {
    let ground = Ground::new();
    let mut b = two(&ground);
    let (own, theirs) = (Link::new("link_a", "streets"), Link::new("link_g", "roads"));
    b.deliver("acme", &started(1, "ctr_a", "maria", &own)).await;
    b.deliver("globex", &started(1, "ctr_g", "maria", &theirs))
        .await;
    b.drain().await;
    let nobody = PlatformClient::new(
        "http://127.0.0.1:1",
        &"ot_ptk_none".into(),
        Options::default(),
    );
    let clock = Arc::clone(&b.clock) as Arc<dyn Clock>;
    let store = Arc::new(Damaged);
    b.provisioner.connections =
        Connections::kept(store, nobody.unwrap(), clock, Freshness::default());
    let globex = ConnectionName::parse("globex").unwrap();
    // The reading is remembered for a second, as damage.
    for _ in 0..2 {
        let found = b.provisioner.connections.find(&globex).await;
        assert!(found.unwrap_err().is_damage());
    }
    b.deliver("acme", &ended(2, "ctr_a", "maria", &own)).await;
    b.drain().await;
    assert!(b.tool.members("streets").is_empty());
    assert!(b.tool.members("roads").contains("maria"), "it is kept");

    let reconciler = Reconciler {
        provisioner: b.provisioner.clone(),
        guard: Guard::default(),
    };
    let outcome = reconciler.run(&Wish::default(), &unwatched).await.unwrap();
    let why = outcome.all_done().unwrap_err();
    assert!(why.contains("globex"), "{why}");
    b.drain().await;
    let work = async {
        while b.work().await == 0 {
            tokio::task::yield_now().await;
        }
    };
    let (gone, ()) = tokio::join!(b.provisioner.disconnect(&globex), work);
    let gone = gone.unwrap();
    assert!(gone.recorded);
    assert_eq!(gone.kept, ["maria".into()].into());
    b.drain().await;
}
