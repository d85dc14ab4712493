//! Holds deliveries, so that later ones overtake them.

use super::{event::EventType, letter::Letter};

/// A filter for held deliveries; all given parts must match.
#[derive(Clone, Debug, Default)]
pub struct Hold {
    /// Events of this type.
    pub event_type: Option<EventType>,
    /// Events about this trainer's contracts.
    pub trainer: Option<String>,
    /// Events with this `resourceId`.
    pub resource: Option<String>,
}

impl Hold {
    /// Holds every delivery.
    pub fn all() -> Self {
        Self::default()
    }

    /// Holds the deliveries of one type of event.
    pub fn of(event_type: EventType) -> Self {
        let event_type = Some(event_type);
        Self {
            event_type,
            ..Self::default()
        }
    }

    /// Holds the deliveries about one trainer.
    pub fn about(trainer: &str) -> Self {
        let trainer = Some(trainer.to_owned());
        Self {
            trainer,
            ..Self::default()
        }
    }

    pub(crate) fn covers(&self, letter: &Letter) -> bool {
        let kind = self
            .event_type
            .is_none_or(|own| own.as_str() == letter.kind);
        let trainer = self.trainer.is_none() || self.trainer == letter.trainer;
        let resource = self.resource.as_ref();
        kind && trainer && resource.is_none_or(|own| *own == letter.resource)
    }
}
