//! Broken input: one clear error or an errored finding that names the place, never a panic.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array, RecordBatch};
use parquet::arrow::ArrowWriter;

fn lakeaudit(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lakeaudit"))
        .current_dir(folder)
        .args(args)
        .output()
        .unwrap()
}

/// Exit code, stdout, stderr; neither may tell of a panic.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = lakeaudit(folder, args);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(
        !out.contains("panicked") && !err.contains("panicked"),
        "{out}{err}"
    );
    (output.status.code().unwrap(), out, err)
}

/// A folder with the lake `lake/ds/good` of one column `n` with the values 1 to 3.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let column = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let batch = RecordBatch::try_from_iter([("n", column as _)]).unwrap();
    write(&dir.path().join("lake/ds/good/0.parquet"), &batch);
    dir
}

fn write(path: &Path, batch: &RecordBatch) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer =
        ArrowWriter::try_new(fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn suite(dir: &Path, checks: &str) {
    let text = format!("lake: lake\nas_of: 2026-01-31\ntables:\n{checks}");
    fs::write(dir.join("lakeaudit.yaml"), text).unwrap();
}

const GOOD: &str = "  ds.good:\n    checks:\n      - in_range: {column: n, min: 1, max: 3}\n";

#[test]
fn a_clean_lake_exits_with_0() {
    let dir = folder();
    suite(dir.path(), GOOD);
    let (code, out, err) = run(dir.path(), &["audit"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("1 check: 1 passed") || out.contains("1 passed"),
        "{out}"
    );
}

#[test]
fn every_bad_file_is_named_and_the_others_report() {
    let bad = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/parquet/bad");
    let dir = folder();
    let mut checks = GOOD.to_owned();
    let mut names = vec!["empty".to_owned(), "truncated".to_owned()];
    let place = |name: &str| dir.path().join(format!("lake/ds/{name}/0.parquet"));
    for name in &names {
        fs::create_dir_all(place(name).parent().unwrap()).unwrap();
    }
    fs::write(place("empty"), b"").unwrap();
    let good = fs::read(place("good")).unwrap();
    fs::write(place("truncated"), &good[..good.len() - 20]).unwrap();
    if bad.is_dir() {
        for entry in fs::read_dir(bad).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            // Its pages are sound: DuckDB and pyarrow read the same zeros.
            if name == "ARROW-GH-43605" {
                continue;
            }
            fs::create_dir_all(place(&name).parent().unwrap()).unwrap();
            fs::copy(&path, place(&name)).unwrap();
            names.push(name);
        }
    } else {
        println!("skipped in part: no bad files at {}", bad.display());
    }
    for name in &names {
        checks.push_str(&format!("  ds.{name}:\n    profile: all\n"));
    }
    suite(dir.path(), &checks);
    let (code, out, err) = run(dir.path(), &["audit", "--format", "json"]);
    assert_eq!(code, 1, "{out}{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    for name in &names {
        let told = findings.iter().any(|f| {
            let message = f["message"].as_str().unwrap();
            f["status"] == "errored" && message.contains(&format!("ds/{name}/0.parquet"))
        });
        assert!(told, "{name} is not told of in {findings:#?}");
    }
    let good = findings
        .iter()
        .find(|f| f["table_name"] == "ds.good")
        .unwrap();
    assert_eq!(good["status"], "pass");
}

#[test]
fn one_broken_file_of_a_table_is_a_finding_and_the_rest_is_audited() {
    let dir = folder();
    fs::write(
        dir.path().join("lake/ds/good/1.parquet"),
        b"PAR1 not really PAR1",
    )
    .unwrap();
    suite(dir.path(), GOOD);
    let (code, out, err) = run(dir.path(), &["audit"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("ds/good/1.parquet"), "{out}");
    assert!(out.contains("1 passed"), "{out}");
}

#[test]
fn nan_is_out_of_range_unless_ignored() {
    let dir = folder();
    let column = Arc::new(Float64Array::from(vec![f64::NAN; 4]));
    let batch = RecordBatch::try_from_iter([("x", column as _)]).unwrap();
    write(&dir.path().join("lake/ds/nan/0.parquet"), &batch);
    suite(
        dir.path(),
        "  ds.nan:\n    profile: all\n    checks:\n      \
         - in_range: {column: x, min: 0}\n      \
         - in_range: {column: x, min: 0, nan: ignore}\n        name: ignored\n",
    );
    let (code, out, err) = run(dir.path(), &["audit"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("4 of 4 rows have x below 0: 4 NaN"), "{out}");
    assert!(
        out.contains("1 critical") && out.contains("1 passed"),
        "{out}"
    );
}

#[test]
fn a_lake_without_parquet_and_no_lake_at_all() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("lake")).unwrap();
    for (args, told) in [
        (&["tables", "--lake", "lake"][..], "no Parquet file in lake"),
        (
            &["tables", "--lake", "nowhere"][..],
            "can't open the lake `nowhere`",
        ),
        (
            &["tables", "--lake", "az://b/p"][..],
            "az:// is not supported",
        ),
        (&["audit"][..], "there is no lakeaudit.yaml here"),
        (
            &["audit", "--suite", "no.yaml"][..],
            "can't read the suite no.yaml",
        ),
    ] {
        let (code, out, err) = run(dir.path(), args);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(told) && err.contains("help: "), "{err}");
    }
}

