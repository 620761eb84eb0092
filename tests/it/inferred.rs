//! Audits without a suite: what is inferred from a lake, and what the audit of it finds.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use lakeaudit::command::{self, Asked, Opened, Request};
use lakeaudit::demo::{self, Options};
use lakeaudit::diagnostic::Diagnostic;
use lakeaudit::finding::{Report, Severity, Status};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

use super::audit::Folder;
use super::table;

async fn opened(request: &Request, asked: &Asked) -> Result<Opened, Diagnostic> {
    assert!(asked.of(request), "a suite is in the way");
    command::open_inferred(request, asked, &|_| {}).await
}

async fn inferred(request: &Request) -> Report {
    let asked = Asked {
        infer: true,
        keep: None,
    };
    let opened = opened(request, &asked).await.expect("an inferred suite");
    command::audit::audit(&opened, &|_| {}).await
}

fn of_lake(lake: &Path, reports: &TempDir) -> Request {
    Request {
        lake: Some(lake.display().to_string()),
        reports: Some(reports.path().display().to_string()),
        ..Request::default()
    }
}

fn failing(report: &Report) -> Vec<String> {
    let findings = report.summaries();
    let failing =
        findings.filter(|f| f.status == Status::Errored || f.is_failure_at(Severity::Warning));
    failing
        .map(|f| format!("{}: {}", f.check, f.message))
        .collect()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lake")
}

