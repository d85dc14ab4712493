//! The time.

use jiff::Timestamp;
use shared::model::clock::{Clock, SystemClock};

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}
