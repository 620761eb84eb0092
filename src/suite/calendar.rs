//! The calendar of seasons.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

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

fn date<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(from)?;
    parse_date(&text).ok_or_else(|| {
        serde::de::Error::custom(format!("`{text}` is not a date such as 2026-01-25"))
    })
}
