//! Public profiles.

use serde_json::{Value, json};

use super::{number, slug};
use crate::{
    kit::shape::{Shape, TEXTS, has, or_null},
    market::{
        Market,
        data::profile::{country_name, parts, shown_name},
    },
    model::{contract::ContractStatus, trainer::Trainer},
};

/// Name, address and country of a trainer, as every view shows them.
pub(super) struct Shown<'a> {
    pub(super) name: &'a str,
    pub(super) first_name: String,
    pub(super) last_name_initial: Option<String>,
    pub(super) slug: String,
    pub(super) path: String,
    pub(super) country: &'a str,
}

impl<'a> From<&'a Trainer> for Shown<'a> {
    fn from(trainer: &'a Trainer) -> Self {
        let name = shown_name(&trainer.display_name);
        let (first_name, last_name_initial) = parts(name);
        let slug = slug(name, &trainer.id);
        Self {
            name,
            first_name,
            last_name_initial,
            path: format!("/freelancers/{slug}"),
            slug,
            country: country_name(&trainer.country),
        }
    }
}

const SKILLS: Shape = Shape::Object(&[
    has("subjectMatter", TEXTS),
    has("tags", TEXTS),
    has("software", TEXTS),
    has("dataTypes", TEXTS),
    has("labelTypes", TEXTS),
]);
const LANGUAGE: Shape = Shape::Object(&[
    has("language", Shape::Text),
    has("proficiency", Shape::Text),
]);
const STATS: Shape = Shape::Object(&[
    has("totalEarnedUsd", Shape::Number),
    has("billedHours", Shape::Number),
    or_null("jobSuccessScore", Shape::Number),
    has("reviewCount", Shape::Whole),
    or_null("averageRating", Shape::Number),
]);
/// The answer of [`freelancer_body`].
pub(crate) const FREELANCER: Shape = Shape::Named(
    "Freelancer",
    &[&[
        has("id", Shape::Text),
        has("profileSlug", Shape::Text),
        has("profilePath", Shape::Text),
        has("displayName", Shape::Text),
        has("firstName", Shape::Text),
        or_null("lastNameInitial", Shape::Text),
        has("talentType", Shape::Text),
        has("title", Shape::Text),
        or_null("bio", Shape::Text),
        or_null("city", Shape::Text),
        has("countryCode", Shape::Text),
        has("country", Shape::Text),
        or_null("profilePhotoUrl", Shape::Text),
        has("hourlyRateUsd", Shape::Number),
        has("availability", Shape::OneOf(&["AVAILABLE", "UNAVAILABLE"])),
        has("expertiseLevel", Shape::Text),
        has("englishLevel", Shape::Text),
        has("memberSince", Shape::Time),
        has("identityVerified", Shape::Flag),
        has("skills", SKILLS),
        has("languages", Shape::List(&LANGUAGE)),
        has("stats", STATS),
        or_null("agency", Shape::Any),
        has("labelExperience", Shape::List(&Shape::Any)),
        has("workExperience", Shape::List(&Shape::Any)),
        has("education", Shape::List(&Shape::Any)),
        has("reviews", Shape::List(&Shape::Any)),
    ]],
);

/// A trainer by id or by the address of the profile.
pub(crate) fn trainer_by<'a>(market: &'a Market, id_or_slug: &str) -> Option<&'a Trainer> {
    let by_id = market.world.trainers.get(id_or_slug);
    by_id.or_else(|| {
        let mut all = market.world.trainers.values();
        all.find(|own| Shown::from(*own).slug == id_or_slug)
    })
}

pub(crate) fn freelancer_body(market: &Market, trainer: &Trainer) -> Value {
    let shown = Shown::from(trainer);
    let profile = market.profile(&trainer.id);
    let own = || {
        let all = market.world.contracts.iter();
        all.filter(|own| own.trainer_id.as_deref() == Some(&trainer.id))
    };
    let seconds: u64 = own()
        .map(|own| market.world.budget(own).consumed.seconds)
        .sum();
    let has_ended = own().any(|own| own.status() == ContractStatus::Ended);
    json!({
        "id": trainer.id,
        "profileSlug": shown.slug,
        "profilePath": shown.path,
        "displayName": shown.name,
        "firstName": shown.first_name,
        "lastNameInitial": shown.last_name_initial,
        "talentType": "FREELANCER",
        "title": "AI trainer",
        "bio": null,
        "city": null,
        "countryCode": trainer.country,
        "country": shown.country,
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
