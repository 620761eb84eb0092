//! Baselines: the same bytes for the same files, every type of column, and what the commands say.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, Field};
use lakeaudit::command::baseline::{self, Shown};
use lakeaudit::command::{self, Request};
use lakeaudit::diagnostic::Diagnostic;
use lakeaudit::snapshot::{ColumnRow, Grain, Kind, Snapshot};

use super::audit::Folder;
use super::table;

const SUITE: &str = "
seasons:
  \"2024-25\": {start: 2024-10-22, end: 2025-06-22}
  \"2025-26\": {start: 2025-10-21, end: 2026-06-21}
tables:
  ds.t:
    date: game_date
    checks:
      - correlation: {columns: [x, small], min: 0.1}
";

/// Rows of some days of a month.
fn rows(month: &str, days: std::ops::Range<u32>, salt: u32) -> String {
    let mut text = String::from(
        "id INT64 | x FLOAT64 | small NUMERIC(8, 2) | team STRING | at TIMESTAMP | game_date DATE\n",
    );
    for day in days {
        for row in 0..20_u32 {
            let n = (day * 20 + row)
                .wrapping_mul(2_654_435_761)
                .wrapping_add(salt)
                >> 8;
            let x = match n % 23 {
                0 => "NULL".to_owned(),
                1 => "0".to_owned(),
                _ => format!("{}.{:02}", n % 90, n % 100),
            };
            let _ = writeln!(
                text,
                "{n} | {x} | {}.{:02} | {} | {month}-{day:02} 12:00:00 | {month}-{day:02}",
                n % 90,
                n % 7,
                ["DEN", "BOS", "LAL"][(n % 3) as usize],
            );
        }
    }
    text
}

fn lake() -> Folder {
    let folder = Folder::with_suite(SUITE);
    folder.table("ds/t/000000000000.parquet", &rows("2024-12", 1..9, 1));
    folder.table("ds/t/000000000001.parquet", &rows("2025-11", 1..15, 2));
    folder.table("ds/t/000000000002.parquet", &rows("2026-01", 10..15, 3));
    folder.table("ds/u/0.parquet", "a INT64\n1\n2\n");
    folder
}

async fn take(request: &Request, name: &str) -> Result<Snapshot, Diagnostic> {
    let (shown, opened) = baseline::take(request, name, Grain::Month, &|_| {}).await?;
    if let Some(store) = opened.session.store() {
        store.finish().await.expect("a state");
    }
    Ok(shown.snapshot)
}

/// The files of a baseline, by name.
fn files(folder: &Folder, name: &str) -> BTreeMap<String, Vec<u8>> {
    let path = folder.path().join("reports/baselines").join(name);
    let read = fs::read_dir(path).expect("a baseline");
    read.map(|entry| {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        (name.into_owned(), fs::read(&path).expect("bytes"))
    })
    .collect()
}

fn of_season(folder: &Folder) -> Request {
    Request {
        season: Some("2025-26".to_owned()),
        ..folder.request()
    }
}

