//! How the dialect answers public conformance cases: right, refused or wrong, by family.
//!
//! The cases are not part of this repository; where they are absent the test is skipped, and says so. A refusal is an
//! answer that is missing; a wrong answer fails the test, whatever else is right.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type,
    IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, TimestampMicrosecondType,
};
use chrono_tz::Tz;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionConfig;
use futures::FutureExt;
use lakeaudit::dialect::{self, Env, Params};
use regex::RegexBuilder;
use serde_json::{Value, json};

use crate::answers::{decimal, interval as interval_text};

/// Families outside an auditor's work: a case whose name or query matches does not count.
const LEFT_OUT: &str = r"geog|st_|\bproto|hll_|kll_|aead|keys\.|net\.|range\(|create |range_|anon_|differential|ml\.|search\(|vector|typeof|normalize_and|is_first|is_last|measure";

/// Expectations that contradict Google's documentation: the case, and the passage.
const CONTRADICTING: &[(&str, &str)] = &[
    (
        "googlesql/functions/datetime/datetime#0: construct datetime",
        "conversion functions, CAST AS STRING: a DATETIME is `YYYY-MM-DD HH:MM:SS`",
    ),
    (
        "googlesql/functions/datetime/datetime_add#0: add interval",
        "the same",
    ),
    (
        "googlesql/functions/datetime/datetime_sub#0: subtract interval",
        "the same",
    ),
    (
        "rpad string",
        "format elements, %T: NULL is written as NULL",
    ),
    ("rpad string with pattern", "the same"),
    (
        "code_points_to_string",
        "string functions, CODE_POINTS_TO_STRING: each code point is a character, 0 too",
    ),
];

#[derive(Debug, PartialEq)]
enum Outcome {
    Right,
    Refused(String),
    Wrong(String),
}

#[derive(Default)]
struct Score {
    right: usize,
    refused: usize,
    wrong: usize,
}

fn cases(name: &str) -> Option<Vec<Value>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data/conformance")
        .join(name);
    let path = match std::env::var_os("LAKEAUDIT_CONFORMANCE") {
        Some(folder) => Path::new(&folder).join(name),
        None => path,
    };
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: there is no {}", path.display());
        return None;
    };
    let lines = text.lines().filter(|l| !l.trim().is_empty());
    Some(lines.map(|l| serde_json::from_str(l).unwrap()).collect())
}

fn state(zone: Tz) -> SessionState {
    let env = Env {
        as_of: "2026-01-28".parse().ok(),
        timezone: chrono_tz::UTC,
        default_zone: zone,
    };
    let config = SessionConfig::new().with_target_partitions(2);
    let builder = SessionStateBuilder::new_with_default_features().with_config(config);
    let state = dialect::configure(builder, &env).build();
    let catalog = state.catalog_list().catalog("datafusion").unwrap();
    let schema: std::sync::Arc<dyn SchemaProvider> =
        std::sync::Arc::new(MemorySchemaProvider::new());
    catalog.register_schema("ds", schema).unwrap();
    state
}

/// The rows of a script's query as JSON, or why there are none: at planning, or as it ran.
async fn rows(state: &SessionState, sql: &str) -> Result<(Vec<Vec<Value>>, bool), (bool, String)> {
    let query = dialect::parse(sql).map_err(|e| (false, e.to_string()))?;
    let marked = query.order_dependent().is_some();
    let plan = dialect::plan_view(state, &query, &Params::new())
        .await
        .map_err(|e| (false, e.to_string()))?;
    let failed = |e: datafusion::error::DataFusionError| (true, e.strip_backtrace());
    let physical = state.create_physical_plan(&plan).await.map_err(failed)?;
    let batches = collect(physical, state.task_ctx()).await.map_err(failed)?;
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            rows.push(batch.columns().iter().map(|c| cell(c, row)).collect());
        }
    }
    Ok((rows, marked))
}

