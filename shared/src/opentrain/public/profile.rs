//! Public profiles of trainers.

use serde::{Deserialize, Serialize};

use super::{Other, Private, PublicClient};
use crate::model::ids::TrainerId;
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;

/// A trainer's profile, with a masked name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Freelancer {
    pub id: TrainerId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: Private,
    #[serde(default, deserialize_with = "lenient::text")]
    pub country: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub hourly_rate_usd: Option<f64>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub availability: Option<String>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Deserialize)]
struct One {
    freelancer: Freelancer,
}

static GET: Call = Call::read("such trainer");

impl PublicClient {
    /// A profile by the trainer's id or the last part of its address.
    pub async fn freelancer(&self, id_or_slug: &str) -> Result<Freelancer, OpenTrainError> {
        let request = self.ask(&GET, &["freelancers", id_or_slug])?;
        Ok(request.read::<One>().await?.freelancer)
    }
}
