//! Promise 1: findings, evidence and metrics are the same, bit for bit, for any number of threads,
//! batch size, order of files and cut of the rows into files and row groups.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use chrono::NaiveDate;
use lakeaudit::command::{self, Request};
use lakeaudit::finding::Report;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};

use super::audit::{self, Folder};
use super::table;

/// How many rows the table with everything in it has.
const ROWS: usize = 3000;

const SUITE: &str = "
as_of: 2026-01-31
evidence: 7
tables:
  nba_precompute.player_composite_factors:
    date: game_date
    key: [game_date, player_lookup]
    profile: all
    checks:
      - json_agrees: {json: fatigue_context_json, path: $.final_score, column: fatigue_score}
        per: game_date
      - json_agrees: {json: pace_context_json, path: $.final_score, column: pace_score}
        name: pace_without_tolerance
      - unique: [game_date, player_lookup]
      - not_null: [fatigue_score, game_id]
      - in_range: {column: fatigue_score, min: 1, max: 100}
      - row_count: {min: 100, max: 250}
        per: game_date
  ds.mixed:
    date: game_date
    key: [id]
    profile: all
    checks:
      - in_range: {column: x, min: -1, max: 1}
        per: game_date
      - in_range: {column: x, min: -1, max: 1, nan: ignore}
        where: team != 'DEN'
        name: without_denver
      - in_range: {column: n, min: -50.5, max: 50.5}
        per: team
      - in_range: {column: id, max: 2900}
      - not_null: [x, n, doc, team, game_date]
      - unique: id
      - unique: {columns: [id, team], ignore: [doc]}
        name: ignoring_doc
      - unique: x
        name: unique_floats
      - json_agrees: {json: doc, path: $.x, column: x}
      - json_agrees: {json: doc, path: $.n, column: n, tolerance: 0.01}
        per: team
      - json_agrees: {json: doc, path: $.team, column: team}
      - row_count: {min: 100}
        per: game_date
      - share: {of: x > 0, above: {warning: 10, critical: 50}}
        per: game_date
      - constant: {column: x, min_std: 0.9, min_distinct: 3000}
        where: NOT IS_NAN(x) AND NOT IS_INF(x)
        per: game_date
      - constant: {column: n, min_std: 1000}
        severity: warning
      - correlation: {columns: [x, n], min: 0.999}
        where: NOT IS_NAN(x) AND NOT IS_INF(x)
        per: game_date
      - correlation: {columns: [n, id], min: 0.999}
      - matches: {column: team, pattern: '[A-C].*'}
      - scale: {column: n, typical: 20}
      - implies: {if: x > 0, then: n > 0}
      - accepted_values: {column: team, values: [DEN]}
";

const QUERIES: [(&str, &str); 6] = [
    (
        "means.sql",
        "-- name: means\n-- table: ds.mixed\n-- value: {critical: 0, direction: above}\n\
         SELECT game_date, team, AVG(x) AS value, SUM(n) AS n, STDDEV(x) AS deviation, COUNT(*) AS row_count\n\
         FROM ds.mixed WHERE NOT IS_NAN(x) AND NOT IS_INF(x) GROUP BY 1, 2\n",
    ),
    (
        "rows.sql",
        "-- name: rows\n-- table: ds.mixed\nSELECT game_date, id, x, n FROM ds.mixed WHERE x > 0.5 OR x IS NULL\n",
    ),
    (
        "joined.sql",
        "-- name: joined\nSELECT a.id, a.x, b.x AS other FROM ds.mixed AS a JOIN ds.mixed AS b USING (id) WHERE a.x < b.x\n",
    ),
    (
        "ties.sql",
        "-- name: ties\n-- table: ds.mixed\n\
         SELECT game_date, team, id, x, doc, LAG(n) OVER (PARTITION BY team ORDER BY game_date) AS before,\n\
         SUM(n) OVER (PARTITION BY team ORDER BY game_date ROWS 5 PRECEDING) AS lately,\n\
         FIRST_VALUE(id) OVER (PARTITION BY team ORDER BY game_date) AS first\n\
         FROM ds.mixed QUALIFY ROW_NUMBER() OVER (PARTITION BY team ORDER BY game_date DESC) <= 3\n",
    ),
    (
        "limited.sql",
        "-- name: limited\nWITH few AS (SELECT team, game_date, id, x FROM ds.mixed ORDER BY game_date LIMIT 25)\n\
         SELECT team, STRING_AGG(CAST(id AS STRING), ',' ORDER BY game_date) AS ids, COUNT(x) AS xs FROM few GROUP BY team\n",
    ),
    (
        "zero.sql",
        "-- name: zero_rate\n-- table: nba_precompute.player_composite_factors\n\
         -- value: {critical: 5, direction: above}\n\
         SELECT game_date, 100.0 * COUNTIF(fatigue_score = 0) / COUNT(*) AS value, AVG(pace_score) AS pace\n\
         FROM nba_precompute.player_composite_factors GROUP BY game_date\n",
    ),
];