async fn outcome(case: &Value, zone: Tz) -> Outcome {
    let setup = case["setup"].as_array().cloned().unwrap_or_default();
    let mut script = String::new();
    for statement in &setup {
        // The comments of the set are escaped.
        let statement = statement.as_str().unwrap_or_default().replace("\\--", "--");
        let _ = writeln!(script, "{statement};");
    }
    script.push_str(case["query"].as_str().unwrap_or_default());
    let state = state(zone);
    let run = AssertUnwindSafe(rows(&state, &script)).catch_unwind();
    let got = match tokio::time::timeout(Duration::from_secs(120), run).await {
        Err(_) => return Outcome::Wrong("it does not end".to_owned()),
        Ok(Err(_)) => return Outcome::Wrong("it panics".to_owned()),
        Ok(Ok(got)) => got,
    };
    let expects_error = !case["expected_err"].is_null();
    match got {
        Err(_) if expects_error => Outcome::Right,
        Err((_, why)) => Outcome::Refused(why),
        Ok((rows, _)) if expects_error => {
            Outcome::Wrong(format!("{rows:?} where an error is expected"))
        }
        Ok((rows, marked)) => compare(&rows, case, marked),
    }
}

/// An answer that is marked as depending on the order of rows may hold its arrays in any.
fn compare(rows: &[Vec<Value>], case: &Value, marked: bool) -> Outcome {
    let wanted: Vec<Vec<Value>> = case["expected_rows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| row.as_array().cloned().unwrap_or_default())
        .collect();
    let ordered = case["order_known"].as_bool().unwrap_or(false);
    let same = |a: &Vec<Value>, b: &Vec<Value>| {
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| {
                let elements = |v: &Value| v.as_array().cloned();
                equal(a, b)
                    || match (marked, elements(a), elements(b)) {
                        (true, Some(a), Some(b)) => same_in_any_order(&a, &b),
                        _ => false,
                    }
            })
    };
    let equal = if ordered {
        rows.len() == wanted.len() && rows.iter().zip(&wanted).all(|(a, b)| same(a, b))
    } else {
        let mut left = wanted.clone();
        rows.len() == wanted.len()
            && rows.iter().all(|row| {
                let at = left.iter().position(|w| same(row, w));
                at.map(|at| left.swap_remove(at)).is_some()
            })
    };
    if equal {
        return Outcome::Right;
    }
    Outcome::Wrong(format!("{} for {}", json!(rows), json!(wanted)))
}

fn same_in_any_order(a: &[Value], b: &[Value]) -> bool {
    let mut left = b.to_vec();
    a.len() == b.len()
        && a.iter().all(|x| {
            let at = left.iter().position(|y| equal(x, y));
            at.map(|at| left.swap_remove(at)).is_some()
        })
}

