//! `lakeaudit repro`: what it writes fails again, with the fewest rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chrono::NaiveDate;
use lakeaudit::command::diff::{Compared, diff};
use lakeaudit::command::repro::{Failing, Fewest, Repro, repro};
use lakeaudit::command::{self, Request};
use lakeaudit::finding::{Report, Status};
use tempfile::TempDir;

use super::audit::Folder;
use super::diff::asked;

/// All days of the demo lake.
fn whole() -> Request {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Request {
        suite: Some(root.join("lakeaudit.yaml")),
        ..Request::default()
    }
}

/// The days of one incident.
fn demo() -> Request {
    Request {
        from: NaiveDate::from_ymd_opt(2026, 1, 20),
        to: NaiveDate::from_ymd_opt(2026, 1, 31),
        ..whole()
    }
}

async fn audited(request: &Request) -> Report {
    let opened = command::open(request).await.unwrap();
    command::audit::audit(&opened, &|_| {}).await
}

fn failing(report: &Report) -> Vec<String> {
    let failing = report.summaries().filter(|f| f.status == Status::Fail);
    failing.map(|finding| finding.check.clone()).collect()
}

/// What the written folder's own audit finds, asked as the repro says.
async fn again(out: &Path, found: &Repro, request: &Request) -> Vec<String> {
    let mut again = Request {
        suite: Some(out.join("lakeaudit.yaml")),
        lake: Some(out.join("lake").display().to_string()),
        reports: Some(out.join("reports").display().to_string()),
        from: request.from,
        to: request.to,
        ..Request::default()
    };
    if let Some((_, name)) = found.command.split_once("--checks ") {
        again.checks = vec![name.to_owned()];
    }
    failing(&audited(&again).await)
}

/// The query that needs no table returns rows where there is another one alone.
async fn shows_rows(out: &Path) {
    let sql = fs::read_to_string(out.join("bigquery.sql")).unwrap();
    let other = tempfile::tempdir().unwrap();
    let table = other.path().join("other/other");
    fs::create_dir_all(&table).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let any = root.join("fixtures/lake/nba_raw/nbac_schedule/000000000000.parquet");
    fs::copy(any, table.join("000000000000.parquet")).unwrap();
    let request = Request {
        lake: Some(other.path().display().to_string()),
        as_of: NaiveDate::from_ymd_opt(2026, 2, 28),
        ..Request::default()
    };
    let opened = command::open(&request).await.unwrap();
    let query = lakeaudit::dialect::parse(&sql).unwrap_or_else(|e| panic!("{e}: {sql}"));
    let plan = opened.session.plan(&query, &Default::default()).await;
    let plan = plan.unwrap_or_else(|e| panic!("{e}: {sql}"));
    let batches = lakeaudit::scan::rows(&opened.session, &plan).await.unwrap();
    assert!(batches.iter().any(|batch| batch.num_rows() > 0), "{sql}");
}

/// The repro of a check, which fails again in its folder and alone.
async fn of_check(request: &Request, name: &str) -> (Repro, PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("repro");
    let failing = Failing::Check(name.to_owned());
    let found = repro(request, &failing, &out, &|_| {}).await.unwrap();
    assert_eq!(again(&out, &found, request).await, [name]);
    assert_eq!(found.fewest, Fewest::Needed, "{name}");
    (found, out, folder)
}

/// Rows and columns of each table.
fn sizes(found: &Repro) -> Vec<(usize, usize)> {
    let tables = found.tables.iter();
    tables.map(|(_, rows, columns)| (*rows, *columns)).collect()
}

/// Rows and columns of the repros of these checks.
#[tokio::main]
async fn of_checks(names: &[String]) -> BTreeMap<String, Vec<(usize, usize)>> {
    let mut found = BTreeMap::new();
    for name in names {
        let (repro, out, _folder) = of_check(&whole(), name).await;
        if out.join("bigquery.sql").is_file() {
            shows_rows(&out).await;
        }
        found.insert(name.clone(), sizes(&repro));
    }
    found
}

/// The key, the date and what it is about.
fn known() -> BTreeMap<&'static str, Vec<(usize, usize)>> {
    BTreeMap::from([
        // The array, its length and names, and columns and sources up to the one that differs.
        ("features.array", vec![(1, 34)]),
        ("features.fatigue_score.range", vec![(1, 4)]),
        // The key and the contract's columns, of the file that breaks it.
        ("feature_store_contract", vec![(1, 6)]),
        ("fatigue_score_matches_json", vec![(1, 4)]),
        ("fatigue_zero_rate", vec![(1, 3)]),
        ("factors_of_every_player", vec![(1, 2), (1, 2)]),
        ("feature_5_is_the_fatigue_score", vec![(1, 3), (1, 4)]),
        // A mean of one game: the player's, the day's and the one that is stored.
        ("last_5_recomputed", vec![(1, 5), (1, 3), (1, 3)]),
        // What it ignores has to be there.
        ("one_row_a_player", vec![(2, 6)]),
        (
            "player_composite_factors.in_range.fatigue_score",
            vec![(1, 3)],
        ),
        ("total_is_the_sum", vec![(1, 7)]),
        ("win_flag_lives", vec![(2, 3)]),
    ])
}

