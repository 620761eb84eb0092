//! How alike the name of a path and that of a column are.

use std::collections::BTreeSet;

use crate::value::json::JsonPath;

/// Words that say nothing of what a document is about.
const EMPTY: [&str; 8] = [
    "json", "context", "payload", "data", "raw", "document", "doc", "details",
];

/// The words of a path: those of its last step, of the steps before it, and of the column that holds the document.
#[derive(Debug)]
pub(super) struct PathWords {
    last: BTreeSet<String>,
    above: BTreeSet<String>,
    document: BTreeSet<String>,
}

impl PathWords {
    pub(super) fn new(json: &str, path: &JsonPath) -> Self {
        let mut above = BTreeSet::new();
        let mut last = BTreeSet::new();
        for step in path.steps() {
            above.append(&mut last);
            last = words(step.name());
        }
        let mut document = words(json);
        document.retain(|word| !EMPTY.contains(&word.as_str()));
        Self {
            last,
            above,
            document,
        }
    }

    /// How much of a column's name the path says: most for words of its last step.
    pub(super) fn likeness(&self, column: &BTreeSet<String>) -> usize {
        let score = |word: &String| {
            let says = |words: &BTreeSet<String>| words.iter().any(|other| alike(word, other));
            match () {
                () if self.last.contains(word) => 6,
                () if self.above.contains(word) => 5,
                () if says(&self.last) => 4,
                () if says(&self.above) => 3,
                () if self.document.contains(word) => 2,
                () => 0,
            }
        };
        let total: usize = column.iter().map(score).sum();
        total * 100 / (column.len().max(1) * 6)
    }

    /// Whether the names alone make them a pair: the last step is called as the column is, or the path and its document
    /// say every word of the column's name, of two at least, the last step one of them.
    pub(super) fn is_named(&self, column: &BTreeSet<String>) -> bool {
        if column.is_empty() {
            return false;
        }
        let says = |word: &String| {
            self.last.contains(word) || self.above.contains(word) || self.document.contains(word)
        };
        self.last == *column
            || column.len() > 1
                && column.iter().all(says)
                && column.iter().any(|word| self.last.contains(word))
    }
}

/// The words of a name in lower case: parted by what is no letter or digit, by capitals, and between letters and digits.
pub(super) fn words(name: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut word = String::new();
    let mut before: Option<char> = None;
    let mut end = |word: &mut String| {
        if !word.is_empty() {
            words.insert(std::mem::take(word));
        }
    };
    for c in name.chars() {
        let parts = before.is_some_and(|before| {
            before.is_lowercase() && c.is_uppercase() || before.is_numeric() != c.is_numeric()
        });
        if !c.is_alphanumeric() || parts {
            end(&mut word);
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    end(&mut word);
    words
}

/// Whether one word is short for the other: `min` for `minutes`.
fn alike(a: &str, b: &str) -> bool {
    const SHORTEST: usize = 3;
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.chars().count() >= SHORTEST && long.starts_with(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> JsonPath {
        JsonPath::parse(text).unwrap()
    }

    #[test]
    fn words_of_all_spellings() {
        let of = |name: &str| words(name).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(of("pts_qtr1_home"), "1 home pts qtr");
        assert_eq!(of("gameType"), "game type");
        assert_eq!(of("GAME_ID"), "game id");
        assert_eq!(of(""), "");
    }

    #[test]
    fn a_name_makes_a_pair_where_it_is_said_in_full() {
        let named = |json: &str, at: &str, column: &str| {
            PathWords::new(json, &path(at)).is_named(&words(column))
        };
        assert!(named("payload", "$.game_info.game_type", "game_type"));
        assert!(named(
            "fatigue_context_json",
            "$.final_score",
            "fatigue_score"
        ));
        assert!(!named(
            "pace_context_json",
            "$.final_score",
            "fatigue_score"
        ));
        assert!(!named("payload", "$.linescore.home.Total", "pts_home"));
        assert!(named("payload", "$.home.minutes", "minutes_home"));
        assert!(!named("payload", "$.home.minutes", "minutes_road"));
    }

    #[test]
    fn the_nearest_name_is_the_likest() {
        let home = PathWords::new("payload", &path("$.linescore.home.Minutes"));
        let likeness = |column: &str| home.likeness(&words(column));
        assert!(likeness("minutes_home") > likeness("minutes_road"));
        assert!(likeness("min_home") > likeness("pts_home"));
        assert_eq!(likeness("season"), 0);
    }
}
