//! A catalogue: what is known of columns, declared once and applied to a table in one line.
//!
//! It expands to ordinary checks, so that what it does can be said in the terms of the suite.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use serde_saphyr::Spanned;

use super::file::CheckEntry;
use super::yaml;
use crate::diagnostic::{Diagnostic, Place};
use crate::finding::Severity;
use crate::schema::BqType;

/// A catalogue's file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "lakeaudit catalogue")]
pub(super) struct CatalogueFile {
    /// What the suite calls it.
    pub(super) name: String,
    /// Where ranges come from, label by label.
    #[serde(default)]
    sources: BTreeMap<String, String>,
    /// The source whose range is checked where a column does not say.
    range_from: Option<String>,
    #[schemars(with = "Vec<Entry>")]
    columns: Vec<Spanned<Entry>>,
}

/// What is known of a column.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    /// Its place in an array of all of them, and `{index}` in a column's name.
    pub index: Option<usize>,
    /// Its BigQuery type.
    pub r#type: Option<String>,
    pub unit: Option<String>,
    /// What it is.
    pub meaning: Option<String>,
    /// Least and greatest value by source.
    #[serde(default)]
    pub ranges: BTreeMap<String, [f64; 2]>,
    /// The source whose range is checked.
    pub range_from: Option<String>,
    /// How grave a value outside is; `warning` by default.
    pub severity: Option<Severity>,
    /// Expected share of zeros, in percent.
    pub zeros: Option<f64>,
    /// Expected share of NULLs, in percent.
    pub nulls: Option<f64>,
    /// The literal that stands for a missing value.
    pub default: Option<f64>,
    /// The least standard deviation of what varies.
    pub min_std: Option<f64>,
    /// The fewest distinct values of what varies.
    pub min_distinct: Option<u64>,
    /// Whether tables may lack it.
    #[serde(default)]
    pub optional: bool,
}

/// A catalogue as the suite knows it.
#[derive(Debug, Clone)]
pub struct Catalogue {
    pub name: String,
    pub sources: BTreeMap<String, String>,
    pub entries: Vec<Entry>,
}

/// How a table uses a catalogue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Use {
    /// The catalogue\'s name.
    r#use: String,
    /// The columns' names, with `{index}` or `{name}` in them; `{name}` by default.
    column: Option<String>,
    /// What is checked; all that the catalogue tells by default.
    checks: Option<BTreeSet<Aspect>>,
    /// A BigQuery SQL condition; other rows are left out.
    r#where: Option<String>,
    /// The column whose values are judged apart, in all but ranges.
    per: Option<String>,
    /// Parts of fewer values are not judged for how they vary; 50 by default.
    min_rows: Option<u64>,
    /// The array that holds the columns' values too.
    array: Option<Array>,
}

/// An array of all columns of a catalogue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Array {
    /// The ARRAY column.
    column: String,
    /// The column of its length.
    length: Option<String>,
    /// The ARRAY of the elements' names.
    names: Option<String>,
    /// A BigQuery SQL condition with `{i}`; rows for which it is true are not compared there.
    except: Option<String>,
}

/// What a catalogue lets check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Aspect {
    /// The columns are there, with their types.
    Schema,
    /// Values lie in their ranges.
    Ranges,
    /// No more zeros than expected.
    Zeros,
    /// No more NULLs than expected.
    Nulls,
    /// Values vary as expected.
    Variance,
    /// Defaults don't prevail.
    Defaults,
    /// The array agrees with the columns.
    Array,
}

/// Percentage points over what is expected, for a warning and as critical.
const ZEROS_OVER: [f64; 2] = [20.0, 40.0];
const NULLS_OVER: [f64; 2] = [10.0, 25.0];
/// Percent of rows that hold the default's literal.
const DEFAULTS_OVER: [f64; 2] = [20.0, 50.0];
const MIN_ROWS: u64 = 50;