/// Repros of the failing checks that are chosen, by name and whether their kind is new.
fn fail_again(chosen: impl Fn(&str, bool) -> bool) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let report = runtime.block_on(audited(&whole()));
    let mut kinds = BTreeSet::new();
    // Days against days before can't be reduced.
    let failing = report
        .summaries()
        .filter(|f| f.status == Status::Fail && f.kind != "drift");
    let names: Vec<String> = failing
        .filter(|f| {
            let new = kinds.insert(f.kind.clone());
            chosen(&f.check, new)
        })
        .map(|finding| finding.check.clone())
        .collect();
    assert!(kinds.len() > 15, "{kinds:?}");
    // Side by side, each other one, as most of it is planning.
    let halves = [0, 1].map(|half| names.iter().skip(half).step_by(2).cloned().collect());
    let found = std::thread::scope(|scope| {
        let threads = halves.map(|half: Vec<String>| scope.spawn(move || of_checks(&half)));
        let ended = threads.into_iter().map(|thread| thread.join().unwrap());
        ended.flatten().collect::<BTreeMap<_, _>>()
    });
    for (name, sizes) in known() {
        assert_eq!(found.get(name), Some(&sizes), "{name}");
    }
    for (name, sizes) in &found {
        let rows: usize = sizes.iter().map(|(rows, _)| rows).sum();
        assert!(rows <= 4, "{name}: {sizes:?}");
    }
}

#[test]
fn a_check_of_each_kind_fails_again_with_the_fewest_rows_and_columns() {
    let known = known();
    fail_again(|name, new_kind| new_kind || known.contains_key(name));
}

