//! Helpers of the usage tests.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use shared::connection::Connection;
use shared::http::TIMEOUT;
use shared::ledger::Policy;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock, after, before};
use shared::model::ids::ProjectId;
use shared::model::progress::unwatched;
use shared::notice::{NoticeSettings, Notices};
use shared::tool::{
    AnnotationTool, Ask, Capabilities, DayTotal, Granted, Membership, Notice, Person, Project,
    Removed, TimeSource, ToolError, Totals,
};
use shared::usage::{Options, Platform, Report, Reporter, Settings};
use simulator::{Endpoint, UsageRow, Work};
use tools::RestTool;

use crate::common::events::{self, Link};
use crate::common::world::{TOOL_TOKEN, World};

pub(crate) const PROJECT: &str = "streets";

/// The UTC day `ago` days before today.
pub(crate) fn day(ago: i64) -> Date {
    let today = SystemClock.now().to_zoned(TimeZone::UTC).date();
    today.checked_sub(ago.days()).unwrap()
}

/// A clock that is ahead.
pub(crate) struct Ahead(pub(crate) Duration);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        after(SystemClock.now(), self.0)
    }
}

/// A clock that is behind.
pub(crate) struct Behind(pub(crate) Duration);

impl Clock for Behind {
    fn now(&self) -> Timestamp {
        before(SystemClock.now(), self.0)
    }
}

/// A reporter like that of `bridge serve`, but with its own clock and its own connections.
pub(crate) fn reporter(world: &World) -> Reporter {
    reporter_at(world, Arc::new(SystemClock))
}

/// The same, by another clock.
pub(crate) fn reporter_at(world: &World, clock: Arc<dyn Clock>) -> Reporter {
    let tool = RestTool::new(
        &world.tool.base_url(),
        &TOOL_TOKEN.into(),
        TIMEOUT,
        Arc::clone(&clock),
    );
    let tool: Arc<dyn AnnotationTool> = Arc::new(tool.unwrap());
    let ledger = world.bridge.ledger().clone();
    let notices = Notices::new(
        ledger.clone(),
        Arc::clone(&tool),
        Arc::clone(&clock),
        Policy::default(),
        NoticeSettings::default(),
    );
    let connection = |(name, customer): (&&str, &crate::common::customer::Customer)| Connection {
        name: ConnectionName::parse(name).unwrap(),
        secrets: vec![customer.secret.clone()],
        platform: customer.platform.clone(),
        projects: world.projects_of(name),
    };
    Reporter {
        ledger,
        tool,
        connections: world.customers.iter().map(connection).collect(),
        api: Arc::new(Platform),
        notices,
        clock,
        settings: Settings::default(),
    }
}

pub(crate) fn rest(world: &World) -> RestTool {
    let clock = Arc::new(SystemClock);
    RestTool::new(&world.tool.base_url(), &TOOL_TOKEN.into(), TIMEOUT, clock).unwrap()
}

/// The run that the schedule makes.
pub(crate) async fn report(world: &World) -> Report {
    run(&reporter(world), &Options::default()).await
}

pub(crate) async fn run(reporter: &Reporter, options: &Options) -> Report {
    reporter.report(options, &unwatched).await.unwrap()
}

/// Hires a trainer for [`PROJECT`], who gets access. Returns the job and the contract.
pub(crate) async fn hired(world: &World, trainer: &str) -> (String, String) {
    let job = world.job(PROJECT).await;
    world.trainer(trainer);
    let contract = world.hire(&job, trainer);
    world.idle().await;
    (job, contract)
}

/// Delivers an event of OpenTrain by which a contract began `ago` days ago.
pub(crate) async fn began(world: &World, id: u64, contract: &str, trainer: &str, ago: i64) {
    let mut event = events::started(id, contract, trainer, &link(world));
    event["data"]["contract"]["startDate"] = json!(day(ago).to_string());
    world.deliver("default", &event).await;
    world.idle().await;
}

/// Delivers the event of a contract's start, from `ago` days ago.
pub(crate) async fn started(world: &World, id: u64, contract: &str, trainer: &str, ago: i64) {
    let mut event = events::started(id, contract, trainer, &link(world));
    event["createdAt"] = json!(format!("{}T10:00:00.000Z", day(ago)));
    world.deliver("default", &event).await;
    world.idle().await;
}

/// Delivers an event of OpenTrain by which a contract ended `ago` days ago.
pub(crate) async fn ended(world: &World, id: u64, contract: &str, trainer: &str, ago: i64) {
    let mut event = events::ended(id, contract, trainer, &link(world));
    event["createdAt"] = json!(format!("{}T10:00:00.000Z", day(ago)));
    world.deliver("default", &event).await;
    world.idle().await;
}

/// The link on [`PROJECT`], as events show it.
pub(crate) fn link(world: &World) -> Link {
    let links = world.opentrain.links();
    let own = links.iter().find(|it| it.external_project_id == PROJECT);
    let own = own.unwrap();
    Link {
        job: own.job_id.clone(),
        ..Link::new(&own.id, PROJECT)
    }
}

/// Sets the total of a trainer's day in the tool.
pub(crate) fn worked(world: &World, trainer: &str, ago: i64, total: Work) {
    world
        .tool
        .correct_work(PROJECT, trainer, day(ago), total)
        .unwrap();
}

/// The days and seconds that OpenTrain holds of a contract.
pub(crate) fn held(world: &World, contract: &str) -> Vec<(Date, Option<u64>)> {
    rows(world, contract)
        .iter()
        .map(|row| (row.day, row.seconds))
        .collect()
}

pub(crate) fn rows(world: &World, contract: &str) -> Vec<UsageRow> {
    world.opentrain.usage(contract).unwrap()
}

/// Number of posts of usage.
pub(crate) fn posts(world: &World) -> u64 {
    world
        .opentrain
        .requests()
        .get(&Endpoint::Usage)
        .copied()
        .unwrap_or_default()
}

/// A change of totals between the tool and the bridge.
pub(crate) type Bend = Box<dyn Fn(&mut Vec<DayTotal>) + Send + Sync>;

/// A tool whose totals a test can change before the bridge gets them.
pub(crate) struct Bent {
    pub(crate) tool: RestTool,
    pub(crate) time: TimeSource,
    pub(crate) bend: Bend,
}

#[async_trait]
impl AnnotationTool for Bent {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            time: self.time,
            ..self.tool.capabilities().await?
        })
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        self.tool.project(project).await
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        self.tool.grant(project, person).await
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        self.tool.remove(project, member).await
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        self.tool.access(project, member).await
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        let totals = self.tool.totals(project, ask).await?;
        Ok(totals.map(|totals| {
            let mut days = totals.days.whole().unwrap();
            (self.bend)(&mut days);
            Totals::of(totals.read_at, days.into())
        }))
    }

    async fn show_notice(&self, project: &ProjectId, notice: &Notice) -> Result<bool, ToolError> {
        self.tool.show_notice(project, notice).await
    }

    async fn clear_notice(&self, project: &ProjectId) -> Result<bool, ToolError> {
        self.tool.clear_notice(project).await
    }
}