/// A table in which nearly everything stands that can upset a number.
fn mixed() -> RecordBatch {
    let mut seed = 42_u64;
    let mut next = move |below: u64| {
        // SplitMix64.
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    };
    let mut text = String::from(
        "id INT64 | x FLOAT64 | n NUMERIC(12, 4) | big INT64 | team STRING | ok BOOL | at TIMESTAMP | doc JSON | game_date DATE\n",
    );
    const ODD: [&str; 14] = [
        "NaN",
        "inf",
        "-inf",
        "0",
        "-0",
        "5e-324",
        "-5e-324",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "-1.7976931348623157e308",
        "NULL",
        "0.1",
        "1e16",
        "-1e16",
    ];
    const TEAMS: [&str; 5] = ["DEN", "BOS", "NULL", "\"\"", "LAL"];
    for row in 0..ROWS {
        let id = if next(20) == 0 { next(100) } else { row as u64 };
        let x = match next(10) {
            0 => ODD[next(ODD.len() as u64) as usize].to_owned(),
            _ => (next(2_000_001) as f64 / 1e6 - 1.0 + 1e-9 * next(1000) as f64).to_string(),
        };
        let n = match next(15) {
            0 => "NULL".to_owned(),
            _ => format!("{}.{:04}", next(120) as i64 - 60, next(10_000)),
        };
        let team = TEAMS[next(5) as usize];
        let doc = match next(12) {
            0 => "NULL".to_owned(),
            1 => "{\"x\": NaN}".to_owned(),
            2 => format!("{{\"x\": \"{x}\", \"n\": \"{n}\"}}"),
            3 => "{\"x\": null, \"n\": null, \"team\": null}".to_owned(),
            4 => "{\"other\": 1}".to_owned(),
            5 => "{\"x\": 0.25, \"n\": 1e1, \"team\": \"DEN\"}".to_owned(),
            _ => {
                let bare = |v: &str| {
                    if v.parse::<f64>().is_ok_and(f64::is_finite) {
                        v.to_owned()
                    } else {
                        "null".to_owned()
                    }
                };
                format!(
                    "{{\"x\": {}, \"n\": {}, \"team\": \"{}\"}}",
                    bare(&x),
                    bare(&n),
                    team.trim_matches('"')
                )
            }
        };
        let day = match next(40) {
            0 => "NULL".to_owned(),
            _ => format!("2026-01-{:02}", next(12) + 20),
        };
        let _ = writeln!(
            text,
            "{id} | {x} | {n} | {} | {team} | {} | 2026-01-{:02} 19:30:{:02} | {doc} | {day}",
            i64::MAX - next(3) as i64,
            next(2) == 0,
            next(12) + 20,
            next(60),
        );
    }
    table::batch(&text)
}

/// How a lake is cut and read.
#[derive(Debug, Clone, Copy)]
struct Way {
    threads: usize,
    batch_rows: usize,
    /// Into so many files.
    files: usize,
    /// Rows of a row group.
    group: usize,
    /// Whether the last file comes first.
    backwards: bool,
}

const PLAIN: Way = Way {
    threads: 1,
    batch_rows: 8192,
    files: 1,
    group: 10_000,
    backwards: false,
};

/// The lake: the demo's files, and the mixed table cut as told.
async fn lake(way: Way, demo: &Folder, mixed: &RecordBatch) -> Arc<InMemory> {
    let store = Arc::new(InMemory::new());
    let share = mixed.num_rows().div_ceil(way.files);
    for file in 0..way.files {
        let start = file * share;
        let rows = mixed.slice(start, share.min(mixed.num_rows() - start));
        let number = if way.backwards {
            way.files - file
        } else {
            file
        };
        let path = format!("ds/mixed/{number:012}.parquet");
        store
            .put(&path.into(), table::parquet(&rows, way.group).into())
            .await
            .expect("put");
    }
    for (path, bytes) in files_below(demo) {
        // Other names in another order: the days of a backwards lake stand in files named by their
        // distance to the end of the month.
        let path = if way.backwards {
            let day: u32 = path
                .split("2026-01-")
                .nth(1)
                .map_or(0, |d| d[..2].parse().expect("a day"));
            path.replace("000000000000", &format!("{:012}", 31 - day))
        } else {
            path
        };
        store.put(&path.into(), bytes.into()).await.expect("put");
    }
    store
}

fn files_below(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.path().join("demo/nba_precompute")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path
                    .strip_prefix(folder.path().join("demo"))
                    .expect("below");
                found.push((
                    relative.display().to_string(),
                    std::fs::read(&path).expect("bytes"),
                ));
            }
        }
    }
    found
}

/// What is compared: findings, evidence without its source, metrics.
fn compared(mut report: Report) -> [String; 3] {
    for row in &mut report.evidence {
        row.source = None;
    }
    [
        format!("{:#?}", report.findings),
        format!("{:#?}", report.evidence),
        format!("{:#?}", report.metrics),
    ]
}

fn first_difference(a: &str, b: &str) -> String {
    let differing = a
        .lines()
        .zip(b.lines())
        .enumerate()
        .find(|(_, (a, b))| a != b);
    let Some((at, (one, other))) = differing else {
        return format!("{} and {} lines", a.lines().count(), b.lines().count());
    };
    let context: Vec<&str> = a.lines().skip(at.saturating_sub(20)).take(20).collect();
    format!("{}\n- {one}\n+ {other}", context.join("\n"))
}