#[test]
#[ignore = "takes minutes"]
fn every_failing_check_fails_again() {
    fail_again(|_, _| true);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_are_chosen_are_told() {
    let (found, out, _folder) = of_check(&demo(), "fatigue_score_matches_json").await;
    assert_eq!(sizes(&found), [(1, 4)]);
    assert_eq!(
        found.command,
        "lakeaudit audit --from 2026-01-20 --to 2026-01-31"
    );
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(out.join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("expected.json")["status"], "pass");
    assert_eq!(read("actual.json")["affected_rows"], 1);
    let versions = read("versions.json");
    assert_eq!(versions["lakeaudit"], env!("CARGO_PKG_VERSION"));
    assert_eq!(versions["source_tables"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diff_differs_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("repro");
    let (left, right) = (
        "nba_precompute.player_composite_factors_serial",
        "nba_precompute.player_composite_factors_parallel",
    );
    let request = Request {
        from: NaiveDate::from_ymd_opt(2026, 1, 25),
        ..demo()
    };
    let mut sides = asked(left, right, &[]);
    sides.no_key = false;
    let found = repro(&request, &Failing::Diff(Box::new(sides)), &out, &|_| {})
        .await
        .unwrap();
    // The key, and the column that differs.
    assert_eq!(sizes(&found), [(3, 3), (3, 3)]);
    let versions = fs::read_to_string(out.join("versions.json")).unwrap();
    let versions: serde_json::Value = serde_json::from_str(&versions).unwrap();
    assert_eq!(versions["lakeaudit"], env!("CARGO_PKG_VERSION"));
    for (side, name) in [left, right].into_iter().enumerate() {
        let source = &versions["source_tables"][side];
        assert_eq!(source["table"], name);
        let file = &source["files"][0];
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/lake")
            .join(file["path"].as_str().unwrap());
        assert_eq!(file["bytes"], path.metadata().unwrap().len(), "{source}");
        assert_eq!(file["rows"], 406, "{source}");
    }
    shows_rows(&out).await;
    let again = Request {
        lake: Some(out.join("lake").display().to_string()),
        ..Request::default()
    };
    let sides = asked(left, right, &["game_date", "player_lookup"]);
    let Compared::Two(found) = diff(&again, &sides, &|_| {}).await.unwrap().compared else {
        panic!("two sides");
    };
    assert_eq!(super::diff::differing(&found), [("fatigue_score", 3)]);
    let ticket = fs::read_to_string(out.join("README.md")).unwrap();
    assert!(
        ticket.contains("right = trunc((left - 100) / 20)"),
        "{ticket}"
    );
}

/// In BigQuery the clock has gone on: the day of the run is a literal there.
#[tokio::test(flavor = "multi_thread")]
async fn the_day_is_that_of_the_run() {
    let folder = Folder::with_suite("lake: lake\nas_of: 2026-01-28\nqueries: [queries]\n");
    folder.table(
        "ds/games/0.parquet",
        "id INT64 | day DATE\n1 | 2026-01-27\n2 | 2026-01-02\n3 | 2026-01-28",
    );
    folder.table(
        "ds/other/0.parquet",
        "id INT64 | day DATE\n1 | 2026-01-27\n2 | 2026-01-03\n3 | 2026-01-28",
    );
    folder.write(
        "queries/fresh.sql",
        "-- name: fresh\nSELECT id FROM ds.games WHERE day < CURRENT_DATE() - 3\n",
    );
    let frozen = |out: &Path| {
        let sql = fs::read_to_string(out.join("bigquery.sql")).unwrap();
        assert!(!sql.to_uppercase().contains("CURRENT_DATE"), "{sql}");
        assert!(sql.contains("DATE '2026-01-28'"), "{sql}");
    };
    let out = folder.path().join("repro");
    let failing = Failing::Check("fresh".to_owned());
    repro(&folder.request(), &failing, &out, &|_| {})
        .await
        .unwrap();
    frozen(&out);
    let out = folder.path().join("repro_of_diff");
    let mut sides = asked("ds.games", "ds.other", &["id"]);
    sides.options.filter = Some("day < CURRENT_DATE() - 3".to_owned());
    let failing = Failing::Diff(Box::new(sides));
    repro(&folder.request(), &failing, &out, &|_| {})
        .await
        .unwrap();
    frozen(&out);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_reproduce() {
    let folder = tempfile::tempdir().unwrap();
    for (name, told) in [
        (
            "fatigue_score_matches_jsn",
            "no check `fatigue_score_matches_jsn`",
        ),
        ("pace_score_matches_json", "does not fail"),
    ] {
        let failing = Failing::Check(name.to_owned());
        let error = repro(&demo(), &failing, &folder.path().join("new"), &|_| {})
            .await
            .unwrap_err();
        assert!(error.message.contains(told), "{error}");
    }
    fs::write(folder.path().join("a"), "").unwrap();
    let failing = Failing::Check("fatigue_score_matches_json".to_owned());
    let error = repro(&demo(), &failing, folder.path(), &|_| {})
        .await
        .unwrap_err();
    assert!(error.message.contains("not empty"), "{error}");
}

/// Keys that are floats, and names that are no words, reproduce as well.
#[tokio::test(flavor = "multi_thread")]
async fn odd_keys_and_names() {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};

    let folder = super::audit::Folder::new();
    let write = |name: &str, last: i64| {
        let columns: [(&str, ArrayRef); 3] = [
            (
                "k",
                Arc::new(Float64Array::from(vec![9e300, 0.1, 123_456.789])),
            ),
            ("a b", Arc::new(Int64Array::from(vec![1, 2, last]))),
            ("c\\d*", Arc::new(Int64Array::from(vec![1, last, 3]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        folder.write(
            &format!("lake/ds/{name}/0.parquet"),
            super::table::parquet(&batch, 100),
        );
    };
    write("a", 7);
    write("b", 8);
    let out = folder.path().join("repro");
    let sides = asked("ds.a", "ds.b", &["k"]);
    let request = super::diff::request(&folder);
    let found = repro(&request, &Failing::Diff(Box::new(sides)), &out, &|_| {})
        .await
        .unwrap();
    assert!(
        found.tables.iter().all(|(_, rows, _)| *rows > 0),
        "{found:?}"
    );
    let again = Request {
        lake: Some(out.join("lake").display().to_string()),
        ..Request::default()
    };
    let sides = asked("ds.a", "ds.b", &["k"]);
    let Compared::Two(found) = diff(&again, &sides, &|_| {}).await.unwrap().compared else {
        panic!("two sides");
    };
    assert!(!found.is_equal());
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lakeaudit"));
    command.arg("repro").args(arguments);
    command.output().expect("a run")
}

#[test]
fn options_of_a_diff_are_not_of_a_check() {
    let told = run(&["new", "--check", "a", "--key", "b", "--tolerance", "c=1"]);
    assert_eq!(told.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&told.stderr),
        "error: --check and --key, --tolerance do not go together\n  help: options that say how values are compared are of \
         --diff LEFT RIGHT\n"
    );
    for arguments in [&["new"][..], &["new", "--check", "a", "--diff", "b", "c"]] {
        let told = run(arguments);
        assert_eq!(told.status.code(), Some(2));
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(
            told.contains("<--check <NAME>|--diff <LEFT> <RIGHT>>"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_drift_has_no_few_rows_to_show_it() {
    let out = tempfile::tempdir().unwrap();
    for name in [
        "player_composite_factors.drift",
        "player_composite_factors.drift.fatigue_score",
    ] {
        let failing = Failing::Check(name.to_owned());
        let error = repro(&whole(), &failing, &out.path().join("repro"), &|_| {}).await;
        let told = error.unwrap_err().to_string();
        assert!(
            told.starts_with(&format!("`{name}` compares days with the days before")),
            "{told}"
        );
    }
}
