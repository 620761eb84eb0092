//! The text of an inferred suite: each check with the evidence it was drawn from.

use std::fmt::Write;

use super::columns::Shown;
use super::keys::Named;
use super::pairs::Pair;
use super::sample::{Breaks, Sample};
use super::twins::Twin;
use super::wider::Wider;
use crate::finding::Inferred;
use crate::lake::{Table, date_of};
use crate::scan::quoted;
use crate::value::text::{counted, few, float, grouped};

/// Names told in a row.
const TOLD: usize = 8;

/// The part of a suite that is about one table.
pub(super) struct Draft {
    table: String,
    /// A comment on the table, and its lines before the checks.
    about: Vec<String>,
    settings: Vec<String>,
    checks: Vec<Check>,
    /// The table in short.
    summary: Vec<String>,
    details: Vec<String>,
}

struct Check {
    evidence: String,
    lines: Vec<String>,
}

/// The lines of a suite before its tables.
pub(super) fn header(lake: &str, seasons: &str) -> String {
    format!(
        "# Inferred by lakeaudit {} from the data: what holds nearly everywhere, each check under\n\
         # the evidence it was drawn from. Pairs of JSON and column are critical, all else warns.\n\
         # Strike what is wrong, add what you know: `lakeaudit explain KIND` tells how.\n\
         lake: {}\nqueries: []\n{seasons}tables:\n",
        env!("CARGO_PKG_VERSION"),
        scalar(lake),
    )
}

impl Draft {
    pub(super) fn new(table: String) -> Self {
        Self {
            table,
            about: Vec::new(),
            settings: Vec::new(),
            checks: Vec::new(),
            summary: Vec::new(),
            details: Vec::new(),
        }
    }

    pub(super) fn unread(&mut self, why: &str) {
        self.about.push(format!("could not be looked at: {why}"));
        self.summary.push("could not be looked at".to_owned());
    }

    pub(super) fn table(&mut self, table: &Table) {
        let mut about = format!(
            "{} in {}",
            counted(table.rows(), "row"),
            counted(table.files().len() as u64, "file")
        );
        if let Some((first, last)) = table.dates() {
            let _ = write!(about, ", {first} to {last}");
        }
        self.about.push(about);
        match table.date() {
            Some(date) => {
                self.settings.push(format!("date: {}", scalar(&date.name)));
                self.summary.push(format!("by {}", date.name));
            }
            None => self.summary.push("undated".to_owned()),
        }
    }

    pub(super) fn looked_at(&mut self, sample: &Sample) {
        self.about.push(format!(
            "sampled: {} of {}, in {} of 8 rows and more",
            counted(sample.rows() as u64, "row"),
            counted(sample.days() as u64, "day"),
            counted(sample.periods().len() as u64, "period")
        ));
    }

    pub(super) fn key(&mut self, key: Option<Named>) {
        let Some(key) = key else {
            self.summary.push("no key".to_owned());
            return;
        };
        let list = list(&key.columns);
        self.settings.push(format!("key: {list}"));
        self.summary
            .push(format!("key {}", key.columns.join(" + ")));
        let evidence = if key.duplicates == 0 {
            format!("names each of {}", counted(key.rows, "row"))
        } else {
            let rows = grouped(key.duplicates);
            format!("names all but {rows} of {}", counted(key.rows, "row"))
        };
        self.check(evidence, format!("unique: {list}"), &["severity: warning"]);
    }

    pub(super) fn pairs(&mut self, pairs: &[Pair]) {
        if !pairs.is_empty() {
            self.summary.push(counted(pairs.len() as u64, "JSON pair"));
        }
        for pair in pairs {
            let mut evidence = format!(
                "equal in {} of {} sampled",
                grouped(pair.agreed),
                counted(pair.compared, "row")
            );
            if pair.good < pair.periods {
                let _ = write!(
                    evidence,
                    ": in {} of {}, and not in {}",
                    grouped(pair.good as u64),
                    counted(pair.periods as u64, "period"),
                    grouped((pair.periods - pair.good) as u64)
                );
            }
            let mut config = format!(
                "json_agrees: {{json: {}, path: {}, column: {}",
                scalar(&pair.json),
                text(&pair.path),
                scalar(&pair.column)
            );
            if pair.tolerance > 0.0 {
                let _ = write!(config, ", tolerance: {}", float(pair.tolerance));
            }
            if !pair.allow.is_empty() {
                let _ = write!(config, ", allow: [{}]", pair.allow.join(", "));
            }
            config.push('}');
            self.check(evidence, config, &[]);
        }
    }

