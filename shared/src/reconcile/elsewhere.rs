//! Trainers of the connections that a run does not process. The guard also counts over all connections.

use jiff::Timestamp;

use super::difference::{Absent, Difference, LinkWord, known_hire};
use super::guard::Guard;
use super::hold::{is_held, people_of};
use super::predict::Elsewhere;
use super::snapshot::Snapshot;
use super::{Reconciler, Wish};
use crate::ledger::{Hire, HireStatus, Looks, Source};
use crate::model::ConnectionName;
use crate::model::failure::Failure;

impl Reconciler {
    /// Reads all other connections, if a run of one connection finds an absence that counts.
    pub(super) async fn elsewhere(
        &self,
        wish: &Wish,
        difference: &Difference,
    ) -> Result<Elsewhere, Failure> {
        let mut absent = difference.absent.iter();
        let own = match &wish.connection {
            Some(own) if absent.any(|it| !it.is_empty()) => own,
            _ => return Ok(Elsewhere::default()),
        };
        let all = self.connections(&Wish::scheduled()).await?;
        let now = self.provisioner.clock.now();
        let others = all.connections.iter().map(|it| it.name.clone());
        let others = others.filter(|name| name != own).collect();
        let snapshot = Snapshot::read(&self.provisioner.ledger, others, now).await?;
        Ok(Elsewhere::of(&snapshot, self.guard, now))
    }
}

impl Elsewhere {
    fn of(snapshot: &Snapshot, guard: Guard, now: Timestamp) -> Self {
        let mut all = Self::default();
        for (connection, looks) in &snapshot.looks {
            let is_own = |hire: &Hire| hire.connection == *connection;
            let is_lacking = |hire: &Hire| {
                let lacks_link = looks.links.contains_key(&hire.link);
                is_own(hire) && (lacks_link || looks.contracts.contains_key(&hire.contract))
            };
            let (live, losing) = (people_of(snapshot, is_own), people_of(snapshot, is_lacking));
            let absent = lacking(snapshot, connection, looks, now);
            if !is_held(snapshot, &absent, &losing, &live, guard) {
                all.losing.extend(losing);
            }
            all.people.extend(live);
        }
        all
    }
}

/// Changes that follow if the next look confirms all absences of a connection.
fn lacking(
    snapshot: &Snapshot,
    connection: &ConnectionName,
    looks: &Looks,
    now: Timestamp,
) -> Absent {
    let links = looks.links.keys();
    let gone = links.filter_map(|id| snapshot.link(connection, id));
    let gone = gone.map(|link| LinkWord {
        connection: connection.clone(),
        link: link.clone(),
        what: None,
    });
    let contracts = looks.contracts.keys();
    let hires = contracts.flat_map(|contract| snapshot.hires_on(connection, contract));
    let ended = hires.map(|hire| {
        let source = Source::Api { asked_at: now };
        known_hire(hire, HireStatus::Ended, None, source)
    });
    Absent {
        connection: connection.clone(),
        gone: gone.collect(),
        ended: ended.collect(),
    }
}
