//! Executes orders, for operators and for the schedule.

use std::collections::BTreeSet;

use anyhow::Context;
use futures::FutureExt;
use serde::Serialize;
use serde_json::Value;
use shared::config::{JobSettings, Vars};
use shared::ledger::audit::Actor;
use shared::ledger::{AlertKind, LedgerError, subject_of};
use shared::model::ConnectionName;
use shared::model::failure::Failure;
use shared::model::progress::Watcher;
use shared::provision::{EndRequest, Provisioner, SettleRequest};
use shared::queue::{QueueError, Taking};
use shared::reconcile::{Guard, Outcome, Reconciler, Wish, disconnecting, unlinking};
use shared::telemetry::Metric;
use shared::usage::{Options, Report, Reporter};
use tokio::sync::Mutex;

use super::action::record_in;
use super::enabled;
use super::order::Order;
use super::running::Running;

/// `about` of a problem with the list of webhook endpoints.
const ENDPOINTS: &str = "webhook endpoints";

/// The jobs of a bridge. Two runs of one job never overlap: the second one waits, even if another client has started
/// it.
pub struct Jobs {
    provisioner: Provisioner,
    reconciler: Mutex<Reconciler>,
    reporter: Mutex<Reporter>,
    guard: Guard,
    /// Settings of this process.
    settings: Option<Vars>,
}

impl Jobs {
    pub fn new(provisioner: Provisioner, settings: &JobSettings) -> Self {
        let reporter = provisioner.reporter();
        Self {
            provisioner: provisioner.clone(),
            guard: settings.guard,
            settings: None,
            reporter: Mutex::new(reporter),
            reconciler: Mutex::new(Reconciler {
                provisioner,
                guard: settings.guard,
            }),
        }
    }

    /// The same jobs, which compare these settings of this process with those of a command.
    pub(crate) fn with_settings(self, settings: Option<Vars>) -> Self {
        Self { settings, ..self }
    }

    /// Records an order with its actor, executes it, and returns its result as JSON. An order with an unknown id fails
    /// before it is recorded, because a mistyped id can be a name or an address, and rows of the audit record are never
    /// changed.
    pub async fn carry_out(
        &self,
        order: &Order,
        actor: &Actor,
        watcher: Watcher<'_>,
    ) -> anyhow::Result<Value> {
        self.check(order).await?;
        record_in(&self.provisioner.ledger, order, actor).await?;
        self.execute(order, watcher).await
    }

    /// Loads connections that were stored in this process, so that their first delivery is accepted at once.
    pub(crate) async fn reload_connections(&self) {
        if let Err(error) = self.provisioner.connections.all().await {
            tracing::warn!(%error, "a new connection can't be loaded yet; the bridge tries again within 30 s");
        }
    }

    async fn check(&self, order: &Order) -> Result<(), Failure> {
        let provisioner = &self.provisioner;
        match order {
            Order::End(request) if !request.dry_run => {
                let dry_run = true;
                let id = request.id.clone();
                provisioner.end(&EndRequest { id, dry_run }).await?;
            }
            Order::Settle(request) if !request.dry_run => {
                let look = SettleRequest {
                    even_if_member: true,
                    dry_run: true,
                    ..request.clone()
                };
                provisioner.settle(&look).await?;
            }
            Order::Forget { trainer } | Order::Retry { trainer } => {
                provisioner.known(trainer).await?;
            }
            Order::Disconnect { connection } => provisioner.check_connection(connection).await?,
            Order::Reconcile(Wish {
                connection: Some(connection),
                force: true,
                dry_run: false,
                ..
            }) => provisioner.check_connection(connection).await?,
            Order::Usage(Options {
                accept_deletions: Some(project),
                dry_run: false,
                ..
            }) => provisioner.check_project(project).await?,
            _ => {}
        }
        Ok(())
    }

    async fn execute(&self, order: &Order, watcher: Watcher<'_>) -> anyhow::Result<Value> {
        let ledger = &self.provisioner.ledger;
        match order {
            Order::Reconcile(wish) => value(&self.reconcile(wish, watcher).await?),
            Order::Usage(options) => value(&self.usage(options, watcher).await?),
            Order::End(request) => value(&self.provisioner.end(request).await?),
            Order::Settle(request) => value(&self.provisioner.settle(request).await?),
            Order::Disconnect { connection } => {
                value(&self.provisioner.disconnect(connection).await?)
            }
            Order::Reconnect {
                connection,
                install,
                organization,
            } => {
                let provisioner = &self.provisioner;
                value(
                    &provisioner
                        .reconnect(connection, install, organization.as_ref())
                        .await?,
                )
            }
            Order::Retry { trainer } => value(&self.provisioner.retry_now(trainer).await?),
            Order::Redrive { ids } => value(&self.take(ids, Taking::Redrive).await?),
            Order::DropDead { ids, reason, .. } => {
                let dropped = self.take(ids, Taking::Drop).await?;
                tracing::warn!(?dropped, reason, "an operator dropped dead letters");
                value(&dropped)
            }
            Order::Unlinking { connection, link } => {
                value(&unlinking(&self.provisioner, self.guard, connection, link).await?)
            }
            Order::Disconnecting { connection } => {
                value(&disconnecting(&self.provisioner, self.guard, connection).await?)
            }
            Order::Unlink { connection, link } => {
                value(&self.provisioner.unlink(connection, link).await?)
            }
            Order::Forget { trainer } => value(&self.provisioner.forget(trainer).await?),
            Order::Onboard(order) => order.carry_out(ledger).await,
            Order::Settings { nonce } => {
                let settings = self.settings.as_ref();
                let settings = settings.context("this bridge has no settings to compare")?;
                value(&Running::of(settings, nonce))
            }
            Order::Enabled { endpoint } => value(&enabled::end(ledger, endpoint).await?),
            Order::Record(_) => Ok(Value::Null),
        }
    }