    pub(super) fn twins(&mut self, twins: &[Twin]) {
        for twin in twins {
            self.summary
                .push(format!("{} beside {}", twin.array, twin.columns));
            let evidence = format!(
                "equal in {} of {} sampled, of {}",
                grouped(twin.agreed),
                counted(twin.compared, "value"),
                counted(twin.count as u64, "column")
            );
            let config = format!(
                "array_agrees: {{array: {}, columns: {}}}",
                scalar(&twin.array),
                text(&twin.columns)
            );
            self.check(evidence, config, &["severity: warning"]);
        }
    }

    pub(super) fn columns(&mut self, shown: &Shown, date: Option<&str>) {
        if !shown.never_null.is_empty() {
            let n = counted(shown.never_null.len() as u64, "column");
            self.check(
                format!("{n} without NULL in any row"),
                format!("not_null: {}", list(&shown.never_null)),
                &["severity: warning"],
            );
        }
        for (column, breaks) in &shown.null_days {
            let evidence = format!("NULL in most rows {}, else in none", when(breaks));
            let config = format!("not_null: {}", scalar(column));
            let filter = but_beginnings(breaks, date);
            let options = [Some("severity: warning"), filter.as_deref()];
            self.check(
                evidence,
                config,
                &options.into_iter().flatten().collect::<Vec<_>>(),
            );
        }
        for (column, value, breaks) in &shown.one_value_days {
            let evidence = format!("{value} in most rows {}, else hardly ever", when(breaks));
            let of = format!("{} = {value}", quoted(column));
            let config = format!("share: {{of: {}, above: {{warning: 50}}}}", text(&of));
            let name = format!(
                "name: {}",
                text(&format!("{}.share.{column}", self.short()))
            );
            let per = date.map(|date| format!("per: {}", scalar(date)));
            let filter = but_beginnings(breaks, date);
            let options = [Some(name.as_str()), per.as_deref(), filter.as_deref()];
            self.check(
                evidence,
                config,
                &options.into_iter().flatten().collect::<Vec<_>>(),
            );
        }
        for of in &shown.enumerations {
            let n = counted(of.values.len() as u64, "value");
            let mut evidence = format!("{n} in {}", counted(of.rows, "row"));
            if !of.rare.is_empty() {
                let rare = few(&of.rare, TOLD, ", ");
                let _ = write!(evidence, "; in too few to be believed: {rare}");
            }
            let values: Vec<String> = of.values.iter().map(|v| text(v)).collect();
            let config = format!(
                "accepted_values: {{column: {}, values: [{}]}}",
                scalar(&of.column),
                values.join(", ")
            );
            self.check(evidence, config, &["severity: warning"]);
        }
        if !shown.enumerations.is_empty() {
            let n = counted(shown.enumerations.len() as u64, "enumeration");
            self.summary.push(n);
        }
        if !shown.constant.is_empty() {
            let one = |(column, value): &(String, String)| format!("{column} = {value}");
            let constant: Vec<String> = shown.constant.iter().map(one).collect();
            self.about
                .push(format!("one value alone: {}", constant.join(", ")));
            self.summary
                .push(format!("{} constant", shown.constant.len()));
        }
        if !shown.always_null.is_empty() {
            self.about.push(format!(
                "NULL in every row: {}",
                shown.always_null.join(", ")
            ));
            self.summary
                .push(format!("{} always NULL", shown.always_null.len()));
        }
    }

