//! A database with trainers in all states.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;
use shared::ledger::audit::{AuditEvent, CauseOf, Entry, Proven, StatedBy};
use shared::ledger::{
    Access, AccessState, BudgetRow, ByAnswer, ContractEnd, ContractKey, Due, Expect, Hire, Hired,
    Install, InstallStatus, LastRun, Ledger, Link, Measures, Member, Quarantined, Source, Stamp,
    Strangers, Trainer, UsageNews, UsageRun, WhyLost, Written,
};
use shared::model::ConnectionName;
use shared::model::clock::day_of;
use shared::model::clock::{Clock, SystemClock};
use shared::model::failure::{Cause, Trouble};
use shared::model::ids::{ProjectId, TrainerId};
use shared::sqlite::Database;
use shared::tool::Proof;

/// The install of a fresh sandbox, so that the plan of a reconcile with it is short.
const INSTALL: &str = "ins_2";

/// Projects, each with a link.
const PROJECTS: usize = 20;

/// Days of work of each contract.
const DAYS: i32 = 10;

struct Filling {
    ledger: Ledger,
    now: Timestamp,
}

pub(crate) async fn fill(path: &Path, count: usize) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let database = Database::open(path)?;
    let filling = Filling {
        ledger: Ledger::in_database(&database, Arc::clone(&clock)),
        now: clock.now(),
    };
    filling.connection().await?;
    let each = (0..count).map(|number| filling.one(number));
    let each = stream::iter(each).buffer_unordered(64);
    each.try_collect::<Vec<()>>().await?;
    database.close().await;
    super::requests::store(path, count, filling.now).context("the requests can't be stored")
}

fn project(number: usize) -> ProjectId {
    ProjectId::new(format!("project-{}", number % PROJECTS))
}

impl Filling {
    fn ago(&self, hours: i64) -> Timestamp {
        self.now - SignedDuration::from_hours(hours)
    }

    async fn connection(&self) -> anyhow::Result<()> {
        let name = ConnectionName::default();
        let install = Install {
            id: Some(INSTALL.into()),
            status: InstallStatus::Active,
            at: self.ago(500),
            organization: None,
            refused: false,
            excluded: false,
            disconnected: false,
        };
        self.ledger
            .update_install(&name, |_| Some(install.clone()))
            .await?;
        for number in 0..PROJECTS {
            let link = Link {
                id: format!("plk_{number}").as_str().into(),
                job: Some(format!("job_{number}").as_str().into()),
                project: Some(project(number)),
                project_name: Some(format!("Street scenes {number}")),
                managed: false,
                install: Some(INSTALL.into()),
                removed: false,
                absent: false,
                at: self.ago(500),
            };
            self.ledger.record_link(&name, &link).await?;
            let left = (number == 3)
                .then(|| "the tool answers 502 for this project: check it in the tool".to_owned());
            let run = UsageRun {
                started_at: self.ago(2),
                left,
            };
            self.ledger
                .update_project_usage(&project(number), |usage| usage.run = Some(run.clone()))
                .await?;
        }
        let aside = Quarantined {
            delivery: Some("dlv_9".into()),
            event: None,
            kind: None,
            reason: "the event has no type".to_owned(),
            at: self.ago(30),
        };
        self.ledger.set_aside(&name, "dlv_9", &aside).await?;
        let run = LastRun {
            connection: None,
            started_at: self.ago(1),
            took_ms: 1_840,
            drift: 2,
            repaired: 2,
            problems: Vec::new(),
            strangers: Strangers::default(),
        };
        Ok(self.ledger.note_reconcile(&run).await?)
    }

    async fn one(&self, number: usize) -> anyhow::Result<()> {
        let hire = self.hire(number);
        self.ledger.enroll(&[&hire]).await?;
        let access = self.access(number);
        let is_over = access.state == AccessState::Removed;
        let ends = is_over.then(|| self.end(&hire));
        let due = access.trouble.is_some().then(|| Due {
            at: self.now + SignedDuration::from_mins(9),
            since: self.ago(5),
            tries: 12,
            token: 1,
            by: 0,
        });
        let trainer = Trainer {
            hires: vec![hire.clone()],
            ends: ends.into_iter().collect(),
            member: Member {
                display_name: Some(format!(
                    "{} {}.",
                    NAMES[number % NAMES.len()],
                    char::from(b'A' + (number % 26) as u8)
                )),
                ..Member::default()
            },
            access: [(hire.project.clone(), access.clone())].into(),
            due,
            ..Trainer::default()
        };
        self.document(
            &hire.trainer,
            &trainer,
            self.entries(number, &hire, &access),
        )
        .await?;
        self.work(number, &hire).await?;
        self.budget(number, &hire).await
    }

    fn hire(&self, number: usize) -> Hire {
        Hire {
            connection: ConnectionName::default(),
            contract: format!("ctr_{number:05}").as_str().into(),
            link: format!("plk_{}", number % PROJECTS).as_str().into(),
            trainer: TrainerId::new(format!("usr_{number:05}")),
            project: project(number),
            managed: false,
            start: Some(self.stamp(400)),
            started_at: Some(self.ago(400)),
            unconfirmed: false,
            barred: false,
            first_day: None,
        }
    }

