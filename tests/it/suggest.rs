//! Suites that are suggested: what they say, that they can be run, and that what they were drawn from passes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lakeaudit::command::{self, Request};
use lakeaudit::demo::{self, Options};
use lakeaudit::finding::{Report, Severity, Status};
use tempfile::TempDir;

use super::audit::{Folder, audit};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lake")
}

/// Suggests a suite for a lake into a folder, and audits with it.
async fn suggested(lake: &Path, folder: &TempDir, tables: &[&str]) -> (String, Report) {
    let file = folder.path().join("lakeaudit.yaml");
    let request = Request {
        lake: Some(lake.display().to_string()),
        reports: Some(folder.path().join("reports").display().to_string()),
        tables: tables.iter().map(|table| (*table).to_owned()).collect(),
        ..Request::default()
    };
    let inference = command::suggest(&request, Some(&file), &|_| {})
        .await
        .expect("a suite");
    let text = fs::read_to_string(&file).expect("the suite");
    assert_eq!(text, inference.suite);
    let of_suite = Request {
        suite: Some(file),
        lake: None,
        ..request
    };
    (text, audit(&of_suite).await.expect("a report"))
}

fn failing(report: &Report) -> Vec<String> {
    let failing = report
        .summaries()
        .filter(|f| f.status == Status::Errored || f.is_failure_at(Severity::Warning));
    failing
        .map(|f| format!("{}: {}", f.check, f.message))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_lake_passes_what_it_suggests() {
    let (lake, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let options = Options {
        without: vec!["all".to_owned()],
        ..Options::small(11)
    };
    demo::write(lake.path(), &options).expect("a demo lake");
    let (text, report) = suggested(lake.path(), &folder, &[]).await;
    assert_eq!(failing(&report), Vec::<String>::new());
    let kinds: BTreeSet<&str> = report.summaries().map(|f| f.kind.as_str()).collect();
    for kind in [
        "unique",
        "not_null",
        "accepted_values",
        "in_range",
        "share",
        "json_agrees",
        "array_agrees",
        "correlation",
        "row_count",
    ] {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
    assert!(text.contains("\nseasons:\n"), "{text}");
    assert!(text.contains("breaks: [{name: no rows, from: 2026-02-13, to: 2026-02-18}]"));
    // Each check stands under its evidence.
    let lines: Vec<&str> = text.lines().collect();
    for pair in lines.windows(2) {
        if pair[1].starts_with("      - ") {
            assert!(pair[0].starts_with("      # "), "{}", pair[1]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_broke_is_no_part_of_the_ranges() {
    let folder = TempDir::new().unwrap();
    let table = "nba_precompute.player_composite_factors";
    let (text, report) = suggested(&fixtures(), &folder, &[table]).await;
    let range = "- in_range: {column: fatigue_score, min: 0, max: 100}";
    assert!(text.contains(range), "{text}");
    let failing = failing(&report);
    assert!(
        failing
            .iter()
            .any(|f| f.contains("in_range") && f.contains("fatigue_score")),
        "{failing:#?}"
    );
    assert!(
        failing.iter().any(|f| f.contains("json_agrees")),
        "{failing:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_make_no_difference() {
    let request = |threads| Request {
        lake: Some(fixtures().display().to_string()),
        tables: vec!["nba_predictions.prediction_accuracy".to_owned()],
        threads: Some(threads),
        ..Request::default()
    };
    let one = command::suggest(&request(1), None, &|_| {})
        .await
        .expect("a suite");
    let four = command::suggest(&request(4), None, &|_| {})
        .await
        .expect("a suite");
    assert_eq!(one, four);
    assert!(one.suite.contains("correlation:"), "{}", one.suite);
}

#[test]
fn the_command_prints_or_writes_a_new_file() {
    let folder = Folder::new();
    folder.table("ds/t/0.parquet", "a INT64 | s STRING\n1 | x\n");
    folder.table("ds/empty/0.parquet", "a INT64\n");
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_lakeaudit"))
            .current_dir(folder.path())
            .arg("suggest")
            .args(args)
            .output()
            .expect("a run");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, printed, _) = run(&["--lake", "lake"]);
    assert_eq!(code, Some(0));
    assert!(
        printed.contains("lake: lake\n") && printed.contains("  ds.t:\n"),
        "{printed}"
    );
    let (code, out, err) = run(&["--lake", "lake", "-o", "new.yaml"]);
    assert_eq!(
        (code, out.starts_with("ds.empty: ")),
        (Some(0), true),
        "{out}{err}"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("new.yaml")).unwrap(),
        printed
    );
    let (code, _, err) = run(&["--lake", "lake", "-o", "new.yaml"]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("new.yaml exists already") && err.contains("--output"),
        "{err}"
    );
    let (code, _, err) = run(&[]);
    assert_eq!(code, Some(2));
    assert!(err.contains("--lake DIR"), "{err}");
    let (code, _, err) = run(&["--lake", "lake", "--tables", "ds.tt"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("did you mean `ds.t`"), "{err}");
}
