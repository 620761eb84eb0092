//! The calendar of seasons.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::diagnostic::Diagnostic;
use crate::lake::parse_date;

/// A season and the breaks in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// Its first day.
    #[serde(deserialize_with = "date")]
    #[schemars(with = "String")]
    pub start: NaiveDate,
    /// Its last day.
    #[serde(deserialize_with = "date")]
    #[schemars(with = "String")]
    pub end: NaiveDate,
    /// Days without games that are no gap.
    #[serde(default)]
    pub breaks: Vec<Break>,
}

/// Days of a season without games.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Break {
    pub name: Option<String>,
    #[serde(deserialize_with = "date")]
    #[schemars(with = "String")]
    pub from: NaiveDate,
    #[serde(deserialize_with = "date")]
    #[schemars(with = "String")]
    pub to: NaiveDate,
}

pub(super) fn date<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(from)?;
    parse_date(&text).ok_or_else(|| {
        serde::de::Error::custom(format!("`{text}` is not a date such as 2026-01-25"))
    })
}
/// Refuses seasons that end before they begin or overlap, and breaks outside their season.
pub(super) fn validate(seasons: &BTreeMap<String, Season>) -> Result<(), Diagnostic> {
    let mut by_start: Vec<(&String, &Season)> = seasons.iter().collect();
    by_start.sort_by_key(|(_, season)| season.start);
    for (label, season) in &by_start {
        let (start, end) = (season.start, season.end);
        if end < start {
            let why = format!("season `{label}` ends {end}, before it starts {start}");
            return Err(Diagnostic::new(why));
        }
        for one in &season.breaks {
            if one.to < one.from || one.from < start || one.to > end {
                return Err(Diagnostic::new(format!(
                    "the break {} to {} is not within season `{label}`, {start} to {end}",
                    one.from, one.to
                )));
            }
        }
    }
    for pair in by_start.windows(2) {
        if let [(before, a), (after, b)] = pair
            && b.start <= a.end
        {
            return Err(Diagnostic::new(format!(
                "seasons `{before}` and `{after}` overlap: {} is in both",
                b.start
            )));
        }
    }
    Ok(())
}
