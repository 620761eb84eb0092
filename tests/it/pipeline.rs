//! The queries of `queries/pipeline/` over the demo lake, against what `tests/oracle/pipeline.py` found by other means.
//!
//! A file of `tests/oracle/expected/` begins with the clock and the window of its query; a line a row follows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use lakeaudit::command::{self, Request};
use lakeaudit::{dialect, scan, value};
use serde_json::{Map, Value};

type Row = Map<String, Value>;

/// A row that shows a planted incident.
type Shows = fn(&Row) -> bool;

/// Queries that must see an incident on each of its days and on no other: the day's column, and what a row says.
const SEEN: &[(&str, &str, &str, Shows)] = &[
    ("stored_adjustment", "fatigue_by_day", "game_date", |row| {
        row["status"] == "🔴 CRITICAL"
    }),
    (
        "stored_adjustment",
        "json_against_column",
        "game_date",
        |row| is_over(&row["different"], 0.0),
    ),
    ("all_under", "direction_concentration", "game_date", |row| {
        row["red"] == true
    }),
    (
        "missing_dates",
        "completeness_by_date",
        "game_date",
        |row| row["state"] == "MISSING" || row["state"] == "PARTIAL",
    ),
    ("missing_dates", "missing_player_games", "game_date", |_| {
        true
    }),
    ("duplicate_keys", "duplicates", "game_date", |_| true),
    (
        "duplicate_grading",
        "duplicate_gradings",
        "game_date",
        |_| true,
    ),
    ("leakage", "leaked_averages", "cache_date", |row| {
        row["status"] == "LEAKAGE"
    }),
    (
        "dnp_in_averages",
        "averages_with_dnp",
        "cache_date",
        |row| is_over(&row["with_dnp"], 0.0),
    ),
    ("array_drift", "array_against_columns", "game_date", |_| {
        true
    }),
    ("stale_features", "stale_features", "game_date", |row| {
        is_over(&row["built_before"], 0.0)
    }),
    ("averaged_line", "lines_not_offered", "game_date", |_| true),
    (
        "placeholder_line",
        "placeholder_lines",
        "game_date",
        |row| is_over(&row["pct_at_20"], 40.0),
    ),
    ("mixed_scale", "confidence_scale", "game_date", |_| true),
    (
        "after_tipoff",
        "predicted_after_tipoff",
        "game_date",
        |_| true,
    ),
    ("game_id_format", "game_id_forms", "game_date", |row| {
        row["form"] == "official"
    }),
];

fn is_over(value: &Value, limit: f64) -> bool {
    value.as_f64().is_some_and(|v| v > limit)
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The files of a folder by name without extension.
fn files(folder: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(here(folder)).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "sql" || e == "jsonl"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read_to_string(&path).expect("text"))
        })
        .collect()
}

fn objects(text: &str) -> Vec<Row> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect()
}

fn day(window: &Row, name: &str) -> Option<chrono::NaiveDate> {
    let day = window.get(name)?.as_str().expect("a date");
    Some(day.parse().expect("a date"))
}

async fn answers(sql: &str, window: &Row) -> Result<Vec<Row>, String> {
    let as_of = day(window, "as_of");
    let from = day(window, "from");
    let request = Request {
        suite: Some(here("lakeaudit.yaml")),
        as_of,
        from,
        to: from.and(as_of),
        ..Request::default()
    };
    let opened = command::open(&request).await.expect("the demo lake");
    let said = |e: dialect::SqlError| e.diagnostic("query", sql).to_string();
    let query = dialect::parse(sql).map_err(said)?;
    let plan = opened.session.plan(&query, &opened.params).await;
    let batches = scan::rows(&opened.session, &plan.map_err(said)?).await?;
    Ok(batches
        .iter()
        .flat_map(|batch| (0..batch.num_rows()).map(|row| value::text::row_json(batch, row)))
        .map(|row| serde_json::from_str(&row).expect("an object"))
        .collect())
}

/// Numbers agree to 12 digits, also where they are text; everything else is the same.
fn agree(got: &Value, want: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    if let (Value::Number(_), Some(got), Some(want)) = (want, number(got), number(want)) {
        return (got - want).abs() <= 1e-12 * want.abs().max(1e-3);
    }
    got == want
}

fn same(got: &Row, want: &Row) -> bool {
    got.len() == want.len()
        && want
            .iter()
            .all(|(name, want)| got.get(name).is_some_and(|got| agree(got, want)))
}

#[tokio::test(flavor = "multi_thread")]
async fn pipeline_queries_answer_as_the_oracle() {
    let expected = files("tests/oracle/expected");
    let queries = files("queries/pipeline");
    let names = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(
        names(&queries),
        names(&expected),
        "each query has its answer"
    );
    let mut wrong = String::new();
    for (name, sql) in &queries {
        let want = objects(&expected[name]);
        let (window, want) = want.split_first().expect("a window");
        let got = match answers(sql, window).await {
            Ok(rows) => rows,
            Err(error) => {
                let _ = writeln!(wrong, "{name}: {error}");
                continue;
            }
        };
        // All of them say their order; within it every row has a place of its own.
        assert!(sql.contains("ORDER BY"), "{name} has an order");
        if got.len() != want.len() {
            let _ = writeln!(wrong, "{name}: {} rows, not {}", got.len(), want.len());
        }
        let pairs = got.iter().zip(want).enumerate();
        for (i, (got, want)) in pairs.filter(|(_, (got, want))| !same(got, want)).take(3) {
            let (got, want) = (Value::from(got.clone()), Value::from(want.clone()));
            let _ = writeln!(wrong, "{name}: row {i}\n  got  {got}\n  want {want}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn pipeline_queries_show_what_is_planted() {
    let manifest = fs::read_to_string(here("fixtures/lake/manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("a manifest");
    let incidents = manifest["incidents"].as_array().expect("incidents");
    let expected = files("tests/oracle/expected");
    let mut wrong = String::new();
    for (class, name, date, shows) in SEEN {
        let planted = incidents.iter();
        let planted = planted.filter(|one| one["class"] == *class && one["follows"] == false);
        let planted: BTreeSet<_> = planted
            .map(|one| (one["first_day"].as_str(), one["last_day"].as_str()))
            .collect();
        let rows = objects(&expected[*name]);
        let days = rows.iter().skip(1).filter(|row| shows(row));
        let days: BTreeSet<_> = days
            .map(|row| row[*date].as_str().expect("a day"))
            .collect();
        let seen = (days.first().copied(), days.last().copied());
        if !planted.contains(&seen) {
            let _ = writeln!(wrong, "{class} by {name}: {seen:?} of {planted:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