/// A value as the sets write it, its type beside it.
fn cell(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return match array.data_type() {
            // BigQuery writes a NULL array of a result as an empty one.
            DataType::List(_) => json!({ "$null": [] }),
            _ => Value::Null,
        };
    }
    let digits = |n: String, scale: usize| decimal(&n, scale);
    match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => json!(array.as_boolean().value(row)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => {
            let x = array.as_primitive::<Float64Type>().value(row);
            if x.is_finite() {
                json!(x)
            } else {
                let text = if x.is_nan() {
                    "nan"
                } else if x > 0.0 {
                    "inf"
                } else {
                    "-inf"
                };
                json!({ "$float": text })
            }
        }
        DataType::Decimal128(_, s) => {
            let n = array.as_primitive::<Decimal128Type>().value(row);
            json!({ "$numeric": digits(n.to_string(), *s as usize) })
        }
        DataType::Decimal256(_, s) => {
            let n = array.as_primitive::<Decimal256Type>().value(row);
            json!({ "$numeric": digits(n.to_string(), *s as usize) })
        }
        DataType::Utf8View => json!(array.as_string_view().value(row)),
        DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => json!({ "$json": array.as_string::<i64>().value(row) }),
        DataType::BinaryView => {
            json!({ "$bytes": base64(array.as_binary_view().value(row)) })
        }
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            let date = chrono::NaiveDate::default() + chrono::Days::new(0);
            let date = date + chrono::TimeDelta::days(days.into());
            json!({ "$moment": date.format("%Y-%m-%d").to_string() })
        }
        DataType::Timestamp(_, _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let moment = chrono::DateTime::from_timestamp_micros(micros).unwrap();
            json!({ "$moment": moment.format("%Y-%m-%d %H:%M:%S%.f").to_string() })
        }
        DataType::Time64(_) => {
            let micros = array.as_primitive::<Time64MicrosecondType>().value(row);
            let time = chrono::NaiveTime::MIN + chrono::TimeDelta::microseconds(micros);
            json!({ "$moment": time.format("%H:%M:%S%.f").to_string() })
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let interval = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            json!({ "$interval": interval_text(interval.months, interval.days, interval.nanoseconds) })
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            Value::Array((0..items.len()).map(|n| cell(&items, n)).collect())
        }
        DataType::Struct(_) => {
            let fields = array.as_struct().columns();
            let fields: Vec<Value> = fields.iter().map(|f| cell(f, row)).collect();
            json!({ "$struct": fields })
        }
        other => json!({ "$other": other.to_string() }),
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0usize, |n, b| n << 8 | usize::from(*b));
        for i in 0..4 {
            let digit = char::from(DIGITS[n >> (18 - 6 * i) & 63]);
            text.push(if i <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

/// Whether a value is the wanted one: numbers to 12 digits, moments whatever the text's form.
fn equal(got: &Value, wanted: &Value) -> bool {
    if let Some(fields) = got.get("$struct") {
        return match wanted {
            Value::String(text) => braces(got) == *text,
            _ => equal(fields, wanted),
        };
    }
    if got.get("$null").is_some() {
        return wanted.is_null() || wanted == &json!([]);
    }
    match (got, wanted) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| {
                    // Some write a struct's fields as objects of one key.
                    match b.as_object().filter(|o| o.len() == 1) {
                        Some(o) if !o.keys().all(|k| k.starts_with('$')) => {
                            o.values().all(|v| equal(a, v))
                        }
                        _ => equal(a, b),
                    }
                })
        }
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            (None, None) => {
                let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
                a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
            }
            _ => false,
        },
        (Value::Object(a), Value::Object(b)) => {
            let (Some((ka, va)), Some((kb, vb))) = (a.iter().next(), b.iter().next()) else {
                return false;
            };
            match (ka.as_str(), kb.as_str()) {
                ("$numeric", "$numeric" | "$bignumeric") => va == vb,
                ("$moment", "$timestamp" | "$datetime" | "$date" | "$time") => {
                    plain(va.as_str().unwrap()) == plain(vb.as_str().unwrap())
                }
                ("$json", "$json") => {
                    let parse = |v: &Value| serde_json::from_str::<Value>(v.as_str().unwrap()).ok();
                    parse(va).is_some() && parse(va) == parse(vb)
                }
                (a, b) => a == b && va == vb,
            }
        }
        // One of the sets writes some numbers as text.
        (Value::Number(a), Value::String(w)) => a.to_string() == *w,
        // One of the sets writes some arrays and structs as text.
        (Value::Array(_), Value::String(w)) => braces(got) == *w,
        // One of the sets writes what is no number, text or truth as text.
        (Value::Object(a), wanted) => {
            let Some((kind, value)) = a.iter().next() else {
                return false;
            };
            let text = value.as_str().unwrap_or_default();
            match (kind.as_str(), wanted) {
                ("$moment", Value::String(w)) => plain(text) == plain(w),
                ("$interval" | "$bytes", Value::String(w)) => text == w,
                ("$json", Value::Null) => text == "null",
                ("$json", Value::String(w)) => {
                    let parse = |v: &str| serde_json::from_str::<Value>(v).ok();
                    text == w || parse(text).is_some() && parse(text) == parse(w)
                }
                ("$numeric", Value::String(w)) => text == w,
                ("$numeric", Value::Number(w)) => text.parse().ok() == w.as_f64(),
                ("$float", Value::String(w)) => text == w.to_lowercase().replace("infinity", "inf"),
                _ => false,
            }
        }
        (a, b) => a == b,
    }
}