    fn stamp(&self, hours: i64) -> Stamp {
        Stamp {
            source: Source::Api {
                asked_at: self.ago(hours),
            },
            connection: ConnectionName::default(),
            install: Some(INSTALL.into()),
            merged_at: self.ago(hours),
        }
    }

    fn end(&self, hire: &Hire) -> (ContractKey, ContractEnd) {
        let end = ContractEnd {
            stamp: self.stamp(40),
            last_day: None,
        };
        (hire.key(), end)
    }

    fn access(&self, number: usize) -> Access {
        let of = |state, hours| Access::new(&project(number), state, self.ago(hours));
        let trouble = |cause, reason: String| Some(Trouble { cause, reason });
        match number % 50 {
            0 => Access {
                trouble: trouble(
                    Cause::Wrong,
                    format!(
                        "the tool has no project {}: create it, or link another one",
                        project(number)
                    ),
                ),
                ..of(AccessState::Granting, 5)
            },
            1 => Access {
                trouble: trouble(
                    Cause::Operator,
                    "the tool answers 403: give its token the right to remove members".to_owned(),
                ),
                ..of(AccessState::Removing, 5)
            },
            2 => of(AccessState::Invited, 60),
            3..10 => Access {
                proof: Some(Proof::MemberList),
                looks: 2,
                ..of(AccessState::Removed, 39)
            },
            _ => of(AccessState::Granted, 399),
        }
    }

    fn entries(&self, number: usize, hire: &Hire, access: &Access) -> Vec<Entry> {
        let cause = |hours| {
            Some(CauseOf {
                by: StatedBy::Event,
                event: None,
                connection: hire.connection.clone(),
                contract: hire.contract.clone(),
                at: self.ago(hours),
            })
        };
        let entry = |event, hours| Entry {
            project: Some(hire.project.clone()),
            cause: cause(400),
            ..Entry::new(event, self.ago(hours))
        };
        let mut entries = vec![
            entry(AuditEvent::GrantAsked, 400),
            entry(AuditEvent::Granted, 399),
        ];
        if access.state == AccessState::Removed {
            let delay = if number % 500 == 3 { 100_000 } else { 12 };
            entries.push(Entry {
                cause: cause(40),
                proof: Some(Proven {
                    read_back: Some(Proof::MemberList),
                    at: self.ago(39),
                    delay_seconds: Some(delay),
                }),
                ..entry(AuditEvent::RemovalProven, 39)
            });
        }
        entries
    }

    /// Stores the document, with an audit row for each entry.
    async fn document(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        entries: Vec<Entry>,
    ) -> anyhow::Result<()> {
        let mut expect = Expect::Absent;
        for entry in entries {
            let audit = self.ledger.document(id).await?.trainer.audit;
            let trainer = Trainer {
                audit,
                ..trainer.clone()
            };
            let written = self
                .ledger
                .put_recorded(id, &trainer, expect, vec![entry])
                .await?;
            if let Written::Stored(next) = written {
                expect = next.expect;
            }
        }
        Ok(())
    }

    async fn work(&self, number: usize, hire: &Hire) -> anyhow::Result<()> {
        let of = Hired {
            connection: hire.connection.clone(),
            contract: hire.contract.clone(),
            worker: hire.trainer.clone(),
        };
        let today = day_of(self.now);
        let days = (1..=DAYS).map(|back| {
            let seconds = 3_600 * (1 + i64::from(back) * 7 % 5) + number as i64 % 900;
            let work = Measures {
                seconds: Some(seconds),
                tasks: Some(40),
                labels: None,
            };
            Ok((
                today.checked_sub(back.days())?,
                [(hire.project.clone(), work)].into(),
            ))
        });
        let news = UsageNews {
            read_at: self.ago(2),
            accepted: days.collect::<Result<_, jiff::Error>>()?,
            rejected: Default::default(),
            uncertain: Default::default(),
            refused: None,
            mark: (number % 1_000 == 5).then(|| shared::ledger::UsageMark {
                lost: [(today - 40.days(), WhyLost::TooOld)].into(),
                ..Default::default()
            }),
            keep_from: today - 60.days(),
        };
        self.ledger.finish_usage(&of, &news, self.now, None).await?;
        Ok(())
    }

    async fn budget(&self, number: usize, hire: &Hire) -> anyhow::Result<()> {
        let consumed = 20.0 + (number % 21) as f64;
        let budget = json!({
            "contractId": hire.contract,
            "paymentType": "PAY_PER_HOUR",
            "state": if consumed >= 40.0 { "DEPLETED" } else if consumed >= 32.0 { "LOW" } else { "OK" },
            "fundedVolume": 40.0,
            "consumedVolume": consumed,
            "remainingVolume": 40.0 - consumed,
            "consumedFraction": consumed / 40.0,
        });
        let budget = serde_json::from_value(budget)?;
        let row = BudgetRow {
            contract: hire.contract.clone(),
            event: None,
            answer: Some(ByAnswer {
                asked_at: self.ago(2),
                budget,
            }),
            at: self.ago(2),
            changes: 0,
            settled: 0,
            posted: None,
            posting: None,
        };
        self.ledger
            .update_budget(&hire.connection, &hire.contract, |_| Some(row.clone()))
            .await?;
        Ok(())
    }
}

const NAMES: [&str; 7] = ["Maria", "Ben", "Aïcha", "Jonas", "Li", "Noor", "Ana"];