#[test]
fn typos_in_a_suite_are_errors_with_their_place() {
    for (text, told) in [
        (
            "tabels: {}\n",
            &["lakeaudit.yaml:1:1: unknown key `tabels`", "`tables`"][..],
        ),
        (
            "tables:\n  ds.good:\n    checks:\n      - in_rnge: {column: n, min: 1}\n",
            &["lakeaudit.yaml:4:9: unknown key `in_rnge`", "`in_range`"],
        ),
        (
            "tables:\n  ds.good:\n    checks:\n      - in_range: {column: n, mn: 1}\n",
            &["lakeaudit.yaml:4:31: unknown key `mn`", "min, max, nan"],
        ),
        (
            "tables:\n  ds.good:\n    checks:\n      - not_null: n\n        sevrity: warning\n",
            &["lakeaudit.yaml:5:9: unknown key `sevrity`", "`severity`"],
        ),
        (
            "as_of: yesterday\n",
            &["lakeaudit.yaml:1:8: `yesterday` is not a date"],
        ),
        (
            "timezone: America/NewYork\n",
            &["lakeaudit.yaml:1:11", "`America/New_York`"],
        ),
        (
            "tables:\n  ds.good:\n    types: {n: INT65}\n",
            &["lakeaudit.yaml:3:16: `INT65` is not a BigQuery type"],
        ),
        (
            "tables:\n  ds.good:\n    checks:\n      - not_null: n\n      - not_null: n\n",
            &[
                "two checks are called `good.not_null.n`",
                "lakeaudit.yaml:4:9",
            ],
        ),
        (
            "tables:\n  ds.good:\n    checks:\n      - not_null: n\n        warning_over: lots\n",
            &[
                "lakeaudit.yaml:5:",
                "`lots` is not a number of rows or a percentage",
            ],
        ),
        ("tables: [\n", &["lakeaudit.yaml:1:"]),
    ] {
        let dir = folder();
        fs::write(dir.path().join("lakeaudit.yaml"), text).unwrap();
        let (code, out, err) = run(dir.path(), &["audit", "--lake", "lake"]);
        assert_eq!((code, out.as_str()), (2, ""), "{text}{err}");
        for part in told {
            assert!(err.contains(part), "{part} is missing from {err}");
        }
    }
}

#[test]
fn wrong_names_in_checks_and_queries_are_errored_findings() {
    let dir = folder();
    suite(
        dir.path(),
        &format!(
            "{GOOD}      - not_null: m\n  ds.goot:\n    checks:\n      - row_count: {{min: 1}}\n"
        ),
    );
    fs::create_dir(dir.path().join("queries")).unwrap();
    for (name, sql) in [
        ("column", "-- name: column\nSELECT m\nFROM ds.good\n"),
        ("table", "-- name: table\nSELECT n\nFROM ds.god\n"),
        ("syntax", "-- name: syntax\nSELECT n FORM ds.good\n"),
        ("order", "-- name: order\nSELECT n FROM ds.good LIMIT 1\n"),
        (
            "division",
            "-- name: division\nSELECT n / (n - 1) AS q FROM ds.good\n",
        ),
        (
            "parameter",
            "-- name: parameter\nSELECT n FROM ds.good WHERE n = @chek_date\n",
        ),
    ] {
        fs::write(dir.path().join(format!("queries/{name}.sql")), sql).unwrap();
    }
    let (code, out, err) = run(dir.path(), &["audit", "--format", "json"]);
    assert_eq!(code, 1, "{out}{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let message = |check: &str| {
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|f| f["check_name"] == check);
        let finding = finding.unwrap_or_else(|| panic!("no finding of {check} in {out}"));
        (
            finding["status"] == "errored",
            finding["message"].as_str().unwrap().to_owned(),
        )
    };
    for (check, told) in [
        (
            "good.not_null.m",
            "lakeaudit.yaml:7:9: no column `m` in ds.good",
        ),
        ("goot.row_count", "no table `ds.goot` in"),
        ("column", "column.sql:2:8: there is no column `m`"),
        ("table", "table.sql:3:6: no table `ds.god` in"),
        ("syntax", "syntax.sql:2:"),
        ("order", "order.sql:2:29: LIMIT without ORDER BY"),
        ("division", "division by zero"),
        ("parameter", "did you mean `check_date`"),
    ] {
        let (errored, message) = message(check);
        assert!(errored && message.contains(told), "{check}: {message}");
    }
    let (errored, _) = message("good.in_range.n");
    assert!(!errored);
}

#[test]
fn a_report_that_cant_be_written_is_an_error_after_the_report() {
    let dir = folder();
    suite(dir.path(), GOOD);
    fs::write(dir.path().join("reports"), b"a file in the way").unwrap();
    let (code, out, err) = run(dir.path(), &["audit"]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.contains("1 passed"), "{out}");
    assert!(
        err.contains("failed to write the report to") && err.contains("--reports"),
        "{err}"
    );
}

#[test]
fn arguments_that_are_wrong_exit_with_2() {
    let dir = folder();
    suite(dir.path(), GOOD);
    for (args, told) in [
        (&["audit", "--fromat", "json"][..], "--format"),
        (&["audit", "--checks", "god*"][..], "no check `god*`"),
        (&["audit", "--tables", "ds.god"][..], "`ds.good`"),
        (&["audit", "--season", "2025-26"][..], "no season `2025-26`"),
        (
            &["audit", "--from", "2026-02-01", "--to", "2026-01-01"][..],
            "before it begins",
        ),
        (&["audit", "--memory", "4 apples"][..], "no unit of memory"),
        (&["explain", "in_rang"][..], "`in_range`"),
    ] {
        let (code, out, err) = run(dir.path(), args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}{err}");
        assert!(err.contains(told), "{told} is missing from {err}");
    }
    assert_eq!(run(dir.path(), &["--help"]).0, 0);
}
