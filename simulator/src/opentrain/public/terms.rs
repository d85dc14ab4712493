//! Terms of a milestone.

/// A milestone to add.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NewMilestone {
    pub(crate) name: Option<String>,
    pub(crate) description: String,
    pub(crate) amount_usd: f64,
    pub(crate) volume: Option<f64>,
    pub(crate) due_date: Option<String>,
}
