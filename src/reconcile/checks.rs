//! The checks that hold what a reconciliation found, as text for a suite.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::compare::{Coercion, Disagreement, Form};
use super::count::Tally;
use super::explain;
use super::model::{Explanation, KeyColumn, Pair};
use crate::infer::{scalar, text};
use crate::scan::quoted;
use crate::schema::BqType;
use crate::value::text::{counted, float, grouped};

/// A disagreement on so many percent of the days is no incident, and let pass.
const USUAL: usize = 20;

/// A pair with what its check needs to know.
#[derive(Debug)]
pub(super) struct Checked<'a> {
    pub(super) pair: &'a Pair,
    pub(super) bq_type: &'a BqType,
    pub(super) form: Form,
    pub(super) tally: &'a Tally,
    /// The columns that join the tables; none for the documents' own table.
    pub(super) key: &'a [KeyColumn],
    /// The documents' table.
    pub(super) table: &'a str,
}

/// A suite's `tables:` with a check a pair, each under the evidence it was drawn from.
pub(super) fn suite(checked: &[Checked<'_>]) -> String {
    let mut tables: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for one in checked {
        match one.check() {
            Some(check) => {
                let lines = tables.entry(one.pair.table.as_str()).or_default();
                lines.push(format!("# {}", one.evidence()));
                lines.extend(check);
            }
            None => without.push(format!(
                "{} of {} against {}.{}",
                one.pair.path, one.pair.json, one.pair.table, one.pair.column
            )),
        }
    }
    if tables.is_empty() {
        return String::new();
    }
    // The documents' own table first.
    let own = checked.first().map(|one| one.table).unwrap_or_default();
    let mut out = "tables:\n".to_owned();
    let mut order: Vec<_> = tables.into_iter().collect();
    order.sort_by_key(|(table, _)| *table != own);
    for (table, lines) in order {
        let _ = write!(out, "  {}:\n    checks:\n", scalar(table));
        for line in lines {
            let _ = writeln!(out, "      {}", line.replace(['\n', '\r'], " "));
        }
    }
    for pair in without {
        let _ = writeln!(
            out,
            "# no check of a suite says it: {}",
            pair.replace(['\n', '\r'], " ")
        );
    }
    out
}

impl Checked<'_> {
    fn evidence(&self) -> String {
        let pair = self.pair;
        let tested = counted(pair.tested(), "row");
        let (left, how) = match self.is_spelled() {
            true => (
                pair.disagree - explain::of_values(self.tally),
                " once spelled alike",
            ),
            false => (pair.disagree, ""),
        };
        match left {
            0 => format!("agrees in all {tested}{how}"),
            rows => format!("agrees in all but {} of {tested}{how}", grouped(rows)),
        }
    }

    /// The check's lines; `None` where the suite has no words for it.
    fn check(&self) -> Option<Vec<String>> {
        if self.key.is_empty() {
            return match self.is_plain() {
                true => Some(vec![self.json_agrees()]),
                false => Some(vec![
                    format!("- rule: {}", text(&self.rule()?)),
                    format!(
                        "  name: {}",
                        text(&format!(
                            "{}.json.{}",
                            super::model::short(self.table),
                            self.pair.column
                        ))
                    ),
                ]),
            };
        }
        let on: Vec<String> = match self.key.iter().all(|k| k.document == k.column) {
            true => self.key.iter().map(|k| scalar(&k.column)).collect(),
            false => self
                .key
                .iter()
                .map(|k| format!("{}: {}", scalar(&k.column), scalar(&k.document)))
                .collect(),
        };
        let on = match self.key.iter().all(|k| k.document == k.column) {
            true => format!("[{}]", on.join(", ")),
            false => format!("{{{}}}", on.join(", ")),
        };
        let mut config = format!(
            "- agrees: {{column: {}, with: {}, their: {}, on: {on}",
            scalar(&self.pair.column),
            scalar(self.table),
            text(&self.value()?),
        );
        match self.form {
            Form::Within(tolerance) | Form::Scaled { tolerance, .. } if tolerance > 0.0 => {
                let _ = write!(config, ", tolerance: {}", float(tolerance));
            }
            _ => {}
        }
        config.push('}');
        Some(vec![config])
    }

    /// Whether `json_agrees` compares as was done here.
    fn is_plain(&self) -> bool {
        use BqType::{Bool, Date, Float64, Int64, Numeric, String};
        let other = |coercion: &Coercion| {
            matches!(
                coercion,
                Coercion::BoolForm | Coercion::DateFormat | Coercion::LeadingZeros
            )
        };
        matches!(self.form, Form::Within(_))
            && !self.pair.length
            && !self.is_spelled()
            && !self.tally.coercions.keys().any(other)
            && matches!(
                self.bq_type,
                Int64 | Float64 | Numeric(..) | Bool | String | Date
            )
    }

    /// Whether a map of spellings explains all that differs.
    /// What rows ought to hold. Where some agree as they are and others once spelled alike, both are right.
    fn rule(&self) -> Option<String> {
        let (column, value) = (self.column(), self.value()?);
        let is_both = self.is_spelled() && *self.bq_type == BqType::String && self.pair.agree > 0;
        Some(match is_both {
            true => format!("{column} IN ({}, {value})", self.said()),
            false => format!("{column} = {value}"),
        })
    }

    fn said(&self) -> String {
        let path = self.pair.path.replace('\\', "\\\\").replace('\'', "\\'");
        format!("JSON_VALUE({}, '{path}')", quoted(&self.pair.json))
    }

    fn is_spelled(&self) -> bool {
        self.pair
            .explanations
            .iter()
            .any(|e| !e.spellings.is_empty() && e.rows == e.of)
    }

    fn json_agrees(&self) -> String {
        let pair = self.pair;
        let mut config = format!(
            "- json_agrees: {{json: {}, path: {}, column: {}",
            scalar(&pair.json),
            text(&pair.path),
            scalar(&pair.column)
        );
        if let Form::Within(tolerance) = self.form
            && tolerance > 0.0
        {
            let _ = write!(config, ", tolerance: {}", float(tolerance));
        }
        let allow = self.allow();
        if !allow.is_empty() {
            let _ = write!(config, ", allow: [{}]", allow.join(", "));
        }
        config.push('}');
        config
    }

    /// What is usual, as `allow` of `json_agrees` calls it.
    fn allow(&self) -> Vec<&'static str> {
        let usual = |kind: Disagreement| {
            self.tally.disagreements.get(&kind).is_some_and(|days| {
                let (here, all) = days.share_of(&self.tally.all);
                here * 100 >= all * USUAL && here > 1
            })
        };
        let kinds = [
            (Disagreement::MissingKey, "missing_key"),
            (Disagreement::JsonNull, "json_null"),
            (Disagreement::DocumentNull, "json_absent"),
            (Disagreement::ColumnNull, "column_null"),
        ];
        let mut allow: Vec<&'static str> = kinds
            .into_iter()
            .filter(|(kind, _)| usual(*kind))
            .map(|(_, name)| name)
            .collect();
        let text = [Coercion::TextNumber, Coercion::NumberText];
        if text.iter().any(|c| self.tally.coercions.contains_key(c)) {
            allow.push("text_number");
        }
        allow
    }

    /// The column as the condition of a rule compares it.
    fn column(&self) -> String {
        let name = quoted(&self.pair.column);
        match self.form {
            Form::Scaled { tolerance, .. } if tolerance > 0.0 => {
                let places = (-(tolerance * 2.0).log10()).round().max(0.0);
                format!("ROUND({name}, {places})")
            }
            _ => name,
        }
    }

    /// What the document says, as an expression of the column's type; `None` for types no text is cast to.
    fn value(&self) -> Option<String> {
        let json = quoted(&self.pair.json);
        let path = self.pair.path.replace('\\', "\\\\").replace('\'', "\\'");
        if self.pair.length {
            return Some(format!("ARRAY_LENGTH(JSON_QUERY_ARRAY({json}, '{path}'))"));
        }
        let said = self.said();
        if let Some(spelled) = self
            .pair
            .explanations
            .iter()
            .find(|e| self.is_spelled() && !e.spellings.is_empty())
        {
            return self.spelled_as(spelled, &said);
        }
        let coerced = |coercion: Coercion| self.tally.coercions.contains_key(&coercion);
        Some(match (self.bq_type, self.form) {
            (_, Form::Truncated) => format!("TRUNC(SAFE_CAST({said} AS FLOAT64))"),
            (_, Form::Scaled { factor, tolerance }) => {
                let scaled = match factor < 1.0 {
                    true => format!(
                        "SAFE_CAST({said} AS FLOAT64) / {}",
                        float((1.0 / factor).round())
                    ),
                    false => format!("SAFE_CAST({said} AS FLOAT64) * {}", float(factor)),
                };
                match self.key.is_empty() && tolerance > 0.0 {
                    true => format!(
                        "ROUND({scaled}, {})",
                        (-(tolerance * 2.0).log10()).round().max(0.0)
                    ),
                    false => scaled,
                }
            }
            (BqType::String, _) if coerced(Coercion::LeadingZeros) && !self.key.is_empty() => {
                return None;
            }
            (BqType::String, _) if coerced(Coercion::LeadingZeros) => {
                format!("LPAD({said}, LENGTH({}), '0')", quoted(&self.pair.column))
            }
            (BqType::String, _) if coerced(Coercion::DateFormat) => return None,
            (BqType::String | BqType::Float64, _) if coerced(Coercion::BoolForm) => return None,
            (BqType::Int64, _) if coerced(Coercion::BoolForm) => {
                format!("CAST(SAFE_CAST({said} AS BOOL) AS INT64)")
            }
            (BqType::Int64 | BqType::Numeric(..), _) => format!("SAFE_CAST({said} AS NUMERIC)"),
            (BqType::String, _) => said,
            (BqType::Float64, _) => format!("SAFE_CAST({said} AS FLOAT64)"),
            (BqType::Bool, _) if coerced(Coercion::BoolForm) => {
                format!("LOWER({said}) IN ('true', 't', 'yes', 'y', '1')")
            }
            (BqType::Bool, _) => format!("SAFE_CAST({said} AS BOOL)"),
            (BqType::Date, _) if coerced(Coercion::DateFormat) => return None,
            (BqType::Date, _) => format!("SAFE_CAST({said} AS DATE)"),
            (BqType::Timestamp, _) => format!("SAFE_CAST({said} AS TIMESTAMP)"),
            _ => return None,
        })
    }

    /// What the JSON says in the column's spelling; `None` where that would take too many words.
    fn spelled_as(&self, explained: &Explanation, said: &str) -> Option<String> {
        const WORDS: usize = 16;
        let is_text = *self.bq_type == BqType::String;
        if let Some(rewrite) = explained.formula.strip_prefix("column = ")
            && rewrite.ends_with("(json)")
            && is_text
        {
            return Some(rewrite.replace("json", said));
        }
        if explained.spellings.len() > WORDS {
            return None;
        }
        let quote = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        let held = |text: &str| {
            if is_text {
                quote(text)
            } else {
                text.replace('"', "'")
            }
        };
        let maps = explained.spellings.iter();
        let when: Vec<String> = maps
            .map(|(json, column, _)| format!("WHEN {} THEN {}", quote(json), held(column)))
            .collect();
        // What the map does not know is compared as it is, where it can be.
        let otherwise = if is_text {
            format!(" ELSE {said}")
        } else {
            String::new()
        };
        Some(format!("CASE {said} {}{otherwise} END", when.join(" ")))
    }
}