/// Reads a catalogue's file.
pub(super) fn parse(text: &str, shown: &str) -> Result<Catalogue, Diagnostic> {
    let file: CatalogueFile = yaml::parse(text, shown)?;
    let mut names = BTreeSet::new();
    let mut indexes = BTreeSet::new();
    let mut entries = Vec::new();
    for spanned in file.columns {
        let place = yaml::place(shown, text, spanned.defined);
        let mut entry = spanned.value;
        let wrong = |what: String| Err(Diagnostic::new(what).at(place.clone()));
        if !names.insert(entry.name.clone()) {
            return wrong(format!("`{}` is listed twice", entry.name));
        }
        if entry.index.is_some_and(|index| !indexes.insert(index)) {
            return wrong(format!("`{}` has the index of another column", entry.name));
        }
        entry.range_from = entry.range_from.or_else(|| file.range_from.clone());
        for (source, [min, max]) in &entry.ranges {
            if min.is_nan() || max.is_nan() || min > max {
                return wrong(format!("the range by `{source}` is none: {min} to {max}"));
            }
            if !file.sources.contains_key(source) {
                return Err(Diagnostic::new(format!("no source is called `{source}`"))
                    .at(place.clone())
                    .did_you_mean(source, file.sources.keys().map(String::as_str)));
            }
        }
        if !entry.ranges.is_empty() && entry.range().is_none() {
            return wrong(format!(
                "which range of `{}` is checked? `range_from` names one of {}",
                entry.name,
                entry.ranges.keys().cloned().collect::<Vec<_>>().join(", ")
            ));
        }
        for share in [entry.zeros, entry.nulls].into_iter().flatten() {
            if !(0.0..=100.0).contains(&share) {
                return wrong(format!("`{share}` is not a share in percent"));
            }
        }
        if let Some(bq_type) = &entry.r#type {
            bq_type.parse::<BqType>().map_err(|e| e.at(place.clone()))?;
        }
        entries.push(entry);
    }
    Ok(Catalogue {
        name: file.name,
        sources: file.sources,
        entries,
    })
}

impl Entry {
    /// The source and the range that are checked.
    pub fn range(&self) -> Option<(&str, [f64; 2])> {
        let source = self.range_from.as_ref()?;
        let range = self.ranges.get(source)?;
        Some((source, *range))
    }

    fn column(&self, pattern: &str) -> String {
        let index = self.index.map(|index| index.to_string());
        pattern
            .replace("{name}", &self.name)
            .replace("{index}", index.as_deref().unwrap_or_default())
    }
}

