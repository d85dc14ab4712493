//! A console beside the world's bridge.

use std::path::Path;

use crate::common::command::command;
pub(crate) use crate::common::console::{Console, form};
use crate::common::world::World;

/// Starts a console on the world's database, and opens its link.
pub(crate) async fn start(world: &World, args: &[&str]) -> Console {
    let mut console = unopened(world, &world.file(), args).await;
    console.open().await;
    console
}

/// A console on this database, whose link is not opened.
pub(crate) async fn unopened(world: &World, database: &Path, args: &[&str]) -> Console {
    let mut command = command(world, database, &["console"]);
    command.args(args);
    Console::spawn(command).await
}