    /// What is drawn from how the data is.
    pub(super) fn wider(&mut self, wider: &Wider, date: Option<&str>) {
        if let (Some(rows), Some(date)) = (wider.day_rows, date) {
            let evidence = format!(
                "{} to {} on {}, {} in the middle",
                counted(rows.least, "row"),
                grouped(rows.most),
                counted(rows.days as u64, "day"),
                grouped(rows.median)
            );
            // Half as many and half as many again are no surprise yet.
            let (min, max) = (rows.least.div_ceil(2), rows.most + rows.most / 2);
            let per = format!("per: {}", scalar(date));
            let name = format!("name: {}", text(&format!("{}.rows_of_a_day", self.short())));
            self.check(
                evidence,
                format!("row_count: {{min: {min}, max: {max}}}"),
                &[&name, &per, "severity: warning"],
            );
        }
        for range in &wider.ranges {
            let whole = if range.of_all {
                "all rows"
            } else {
                "sampled rows"
            };
            let mut evidence = format!(
                "{} to {} in {whole}, {} sampled",
                float(range.least),
                float(range.greatest),
                grouped(range.rows)
            );
            if range.least < range.min {
                let _ = write!(
                    evidence,
                    "; {} of them below {}, on few days",
                    grouped(range.below),
                    float(range.min)
                );
            }
            let nan = if range.has_nan { ", nan: ignore" } else { "" };
            let config = format!(
                "in_range: {{column: {}, min: {}, max: {}{nan}}}",
                scalar(&range.column),
                float(range.min),
                float(range.max)
            );
            self.check(evidence, config, &["severity: warning"]);
        }
        for share in &wider.null_shares {
            let Some(first) = share.columns.first() else {
                continue;
            };
            let percent = share.nulls as f64 / share.rows.max(1) as f64 * 100.0;
            let which = match share.columns.len() {
                1 => String::new(),
                n => format!("{} ", counted(n as u64, "column")),
            };
            let evidence = format!(
                "{which}NULL in {} of {}, {percent:.1} %",
                grouped(share.nulls),
                counted(share.rows, "row")
            );
            let columns = share.columns.iter();
            let of: Vec<String> = columns
                .map(|name| format!("{} IS NULL", quoted(name)))
                .collect();
            let config = format!(
                "share: {{of: {}, above: {{warning: {}}}}}",
                text(&of.join(" OR ")),
                float(share.limit)
            );
            let name = format!("{}.nulls.{first}", self.short());
            self.check(evidence, config, &[&format!("name: {}", text(&name))]);
        }
        for pair in &wider.together {
            let [a, b] = &pair.columns;
            let evidence = format!("r = {:.3} in {} sampled", pair.r, counted(pair.rows, "row"));
            // Cohen's q of half a unit: 0.95 to 0.87, 0.8 to 0.54.
            let limit = (pair.r.abs().min(1.0 - 1e-9).atanh() - 0.5).tanh();
            let limit = (limit * 100.0).floor() / 100.0;
            let limit = match pair.r > 0.0 {
                true => format!("min: {}", float(limit)),
                false => format!("max: {}", float(-limit)),
            };
            let config = format!(
                "correlation: {{columns: [{}, {}], {limit}, min_rows: 100}}",
                scalar(a),
                scalar(b)
            );
            self.check(evidence, config, &["severity: warning"]);
        }
        let told = [
            (wider.ranges.len(), "range"),
            (wider.null_shares.len(), "share"),
            (wider.together.len(), "pair"),
        ];
        for (n, what) in told.into_iter().filter(|(n, _)| *n > 0) {
            self.summary.push(counted(n as u64, what));
        }
    }

    fn check(&mut self, evidence: String, config: String, options: &[&str]) {
        let mut lines = vec![config.clone()];
        lines.extend(options.iter().map(|&option| option.to_owned()));
        self.details.push(format!("{config}: {evidence}"));
        self.checks.push(Check { evidence, lines });
    }

    fn short(&self) -> &str {
        self.table.split_once('.').map_or(&*self.table, |(_, t)| t)
    }

    /// The text, and what it says in short.
    pub(super) fn finish(mut self) -> (String, Inferred) {
        self.check(
            "a table without a row is no table".to_owned(),
            "row_count: {min: 1}".to_owned(),
            &["severity: warning"],
        );
        self.details.pop();
        let mut out = String::new();
        let mut line = |indent: usize, text: &str| {
            let _ = writeln!(out, "{:indent$}{}", "", text.replace(['\n', '\r'], " "));
        };
        line(2, &format!("{}:", scalar(&self.table)));
        for about in &self.about {
            line(4, &format!("# {about}"));
        }
        for setting in &self.settings {
            line(4, setting);
        }
        line(4, "checks:");
        for check in &self.checks {
            line(6, &format!("# {}", check.evidence));
            for (i, text) in check.lines.iter().enumerate() {
                line(6, &format!("{}{text}", if i == 0 { "- " } else { "  " }));
            }
        }
        let inferred = Inferred {
            table: self.table,
            summary: self.summary.join(", "),
            details: self.details,
        };
        (out, inferred)
    }
}

/// When something broke: "on 6 days from 2026-01-25 to 2026-01-30".
fn when(breaks: &Breaks) -> String {
    let mut out = format!(
        "of {} of {}",
        breaks.hit,
        counted(breaks.judged as u64, "period")
    );
    let days = (
        breaks.first.and_then(date_of),
        breaks.last.and_then(date_of),
    );
    if let (Some(first), Some(last)) = days {
        let _ = write!(out, " from {first} to {last}");
    }
    out
}

/// The option that leaves out beginnings that look like the break and are none.
fn but_beginnings(breaks: &Breaks, date: Option<&str>) -> Option<String> {
    let date = quoted(date?);
    let spans = breaks.begins.iter().filter_map(|(first, last)| {
        let (first, last) = (date_of(*first)?, date_of(*last)?);
        Some(format!("{date} NOT BETWEEN '{first}' AND '{last}'"))
    });
    let condition = spans.collect::<Vec<_>>().join(" AND ");
    (!condition.is_empty()).then(|| format!("where: {}", text(&condition)))
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| scalar(name)).collect();
    format!("[{}]", names.join(", "))
}

/// A name as YAML takes it, quoted where it could be read as something else.
pub fn scalar(name: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-'))
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(name));
    if plain { name.to_owned() } else { text(name) }
}

/// A text in double quotes: JSON's are YAML's.
pub fn text(value: &str) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
