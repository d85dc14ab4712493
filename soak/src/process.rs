//! One process of the bridge, with the real use cases.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use shared::connection::{Connections, Freshness};
use shared::ledger::{Ledger, Policy};
use shared::model::clock::Clock;
use shared::notice::{NoticeSettings, Notices};
use shared::opentrain::PlatformClient;
use shared::provision::{Delays, Provisioner};
use shared::queue::Queue;
use shared::reconcile::{Guard, Reconciler};
use shared::tool::AnnotationTool;
use shared::usage::LastUsage;
use shared::webhook::Intake;
use simulator::OpenTrain;

use crate::books::Books;
use crate::floor::{Floor, MemoryTool};
use crate::hub::Hub;
use crate::life::Life;
use crate::store::connections::{Keeper, MemoryConnections};
use crate::store::messages::Messages;
use crate::store::queue::MemoryQueue;
use crate::store::table::{MemoryTable, Rows};
use crate::wire;

/// State that outlives the processes.
pub(crate) struct Surroundings {
    pub(crate) hub: Arc<Hub>,
    pub(crate) opentrain: Arc<OpenTrain>,
    pub(crate) rows: Arc<Rows>,
    pub(crate) claims: Arc<Rows>,
    pub(crate) messages: Arc<Messages>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) floor: Arc<Floor>,
    pub(crate) books: Arc<Books>,
    pub(crate) policy: Policy,
    pub(crate) made: AtomicUsize,
}

/// A process: intake, provisioner, reconciler and reporter.
pub(crate) struct Process {
    pub(crate) life: Arc<Life>,
    pub(crate) intake: Intake,
    pub(crate) reconciler: Reconciler,
    /// A client of OpenTrain without a customer's token.
    pub(crate) client: PlatformClient,
}

impl Process {
    /// Starts a process, whose clock is ahead by these milliseconds.
    pub(crate) fn start(around: &Surroundings, ahead: i64, is_exposed: bool) -> Self {
        let id = around.made.fetch_add(1, Ordering::SeqCst);
        let life = Arc::new(Life::new(id, Arc::clone(&around.hub), ahead, is_exposed));
        let clock = || Arc::clone(&life) as Arc<dyn Clock>;
        let table = |rows: &Arc<Rows>| {
            let (rows, life) = (Arc::clone(rows), Arc::clone(&life));
            Arc::new(MemoryTable { rows, life })
        };
        let ledger = Ledger::new(table(&around.rows), table(&around.claims), clock());
        let tool: Arc<dyn AnnotationTool> = Arc::new(MemoryTool {
            floor: Arc::clone(&around.floor),
            life: Arc::clone(&life),
        });
        let queue: Arc<dyn Queue> = Arc::new(MemoryQueue {
            messages: Arc::clone(&around.messages),
            life: Arc::clone(&life),
        });
        let store = Arc::new(MemoryConnections {
            keeper: Arc::clone(&around.keeper),
            life: Arc::clone(&life),
        });
        let client = wire::client(&around.opentrain, &around.books, &life);
        let connections = Connections::kept(store, client.clone(), clock(), Freshness::default());
        let provisioner = Provisioner {
            notices: notices(&ledger, &tool, clock(), around).serving(connections.clone()),
            ledger,
            queue: Arc::clone(&queue),
            tool,
            connections: connections.clone(),
            clock: clock(),
            policy: around.policy.clone(),
            delays: Delays::default(),
            mail: None,
            usage: LastUsage::default(),
        };
        Self {
            intake: Intake::new(connections, queue, clock()),
            reconciler: Reconciler {
                provisioner,
                guard: Guard::default(),
            },
            life,
            client,
        }
    }

    pub(crate) fn provisioner(&self) -> &Provisioner {
        &self.reconciler.provisioner
    }
}

fn notices(
    ledger: &Ledger,
    tool: &Arc<dyn AnnotationTool>,
    clock: Arc<dyn Clock>,
    around: &Surroundings,
) -> Notices {
    let (ledger, tool, policy) = (ledger.clone(), Arc::clone(tool), around.policy.clone());
    Notices::new(ledger, tool, clock, policy, NoticeSettings::default())
}
