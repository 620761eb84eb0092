//! `lakeaudit repro`: what it writes fails again, with the fewest rows.

use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use lakeaudit::command::diff::{Compared, diff};
use lakeaudit::command::repro::{Failing, Fewest, Repro, repro};
use lakeaudit::command::{self, Request};
use lakeaudit::finding::Status;

use super::diff::asked;

fn demo() -> Request {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Request {
        suite: Some(root.join("lakeaudit.yaml")),
        from: NaiveDate::from_ymd_opt(2026, 1, 20),
        to: NaiveDate::from_ymd_opt(2026, 1, 31),
        ..Request::default()
    }
}

/// The written folder as a request.
fn written(out: &Path) -> Request {
    Request {
        suite: Some(out.join("lakeaudit.yaml")),
        lake: Some(out.join("lake").display().to_string()),
        reports: Some(out.join("reports").display().to_string()),
        ..demo()
    }
}

async fn fails(request: &Request, check: &str) -> bool {
    let opened = command::open(request).await.unwrap();
    let report = command::audit::audit(&opened, &|_| {}).await;
    report
        .summaries()
        .any(|f| f.check == check && f.status == Status::Fail)
}

/// The query that needs no table returns rows in our own dialect.
async fn shows_rows(out: &Path) {
    let sql = fs::read_to_string(out.join("bigquery.sql")).unwrap();
    let opened = command::open(&demo()).await.unwrap();
    let query = lakeaudit::dialect::parse(&sql).unwrap();
    let plan = opened.session.plan(&query, &opened.params).await.unwrap();
    let batches = lakeaudit::scan::rows(&opened.session, &plan).await.unwrap();
    assert!(batches.iter().any(|batch| batch.num_rows() > 0), "{sql}");
}

async fn of_check(name: &str) -> (Repro, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("repro");
    let failing = Failing::Check(name.to_owned());
    let found = repro(&demo(), &failing, &out, &|_| {}).await.unwrap();
    assert!(
        fails(&written(&out), name).await,
        "{name} does not fail again"
    );
    assert_eq!(found.fewest, Fewest::Needed, "{name}");
    (found, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_fail_again_with_the_fewest_rows() {
    for (name, rows) in [
        ("fatigue_score_matches_json", vec![1]),
        ("total_is_the_sum", vec![1]),
        ("player_composite_factors.in_range.fatigue_score", vec![1]),
        ("features.fatigue_score.range", vec![1]),
        ("fatigue_zero_rate", vec![1]),
        ("win_flag_lives", vec![2]),
    ] {
        let (found, folder) = of_check(name).await;
        let kept: Vec<usize> = found.tables.iter().map(|(_, rows, _)| *rows).collect();
        assert_eq!(kept, rows, "{name}");
        assert!(
            found.tables.iter().all(|(_, _, columns)| *columns <= 7),
            "{found:?}"
        );
        if name.starts_with("fatigue_score") {
            shows_rows(&folder.path().join("repro")).await;
        }
    }
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
    assert!(
        found
            .tables
            .iter()
            .all(|(_, rows, columns)| *rows == 3 && *columns == 3),
        "{found:?}"
    );
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
