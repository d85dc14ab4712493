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

/// A masked name, as it is shown; `Freelancer` without one.
pub(crate) fn shown_name(display_name: &str) -> &str {
    match display_name.trim() {
        "" => "Freelancer",
        name => name,
    }
}

/// Parts of a masked name: `Maria S.` is `Maria` and `S`.
pub(crate) fn parts(name: &str) -> (String, Option<String>) {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default().to_owned();
    let last = words.next_back().and_then(|word| word.chars().next());
    (first, last.map(|letter| letter.to_string()))
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