/// Threads, rows of a batch, files, rows of a row group, whether the last file comes first.
const WAYS: [(usize, usize, usize, usize, bool); 10] = [
    (8, 8192, 1, 10_000, false),
    (1, 100, 1, 10_000, false),
    (1, 1, 1, 10_000, false),
    (8, 100, 1, 10_000, false),
    (1, 8192, 7, 10_000, false),
    (1, 8192, 7, 10_000, true),
    (8, 8192, 7, 10_000, true),
    (1, 8192, 1, ROWS.div_ceil(7), false),
    (8, 100, 1, ROWS.div_ceil(7), false),
    (2, 33, 3, 50, false),
];

type Days = Option<(NaiveDate, NaiveDate)>;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_however_it_is_cut_and_read() {
    let folder = Folder::with_suite(SUITE);
    for (name, sql) in QUERIES {
        folder.write(&format!("queries/{name}"), sql);
    }
    lakeaudit::demo::write(
        &folder.path().join("demo"),
        &lakeaudit::demo::Options::small(7),
    )
    .expect("a demo");
    let mixed = mixed();
    let day = |day| NaiveDate::from_ymd_opt(2026, 1, day);
    for days in [None, day(22).zip(day(27))] {
        let plain = run(&folder, &mixed, PLAIN, days).await;
        let [findings, evidence, metrics] = &plain;
        assert!(!findings.contains("status: Errored"), "{findings}");
        assert!(evidence.contains("conflicting duplicate") && evidence.contains("malformed JSON"));
        assert!(metrics.contains("P50") && metrics.contains("Stddev"));
        for (threads, batch_rows, files, group, backwards) in
            WAYS.into_iter().skip(if days.is_some() { 6 } else { 0 })
        {
            let way = Way {
                threads,
                batch_rows,
                files,
                group,
                backwards,
            };
            let got = run(&folder, &mixed, way, days).await;
            assert_same(&plain, &got, &format!("{way:?} {days:?}"));
        }
    }
}

fn assert_same(want: &[String; 3], got: &[String; 3], way: &str) {
    for (part, (want, got)) in ["findings", "evidence", "metrics"]
        .iter()
        .zip(want.iter().zip(got))
    {
        assert!(
            want == got,
            "{part} differ, {way}:\n{}",
            first_difference(want, got)
        );
    }
}

async fn run(folder: &Folder, mixed: &RecordBatch, way: Way, days: Days) -> [String; 3] {
    let store: Arc<dyn ObjectStore> = lake(way, folder, mixed).await;
    let request = Request {
        threads: Some(way.threads),
        batch_rows: Some(way.batch_rows),
        from: days.map(|d| d.0),
        to: days.map(|d| d.1),
        ..folder.request()
    };
    let opened = audit::open_over(&request, store).await.expect("a lake");
    compared(command::audit::audit(&opened, &|_| {}).await)
}

/// A file of some megabytes is read by several threads, each its share of the row groups.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_of_one_file_that_is_shared_out() {
    const ROWS: i64 = 300_000;
    let suite = "
as_of: 2026-01-31
evidence: 5
tables:
  ds.t:
    key: [id]
    profile: all
    checks:
      - in_range: {column: x, min: -1, max: 0.99999}
      - in_range: {column: id, min: 50, max: 299990}
      - unique: id
";
    let folder = Folder::with_suite(suite);
    folder.write(
        "queries/mean.sql",
        "-- name: mean\n-- value: {critical: 0, direction: below}\n\
         SELECT AVG(x) AS value, SUM(x) AS total, STDDEV(x) AS deviation FROM ds.t\n",
    );
    // Sines of integers: full mantissas, and no two platforms are asked to agree on them here.
    let x = (0..ROWS)
        .map(|row| (row as f64 * 0.7).sin())
        .collect::<Vec<_>>();
    let id = (0..ROWS)
        .map(|row| if row % 100_000 == 99_999 { 7 } else { row })
        .collect::<Vec<_>>();
    let columns: [(&str, ArrayRef); 2] = [
        ("id", Arc::new(Int64Array::from(id))),
        ("x", Arc::new(Float64Array::from(x))),
    ];
    let rows = RecordBatch::try_from_iter(columns).expect("rows");
    let mut want = None;
    for (threads, group) in [(1, 1_000_000), (8, 1_000_000), (8, 20_000), (3, 7_777)] {
        folder.write(
            "lake/ds/t/000000000000.parquet",
            table::parquet(&rows, group),
        );
        let request = Request {
            threads: Some(threads),
            ..folder.request()
        };
        let got = compared(audit::audit(&request).await.expect("a report"));
        assert!(
            got[0].contains("affected_rows: Some(\n            4"),
            "{}",
            got[0]
        );
        let want = want.get_or_insert_with(|| got.clone());
        assert_same(
            want,
            &got,
            &format!("{threads} threads, row groups of {group}"),
        );
    }
}