impl Catalogue {
    /// What is known of a column, by its name or, with its index, as `feature_5_value`.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        let indexed = |entry: &&Entry| entry.index.is_some_and(|i| i.to_string() == digits);
        let by_name = self.entries.iter().find(|e| e.name == name);
        by_name.or_else(|| self.entries.iter().find(indexed))
    }

    /// A table of all columns.
    pub fn overview(&self) -> String {
        let mut out = format!("{}: {} columns\n\n", self.name, self.entries.len());
        for entry in &self.entries {
            let index = entry.index.map_or_else(String::new, |i| i.to_string());
            let range = entry
                .range()
                .map_or_else(String::new, |(_, [min, max])| format!("{min} to {max}"));
            let _ = writeln!(
                out,
                "  {index:>3}  {:<30}  {range:<14}  {}",
                entry.name,
                entry
                    .meaning
                    .as_deref()
                    .or(entry.unit.as_deref())
                    .unwrap_or_default()
            );
        }
        out.push_str("\nranges by\n");
        for (label, source) in &self.sources {
            let _ = writeln!(out, "  {label:<12}  {source}");
        }
        out
    }

    /// All that is known of a column.
    pub fn describe(&self, entry: &Entry) -> String {
        let mut out = format!("{}, of the catalogue {}\n\n", entry.name, self.name);
        let mut line = |label: &str, value: Option<String>| {
            if let Some(value) = value {
                let _ = writeln!(out, "  {label:<16}  {value}");
            }
        };
        line("meaning", entry.meaning.clone());
        line("index", entry.index.map(|i| i.to_string()));
        line("type", entry.r#type.clone());
        line("unit", entry.unit.clone());
        let wins = entry.range().map(|(source, _)| source.to_owned());
        for (source, [min, max]) in &entry.ranges {
            let won = if wins.as_ref() == Some(source) {
                ", which is checked"
            } else {
                ""
            };
            let by = self.sources.get(source).unwrap_or(source);
            line("range", Some(format!("{min} to {max}  ({by}{won})")));
        }
        let percent = |share: Option<f64>| share.map(|s| format!("{s} % expected"));
        line("zeros", percent(entry.zeros));
        line("NULLs", percent(entry.nulls));
        line("default", entry.default.map(|d| d.to_string()));
        line("deviation", entry.min_std.map(|s| format!("at least {s}")));
        line(
            "distinct values",
            entry.min_distinct.map(|n| format!("at least {n}")),
        );
        if entry.optional {
            line("optional", Some("tables may lack it".to_owned()));
        }
        out
    }

    /// The checks of a table that uses it.
    pub(super) fn checks(&self, of: &Use, place: &Place) -> Result<Vec<CheckEntry>, Diagnostic> {
        let pattern = of.column.as_deref().unwrap_or("{name}");
        if !pattern.contains("{name}") && !pattern.contains("{index}") {
            return Err(Diagnostic::new(format!(
                "`column` names no column: `{pattern}` has neither {{index}} nor {{name}}"
            ))
            .at(place.clone()));
        }
        let wants = |aspect| of.checks.as_ref().is_none_or(|all| all.contains(&aspect));
        let mut checks = Vec::new();
        if wants(Aspect::Schema) {
            checks.extend(self.schema(pattern));
        }
        for entry in &self.entries {
            self.of_entry(entry, of, pattern, &wants, &mut checks);
        }
        if let (Some(array), true) = (&of.array, wants(Aspect::Array)) {
            checks.push(self.array(array, of, pattern));
        }
        let read = |check: Value| {
            serde_json::from_value(check).map_err(|e| {
                Diagnostic::new(format!("catalogue `{}`: {e}", self.name)).at(place.clone())
            })
        };
        checks.into_iter().map(read).collect()
    }

    fn schema(&self, pattern: &str) -> Option<Value> {
        let columns: serde_json::Map<String, Value> = self
            .entries
            .iter()
            .filter(|entry| !entry.optional)
            .filter_map(|entry| Some((entry.column(pattern), json!(entry.r#type.as_ref()?))))
            .collect();
        (!columns.is_empty()).then(|| {
            json!({
                "schema": {"columns": columns},
                "name": format!("{}.schema", self.name),
                "severity": "warning",
                "meaning": format!("columns of the catalogue {} are missing or of another type", self.name),
            })
        })
    }

    fn of_entry(
        &self,
        entry: &Entry,
        of: &Use,
        pattern: &str,
        wants: &impl Fn(Aspect) -> bool,
        checks: &mut Vec<Value>,
    ) {
        let column = entry.column(pattern);
        let mut add = |aspect: &str, mut check: Value, per: Option<&String>, meaning: String| {
            if let Value::Object(check) = &mut check {
                let name = format!("{}.{}.{aspect}", self.name, entry.name);
                check.insert("name".to_owned(), json!(name));
                check.insert("meaning".to_owned(), json!(meaning));
                if let Some(filter) = &of.r#where {
                    check.insert("where".to_owned(), json!(filter));
                }
                if let Some(per) = per {
                    check.insert("per".to_owned(), json!(per));
                }
            }
            checks.push(check);
        };
        let per = of.per.as_ref();
        let severity = match entry.severity {
            Some(Severity::Critical) => "critical",
            _ => "warning",
        };
        if let (Some((source, [min, max])), true) = (entry.range(), wants(Aspect::Ranges)) {
            let by = |source: &String| self.sources.get(source).unwrap_or(source).clone();
            let mut meaning = format!(
                "{} is {min} to {max} by {}",
                entry.name,
                by(&source.to_owned())
            );
            for (other, [low, high]) in &entry.ranges {
                if other != source && [*low, *high] != [min, max] {
                    let _ = write!(meaning, "; {low} to {high} by {}", by(other));
                }
            }
            let check = json!({
                "in_range": {"column": column, "min": min.to_string(), "max": max.to_string()},
                "severity": severity,
            });
            add("range", check, None, meaning);
        }
        let over = |expected: f64, by: [f64; 2]| {
            let level = |points: f64| (expected + points < 100.0).then_some(expected + points);
            let [warning, critical] = by.map(level);
            warning.map(|warning| json!({"warning": warning, "critical": critical}))
        };
        if let (Some(zeros), true) = (entry.zeros, wants(Aspect::Zeros))
            && let Some(above) = over(zeros, ZEROS_OVER)
        {
            let check = json!({"share": {"of": format!("`{column}` = 0"), "above": above}});
            let meaning = format!("{zeros} % of {} are expected to be 0", entry.name);
            add("zeros", check, per, meaning);
        }
        if let (Some(nulls), true) = (entry.nulls, wants(Aspect::Nulls))
            && let Some(above) = over(nulls, NULLS_OVER)
        {
            let check = json!({"share": {"of": format!("`{column}` IS NULL"), "above": above}});
            let meaning = format!("{nulls} % of {} are expected to be NULL", entry.name);
            add("nulls", check, per, meaning);
        }
        let min_std = entry.min_std.filter(|std| *std > 0.0);
        let min_distinct = entry.min_distinct.filter(|n| *n > 1);
        if (min_std.is_some() || min_distinct.is_some()) && wants(Aspect::Variance) {
            let mut constant =
                json!({"column": column, "min_rows": of.min_rows.unwrap_or(MIN_ROWS)});
            if let Value::Object(constant) = &mut constant {
                if let Some(std) = min_std {
                    constant.insert("min_std".to_owned(), json!(std));
                }
                if let Some(distinct) = min_distinct {
                    constant.insert("min_distinct".to_owned(), json!(distinct));
                }
            }
            let check = json!({"constant": constant, "severity": severity});
            let meaning = format!("{} hardly varies; is it a default?", entry.name);
            add("variance", check, per, meaning);
        }
        if let (Some(default), true) = (entry.default, wants(Aspect::Defaults))
            && default != 0.0
        {
            let [warning, critical] = DEFAULTS_OVER;
            let check = json!({"share": {
                "of": format!("`{column}` = {default}"),
                "above": {"warning": warning, "critical": critical},
            }});
            let meaning = format!("{default} stands for a missing {}", entry.name);
            add("defaults", check, per, meaning);
        }
    }

    fn array(&self, array: &Array, of: &Use, pattern: &str) -> Value {
        let mut agrees = json!({
            "array": array.column,
            "columns": pattern.replace("{index}", "{i}"),
        });
        let mut by_index: Vec<(usize, &str)> = self
            .entries
            .iter()
            .filter_map(|entry| Some((entry.index?, entry.name.as_str())))
            .collect();
        by_index.sort_unstable();
        let names: Vec<&str> = by_index.iter().map(|(_, name)| *name).collect();
        let mut check = json!({"name": format!("{}.array", self.name)});
        if let Value::Object(agrees) = &mut agrees {
            for (key, value) in [("length", &array.length), ("except", &array.except)] {
                if let Some(value) = value {
                    agrees.insert(key.to_owned(), json!(value));
                }
            }
            if let Some(column) = &array.names {
                agrees.insert("names".to_owned(), json!({"column": column, "are": names}));
            }
        }
        if let Value::Object(check) = &mut check {
            check.insert("array_agrees".to_owned(), agrees);
            if let Some(filter) = &of.r#where {
                check.insert("where".to_owned(), json!(filter));
            }
        }
        check
    }
}

impl Use {
    pub(super) fn name(&self) -> &str {
        &self.r#use
    }
}

/// The JSON Schema of a catalogue's file.
pub fn schema() -> String {
    let schema = schemars::schema_for!(CatalogueFile);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
