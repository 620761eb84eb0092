//! Layouts and schemas as exports have them, how a lake is listed, and where the reports go.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use lakeaudit::command::{self, Request};
use lakeaudit::finding::{Report, Status};

use super::audit::{self, Folder, summary};
use super::table;

async fn run(folder: &Folder) -> Report {
    audit::audit(&folder.request()).await.expect("a report")
}

async fn listed(folder: &Folder) -> String {
    let opened = command::open(&folder.request()).await.expect("a lake");
    command::tables::tables(&opened).await.expect("a list")
}

async fn described(folder: &Folder, name: &str) -> String {
    let opened = command::open(&folder.request()).await.expect("a lake");
    let name = name.parse().expect("a name");
    folder.plain(
        &command::tables::table(&opened, &name)
            .await
            .expect("a description"),
    )
}

/// A row that says which days and how many rows each has.
fn by_day(report: &Report, check: &str) -> Vec<(String, Option<f64>)> {
    let segments = report.findings.iter().filter(|f| f.check == check);
    let mut days: Vec<_> = segments
        .filter_map(|f| Some((f.segment.clone()?, f.value)))
        .collect();
    days.sort_by(|a, b| a.0.cmp(&b.0));
    days
}

const DAYS: &str = "
tables:
  ds.t:
    date: game_date
    checks:
      - row_count: {min: 100}
        per: game_date
        name: days
      - not_null: game_date
