//! Forms of a text, and what a text says in any of them.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

pub(super) fn read(text: &str, format: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    if text.len() < 6 || text.len() > 40 {
        return None;
    }
    if format.contains("%H") {
        let text = ["Z", "+00:00", "+00", " UTC"]
            .iter()
            .find_map(|zone| text.strip_suffix(zone))
            .unwrap_or(text);
        return NaiveDateTime::parse_from_str(text, format).ok();
    }
    NaiveDate::parse_from_str(text, format)
        .ok()?
        .and_hms_opt(0, 0, 0)
}

/// The number a text says, with signs of currency and thousands left out.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ',' | '$' | '€' | '£' | '_' | ' '))
        .collect();
    let digits = plain.bytes().any(|b| b.is_ascii_digit());
    let value: f64 = plain.strip_prefix('+').unwrap_or(&plain).parse().ok()?;
    (digits && value.is_finite()).then_some(value)
}

pub(super) fn without(text: &str, gone: impl Fn(char) -> bool) -> String {
    text.chars().filter(|c| !gone(*c)).collect()
}

pub(super) fn is_mark(c: char) -> bool {
    c.is_ascii_punctuation() || matches!(c, '’' | '‘' | '“' | '”' | '–' | '—' | '…' | '´')
}

pub(super) fn single(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

/// The words of a text in the opposite order, and what stands between them where it stood.
pub(super) fn reversed(text: &str) -> String {
    let is_word = |c: &char| c.is_alphanumeric();
    let chars: Vec<char> = text.chars().collect();
    let runs: Vec<&[char]> = chars.chunk_by(|a, b| is_word(a) == is_word(b)).collect();
    let mut words = runs
        .iter()
        .filter(|run| run.first().is_some_and(is_word))
        .rev();
    let mut out = String::with_capacity(text.len());
    for run in &runs {
        match run.first().is_some_and(is_word) {
            true => out.extend(words.next().into_iter().flat_map(|word| word.iter())),
            false => out.extend(run.iter()),
        }
    }
    out
}

pub(super) fn title(text: &str) -> String {
    let mut begins = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        begins = !c.is_alphanumeric();
    }
    out
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.flat_map(char::to_lowercase)).collect()
}

pub(super) fn snake(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().to_lowercase().chars() {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out
}

pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

pub(super) fn nfkc(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text)
}

pub(super) fn nfd(text: &str) -> Cow<'_, str> {
    DecomposingNormalizerBorrowed::new_nfd().normalize(text)
}

pub(super) fn unaccented(text: &str) -> String {
    let marks = |c: &char| !matches!(c, '\u{300}'..='\u{36f}');
    nfd(text).chars().filter(marks).collect()
}

/// What stays of a text when case, white space, punctuation and accents do not count.
pub(super) fn bare(text: &str) -> String {
    let text = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let plain = text.chars().filter(|c| c.is_alphanumeric());
    plain.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read() {
        assert_eq!(bare(" Luka Dončić-Jr. "), "lukadoncicjr");
        assert_eq!(title("o'neal SHAQ"), "O'Neal Shaq");
        assert_eq!(snake("Play In"), "play_in");
        assert_eq!(number("$1,200.50"), Some(1200.5));
        assert_eq!(number("nan"), None);
        assert_eq!(
            read("2026-01-05", "%Y-%m-%d"),
            read("01/05/2026", "%m/%d/%Y")
        );
    }
}