fn braces(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(braces).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(of) => match of.get("$struct") {
            Some(Value::Array(fields)) => {
                let fields: Vec<String> = fields.iter().map(braces).collect();
                format!("{{{}}}", fields.join(", "))
            }
            _ => value.to_string(),
        },
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn plain(moment: &str) -> String {
    let moment = moment.replace('T', " ");
    let moment = moment
        .trim_end_matches("+00")
        .trim_end_matches(" UTC")
        .trim_end_matches('Z');
    match moment.split_once('.') {
        Some((whole, fraction)) => {
            let fraction = fraction.trim_end_matches('0');
            if fraction.is_empty() {
                whole.to_owned()
            } else {
                format!("{whole}.{fraction}")
            }
        }
        None => moment.to_owned(),
    }
}

fn family(case: &Value) -> String {
    let name = case["name"].as_str().unwrap_or_default();
    match name.split_once('/') {
        Some((family, _)) => family.to_owned(),
        None => {
            let query = case["query"].as_str().unwrap_or_default();
            let word = query
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .find(|w| {
                    let upper = w.to_uppercase();
                    w.len() > 2
                        && upper == **w
                        && !["SELECT", "WITH", "FROM", "AS"].contains(&upper.as_str())
                });
            word.unwrap_or("other").to_lowercase()
        }
    }
}

/// Scores a set and prints what is not right.
async fn score(file: &str, zone: Tz) -> Option<Score> {
    let cases = cases(file)?;
    let left_out = RegexBuilder::new(LEFT_OUT)
        .case_insensitive(true)
        .build()
        .unwrap();
    let mut total = Score::default();
    let mut families: BTreeMap<String, Score> = BTreeMap::new();
    let mut report = String::new();
    for case in &cases {
        let (name, query) = (
            case["name"].as_str().unwrap_or_default(),
            case["query"].as_str().unwrap_or_default(),
        );
        if left_out.is_match(name) || left_out.is_match(query) {
            continue;
        }
        if CONTRADICTING.iter().any(|(n, _)| *n == name) {
            continue;
        }
        // One family has a default time zone of its own.
        let zone = match family(case).as_str() {
            "timestamp_with_default_time_zone_2" => chrono_tz::Pacific::Chatham,
            _ => zone,
        };
        if std::env::var_os("LAKEAUDIT_CONFORMANCE_TRACE").is_some() {
            eprintln!("{name}");
        }
        let outcome = outcome(case, zone).await;
        let of = families.entry(family(case)).or_default();
        let (kind, why) = match outcome {
            Outcome::Right => {
                of.right += 1;
                total.right += 1;
                continue;
            }
            Outcome::Refused(why) => {
                of.refused += 1;
                total.refused += 1;
                ("refused", why)
            }
            Outcome::Wrong(why) => {
                of.wrong += 1;
                total.wrong += 1;
                ("WRONG", why)
            }
        };
        let why: String = why.chars().take(600).collect();
        let _ = writeln!(report, "{kind} {name}\n    {query}\n    {why}\n");
    }
    if let Some(path) = std::env::var_os("LAKEAUDIT_CONFORMANCE_REPORT") {
        let path = Path::new(&path).join(format!("{file}.txt"));
        std::fs::write(path, report).unwrap();
    }
    println!("{file}\n  right refused wrong  family");
    for (family, score) in &families {
        println!(
            "  {:5} {:7} {:5}  {family}",
            score.right, score.refused, score.wrong
        );
    }
    let counted = total.right + total.refused + total.wrong;
    println!(
        "  {:5} {:7} {:5}  of {counted}: {:.1} % right",
        total.right,
        total.refused,
        total.wrong,
        100.0 * total.right as f64 / counted as f64
    );
    Some(total)
}

fn share(score: &Score) -> f64 {
    100.0 * score.right as f64 / (score.right + score.refused + score.wrong) as f64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_of_bigquery() {
    let Some(score) = score("bigquery_functions.jsonl", chrono_tz::UTC).await else {
        return;
    };
    assert_eq!(score.wrong, 0);
    assert!(share(&score) >= 97.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn googlesql() {
    let zone = chrono_tz::America::Los_Angeles;
    let Some(score) = score("googlesql_compliance.jsonl", zone).await else {
        return;
    };
    assert_eq!(score.wrong, 0);
    assert!(share(&score) >= 85.0);
}