fn whole<'a>(snapshot: &'a Snapshot, table: &str, column: &str) -> &'a ColumnRow {
    let mut rows = snapshot.columns.iter();
    let found =
        rows.find(|r| r.table == table && r.column == column && r.period.kind == Kind::Whole);
    found.unwrap_or_else(|| panic!("no row of {table}.{column}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_files_give_the_same_bytes() {
    let folder = lake();
    for name in ["season", "all"] {
        let request = match name {
            "all" => folder.request(),
            _ => of_season(&folder),
        };
        take(&request, name).await.expect("a baseline");
        let want = files(&folder, name);
        assert_eq!(want.len(), 5);
        for (again, request) in [
            (
                "threads",
                Request {
                    threads: Some(4),
                    ..request.clone()
                },
            ),
            (
                "batches",
                Request {
                    batch_rows: Some(7),
                    ..request.clone()
                },
            ),
            (
                "first",
                Request {
                    state: true,
                    ..request.clone()
                },
            ),
            (
                "known",
                Request {
                    state: true,
                    threads: Some(3),
                    ..request.clone()
                },
            ),
        ] {
            let again = format!("{name}-{again}");
            take(&request, &again).await.expect("a baseline");
            assert!(files(&folder, &again) == want, "{again}");
        }
        // An audit before does not show.
        let opened = command::open(&Request {
            state: true,
            ..request.clone()
        })
        .await;
        command::audit::audit(&opened.expect("a lake"), &|_| {}).await;
        take(
            &Request {
                state: true,
                ..request.clone()
            },
            &format!("{name}-audited"),
        )
        .await
        .expect("a baseline");
        assert!(files(&folder, &format!("{name}-audited")) == want);
    }
    // Elsewhere, at another time.
    let copy = Folder::with_suite(SUITE);
    for file in [
        "ds/t/000000000000",
        "ds/t/000000000001",
        "ds/t/000000000002",
        "ds/u/0",
    ] {
        let path = format!("lake/{file}.parquet");
        copy.write(&path, fs::read(folder.path().join(&path)).expect("a file"));
    }
    take(&copy.request(), "all").await.expect("a baseline");
    assert!(files(&copy, "all") == files(&folder, "all"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_outside_of_the_window_change_nothing() {
    let folder = lake();
    let request = Request {
        tables: vec!["ds.t".to_owned()],
        season: Some("2024-25".to_owned()),
        ..folder.request()
    };
    let taken = take(&request, "before").await.expect("a baseline");
    assert_eq!(taken.files.len(), 1);
    folder.table(
        "ds/t/000000000003.parquet",
        "later STRING | id INT64 | x FLOAT64 | game_date DATE\nnew | 1 | 2.5 | 2026-01-20\n",
    );
    let again = take(&request, "after").await.expect("a baseline");
    assert_eq!(taken, again);
    assert!(files(&folder, "before") == files(&folder, "after"));
    // It does not depend on whether rows before it or after it are in the same file.
    let narrow = Request {
        season: None,
        from: "2025-11-03".parse().ok(),
        to: "2025-11-05".parse().ok(),
        ..request
    };
    let taken = take(&narrow, "narrow").await.expect("a baseline");
    let [rows] = taken
        .tables
        .iter()
        .filter(|t| t.period.is_whole())
        .collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", taken.tables)
    };
    assert_eq!((rows.rows, rows.days), (60, 3));
    let team = whole(&taken, "ds.t", "team");
    let counted: u64 = team.top_values.iter().flatten().map(|top| top.count).sum();
    assert_eq!((team.rows, counted), (60, 60));
    let date = whole(&taken, "ds.t", "game_date");
    assert_eq!(date.distinct, Some(3));
    assert_eq!(date.min_text.as_deref(), Some("2025-11-03"));
    assert_eq!(date.max_text.as_deref(), Some("2025-11-05"));
}

#[tokio::test(flavor = "multi_thread")]
async fn periods_are_parts_of_the_whole() {
    let folder = lake();
    let (shown, _) = baseline::take(&folder.request(), "all", Grain::Day, &|_| {})
        .await
        .expect("a baseline");
    let taken = &shown.snapshot;
    let of = |kind: Kind| -> Vec<(&str, u64)> {
        let rows = taken.tables.iter().filter(|t| t.table == "ds.t");
        rows.filter(|row| row.period.kind == kind)
            .map(|row| (row.period.name.as_str(), row.rows))
            .collect()
    };
    assert_eq!(of(Kind::Whole), [("", 540)]);
    assert_eq!(of(Kind::Season), [("2024-25", 160), ("2025-26", 380)]);
    assert_eq!(
        of(Kind::Month),
        [("2024-12", 160), ("2025-11", 280), ("2026-01", 100)]
    );
    assert_eq!(of(Kind::Day).len(), 27);
    for column in ["x", "team", "at", "small", "id", "game_date"] {
        for kind in [Kind::Season, Kind::Month, Kind::Day] {
            let rows = taken.columns.iter();
            let rows: Vec<&ColumnRow> = rows
                .filter(|r| r.table == "ds.t" && r.column == column && r.period.kind == kind)
                .collect();
            let all = whole(taken, "ds.t", column);
            let sum = |part: fn(&ColumnRow) -> u64| rows.iter().map(|row| part(row)).sum::<u64>();
            assert_eq!(sum(|row| row.rows), all.rows, "{column}");
            assert_eq!(sum(|row| row.nulls), all.nulls, "{column}");
            assert_eq!(sum(|row| row.zeros.unwrap_or(0)), all.zeros.unwrap_or(0));
            // Values are counted by month.
            assert!(
                rows.iter()
                    .all(|row| row.distinct.is_some() == (kind != Kind::Day))
            );
        }
    }
    // A season whose days share a month with other days has no values of its own.
    let suite = SUITE.replace("2025-10-21", "2025-11-04");
    folder.write("lakeaudit.yaml", suite);
    let taken = take(&folder.request(), "torn").await.expect("a baseline");
    let season = |name: &str| {
        let mut rows = taken.columns.iter();
        rows.find(|r| r.column == "team" && r.period.name == name)
            .expect("a season")
    };
    assert_eq!(season("2025-26").rows, 320);
    assert_eq!(season("2025-26").distinct, None);
    assert_eq!(season("2024-25").distinct, Some(3));
    // The pair of the suite is measured, and those that are found.
    assert!(
        taken
            .correlations
            .iter()
            .any(|pair| pair.a == "small" && pair.b == "x")
    );
}

/// Every type an export has; a file that lacks columns, and one whose numbers are wider.
#[tokio::test(flavor = "multi_thread")]
async fn every_type_has_its_figures() {
    let folder = Folder::with_suite("tables: {ds.types: {date: d, types: {j: JSON}}}");
    let header = "i INT64 | f FLOAT64 | n NUMERIC | b BIGNUMERIC | s STRING | bo BOOL | d DATE | dt DATETIME | \
                  ts TIMESTAMP | j JSON | a ARRAY<FLOAT64> | nothing STRING\n";
    folder.table(
        "ds/types/0.parquet",
        &format!(
            "{header}\
             1 | 1.5 | 0.1 | 1.5 | DEN | true | 2026-01-01 | 2026-01-01 10:00:00 | 2026-01-01 10:00:00 | {{\"x\": 1}} | [1, 2] | NULL\n\
             0 | NaN | 0 | 2.5 | NULL | false | 2026-01-02 | 2026-01-02 10:00:00 | NULL | NULL | [] | NULL\n\
             9007199254740993 | -0 | NULL | NULL | \"\" | NULL | 2026-01-02 | NULL | 2026-01-03 10:00:00 | {{broken | [NaN] | NULL\n\
             NULL | inf | -0.3 | 0 | DEN | true | NULL | 2026-01-02 10:00:00 | 2026-01-03 10:00:00 | {{\"x\": 1}} | [1, 2] | NULL\n"
        ),
    );
    folder.table("ds/types/1.parquet", "i INT64 | d DATE\n7 | 2026-01-09\n");
    folder.table("ds/empty/0.parquet", "a INT64 | s STRING\n");
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 1]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), None, Some("x")]));
    let of = StructArray::from(vec![
        (Arc::new(Field::new("n", DataType::Int64, true)), inner),
        (Arc::new(Field::new("t", DataType::Utf8, true)), texts),
    ]);
    let batch = RecordBatch::try_from_iter([("s", Arc::new(of) as ArrayRef)]).expect("rows");
    folder.write("lake/ds/structs/0.parquet", table::parquet(&batch, 100));

    let taken = take(&folder.request(), "types").await.expect("a baseline");
    let of = |column: &str| whole(&taken, "ds.types", column);
    let counts = |column: &str| (of(column).rows, of(column).nulls, of(column).distinct);
    assert_eq!(counts("i"), (5, 1, Some(4)));
    assert_eq!(of("i").max_text.as_deref(), Some("9007199254740993"));
    assert_eq!(of("i").zeros, Some(1));
    // NaN and infinities are counted apart; -0 is 0.
    assert_eq!(counts("f"), (5, 1, Some(4)));
    assert_eq!(
        (of("f").nan, of("f").infinite, of("f").zeros),
        (Some(1), Some(1), Some(1))
    );
    assert_eq!(
        (of("f").mean, of("f").max),
        (Some(0.75), Some(f64::INFINITY))
    );
    assert_eq!(counts("n"), (5, 2, Some(3)));
    assert_eq!(of("n").min_text.as_deref(), Some("-0.300000000"));
    assert_eq!(of("n").quantiles[4], Some(0.0));
    // A BIGNUMERIC has a mean and no distribution.
    assert_eq!(counts("b"), (5, 2, Some(3)));
    assert_eq!((of("b").mean, of("b").zeros), (Some(4.0 / 3.0), Some(1)));
    assert_eq!(counts("s"), (5, 2, Some(2)));
    let top = |column: &str| -> Vec<(String, u64)> {
        let top = of(column).top_values.iter().flatten();
        top.map(|top| (top.value.clone(), top.count)).collect()
    };
    assert_eq!(top("s"), [("DEN".to_owned(), 2), (String::new(), 1)]);
    assert_eq!(top("bo"), [("true".to_owned(), 2), ("false".to_owned(), 1)]);
    assert_eq!(counts("d"), (5, 1, Some(3)));
    assert_eq!(of("d").max_text.as_deref(), Some("2026-01-09"));
    assert_eq!(of("ts").max_text.as_deref(), Some("2026-01-03 10:00:00"));
    assert_eq!(counts("j"), (5, 2, Some(2)));
    assert_eq!((of("j").min_text.clone(), top("j").len()), (None, 2));
    assert_eq!(top("a")[0], ("[1.0,2.0]".to_owned(), 2));
    assert_eq!(counts("nothing"), (5, 5, Some(0)));
    assert_eq!(of("nothing").top_values.as_deref(), Some(&[][..]));
    let lacking = taken
        .contract
        .iter()
        .find(|row| row.column == "j")
        .expect("a column");
    assert_eq!(
        (lacking.absent_files, lacking.bq_type.as_str()),
        (1, "JSON")
    );
    // Rows without a date are in the whole alone.
    let months: u64 = taken
        .tables
        .iter()
        .filter(|t| t.table == "ds.types" && t.period.kind == Kind::Month)
        .map(|t| t.rows)
        .sum();
    assert_eq!(months, 4);

    let empty = whole(&taken, "ds.empty", "a");
    assert_eq!((empty.rows, empty.nulls, empty.mean), (0, 0, None));
    let structs = whole(&taken, "ds.structs", "s");
    assert_eq!((structs.rows, structs.distinct), (3, Some(2)));
    let top = structs.top_values.as_ref().expect("values");
    assert_eq!(top[0].value, r#"{"n":1,"t":"x"}"#);

    // What is compared with itself is the same, whatever its types.
    let same = baseline::compare(&folder.request(), "types", "types")
        .await
        .expect("two");
    assert!(same.columns.iter().all(|column| !column.is_minded()));
    assert_eq!(same.columns.len(), 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_taken_is_told() {
    let folder = lake();
    let refused = async |request: Request, name: &str| -> String {
        let error = take(&request, name).await.expect_err("an error");
        folder.plain(&error.to_string())
    };
    let request = folder.request();
    let told = refused(request.clone(), "../x").await;
    assert!(
        told.contains("can't be the name of a baseline: it has a `/`"),
        "{told}"
    );
    let unknown = Request {
        tables: vec!["ds.tt".to_owned()],
        ..request.clone()
    };
    let told = refused(unknown, "x").await;
    assert!(told.contains("did you mean `ds.t`"), "{told}");
    let told = refused(
        Request {
            season: Some("2030-31".to_owned()),
            ..request.clone()
        },
        "x",
    )
    .await;
    assert!(told.contains("there are 2024-25, 2025-26"), "{told}");
    let early = Request {
        from: "1999-01-01".parse().ok(),
        to: "1999-02-01".parse().ok(),
        ..request.clone()
    };
    let told = refused(early, "x").await;
    assert!(told.contains("no data from 1999-01-01"), "{told}");
    folder.write(
        "lake/ds/t/000000000009.parquet",
        b"PAR1 this is no file PAR1",
    );
    let told = refused(request, "x").await;
    assert!(
        told.contains("can't read ds/t/000000000009.parquet"),
        "{told}"
    );
    assert!(told.contains("a baseline is of all its files"), "{told}");
    assert!(!folder.path().join("reports/baselines").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_season_needs_no_suite() {
    let folder = lake();
    folder.write("lakeaudit.yaml", "lake: lake\n");
    let taken = take(&of_season(&folder), "s").await.expect("a baseline");
    assert_eq!(taken.about.season.as_deref(), Some("2025-26"));
    assert_eq!(
        taken.about.from.map(|day| day.to_string()).as_deref(),
        Some("2025-10-01")
    );
    let seasons = taken
        .tables
        .iter()
        .filter(|t| t.period.kind == Kind::Season);
    let names: Vec<&str> = seasons.map(|t| t.period.name.as_str()).collect();
    assert_eq!(names, ["2025-26"]);
}

/// Exit code, stdout, stderr.
fn run(folder: &Folder, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_lakeaudit"))
        .current_dir(folder.path())
        .args(args)
        .output()
        .expect("a run");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(!err.contains("panicked"), "{err}");
    (output.status.code().unwrap_or(-1), out, err)
}

#[test]
fn the_commands() {
    let folder = lake();
    folder.write("lakeaudit.yaml", format!("lake: lake\n{SUITE}"));
    let told = |args: &[&str]| -> String {
        let (code, out, err) = run(&folder, args);
        assert_eq!(code, 0, "{args:?}: {err}");
        assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
        out
    };
    assert!(told(&["baseline", "list"]).starts_with("no baseline in reports/baselines"));
    let out = told(&["baseline", "take", "s24", "--season", "2024-25"]);
    assert!(
        out.starts_with("s24  season 2024-25, 2024-10-22 to 2025-06-22\n"),
        "{out}"
    );
    told(&[
        "baseline", "take", "s25", "--season", "2025-26", "--tables", "ds.t",
    ]);
    let list = told(&["baseline", "list"]);
    assert!(
        list.contains("s24") && list.contains("2024-12-01"),
        "{list}"
    );
    let shown = told(&["baseline", "show", "s25", "--table", "t"]);
    assert!(
        shown.contains("team") && shown.contains("2025-11-01 to 2026-01-14"),
        "{shown}"
    );
    let shown = told(&[
        "baseline", "show", "s25", "--table", "ds.t", "--column", "X",
    ]);
    assert!(
        shown.contains("quantiles") && shown.contains("2026-01"),
        "{shown}"
    );
    let out = told(&["baseline", "compare", "s24", "s25"]);
    assert!(out.contains("ds.u is gone"), "{out}");
    let verbose = told(&["baseline", "compare", "s24", "s25", "--verbose"]);
    assert!(verbose.contains("COLUMNS  6"), "{verbose}");

    let json = |args: &[&str]| -> serde_json::Value {
        let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
        serde_json::from_str(&told(&args)).expect("JSON")
    };
    let list = json(&["baseline", "list"]);
    assert_eq!(list[1]["about"]["season"], "2025-26");
    let shown = json(&["baseline", "show", "s25", "--table", "t", "--column", "x"]);
    assert_eq!(shown["columns"][0]["segment"], "whole");
    assert!(shown["columns"][0]["p50"].is_number(), "{shown}");
    let compared = json(&["baseline", "compare", "s24", "s25"]);
    assert_eq!(compared["columns"].as_array().map(Vec::len), Some(6));

    // Against the lake as it is: the same days, and others.
    let out = told(&["baseline", "compare", "s25"]);
    assert!(
        out.starts_with("✓ None of 6 common columns has changed\n"),
        "{out}"
    );
    assert!(
        out.contains("season 2025-26, 2025-10-21 to 2026-06-21, ds.t"),
        "{out}"
    );
    let other = json(&["baseline", "compare", "s25", "--season", "2024-25"]);
    assert_eq!(other["b"]["rows"], 160);
    assert_eq!(other["columns"], {
        told(&[
            "baseline", "take", "s24t", "--season", "2024-25", "--tables", "ds.t",
        ]);
        json(&["baseline", "compare", "s25", "s24t"])["columns"].clone()
    });

    for file in ["f.parquet", "f.csv", "f.json", "f.jsonl"] {
        let out = told(&["baseline", "export", "s25", file]);
        assert!(out.starts_with("wrote 24 rows"), "{out}");
    }
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).expect("a file");
    let all: serde_json::Value = serde_json::from_str(&read("f.json")).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(24));
    assert!(
        all[0].get("state").is_none() && all[0]["rows"] == 380,
        "{}",
        all[0]
    );
    assert_eq!(read("f.csv").lines().count(), 25);
    assert_eq!(read("f.jsonl").lines().count(), 24);

    let refused = |args: &[&str]| -> String {
        let (code, out, err) = run(&folder, args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        err
    };
    let err = refused(&["baseline", "take", "s25"]);
    assert!(
        err.contains("there is a baseline `s25`") && err.contains("remove s25"),
        "{err}"
    );
    let err = refused(&["baseline", "show", "s26"]);
    assert!(
        err.contains("there are s24, s24t, s25") || err.contains("did you mean"),
        "{err}"
    );
    let err = refused(&["baseline", "show", "s25", "--table", "ds.tt"]);
    assert!(err.contains("did you mean"), "{err}");
    let err = refused(&["baseline", "show", "s25", "--table", "t", "--column", "tem"]);
    assert!(err.contains("did you mean `team`"), "{err}");
    let err = refused(&["baseline", "export", "s25", "f.txt"]);
    assert!(err.contains(".parquet, .csv, .json or .jsonl"), "{err}");
    assert!(told(&["baseline", "remove", "s24t"]).contains("removed s24t"));
    assert!(told(&["baseline", "remove", "s24"]).contains("removed s24"));
    assert!(!told(&["baseline", "list"]).contains("s24"));
    refused(&["baseline", "remove", "s24"]);
    // Reports are read as before where baselines stand beside them.
    told(&["tables"]);
}

/// A run that is killed at any time leaves a baseline or none.
#[test]
fn a_killed_run_leaves_nothing_half_done() {
    let folder = lake();
    folder.write("lakeaudit.yaml", format!("lake: lake\n{SUITE}"));
    for (at, wait) in [0, 20, 60, 120, 200, 300, 450].into_iter().enumerate() {
        let name = format!("b{at}");
        let mut child = Command::new(env!("CARGO_BIN_EXE_lakeaudit"))
            .current_dir(folder.path())
            .args(["baseline", "take", &name])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("a run");
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().expect("an end");
        let path = folder.path().join("reports/baselines").join(&name);
        assert!(!path.exists() || count(&path) == 5, "{wait}");
        let (code, _, err) = run(&folder, &["baseline", "list"]);
        assert_eq!(code, 0, "{err}");
    }
    let (code, _, err) = run(&folder, &["baseline", "take", "last"]);
    assert_eq!(code, 0, "{err}");
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

/// What one baseline is read as by [`baseline::show`] is what was taken.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_was_taken() {
    let folder = lake();
    let taken = take(&folder.request(), "all").await.expect("a baseline");
    let Shown { snapshot, id, .. } = baseline::show(&folder.request(), "all").await.expect("it");
    assert_eq!(snapshot, taken);
    assert_eq!(id.len(), 16);
}

/// The documentation has each column of each file.
#[tokio::test(flavor = "multi_thread")]
async fn each_column_is_documented() {
    let folder = lake();
    take(&folder.request(), "all").await.expect("a baseline");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/baselines.md");
    let page = fs::read_to_string(page).expect("docs/baselines.md");
    for (file, bytes) in files(&folder, "all") {
        let section = page
            .split("\n## ")
            .find(|section| section.starts_with(&format!("`{file}`")));
        let section = section.unwrap_or_else(|| panic!("no section of {file}"));
        let read = lakeaudit::snapshot::batches(&bytes.into()).expect("rows");
        let schema = read.first().expect("a batch").schema();
        for field in schema.fields() {
            let name = format!("`{}`", field.name());
            assert!(section.contains(&name), "{file}: {name}");
        }
    }
}
