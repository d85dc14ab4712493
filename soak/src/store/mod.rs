//! Stores in memory, which outlive the processes.

pub(crate) mod connections;
pub(crate) mod messages;
pub(crate) mod queue;
pub(crate) mod table;

#[cfg(test)]
mod tests {
    //! The contract suites of the product's stores, run on these stores.

    use std::sync::Arc;
    use std::time::Duration;

    use async_trait::async_trait;
    use jiff::Timestamp;
    use shared::ledger::Table;
    use shared::queue::{Limits, Queue};
    use shared::{ledger, queue};

    use super::messages::Messages;
    use super::queue::MemoryQueue;
    use super::table::MemoryTable;
    use crate::hub::Hub;
    use crate::life::Life;

    struct Calm(Arc<Life>);

    impl Calm {
        fn new() -> Self {
            let hub = Arc::new(Hub::new(0));
            Self(Arc::new(Life::at_rest(hub)))
        }
    }

    #[async_trait]
    impl queue::contract::Subject for Calm {
        async fn queue(&self, limits: Limits) -> Arc<dyn Queue> {
            let messages = Arc::new(Messages::with(limits));
            let life = Arc::clone(&self.0);
            Arc::new(MemoryQueue { messages, life })
        }

        fn now(&self) -> Timestamp {
            self.0.hub().now()
        }

        async fn pass(&self, time: Duration) {
            tokio::time::sleep(time).await;
        }
    }

    #[async_trait]
    impl ledger::contract::Subject for Calm {
        async fn table(&self) -> Arc<dyn Table> {
            let life = Arc::clone(&self.0);
            Arc::new(MemoryTable {
                rows: Arc::default(),
                life,
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_keeps_the_rules_of_queues() {
        queue::contract::run(&Calm::new()).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_table_keeps_the_rules_of_tables() {
        ledger::contract::run(&Calm::new()).await;
    }
}
