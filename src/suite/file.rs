//! The suite's YAML file, key by key.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use datafusion::common::ScalarValue;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::Profile;
use super::calendar::Season;
use super::catalogue::Use;
use crate::check::{Allowed, Columns, Config, KINDS, Options};
use crate::finding::Severity;
use crate::lake::{days, parse_date};

/// What is audited and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "lakeaudit suite")]
pub(super) struct SuiteFile {
    /// The lake's root: a folder relative to this file, `gs://bucket/prefix` or `s3://bucket/prefix`.
    #[schemars(with = "Option<String>")]
    pub(super) lake: Option<Spanned<String>>,
    /// Where the reports go, likewise; `reports` by default.
    #[schemars(with = "Option<String>")]
    pub(super) reports: Option<Spanned<String>>,
    /// Where is kept what was measured of each file, so that an audit reads only what is new, likewise; `state` below the
    /// reports by default.
    #[schemars(with = "Option<String>")]
    pub(super) state: Option<Spanned<String>>,
    /// The day the audit is as of; by default the lake's last date.
    #[schemars(with = "Option<String>")]
    pub(super) as_of: Option<Spanned<String>>,
    /// The time zone of `as_of`, UTC by default.
    #[schemars(with = "Option<String>")]
    pub(super) timezone: Option<Spanned<String>>,
    /// SQL files, or folders of them; `queries` by default, where there is such a folder.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) queries: Option<Vec<Spanned<String>>>,
    /// Seasons by label, such as "2025-26".
    #[serde(default)]
    pub(super) seasons: BTreeMap<String, Season>,
    /// Parameters of SQL checks, by name without `@`.
    #[serde(default)]
    pub(super) params: BTreeMap<String, Param>,
    /// Rows of evidence a check shows at most; 20 by default.
    pub(super) evidence: Option<usize>,
    /// Files of what is known of columns, relative to this one.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) catalogues: Vec<Spanned<String>>,
    /// Findings that are known and fail no run.
    #[serde(default)]
    #[schemars(with = "Vec<AcceptedEntry>")]
    pub(super) accepted: Vec<Spanned<AcceptedEntry>>,
    /// Days that are known to be wrong, which no baseline may hold.
    #[serde(default)]
    pub(super) incidents: Vec<IncidentEntry>,
    /// Tables by `dataset.table`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, TableEntry>")]
    pub(super) tables: BTreeMap<String, Spanned<TableEntry>>,
}

/// A finding that is known.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptedEntry {
    /// The check's name.
    pub(super) check: String,
    /// The first day that is accepted; without `from` and `to`, all that the check finds.
    #[serde(default, deserialize_with = "day")]
    #[schemars(with = "Option<String>")]
    pub(super) from: Option<NaiveDate>,
    /// The last day.
    #[serde(default, deserialize_with = "day")]
    #[schemars(with = "Option<String>")]
    pub(super) to: Option<NaiveDate>,
    /// Why.
    pub(super) reason: String,
}

/// Days that are known to be wrong.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IncidentEntry {
    /// The first day.
    #[serde(deserialize_with = "super::calendar::date")]
    #[schemars(with = "String")]
    pub(super) from: NaiveDate,
    /// The last day.
    #[serde(deserialize_with = "super::calendar::date")]
    #[schemars(with = "String")]
    pub(super) to: NaiveDate,
    /// What happened.
    pub(super) reason: String,
}

fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    super::calendar::date(from).map(Some)
}

/// A table of the lake.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TableEntry {
    /// The column that dates a row.
    pub(super) date: Option<String>,
    /// The column or columns that name a row.
    pub(super) key: Option<Columns>,
    /// A glob of its files below the lake's root, where the layout does not say.
    pub(super) path: Option<String>,
    /// BigQuery types of columns that the export can't tell, such as TIMESTAMP from DATETIME.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) types: BTreeMap<String, Spanned<String>>,
    /// The columns whose distribution goes into the metrics: `all`, or a list.
    pub(super) profile: Option<ProfileEntry>,
    /// The catalogue that tells of its columns.
    #[schemars(with = "Option<Use>")]
    pub(super) catalogue: Option<Spanned<Use>>,
    #[serde(default)]
    #[schemars(with = "Vec<CheckEntry>")]
    pub(super) checks: Vec<Spanned<CheckEntry>>,
}

/// `all`, a column, or columns.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct ProfileEntry(Columns);

impl ProfileEntry {
    pub(super) fn profile(self) -> Profile {
        match self.0 {
            Columns::One(word) if word == "all" => Profile::All,
            columns => Profile::Columns(columns.into_vec()),
        }
    }
}