/// Copies a lake; its columns, in files and folders, are called c0, c1, ... in the order they first
/// come in a table. Gives the new names by table and old name.
fn renamed(from: &Path, to: &Path) -> BTreeMap<(String, String), String> {
    let mut names = BTreeMap::new();
    let mut folders = vec![from.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(&folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|e| e != "parquet") {
                continue;
            }
            let relative = path.strip_prefix(from).expect("below");
            let mut parts: Vec<String> = relative
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            let table = parts[..2].join(".");
            let mut name = |old: &str| -> String {
                let known = names
                    .keys()
                    .filter(|(t, _): &&(String, String)| *t == table);
                let next = format!("c{}", known.count());
                let key = (table.clone(), old.to_lowercase());
                names.entry(key).or_insert(next).clone()
            };
            let file = File::open(&path).expect("a file");
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
            let fields: Vec<Field> = reader
                .schema()
                .fields()
                .iter()
                .map(|field| field.as_ref().clone().with_name(name(field.name())))
                .collect();
            for part in &mut parts {
                if let Some((key, value)) = part.clone().split_once('=') {
                    *part = format!("{}={value}", name(key));
                }
            }
            let schema = Arc::new(Schema::new(fields));
            let reader = reader.with_batch_size(1 << 20).build().expect("rows");
            let path = to.join(parts.iter().collect::<PathBuf>());
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            for batch in reader {
                let batch = batch.expect("rows");
                let batch = arrow::array::RecordBatch::try_new(
                    Arc::clone(&schema),
                    batch.columns().to_vec(),
                );
                fs::write(&path, table::parquet(&batch.expect("renamed"), 100_000))
                    .expect("a file");
            }
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn the_incident_is_found_by_values_alone() {
    let (lake, reports) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let names = renamed(&fixtures(), lake.path());
    let report = inferred(&of_lake(lake.path(), &reports)).await;
    let table = "nba_precompute.player_composite_factors";
    let name = |old: &str| names[&(table.to_owned(), old.to_owned())].as_str();
    let first: Vec<_> = report.summaries().take(3).collect();
    let found = first
        .iter()
        .find(|f| f.table.as_deref() == Some(table))
        .unwrap_or_else(|| panic!("not among the first three: {first:#?}"));
    assert_eq!(found.kind, "json_agrees");
    let columns = format!(
        "{}, {}",
        name("fatigue_score"),
        name("fatigue_context_json")
    );
    assert_eq!(found.column.as_deref(), Some(columns.as_str()));
    assert_eq!(found.affected_rows, Some(211));
    let (since, until) = ("2026-01-25".parse().unwrap(), "2026-01-30".parse().unwrap());
    assert_eq!((found.since, found.until), (Some(since), Some(until)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_lake_has_no_findings() {
    let (lake, reports) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let options = Options {
        without: vec!["all".to_owned()],
        ..Options::small(11)
    };
    demo::write(lake.path(), &options).expect("a demo lake");
    let report = inferred(&of_lake(lake.path(), &reports)).await;
    assert_eq!(failing(&report), Vec::<String>::new());
    let pairs = report.summaries().filter(|f| f.kind == "json_agrees");
    assert!(pairs.count() >= 12, "the pairs are still looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_inferred_can_be_kept() {
    let folder = TempDir::new().unwrap();
    let reports = TempDir::new().unwrap();
    let request = Request {
        tables: vec!["nba_precompute.player_composite_factors".to_owned()],
        ..of_lake(&fixtures(), &reports)
    };
    let file = folder.path().join("kept.yaml");
    let asked = Asked {
        infer: false,
        keep: Some(file.clone()),
    };
    let opened = opened(&request, &asked).await.unwrap();
    let report = command::audit::audit(&opened, &|_| {}).await;
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("# names each of 6,676 rows\n"), "{text}");
    let kept = Request {
        suite: Some(file.clone()),
        lake: None,
        ..request.clone()
    };
    let again = super::audit::audit(&kept).await.unwrap();
    assert_eq!(again.findings, report.findings);
    assert_eq!(again.run.run_id, report.run.run_id);
    let error = command::open_inferred(&request, &asked, &|_| {})
        .await
        .unwrap_err();
    assert!(
        error.message.ends_with("kept.yaml exists already"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "kept as it is");
}

/// Rows of five days, as many as asked for, whose JSON and column agree but on `wrong` days.
fn days_of_pairs(rows: usize, wrong: &[usize]) -> String {
    let mut text = String::from("day DATE | id INT64 | doc JSON | n FLOAT64 | m NUMERIC(9, 1)\n");
    for row in 0..rows * 5 {
        let (day, id) = (row / rows, row % rows);
        let value = (row * 7_919 % 1_000) as f64 / 8.0;
        let n = if wrong.contains(&day) { 0.0 } else { value };
        let m = (value * 10.0).round() / 10.0;
        let _ = writeln!(
            text,
            "2026-01-{:02} | {id} | \"{{\"a\": {{\"b.c\": {value}}}, \"z\": 1}}\" | {n} | {m}",
            day + 1
        );
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn any_cut_of_the_rows_infers_the_same() {
    let mut suites = Vec::new();
    for (threads, batch_rows, files) in [(1, 8192, 1), (3, 7, 4)] {
        let folder = Folder::new();
        let rows = table::batch(&days_of_pairs(700, &[2]));
        let cut = rows.num_rows().div_ceil(files);
        for file in 0..files {
            let start = file * cut;
            let part = rows.slice(start, cut.min(rows.num_rows() - start));
            // The last rows first.
            let path = format!("lake/ds/t/{:012}.parquet", files - file);
            folder.write(&path, table::parquet(&part, 300));
        }
        let file = folder.path().join("s.yaml");
        let request = Request {
            suite: None,
            threads: Some(threads),
            batch_rows: Some(batch_rows),
            ..folder.request()
        };
        let asked = Asked {
            infer: true,
            keep: Some(file.clone()),
        };
        opened(&request, &asked).await.unwrap();
        let text = folder.plain(&fs::read_to_string(file).unwrap());
        suites.push(text.replace("in 4 files", "in 1 file"));
    }
    assert_eq!(suites[0], suites[1]);
    let expected = r#"json_agrees: {json: doc, path: "$.a.\"b.c\"", column: "n"}"#;
    assert!(suites[0].contains(expected), "{}", suites[0]);
    assert!(
        suites[0].contains("column: m, tolerance: 0.05}"),
        "{}",
        suites[0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_tables_are_no_trouble() {
    let folder = Folder::new();
    folder.table("ds/empty/0.parquet", "day DATE | x INT64\n");
    folder.table(
        "ds/one/0.parquet",
        "day DATE | x INT64 | doc JSON\n2026-01-01 | 1 | {\"x\": 1}\n",
    );
    folder.table(
        "ds/null/0.parquet",
        "x INT64 | y STRING\nNULL | NULL\nNULL | NULL\n",
    );
    folder.table("ds.lists/0.parquet", "f ARRAY<FLOAT64>\n[1, 2]\n[]\n");
    let mut wide = (0..300)
        .map(|i| format!("c{i} INT64"))
        .collect::<Vec<_>>()
        .join(" | ");
    for row in 0..30 {
        wide.push('\n');
        wide.push_str(
            &(0..300)
                .map(|i| (i * row).to_string())
                .collect::<Vec<_>>()
                .join(" | "),
        );
    }
    folder.table("ds/wide/0.parquet", &wide);
    folder.table(
        "ds/odd names/0.parquet",
        "a-b INT64 | null STRING | \u{e9}\"x STRING\n1 | a | b\n",
    );
    folder.write("lake/ds/broken/0.parquet", "no Parquet");
    let request = Request {
        suite: None,
        ..folder.request()
    };
    let report = inferred(&request).await;
    let mut failing = failing(&report);
    failing.sort();
    assert_eq!(failing.len(), 3, "{failing:#?}");
    assert!(failing[0].starts_with("broken"), "{failing:#?}");
    assert!(failing[2].starts_with("empty.row_count: "), "{failing:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_lake_has_keys_and_pairs_and_nothing_broken() {
    let lake = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/lake");
    if !lake.is_dir() {
        println!("skipped: no exports at {}", lake.display());
        return;
    }
    let reports = TempDir::new().unwrap();
    let report = inferred(&of_lake(&lake, &reports)).await;
    assert_eq!(failing(&report), Vec::<String>::new());
    let passed = |kind: &str| {
        let of = report.summaries().filter(|f| f.kind == kind);
        of.map(|f| f.table.clone().unwrap_or_default())
            .collect::<Vec<_>>()
    };
    assert_eq!(passed("unique").len(), 7, "every table has a key");
    assert_eq!(passed("json_agrees"), ["nba_raw.contributions_json"; 2]);
}
