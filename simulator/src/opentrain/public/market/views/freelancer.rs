//! Public profiles.

use serde_json::{Value, json};

use super::number;
use crate::opentrain::{
    contract::ContractStatus,
    public::profile::{country_name, parts, slug},
    trainer::Trainer,
    world::World,
};

impl World {
    /// A trainer by id or by the address of the profile.
    pub(crate) fn trainer_by(&self, id_or_slug: &str) -> Option<&Trainer> {
        let by_id = self.trainers.get(id_or_slug);
        by_id.or_else(|| {
            let mut all = self.trainers.values();
            all.find(|own| slug(&own.display_name, &own.id) == id_or_slug)
        })
    }

    pub(crate) fn freelancer_body(&self, trainer: &Trainer) -> Value {
        let (first_name, last_name_initial) = parts(&trainer.display_name);
        let slug = slug(&trainer.display_name, &trainer.id);
        let profile = self.profile(&trainer.id);
        let own = || {
            let all = self.contracts.iter();
            all.filter(|own| own.trainer_id.as_deref() == Some(&trainer.id))
        };
        let seconds: u64 = own().map(|own| self.budget(own).consumed.seconds).sum();
        let has_ended = own().any(|own| own.status() == ContractStatus::Ended);
        json!({
            "id": trainer.id,
            "profileSlug": slug,
            "profilePath": format!("/freelancers/{slug}"),
            "displayName": trainer.display_name,
            "firstName": first_name,
            "lastNameInitial": last_name_initial,
            "talentType": "FREELANCER",
            "title": "AI trainer",
            "bio": null,
            "city": null,
            "countryCode": trainer.country,
            "country": country_name(&trainer.country),
            "profilePhotoUrl": null,
            "hourlyRateUsd": number(profile.hourly_rate_usd),
            "availability": if profile.available { "AVAILABLE" } else { "UNAVAILABLE" },
            "expertiseLevel": "INTERMEDIATE",
            "englishLevel": "FLUENT",
            "memberSince": "2025-01-01T00:00:00.000Z",
            "identityVerified": false,
            "skills": {"subjectMatter": [], "tags": [], "software": [], "dataTypes": [], "labelTypes": []},
            "languages": [{"language": "English", "proficiency": "FLUENT"}],
            "stats": {
                "totalEarnedUsd": 0,
                "billedHours": number((seconds as f64 / 36.0).round() / 100.0),
                "jobSuccessScore": has_ended.then_some(100),
                "reviewCount": 0,
                "averageRating": null,
            },
            "agency": null,
            "labelExperience": [],
            "workExperience": [],
            "education": [],
            "reviews": [],
        })
    }
}
