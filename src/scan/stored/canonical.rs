//! What a metric measures, as a text of its own, and its hash.
//!
//! Two metrics have one text only if they come to the same figures on any one file. So everything is in it that the figures
//! depend on besides the file: the measure, its conditions, the types the columns are read as, the column of days, and what
//! a query can't say itself. Days that are asked for are not: figures are kept by day. The text is written out here and
//! never made of a type's `Debug`: it is part of what is on disk.

use std::fmt::Write as _;

use arrow::datatypes::i256;
use twox_hash::XxHash3_128;

use crate::dialect::{self, Env};
use crate::lake::{Column, Origin, Table};
use crate::scan::metric::{Edge, Measure, Metric, Nan, OfNull};
use crate::scan::outcome::MOST_FREQUENCIES;
use crate::session::Session;

/// Raised whenever a measure comes to other figures than before, or a text of another meaning.
const VERSION: u32 = 1;

/// Functions that answer anew each time.
const ANEW: [&str; 3] = ["rand", "generate_uuid", "session_user"];

/// Whether a text of SQL may call a function that answers anew each time.
pub fn answers_anew(sql: &str) -> bool {
    let mut words = sql.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.any(|word| ANEW.iter().any(|name| word.eq_ignore_ascii_case(name)))
}

/// The hash under which is kept what a metric comes to in each file of a table.
pub fn metric_hash(session: &Session, table: &Table, metric: &Metric) -> Option<u128> {
    hash(table, metric, session.clock())
}

/// The hash of what is measured of each file; `None` where the figures depend on more than the file, as those of a condition
/// that reads another table do.
pub(crate) fn hash(table: &Table, metric: &Metric, env: &Env) -> Option<u128> {
    let text = text(table, metric, env)?;
    Some(XxHash3_128::oneshot(text.as_bytes()))
}

/// The text that is hashed.
pub(super) fn text(table: &Table, metric: &Metric, env: &Env) -> Option<String> {
    let mut out = Text {
        table,
        env,
        out: format!("metric {VERSION}, dialect {}\n", dialect::MEANING),
    };
    out.columns("date", table.date().map(|date| date.name.as_str()))?;
    out.measure(&metric.measure)?;
    if let Some(condition) = &metric.filter {
        out.condition("where", condition)?;
    }
    // By the day alone means by the day.
    if let Some(per) = &metric.per
        && table
            .date()
            .is_none_or(|date| !date.name.eq_ignore_ascii_case(per))
    {
        out.columns("per", [per.as_str()])?;
    }
    Some(out.out)
}

struct Text<'a> {
    table: &'a Table,
    env: &'a Env,
    out: String,
}

impl Text<'_> {
    /// A field behind its length, so that no text runs into the next field.
    fn put(&mut self, name: &str, text: &str) {
        let _ = writeln!(self.out, "{name} {} {text}", text.len());
    }

    fn measure(&mut self, measure: &Measure) -> Option<()> {
        match measure {
            Measure::Rows => self.put("measure", "rows"),
            Measure::Null { column } => {
                self.put("measure", "null");
                self.columns("column", [column.as_str()])?;
            }
            Measure::Range {
                column,
                min,
                max,
                nan,
            } => {
                self.put("measure", "range");
                self.columns("column", [column.as_str()])?;
                self.edge("min", *min);
                self.edge("max", *max);
                self.put(
                    "nan",
                    match nan {
                        Nan::Fail => "fail",
                        Nan::Ignore => "ignore",
                    },
                );
            }
            Measure::Json {
                json,
                path,
                column,
                tolerance,
            } => {
                self.put("measure", "json");
                self.columns("json", [json.as_str()])?;
                self.put("path", path);
                self.columns("column", [column.as_str()])?;
                self.edge("tolerance", Some(*tolerance));
            }
            // How its classes are called and what is shown of a row does not count.
            Measure::Condition {
                condition, told, ..
            } => {
                self.put("measure", "condition");
                self.condition("condition", condition)?;
                self.columns("told", told.as_deref())?;
            }
            Measure::Profile { column } => {
                self.put("measure", "profile");
                self.columns("column", [column.as_str()])?;
            }
            Measure::Spread { column } => {
                self.put("measure", "spread");
                self.columns("column", [column.as_str()])?;
            }
            Measure::Frequencies { column } => {
                self.put("measure", "frequencies");
                self.columns("column", [column.as_str()])?;
                self.put("most", &MOST_FREQUENCIES.to_string());
            }
            Measure::Pair { a, b } => {
                self.put("measure", "pair");
                self.columns("column", [a.as_str(), b.as_str()])?;
            }
            Measure::Array {
                array,
                elements,
                length,
                names,
                nulls,
                tolerance,
            } => {
                self.put("measure", "array");
                self.columns("array", [array.as_str()])?;
                for element in elements {
                    self.put("element", &element.index.to_string());
                    self.columns("column", [element.column.as_str()])?;
                    if let Some(except) = &element.except {
                        self.condition("except", except)?;
                    }
                }
                self.columns("length", length.as_deref())?;
                if let Some((column, names)) = names {
                    self.columns("names", [column.as_str()])?;
                    for name in names {
                        self.put("name", name);
                    }
                }
                self.put(
                    "nulls",
                    match nulls {
                        OfNull::Ignore => "ignore",
                        OfNull::Zero => "zero",
                        OfNull::Fail => "fail",
                    },
                );
                self.edge("tolerance", Some(*tolerance));
            }
        }
        Some(())
    }

    fn edge(&mut self, name: &str, edge: Option<Edge>) {
        match edge {
            None => {}
            Some(Edge::Int(n)) => self.put(name, &i256::to_string(&n)),
            Some(Edge::Float(x)) => self.put(name, &format!("bits {:016x}", x.to_bits())),
        }
    }

    /// Columns, and what they are read as.
    fn columns<'c>(
        &mut self,
        name: &str,
        columns: impl IntoIterator<Item = &'c str>,
    ) -> Option<()> {
        for column in columns {
            let read = self.table.column(column)?;
            self.put(name, &read_as(read));
        }
        Some(())
    }

    /// A condition, with the columns that it may name and what a query can't say itself. None where it reads more than a row.
    fn condition(&mut self, name: &str, condition: &str) -> Option<()> {
        let table = self.table.name();
        let query = dialect::parse(&format!("SELECT 1 FROM `{table}` WHERE (\n{condition}\n)"));
        let lower = condition.to_lowercase();
        if query.ok()?.tables().len() != 1 || answers_anew(condition) {
            return None;
        }
        self.put(name, condition);
        // A row as a whole is called as its table is.
        let whole = lower.contains(&table.table.to_lowercase()) || lower.contains("_row");
        let named = |column: &&Column| whole || lower.contains(&column.name.to_lowercase());
        let mut columns: Vec<String> = self
            .table
            .columns()
            .iter()
            .filter(named)
            .map(read_as)
            .collect();
        columns.sort();
        for column in columns {
            self.put("reads", &column);
        }
        let Env {
            as_of,
            timezone,
            default_zone,
        } = self.env;
        self.put(
            "zones",
            &format!("{} {}", timezone.name(), default_zone.name()),
        );
        if lower.contains("current_") {
            self.put(
                "as_of",
                &as_of.map_or_else(String::new, |day| day.to_string()),
            );
        }
        Some(())
    }
}

fn read_as(column: &Column) -> String {
    let from = match column.origin {
        Origin::File => "file",
        Origin::Folder => "folder",
    };
    format!("`{}` {} {from}", column.name.to_lowercase(), column.bq_type)
}

#[cfg(test)]
mod tests;