";

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_column_that_the_files_hold_too() {
    let folder = Folder::with_suite(DAYS);
    folder.table(
        "ds/t/game_date=2026-01-20/000000000000.parquet",
        "id INT64 | game_date DATE\n1 | 2026-01-20\n2 | 2026-01-20",
    );
    folder.table(
        "ds/t/game_date=2026-01-21/000000000000.parquet",
        "id INT64 | game_date DATE\n3 | 2026-01-21",
    );
    let report = run(&folder).await;
    let want = [("game_date=2026-01-20", 2.0), ("game_date=2026-01-21", 1.0)];
    assert_eq!(
        by_day(&report, "days"),
        want.map(|(day, rows)| (day.to_owned(), Some(rows)))
    );
    assert_eq!(
        summary(&report, "t.not_null.game_date").status,
        Status::Pass
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_column_that_only_some_files_hold() {
    let folder = Folder::with_suite(DAYS);
    folder.table(
        "ds/t/game_date=2026-01-20/000000000000.parquet",
        "id INT64\n1\n2",
    );
    folder.table(
        "ds/t/game_date=2026-01-21/000000000000.parquet",
        "id INT64 | game_date DATE\n3 | 2026-01-21",
    );
    let want = [("game_date=2026-01-20", 2.0), ("game_date=2026-01-21", 1.0)];
    assert_eq!(
        by_day(&run(&folder).await, "days"),
        want.map(|(day, rows)| (day.to_owned(), Some(rows)))
    );
    // A file that says another day than its folder is not guessed about.
    folder.table(
        "ds/t/game_date=2026-01-22/000000000000.parquet",
        "id INT64 | game_date DATE\n4 | 2026-01-25",
    );
    let report = run(&folder).await;
    let finding = summary(&report, "t.not_null.game_date");
    assert_eq!(finding.status, Status::Errored);
    assert!(
        finding.message.contains("`game_date`")
            && finding.message.contains("game_date=2026-01-22/"),
        "{}",
        finding.message
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_without_a_value_and_with_escapes() {
    let folder = Folder::with_suite(
        "tables:\n  ds.t:\n    checks:\n      - row_count: {min: 100}\n        per: team\n        name: teams\n",
    );
    folder.table(
        "ds/t/team=__HIVE_DEFAULT_PARTITION__/000000000000.parquet",
        "id INT64\n1\n2",
    );
    folder.table("ds/t/team=a%20b/000000000000.parquet", "id INT64\n3");
    let want = [("team=NULL", 2.0), ("team=a b", 1.0)];
    assert_eq!(
        by_day(&run(&folder).await, "teams"),
        want.map(|(team, rows)| (team.to_owned(), Some(rows)))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_of_dated_snapshots_and_declared_paths() {
    let folder = Folder::with_suite(
        "tables:
  ds.snap: {checks: [row_count: {max: 0}]}
  other.declared: {path: 'daily/*/out/*.parquet', checks: [row_count: {max: 0}]}
",
    );
    folder.table("ds/snap/20260129/000000000000.parquet", "id INT64\n1\n2");
    folder.table("ds/snap/20260130/000000000000.parquet", "id INT64\n1\n2\n3");
    folder.table("daily/a/out/x.parquet", "id INT64\n1");
    folder.table("daily/b/out/x.parquet", "id INT64\n1");
    let report = run(&folder).await;
    assert_eq!(summary(&report, "snap.row_count").value, Some(3.0));
    assert_eq!(summary(&report, "declared.row_count").value, Some(2.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_change_from_file_to_file() {
    let folder = Folder::with_suite(
        "evidence: 9
tables:
  ds.t:
    key: [id]
    checks:
      - in_range: {column: wide, max: 1}
      - in_range: {column: exact, max: 1}
      - not_null: late
      - not_null: torn
      - in_range: {column: id, max: 10}
",
    );
    folder.table(
        "ds/t/000000000000.parquet",
        "id INT64 | wide INT64 | exact NUMERIC(4, 1) | torn INT64\n1 | 1 | 1.5 | 1\n2 | 2 | 1.0 | 1",
    );
    folder.table(
        "ds/t/000000000001.parquet",
        "ID INT64 | Wide FLOAT64 | EXACT NUMERIC(10, 3) | late STRING | torn STRING\n3 | 1.5 | 1.001 | a | a\n4 | 0.5 | 0.999 | NULL | a",
    );
    folder.table(
        "ds/t/000000000002.parquet",
        "id INT64 | wide NUMERIC(5, 2) | exact INT64 | late STRING\n5 | 1.01 | 2 | b\n6 | 1.00 | 1 | b",
    );
    let report = run(&folder).await;
    let shown = |check: &str| -> Vec<&str> {
        report
            .evidence
            .iter()
            .filter(|e| e.check == check)
            .map(|e| e.row.as_str())
            .collect()
    };
    assert_eq!(
        shown("t.in_range.wide"),
        ["{\"wide\": 2}", "{\"wide\": 1.5}", "{\"wide\": 1.01}"]
    );
    assert_eq!(
        shown("t.in_range.exact"),
        [
            "{\"exact\": 1.500}",
            "{\"exact\": 1.001}",
            "{\"exact\": 2.000}"
        ]
    );
    assert_eq!(summary(&report, "t.not_null.late").affected_rows, Some(3));
    assert_eq!(summary(&report, "t.in_range.id").tested_rows, Some(6));
    let torn = summary(&report, "t.not_null.torn");
    assert_eq!(torn.status, Status::Errored);
    assert!(
        torn.message
            .contains("column `torn` is INT64 in ds/t/000000000000.parquet and STRING"),
        "{}",
        torn.message
    );
    let told = described(&folder, "ds.t").await;
    for line in [
        "ds.t: 6 rows in 3 files",
        "exact   NUMERIC(",
        "`late` added as STRING  (ds/t/000000000001.parquet)",
        "`wide` changed from FLOAT64 to NUMERIC(5, 2)  (ds/t/000000000002.parquet)",
        "absent from 1 file",
    ] {
        assert!(told.contains(line), "no `{line}` in\n{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn structs_are_compared_whole() {
    let team: Fields = [
        Field::new("name", DataType::Utf8, true),
        Field::new("city", DataType::Utf8, true),
    ]
    .into_iter()
    .collect();
    let names: ArrayRef = Arc::new(StringArray::from(vec![
        Some("a"),
        Some("a"),
        Some("b"),
        Some("b"),
        None,
    ]));
    let cities: ArrayRef = Arc::new(StringArray::from(vec![
        Some("x"),
        Some("x"),
        Some("x"),
        Some("y"),
        None,
    ]));
    let nulls = Some(vec![true, true, true, true, false].into());
    let teams = StructArray::new(team, vec![names, cities], nulls);
    let rows = RecordBatch::try_from_iter([
        (
            "id",
            Arc::new(Int64Array::from(vec![1, 1, 2, 2, 3])) as ArrayRef,
        ),
        ("team", Arc::new(teams) as ArrayRef),
    ])
    .expect("rows");
    let folder = Folder::with_suite(
        "tables: {ds.t: {checks: [unique: id, not_null: team, {in_range: {column: team, min: 1}, name: no_range}]}}",
    );
    folder.write("lake/ds/t/000000000000.parquet", table::parquet(&rows, 100));
    let report = run(&folder).await;
    let unique = summary(&report, "t.unique.id");
    assert_eq!(
        unique.message,
        "4 of 5 rows share their (id) with another row; 1 key with conflicting rows (differ in team), \
         1 key with identical rows"
    );
    assert_eq!(summary(&report, "t.not_null.team").affected_rows, Some(1));
    assert_eq!(summary(&report, "no_range").status, Status::Errored);
    assert!(
        report
            .evidence
            .iter()
            .any(|e| e.row == "{\"team\": {\"name\": \"b\", \"city\": \"y\"}}"),
        "{:?}",
        report.evidence
    );
    assert!(
        described(&folder, "ds.t")
            .await
            .contains("STRUCT<name STRING, city STRING>")
    );
}

/// How many classifiers the exported package has.
const CLASSIFIERS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn what_bigquery_itself_exported() {
    let exports = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/parquet/bigquery");
    if !exports.is_dir() {
        println!("skipped: no exports at {}", exports.display());
        return;
    }
    let folder = Folder::with_suite(
        "as_of: 2026-01-31
tables:
  ds.wide:
    checks:
      - not_null: bigdec
      - in_range: {column: bigdec, min: '1e30'}
        name: low
      - unique: bigdec
  ds.pypi:
    types: {upload_time: TIMESTAMP}
    checks:
      - not_null: [name, upload_time, classifiers]
      - in_range: {column: upload_time, min: 2001-01-01}
",
    );
    let copy = |from: &str, to: &str| {
        folder.write(to, std::fs::read(exports.join(from)).expect("an export"));
    };
    copy(
        "bigdecimal_77_38.parquet",
        "lake/ds/wide/000000000000.parquet",
    );
    copy(
        "pypi_distribution_metadata_000000000000.parquet",
        "lake/ds/pypi/000000000000.parquet",
    );
    folder.write(
        "queries/items.sql",
        "-- name: items\nSELECT classifiers FROM ds.pypi\n",
    );
    let wide = described(&folder, "ds.wide").await;
    assert!(wide.contains("bigdec  BIGNUMERIC\n"), "{wide}");
    let pypi = described(&folder, "ds.pypi").await;
    for line in [
        "classifiers               ARRAY<STRING>",
        "upload_time               TIMESTAMP",
    ] {
        assert!(pypi.contains(line), "{pypi}");
    }
    let report = run(&folder).await;
    for finding in &report.findings {
        assert_ne!(finding.status, Status::Errored, "{}", finding.message);
    }
    assert_eq!(
        summary(&report, "pypi.in_range.upload_time").tested_rows,
        Some(1)
    );
    let items = report.evidence.iter().find(|e| e.check == "items");
    let items: serde_json::Value =
        serde_json::from_str(&items.expect("the row").row).expect("JSON");
    let items = items["classifiers"].as_array().expect("a list");
    assert_eq!(items.len(), CLASSIFIERS);
    assert_eq!(items[0], "Development Status :: 5 - Production/Stable");
    assert_eq!(summary(&report, "wide.unique.bigdec").status, Status::Pass);
    let low: Vec<&str> = report
        .evidence
        .iter()
        .filter(|e| e.check == "low")
        .map(|e| e.row.as_str())
        .collect();
    // All 77 digits of the greatest and the least value that 256 bits hold.
    assert_eq!(
        low,
        [
            "{\"bigdec\": -0.5}",
            "{\"bigdec\": -123456789123456789123456789.123456789123456789123456789}",
            "{\"bigdec\": -578960446186580977117854925043439539266.34992332820282019728792003956564819968}",
            "{\"bigdec\": 0.5}",
            "{\"bigdec\": 123456789123456789123456789.123456789123456789123456789}",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_listed_from_footers() {
    let folder = Folder::with_suite("queries: [queries]\n");
    folder.table(
        "ds/days/game_date=2026-01-20/000000000000.parquet",
        "id INT64\n1\n2",
    );
    folder.table(
        "ds/days/game_date=2026-01-25/000000000000.parquet",
        "id INT64\n3",
    );
    folder.table("ds/plain/000000000000.parquet", "id INT64\n1");
    folder.write("lake/ds/plain/000000000001.parquet", b"not Parquet");
    folder.write(
        "queries/views/late.sql",
        "-- view: ds.late\nSELECT id, game_date FROM ds.days\n",
    );
    let told = folder.plain(&listed(&folder).await);
    let lines: Vec<Vec<&str>> = told
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[0],
        [
            "TABLE", "FILES", "ROWS", "BYTES", "FIRST", "DATE", "LAST", "DATE"
        ]
    );
    assert_eq!(
        [lines[1][0], lines[1][1], lines[1][2]],
        ["ds.days", "2", "3"]
    );
    assert_eq!(lines[1][5..], ["2026-01-20", "2026-01-25"]);
    assert_eq!(
        [lines[2][0], lines[2][1], lines[2][2]],
        ["ds.plain", "1", "1"]
    );
    assert_eq!(lines[2][5..], ["-", "-"]);
    assert!(
        told.contains("\nVIEWS\nds.late  in queries/views/late.sql\n"),
        "{told}"
    );
    assert!(
        told.contains("can't read ds/plain/000000000001.parquet: "),
        "{told}"
    );
    let days = described(&folder, "ds.days").await;
    assert!(
        days.contains("4 days between 2026-01-20 and 2026-01-25"),
        "{days}"
    );
    assert!(
        days.contains("game_date  DATE   date column; from the folder"),
        "{days}"
    );
    assert!(
        described(&folder, "ds.late")
            .await
            .contains("ds.late is a view with the columns\n  id\n  game_date\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_near() {
    let folder =
        Folder::with_suite("tables: {nba_raw.nbac_scheduel: {checks: [not_null: game_id]}}\n");
    folder.table(
        "nba_raw/nbac_schedule/000000000000.parquet",
        "game_id STRING | game_date DATE\na | 2026-01-20",
    );
    folder.table(
        "ml/features/000000000000.parquet",
        "player STRING | feature_5_value FLOAT64 | game_date DATE\na | 0 | 2026-01-20",
    );
    folder.write(
        "queries/views/s.sql",
        "-- view: nba_reference.nba_schedule\nSELECT * FROM `p.nba_raw.nbac_schedule`\n",
    );
    folder.write("queries/views/f.sql", "-- view: ml.named\nSELECT player, game_date, feature_5_value AS fatigue_score FROM ml.features\n");
    folder.write("queries/a.sql", "-- name: view\nSELECT * FROM `nba-props-platform.nba_reference.nba_schedule` WHERE game_id IS NULL\n");
    folder.write(
        "queries/b.sql",
        "-- name: dataset\nSELECT * FROM nba_schedule.nba_schedule\n",
    );
    folder.write(
        "queries/c.sql",
        "-- name: case\nSELECT * FROM NBA_RAW.nbac_schedule\n",
    );
    folder.write(
        "queries/d.sql",
        "-- name: columns\nSELECT GAME_ID FROM nba_raw.nbac_schedule WHERE Game_Date IS NULL\n",
    );
    folder.write(
        "queries/e.sql",
        "-- name: named\nSELECT player FROM ml.named WHERE fatigue_score < 0\n",
    );
    folder.write(
        "queries/f.sql",
        "-- name: unnamed\nSELECT player FROM ml.features WHERE fatigue_score < 0\n",
    );
    let report = run(&folder).await;
    let told = |check: &str| folder.plain(&summary(&report, check).message);
    for check in ["view", "columns", "named"] {
        assert_eq!(
            summary(&report, check).status,
            Status::Pass,
            "{}",
            told(check)
        );
    }
    assert_eq!(
        told("dataset"),
        "queries/b.sql:2:15: no table `nba_schedule.nba_schedule` in lake; did you mean `nba_reference.nba_schedule`?"
    );
    assert!(
        told("case").contains("did you mean `nba_raw.nbac_schedule`?"),
        "{}",
        told("case")
    );
    assert!(
        told("nbac_scheduel.not_null.game_id").contains("lakeaudit.yaml:1:"),
        "{}",
        told("nbac_scheduel.not_null.game_id")
    );
    assert!(
        told("nbac_scheduel.not_null.game_id").contains("did you mean `nba_raw.nbac_schedule`")
    );
    // The view knows the name that the table does not.
    assert_eq!(
        told("unnamed"),
        "queries/f.sql:2:38: there is no column `fatigue_score`; it is `feature_5_value` in \
         `ml.features`, and `fatigue_score` in the view `ml.named`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_whole_and_the_same_again() {
    let folder = Folder::with_suite(
        "tables: {ds.t: {key: [id], profile: all, checks: [in_range: {column: id, max: 1}]}}",
    );
    folder.table(
        "ds/t/000000000000.parquet",
        "id INT64 | game_date DATE\n1 | 2026-01-20\n2 | 2026-01-21",
    );
    let reports = folder.path().join("reports");
    let request = Request {
        reports: Some(reports.display().to_string()),
        ..folder.request()
    };
    let mut written = Vec::new();
    for _ in 0..2 {
        let report = audit::audit(&request).await.expect("a report");
        lakeaudit::report::parquet::write(&report, &reports).expect("written");
        written.push(below(&reports));
    }
    assert_eq!(written[0], written[1]);
    let report = audit::audit(&request).await.expect("a report");
    for (dataset, rows) in [
        ("runs", 1),
        ("findings", report.findings.len()),
        ("evidence", report.evidence.len()),
        ("metrics", report.metrics.len()),
    ] {
        let files: Vec<_> = written[0].iter().filter(|p| p.contains(dataset)).collect();
        assert_eq!(files.len(), 1, "{dataset} in {:?}", written[0]);
        assert!(files[0].contains(&report.run.run_id), "{}", files[0]);
        let bytes = std::fs::read(reports.join(files[0])).expect("a report");
        let reader =
            parquet::file::serialized_reader::SerializedFileReader::new(bytes::Bytes::from(bytes))
                .expect("Parquet");
        let metadata = parquet::file::reader::FileReader::metadata(&reader);
        assert_eq!(
            metadata.file_metadata().num_rows(),
            rows as i64,
            "{dataset}"
        );
    }
}

fn below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(
                    path.strip_prefix(folder)
                        .expect("below")
                        .display()
                        .to_string(),
                );
            }
        }
    }
    found.sort();
    found
}

/// BigQuery's names ignore case, at any depth: a field may be spelled otherwise in each file.
#[tokio::test(flavor = "multi_thread")]
async fn fields_of_structs_ignore_case_between_files() {
    let rows = |id: i64, names: [&str; 2]| {
        let field = |name: &str| Field::new(name, DataType::Int64, true);
        let fields: Fields = names.iter().map(|name| field(name)).collect();
        let columns = [10 * id, id].map(|n| Arc::new(Int64Array::from(vec![n])) as ArrayRef);
        let structs = StructArray::new(fields, columns.to_vec(), None);
        RecordBatch::try_from_iter([
            ("id", Arc::new(Int64Array::from(vec![id])) as ArrayRef),
            ("s", Arc::new(structs) as ArrayRef),
        ])
        .expect("rows")
    };
    let folder =
        Folder::with_suite("tables: {ds.t: {checks: [{rule: s.a = 10 * s.b, name: ten}]}}");
    for (n, names) in [["a", "b"], ["A", "b"], ["A", "B"]].into_iter().enumerate() {
        let id = i64::try_from(n).expect("few") + 1;
        let file = format!("lake/ds/t/{n:012}.parquet");
        folder.write(&file, table::parquet(&rows(id, names), 100));
    }
    folder.write(
        "queries/sums.sql",
        "-- name: sums\nSELECT SUM(s.a) AS a, SUM(s.B) AS b, COUNTIF(s.a IS NULL) AS none FROM ds.t\n",
    );
    let report = run(&folder).await;
    assert_eq!(summary(&report, "ten").status, Status::Pass);
    let sums = report.evidence.iter().find(|e| e.check == "sums");
    let sums = &sums.expect("the row").row;
    assert_eq!(sums, "{\"a\": 60, \"b\": 6, \"none\": 0}");
}
