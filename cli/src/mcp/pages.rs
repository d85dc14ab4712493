//! The documentation of this version, and the search in it.

use serde::Serialize;

macro_rules! pages {
    ($($name:literal),* $(,)?) => {
        /// The pages of docs, by name.
        pub(super) const PAGES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../docs/", $name)))),*];
    };
}

pages!(
    "agents.md",
    "architecture.md",
    "aws.md",
    "bring-your-own-tool.md",
    "console.md",
    "employer.md",
    "glossary.md",
    "json.md",
    "onboarding.md",
    "opentrain-api.md",
    "operations.md",
    "performance.md",
    "production.md",
    "reliability.md",
    "sandbox.md",
    "settings.md",
    "threat-model.md",
    "tools.md",
);

/// Maximum length of an excerpt.
const LONGEST: usize = 500;

/// Weight of a word in a heading.
const IN_HEADING: usize = 8;

/// A section that matches a query.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    /// The page in docs.
    file: &'static str,
    heading: &'static str,
    excerpt: String,
}

struct Section {
    file: &'static str,
    heading: &'static str,
    text: &'static str,
}

/// The sections that contain most of the words, the best first.
pub(super) fn search(query: &str, limit: usize) -> Vec<Found> {
    let words: Vec<_> = query
        .split(|it: char| !it.is_alphanumeric() && it != '_' && it != '-')
        .filter(|word| word.len() > 1)
        .map(str::to_lowercase)
        .collect();
    let mut found: Vec<_> = sections()
        .filter_map(|section| Some((score(&section, &words)?, section)))
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let best = found.into_iter().take(limit);
    best.map(|(_, section)| Found {
        file: section.file,
        heading: section.heading,
        excerpt: excerpt(section.text, &words),
    })
    .collect()
}

fn sections() -> impl Iterator<Item = Section> {
    PAGES.iter().flat_map(|&(file, text)| {
        let mut starts: Vec<_> = text
            .match_indices("\n#")
            .map(|(at, _)| at + 1)
            .filter(|at| text[*at..].trim_start_matches('#').starts_with(' '))
            .collect();
        starts.insert(0, 0);
        let ends: Vec<_> = starts.iter().skip(1).copied().chain([text.len()]).collect();
        starts.into_iter().zip(ends).map(move |(start, end)| {
            let section = &text[start..end];
            let (heading, rest) = section.split_once('\n').unwrap_or((section, ""));
            Section {
                file,
                heading: heading.trim_start_matches('#').trim(),
                text: rest.trim(),
            }
        })
    })
}

/// Number of the words that the section contains, then how often it contains them. `None` if it contains none.
fn score(section: &Section, words: &[String]) -> Option<(usize, usize)> {
    let (heading, text) = (section.heading.to_lowercase(), section.text.to_lowercase());
    let counts = words
        .iter()
        .map(|word| IN_HEADING * heading.matches(word).count() + text.matches(word).count());
    let counts: Vec<_> = counts.filter(|count| *count > 0).collect();
    (!counts.is_empty()).then(|| (counts.len(), counts.iter().map(|it| (*it).min(20)).sum()))
}

/// The text from the line with the first of the words.
fn excerpt(text: &str, words: &[String]) -> String {
    let lines: Vec<_> = text.lines().collect();
    let has_word = |line: &&str| {
        let line = line.to_lowercase();
        words.iter().any(|word| line.contains(word.as_str()))
    };
    let first = lines.iter().position(has_word).unwrap_or(0);
    let text = lines[first..].join("\n");
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{} …", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn all_pages_are_searched() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
        let files = std::fs::read_dir(folder).unwrap();
        let files = files.map(|it| it.unwrap().file_name().into_string().unwrap());
        let pages: BTreeSet<_> = files
            .filter(|it| it.ends_with(".md") && it != "README.md")
            .collect();
        let named: BTreeSet<_> = PAGES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(named, pages);
    }

    #[test]
    fn the_section_about_a_word_is_found() {
        let found = search("RECONCILE_MAX_REMOVALS_PERCENT guard holds removals", 5);
        assert_eq!(found.len(), 5);
        let found = search("rotate webhook secret", 5);
        let first = &found[0];
        assert!(first.excerpt.to_lowercase().contains("secret"), "{first:?}");
        assert!(search("xyzzy", 5).is_empty());
    }
}
