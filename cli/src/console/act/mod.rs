//! Actions that change something. Each has a page that states what will happen, with the form that does it. They give
//! the same orders as the commands.

pub(super) mod dead_letters;
pub(super) mod plan;
mod retry;

pub(super) use retry::{Asked as Retry, ask as ask_retry, retry};

use std::sync::Arc;

use serde::de::DeserializeOwned;
use shared::model::progress::unwatched;

use super::app::Console;
use super::html::Problem;
use super::run::apart;
use crate::control::{Order, ask_at};
use crate::exit::CliError;

impl Console {
    /// Fails if the console is read-only.
    pub(super) fn writes(&self) -> Result<(), Problem> {
        match self.allow_writes {
            true => Ok(()),
            false => Err(Problem::ReadOnly),
        }
    }

    /// Executes an order in the running bridge, as the commands do.
    pub(super) async fn order<T: DeserializeOwned + Send + 'static>(
        self: &Arc<Self>,
        order: Order,
    ) -> Result<T, CliError> {
        let console = Arc::clone(self);
        let done = apart(move || async move {
            let done: Result<T, CliError> = ask_at(&console.target, &order, &unwatched).await;
            done
        });
        let done = done.await?;
        self.read_again().await;
        done
    }
}
