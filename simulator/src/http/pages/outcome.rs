//! Results of forms, which the page after the form shows once: a token must not be in an address or be shown again.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

/// Results that are kept until they are shown.
const MOST: usize = 100;

/// The result of a form.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Done {
        operation: &'static str,
        /// The JSON call, as a page prints it.
        call: String,
        answer: Value,
    },
    /// It was shown already.
    Shown,
}

impl Outcome {
    /// The answer to this operation.
    pub(super) fn answer_of(&self, wanted: &str) -> Option<&Value> {
        match self {
            Self::Done {
                operation, answer, ..
            } if *operation == wanted => Some(answer),
            _ => None,
        }
    }
}

#[derive(Default)]
pub(crate) struct Outcomes(Mutex<VecDeque<(String, Outcome)>>);

impl Outcomes {
    /// Keeps a result. Returns the id that takes it.
    pub(super) fn keep(&self, outcome: Outcome) -> String {
        let id = hex::encode(rand::random::<[u8; 12]>());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((id.clone(), outcome));
        if kept.len() > MOST {
            kept.pop_front();
        }
        id
    }

    /// Forgets all results.
    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub(super) fn take(&self, id: &str) -> Outcome {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(own, _)| own == id);
        let taken = place.and_then(|place| kept.remove(place));
        taken.map_or(Outcome::Shown, |(_, outcome)| outcome)
    }
}
