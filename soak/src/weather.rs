//! Which faults happen, and how often.

use std::time::Duration;

use crate::dice::Dice;

/// Where a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// The ledger's table, or that of the claims.
    Table,
    /// The queue.
    Queue,
    /// The stored connections.
    Connections,
    /// OpenTrain's API.
    OpenTrain,
    /// The annotation tool.
    Tool,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is executed and answered.
    Fair,
    /// It is not executed, and fails.
    FailsBefore,
    /// It is executed, and its answer is lost.
    FailsAfter,
    /// The process ends before the call.
    DiesBefore,
    /// The process ends after the call.
    DiesAfter,
    /// The process stalls for this long, then continues.
    Stalls(Duration),
    /// The call takes this long.
    Slow(Duration),
}

/// Rates of faults, in 1,000 calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// A call to this site fails.
    pub table: u32,
    pub queue: u32,
    pub connections: u32,
    pub opentrain: u32,
    pub tool: u32,
    /// The process ends at a call.
    pub deaths: u32,
    /// The process stalls at a call, often for longer than a lease.
    pub stalls: u32,
    /// A call is slow.
    pub slow: u32,
    /// A delivery's attempt is lost before or after it arrives.
    pub network: u32,
    /// An invocation is repeated with the same receive count.
    pub repeats: u32,
    /// A message of the retry queue is delivered twice.
    pub twice: u32,
    /// The tool gives a false answer.
    pub lies: u32,
    /// A process begins with a clock that is wrong by up to four minutes.
    pub skews: u32,
}

impl Weather {
    /// Draws the rates. Each kind of fault is switched on with a chance of one half.
    pub fn draw(dice: &mut Dice) -> Self {
        let mut rate = |rates: &[u32]| match dice.permille(500) {
            true => dice.pick(rates),
            false => 0,
        };
        Self {
            table: rate(&[5, 20, 60]),
            queue: rate(&[5, 20, 60]),
            connections: rate(&[10, 50]),
            opentrain: rate(&[20, 100, 300]),
            tool: rate(&[20, 100, 300]),
            deaths: rate(&[2, 10, 30]),
            stalls: rate(&[2, 10]),
            slow: rate(&[10, 50]),
            network: rate(&[50, 200]),
            repeats: rate(&[50, 300]),
            twice: rate(&[100, 300]),
            lies: rate(&[20, 100]),
            skews: rate(&[300]),
        }
    }

    /// Nothing fails.
    pub fn calm() -> Self {
        Self::default()
    }

    /// The fate of one call.
    pub fn fate(&self, site: Site, dice: &mut Dice) -> Fate {
        let fails = match site {
            Site::Table => self.table,
            Site::Queue => self.queue,
            Site::Connections => self.connections,
            Site::OpenTrain => self.opentrain,
            Site::Tool => self.tool,
        };
        let after = dice.permille(500);
        if dice.permille(self.deaths) {
            return if after {
                Fate::DiesAfter
            } else {
                Fate::DiesBefore
            };
        }
        if dice.permille(self.stalls) {
            return Fate::Stalls(dice.time(Duration::from_secs(30), Duration::from_secs(900)));
        }
        if dice.permille(fails) {
            return if after {
                Fate::FailsAfter
            } else {
                Fate::FailsBefore
            };
        }
        if dice.permille(self.slow) {
            return Fate::Slow(dice.time(Duration::from_secs(1), Duration::from_secs(30)));
        }
        Fate::Fair
    }

    /// Copies of this weather, each with one kind of fault switched off.
    pub fn simpler(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut without = |change: fn(&mut Self) -> &mut u32| {
            let mut simpler = self.clone();
            let rate = change(&mut simpler);
            if std::mem::take(rate) > 0 {
                all.push(simpler);
            }
        };
        without(|it| &mut it.table);
        without(|it| &mut it.queue);
        without(|it| &mut it.connections);
        without(|it| &mut it.opentrain);
        without(|it| &mut it.tool);
        without(|it| &mut it.deaths);
        without(|it| &mut it.stalls);
        without(|it| &mut it.slow);
        without(|it| &mut it.network);
        without(|it| &mut it.repeats);
        without(|it| &mut it.twice);
        without(|it| &mut it.lies);
        without(|it| &mut it.skews);
        all
    }
}