    async fn take(
        &self,
        ids: &BTreeSet<String>,
        taking: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        self.provisioner.queue.take_dead(ids.clone(), taking).await
    }

    /// Compares the ledger with OpenTrain, and repairs it. Fails only if nothing could be compared.
    pub async fn reconcile(&self, wish: &Wish, watcher: Watcher<'_>) -> anyhow::Result<Outcome> {
        let outcome = self.reconciler.lock().await.run(wish, watcher).await?;
        if !outcome.dry_run {
            Metric::Repaired.add(outcome.drift.iter().filter(|it| it.repaired).count());
            Metric::Waiting.add(outcome.access.len());
            self.note_connections(&outcome, wish.connection.as_ref())
                .await;
            if wish.connection.is_none() {
                self.note_reconciled(&outcome).await;
            }
            let ended = enabled::end_all(&self.provisioner.ledger, &outcome).await;
            unrecorded(AlertKind::EndpointDisabled, ended);
        }
        Ok(outcome)
    }

    /// Reports work. Fails only if nothing could be reported.
    pub async fn usage(&self, options: &Options, watcher: Watcher<'_>) -> anyhow::Result<Report> {
        let reporter = self.reporter.lock().await;
        // Boxed, because the future's type is too deeply nested for async callers.
        let report = reporter.report(options, watcher).boxed().await?;
        if !report.dry_run {
            Metric::UsageEntries.add(report.entries());
            Metric::UsageRefused.add(report.refused.len());
        }
        // A run with a filter does not see all work.
        if options.is_for_all() && !report.dry_run {
            self.note_usage(&report).await;
        }
        Ok(report)
    }
}

/// Conditions that need an operator, for the server's `AlertWatch`. Alerts about something that a run could not read
/// stay.
impl Jobs {
    /// Alerts about connections. A run of one connection does not change the alerts of the others.
    async fn note_connections(&self, outcome: &Outcome, only: Option<&ConnectionName>) {
        let problems = outcome.problems.iter();
        let own = problems.filter(|it| it.about != ENDPOINTS);
        let own = own.filter_map(|it| it.connection.as_ref().map(subject_of));
        let unread_connections: BTreeSet<String> = own.collect();
        let is_any = is_unread(outcome, "connections");
        let only = only.map(subject_of);
        let is_unread = |id: &str| {
            let is_other = only.as_ref().is_some_and(|only| only != id);
            is_any || is_other || unread_connections.contains(id)
        };
        let held = outcome.held.iter().map(|it| subject_of(&it.connection));
        let held = held.collect();
        self.note_alert(AlertKind::RemovalsHeld, held, is_unread)
            .await;
        let refused = outcome.alarms.refused.iter().map(subject_of).collect();
        self.note_alert(AlertKind::TokenRefused, refused, is_unread)
            .await;
    }

    /// The other alerts of a run of all connections.
    async fn note_reconciled(&self, outcome: &Outcome) {
        let alarms = &outcome.alarms;
        let unread = |about: &str| is_unread(outcome, about);
        let is_any = unread("connections");
        let disabled = alarms.disabled.iter().map(enabled::subject);
        let is_hidden = |_: &str| is_any || unread("install") || unread(ENDPOINTS);
        self.note_alert(AlertKind::EndpointDisabled, disabled.collect(), is_hidden)
            .await;
        let orphaned = alarms.orphaned.iter();
        let orphaned = orphaned.map(|(trainer, project)| format!("{trainer} in project {project}"));
        let is_hidden = |id: &str| {
            let trainer = id.split(" in project ").next().unwrap_or_default();
            unread(&format!("trainer {trainer}"))
        };
        self.note_alert(AlertKind::OrphanedAccess, orphaned.collect(), is_hidden)
            .await;
        if outcome.problems.is_empty() {
            self.note_complete(AlertKind::ReconcileLate).await;
        }
    }

    async fn note_usage(&self, report: &Report) {
        let lost = report.lost.iter();
        let lost = lost.map(|it| format!("contract {}", it.of.contract));
        let is_all_seen = report.busy.is_empty() && report.troubles.is_empty();
        self.note_alert(AlertKind::UsageLost, lost.collect(), |_| !is_all_seen)
            .await;
        if report.is_whole() {
            self.note_complete(AlertKind::UsageLate).await;
        }
    }

    async fn note_alert(
        &self,
        kind: AlertKind,
        found: BTreeSet<String>,
        is_hidden: impl Fn(&str) -> bool + Send + Sync,
    ) {
        let ledger = &self.provisioner.ledger;
        let noted = ledger.note_alert(kind, found, is_hidden).await;
        unrecorded(kind, noted);
    }

    /// Records that a job was complete now.
    async fn note_complete(&self, kind: AlertKind) {
        let (ledger, now) = (&self.provisioner.ledger, self.provisioner.clock.now());
        let noted = ledger.alert_good_at(kind, Some(now), now).await;
        unrecorded(kind, noted.map(drop));
    }
}

/// Whether the run could not read this.
fn is_unread(outcome: &Outcome, about: &str) -> bool {
    outcome.problems.iter().any(|it| it.about == about)
}

fn unrecorded(kind: AlertKind, noted: Result<(), LedgerError>) {
    if let Err(error) = noted {
        tracing::warn!(alert = kind.name(), %error, "an alert could not be recorded; the next run tries again");
    }
}

fn value(outcome: &impl Serialize) -> anyhow::Result<Value> {
    serde_json::to_value(outcome).context("the outcome can't be written as JSON")
}
