//! Public profiles of trainers.

/// What the marketplace shows of a trainer, besides name and country.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) available: bool,
    pub(crate) hourly_rate_usd: f64,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            available: true,
            hourly_rate_usd: 20.0,
        }
    }
}

/// Parts of a masked name: `Maria S.` is `Maria` and `S`. A missing name reads `Freelancer`.
pub(crate) fn parts(display_name: &str) -> (String, Option<String>) {
    let mut words = display_name.split_whitespace();
    let first = words.next().unwrap_or("Freelancer").to_owned();
    let last = words.next_back().and_then(|word| word.chars().next());
    (first, last.map(|letter| letter.to_string()))
}

/// A profile's address: the name and the id.
pub(crate) fn slug(display_name: &str, id: &str) -> String {
    let name: String = display_name
        .chars()
        .filter(|own| own.is_ascii_alphanumeric() || *own == ' ')
        .collect();
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    let id = id.replace('_', "-");
    match words.is_empty() {
        true => format!("freelancer-{id}"),
        false => format!("{}-{id}", words.join("-")),
    }
}

/// Name of a country, which the Public API uses where the Platform API has the code.
pub(crate) fn country_name(code: &str) -> &str {
    match code {
        "BR" => "Brazil",
        "DE" => "Germany",
        "ES" => "Spain",
        "FR" => "France",
        "GB" => "United Kingdom",
        "IN" => "India",
        "KE" => "Kenya",
        "PH" => "Philippines",
        "PL" => "Poland",
        "PT" => "Portugal",
        "US" => "United States",
        other => other,
    }
}