/// A parameter's value: a boolean, a number, a date or text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected true or false, a number, a date or a text"
)]
pub(super) enum Param {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl Param {
    pub(super) fn scalar(self) -> ScalarValue {
        match self {
            Self::Bool(b) => b.into(),
            Self::Int(n) => n.into(),
            Self::Float(x) => x.into(),
            Self::Text(text) => match parse_date(&text) {
                Some(date) => ScalarValue::Date32(Some(days(date))),
                None => ScalarValue::Utf8View(Some(text)),
            },
        }
    }
}

/// A check: its kind with its configuration, and the options beside it.
#[derive(Debug)]
pub(super) struct CheckEntry {
    pub(super) config: Config,
    pub(super) options: Options,
}

/// The keys that can stand beside a kind.
const OPTIONS: &[&str] = &[
    "name",
    "severity",
    "where",
    "per",
    "warning_over",
    "critical_over",
    "meaning",
    "action",
];

impl<'de> Deserialize<'de> for CheckEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(CheckVisitor)
    }
}

struct CheckVisitor;

impl<'de> Visitor<'de> for CheckVisitor {
    type Value = CheckEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a check such as `in_range: {column: fatigue_score, min: 0, max: 100}`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CheckEntry, A::Error> {
        let mut config: Option<Config> = None;
        let mut options = Options::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => options.name = Some(map.next_value()?),
                "severity" => options.severity = Some(map.next_value()?),
                "where" => options.filter = Some(map.next_value()?),
                "per" => options.per = Some(map.next_value()?),
                "warning_over" => options.warning_over = Some(map.next_value()?),
                "critical_over" => options.critical_over = Some(map.next_value()?),
                "meaning" => options.meaning = Some(map.next_value()?),
                "action" => options.action = Some(map.next_value()?),
                _ => match Config::read(&key, &mut map)? {
                    Some(second) if config.is_some() => {
                        return Err(A::Error::custom(format!(
                            "a second kind `{}` in one check; begin it with `- `",
                            second.kind()
                        )));
                    }
                    Some(first) => config = Some(first),
                    None => return Err(A::Error::unknown_field(&key, known())),
                },
            }
        }
        match config {
            Some(config) => Ok(CheckEntry { config, options }),
            None => Err(A::Error::custom(format!(
                "no kind of check here; name one of {}",
                kinds().join(", ")
            ))),
        }
    }
}

fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|k| k.name).collect()
}

/// All keys of a check, for the error about one that is none of them.
fn known() -> &'static [&'static str] {
    static KNOWN: std::sync::OnceLock<Vec<&'static str>> = std::sync::OnceLock::new();
    KNOWN.get_or_init(|| OPTIONS.iter().copied().chain(kinds()).collect())
}

/// The options of a check, for the schema; [`CheckVisitor`] reads them.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct OptionKeys {
    /// Unique in the suite; by default table, kind and columns.
    name: Option<String>,
    /// `critical` by default.
    severity: Option<Severity>,
    /// A BigQuery SQL condition; rows for which it is not true are left out.
    r#where: Option<String>,
    /// The column whose values are judged apart.
    per: Option<String>,
    /// More violations than this are a warning.
    warning_over: Option<Allowed>,
    /// More violations than this are critical.
    critical_over: Option<Allowed>,
    /// What a failure means.
    meaning: Option<String>,
    /// What to do about it.
    action: Option<String>,
}

impl JsonSchema for CheckEntry {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Check".into()
    }

    /// An object with the options, and the kinds as further keys.
    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        let mut schema = OptionKeys::json_schema(generator);
        let config = Config::json_schema(generator);
        let variants = config.get("oneOf").and_then(|v| v.as_array().cloned());
        let mut properties = schema
            .get("properties")
            .and_then(|p| p.as_object().cloned())
            .unwrap_or_default();
        for variant in variants.unwrap_or_default() {
            if let Some(kind) = variant.get("properties").and_then(|p| p.as_object()) {
                properties.extend(kind.clone());
            }
        }
        schema.insert("properties".to_owned(), properties.into());
        schema.insert("additionalProperties".to_owned(), false.into());
        schema.insert(
            "description".to_owned(),
            "a check: one kind with its configuration, and options beside it".into(),
        );
        schema
    }
}

/// The JSON Schema of a suite, for editors.
pub fn schema() -> String {
    let schema = schemars::schema_for!(SuiteFile);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
