//! The state store: an audit that knows most of its lake says what one says that knows nothing.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lakeaudit::command::audit::seen::{self, Changes};
use lakeaudit::command::{self, Request};
use lakeaudit::finding::{Report, Status};

use super::audit::Folder;
use super::table;

const DAYS: u32 = 6;

/// Rows of a day; `salt` makes other ones of the same day.
fn rows(day: u32, salt: u64, count: u64) -> String {
    let mut text = String::from(
        "id INT64 | x FLOAT64 | n NUMERIC(8, 2) | team STRING | at TIMESTAMP | doc JSON | game_date DATE\n",
    );
    for row in 0..count {
        let mixed = (u64::from(day) * 1000 + row + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let x = match mixed % 40 {
            0 => "NULL".to_owned(),
            1 => "NaN".to_owned(),
            2 => "-0".to_owned(),
            3 => "1e300".to_owned(),
            _ => format!("{}.{:03}", mixed % 7, mixed % 1000),
        };
        let told = if mixed.is_multiple_of(9) { "9.5" } else { &x };
        let doc = match mixed % 11 {
            0 => "NULL".to_owned(),
            1 => "{broken".to_owned(),
            _ => format!(
                "{{\"x\": {}}}",
                told.replace("NULL", "null").replace("NaN", "null")
            ),
        };
        // Some rows are dated a day late, some are not dated.
        let date = match mixed % 50 {
            0 => "NULL".to_owned(),
            1 => format!("2026-01-{:02}", day + 11),
            _ => format!("2026-01-{:02}", day + 10),
        };
        let id = if mixed.is_multiple_of(60) {
            3
        } else {
            u64::from(day) * 1000 + row
        };
        let _ = writeln!(
            text,
            "{id} | {x} | {}.{:02} | {} | 2026-01-{:02} 12:00:{:02} | {doc} | {date}",
            mixed % 90,
            mixed % 100,
            ["DEN", "BOS", "NULL", "LAL"][(mixed % 4) as usize],
            day + 10,
            mixed % 60,
        );
    }
    text
}

fn write_day(folder: &Folder, day: u32, salt: u64) -> PathBuf {
    let path = format!("lake/ds/t/{day:012}.parquet");
    folder.write(
        &path,
        table::parquet(&table::batch(&rows(day, salt, 200)), 70),
    )
}

const CHECKS: &str = "
      - in_range: {column: x, min: 0, max: 5}
        per: game_date
      - in_range: {column: n, min: 1, max: 80}
        per: team
      - not_null: [x, team]
      - json_agrees: {json: doc, path: $.x, column: x}
      - row_count: {min: 190, max: 230}
        per: game_date
      - constant: {column: n, min_std: 1, min_distinct: 10}
        per: game_date
      - correlation: {columns: [x, n], min: 0.9}
      - rule: x < 6 OR team = 'DEN'
        name: small
      - unique: id
      - implies: {if: x > 3, then: n > 40}
";

fn suite(more: &str, filter: &str) -> String {
    format!(
        "as_of: 2026-01-31\nevidence: 5\ntables:\n  ds.t:\n    date: game_date\n    key: [id]\n    profile: all\n    checks:{CHECKS}{more}      - in_range: {{column: n, max: 70}}\n        where: {filter}\n        name: filtered\n  ds.u:\n    checks:\n      - row_count: {{min: 1}}\n"
    )
}

fn lake() -> Folder {
    let folder = Folder::with_suite(&suite("", "team = 'BOS'"));
    for day in 0..DAYS {
        write_day(&folder, day, 0);
    }
    folder.table("ds/u/0.parquet", "a INT64\n1\n");
    folder.write(
        "queries/means.sql",
        "-- name: means\n-- table: ds.t\n-- value: {critical: 2, direction: above}\n\
         SELECT game_date, AVG(n) AS value FROM ds.t GROUP BY 1\n",
    );
    folder.write(
        "queries/rows.sql",
        "-- name: rows\n-- table: ds.t\nSELECT game_date, id, n FROM ds.t WHERE n > 85\n",
    );
    folder
}

/// Everything that is reported but effort.
fn told(mut report: Report) -> String {
    let run = &mut report.run;
    (
        run.files_read,
        run.files_proved,
        run.bytes_read,
        run.rows_read,
    ) = (0, 0, 0, 0);
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}",
        report.run, report.findings, report.evidence, report.days, report.metrics
    )
}

/// How much was read.
#[derive(Debug, PartialEq)]
struct Effort {
    files: u64,
    bytes: u64,
}

async fn run(request: &Request) -> (String, Effort, Option<Changes>) {
    let opened = command::open(request).await.expect("a lake");
    let report = command::audit::audit(&opened, &|_| {}).await;
    let errored = report.findings.iter().find(|f| f.status == Status::Errored);
    assert!(errored.is_none(), "{errored:#?}");
    let changes = seen::remember(&opened, &report).await.expect("a state");
    let effort = Effort {
        files: report.run.files_read,
        bytes: report.run.bytes_read,
    };
    if let Some(store) = opened.session.store() {
        assert_eq!(store.notes(), Vec::<String>::new());
    }
    (told(report), effort, changes)
}

fn with_state(folder: &Folder) -> Request {
    Request {
        state: true,
        ..folder.request()
    }
}

fn assert_same(want: &str, got: &str, what: &str) {
    if want != got {
        let differing = want.lines().zip(got.lines()).enumerate();
        let first = differing.into_iter().find(|(_, (a, b))| a != b);
        panic!("{what}: {first:?}");
    }
}

/// Audits with the store and without one, and holds them against each other.
async fn both(folder: &Folder, what: &str) -> (Effort, Changes) {
    let (want, ..) = run(&folder.request()).await;
    let (got, effort, changes) = run(&with_state(folder)).await;
    assert_same(&want, &got, what);
    (effort, changes.expect("changes"))
}

fn changes(new: u64, replaced: u64, vanished: u64) -> Changes {
    Changes {
        first: false,
        new,
        replaced,
        vanished,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_is_not_read_and_nothing_else_changes() {
    let folder = lake();
    let all = u64::from(DAYS);
    let (first, seen) = both(&folder, "the first run").await;
    assert_eq!(first.files, all);
    assert!(seen.first && seen.new == all + 1, "{seen:?}");
    let (_, known) = state(&folder);

    let (again, seen) = both(&folder, "nothing changed").await;
    assert_eq!((again.files, seen), (0, changes(0, 0, 0)));
    assert_eq!(
        state(&folder).1,
        known,
        "a run that finds nothing new writes nothing"
    );

    write_day(&folder, DAYS, 0);
    let (added, seen) = both(&folder, "a file was added").await;
    assert_eq!((added.files, seen), (1, changes(1, 0, 0)));

    write_day(&folder, 2, 77);
    let (replaced, seen) = both(&folder, "a file was replaced").await;
    assert_eq!((replaced.files, seen), (1, changes(0, 1, 0)));

    fs::remove_file(folder.path().join("lake/ds/t/000000000001.parquet")).expect("removed");
    let (vanished, seen) = both(&folder, "a file vanished").await;
    assert_eq!((vanished.files, seen), (0, changes(0, 0, 1)));

    let more = "      - in_range: {column: x, max: 4}\n        name: more\n";
    folder.write("lakeaudit.yaml", suite(more, "team = 'BOS'"));
    let (metric, seen) = both(&folder, "a metric was added").await;
    assert_eq!((metric.files, seen), (all, changes(0, 0, 0)));
    // Its column and the dates alone.
    assert!(metric.bytes < first.bytes, "{metric:?} {first:?}");

    folder.write("lakeaudit.yaml", suite(more, "team = 'DEN'"));
    let (filter, _) = both(&folder, "a filter was changed").await;
    assert_eq!(filter.files, all);

    // All at once.
    write_day(&folder, DAYS + 1, 0);
    write_day(&folder, 3, 5);
    fs::remove_file(folder.path().join("lake/ds/t/000000000004.parquet")).expect("removed");
    folder.write("lakeaudit.yaml", suite("", "x > 1"));
    let (_, seen) = both(&folder, "all at once").await;
    assert_eq!(seen, changes(1, 1, 1));
    let (last, _) = both(&folder, "at last").await;
    assert_eq!(last.files, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_and_threads_make_no_difference() {
    let folder = lake();
    let window = |from, to, threads, state| Request {
        from: chrono::NaiveDate::from_ymd_opt(2026, 1, from),
        to: chrono::NaiveDate::from_ymd_opt(2026, 1, to),
        threads: Some(threads),
        batch_rows: Some(33),
        state,
        ..folder.request()
    };
    for (from, to) in [(11, 12), (12, 14), (10, 17), (11, 13)] {
        let (want, ..) = run(&window(from, to, 1, false)).await;
        let (got, ..) = run(&window(from, to, 4, true)).await;
        assert_same(&want, &got, &format!("{from} to {to}"));
    }
    let (again, ..) = both(&folder, "no window").await;
    assert_eq!(again.files, 0);
}

/// The segments of the store and their bytes.
fn state(folder: &Folder) -> (Vec<PathBuf>, Vec<Vec<u8>>) {
    let listed = fs::read_dir(folder.path().join("reports/state/v1"));
    let entries = listed.into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "parquet"));
    paths.sort();
    let bytes = paths.iter().map(|path| fs::read(path).expect("bytes"));
    (paths.clone(), bytes.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_measured_again() {
    let folder = lake();
    let (want, ..) = run(&with_state(&folder)).await;
    let (paths, bytes) = state(&folder);
    let (path, whole) = (&paths[0], &bytes[0]);
    let mut seed = 1_u64;
    for round in 0..30 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = (seed >> 33) as usize % whole.len();
        let mut damaged = whole.clone();
        if round % 3 == 0 {
            damaged.truncate(at);
        } else {
            damaged[at] ^= 1 << (round % 8);
        }
        for (path, _) in paths.iter().zip(&bytes) {
            let _ = fs::remove_file(path);
        }
        fs::write(path, damaged).expect("damage");
        let opened = command::open(&with_state(&folder)).await.expect("a lake");
        let report = command::audit::audit(&opened, &|_| {}).await;
        assert_same(&want, &told(report), &format!("damage {round} at {at}"));
    }
}

/// A process that audits the folder with a store.
fn child(folder: &Folder, reports: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lakeaudit"))
        .arg("audit")
        .args(["--threads", "2", "--format", "json", "--suite"])
        .arg(folder.path().join("lakeaudit.yaml"))
        .arg("--lake")
        .arg(folder.path().join("lake"))
        .arg("--reports")
        .arg(folder.path().join(reports))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program")
}

fn unfinished(folder: &Path) -> usize {
    let listed = fs::read_dir(folder).into_iter().flatten().flatten();
    listed
        .filter(|entry| entry.path().extension().is_some_and(|e| e == "parquet"))
        .filter(|entry| entry.metadata().is_ok_and(|m| m.len() < 12))
        .count()
}

/// Kills runs at moments of all their length; whatever they left, the next run is right.
async fn killed(times: u32) {
    let folder = lake();
    let (want, ..) = run(&folder.request()).await;
    let begun = Instant::now();
    let whole = child(&folder, "elsewhere")
        .wait_with_output()
        .expect("a run");
    assert_eq!(whole.status.code(), Some(1));
    let length = begun.elapsed();
    for time in 0..times {
        let mut child = child(&folder, "reports");
        std::thread::sleep(length * (time + 1) / (times + 1) + Duration::from_millis(1));
        // SIGKILL.
        child.kill().expect("killed");
        child.wait().expect("gone");
        assert_eq!(unfinished(&folder.path().join("reports/state/v1")), 0);
        if time % 3 == 2 {
            // What the killed ones left counts as it is; otherwise the next has it all.
            let (got, ..) = run(&with_state(&folder)).await;
            assert_same(&want, &got, &format!("killed {time} of {times}"));
            write_day(&folder, time % DAYS, 0);
        }
    }
    let (got, ..) = run(&with_state(&folder)).await;
    let (want, ..) = run(&folder.request()).await;
    assert_same(&want, &got, "after all");
    let (again, ..) = both(&folder, "and again").await;
    assert_eq!(again.files, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_are_killed_leave_nothing_wrong() {
    killed(10).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn many_runs_that_are_killed_leave_nothing_wrong() {
    killed(50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_are_both_right() {
    let folder = lake();
    let (want, ..) = run(&folder.request()).await;
    let children = [child(&folder, "reports"), child(&folder, "reports")];
    let request = with_state(&folder);
    let (one, other) = tokio::join!(run(&request), run(&request));
    assert_same(&want, &one.0, "one");
    assert_same(&want, &other.0, "other");
    let mut texts = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("a run");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        let mut report: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("a report");
        report["run"] = serde_json::Value::Null;
        report["timing"] = serde_json::Value::Null;
        texts.push(report);
    }
    assert_eq!(texts[0], texts[1]);
    let (last, ..) = both(&folder, "at last").await;
    assert_eq!(last.files, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_told_and_pruned() {
    let folder = lake();
    let told = async || {
        let opened = command::open(&with_state(&folder)).await.expect("a lake");
        let text = command::state::state(&opened).await.expect("a state");
        for line in text.lines().skip(1) {
            assert!(line.len() <= 80, "{line}");
        }
        text
    };
    let prune = async || {
        let opened = command::open(&with_state(&folder)).await.expect("a lake");
        command::state::prune(&opened).await.expect("pruned")
    };
    let text = told().await;
    assert!(
        text.contains("no run of this lake") && text.contains(": 0 records"),
        "{text}"
    );
    run(&with_state(&folder)).await;
    let text = told().await;
    assert!(
        text.contains("no file changed since the last run"),
        "{text}"
    );
    assert!(
        text.contains("3 of 3 checks with queries of their own are known"),
        "{text}"
    );
    let row = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("ds.t "));
        line.expect("a table")
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let kept = row(&text);
    let days = DAYS.to_string();
    assert_eq!((kept[1].as_str(), kept[4].as_str()), ("6/6", "0"));
    // Nothing is of no use yet.
    let pruned = prune().await;
    assert!(pruned.contains(" 0 removed; 1 segment now 1"), "{pruned}");

    write_day(&folder, DAYS, 0);
    write_day(&folder, 2, 7);
    fs::remove_file(folder.path().join("lake/ds/t/000000000001.parquet")).expect("removed");
    let text = told().await;
    assert!(
        text.contains("1 new, 1 replaced, 1 vanished since the last run"),
        "{text}"
    );
    assert_eq!(row(&text)[4], "2");
    assert!(text.contains("0 of 3 checks"), "{text}");
    folder.write("lakeaudit.yaml", suite("", "team = 'DEN'"));
    assert_eq!(row(&told().await)[4], days);
    let (metric, _) = both(&folder, "another filter").await;
    assert_eq!(metric.files, u64::from(DAYS));
    let before = state(&folder).0.len();
    let pruned = prune().await;
    assert!(!pruned.contains(" 0 removed") && before > 1, "{pruned}");
    assert_eq!(state(&folder).0.len(), 1, "{pruned}");
    let (again, _) = both(&folder, "after it was pruned").await;
    assert_eq!(again.files, 0);
    assert_eq!(state(&folder).0.len(), 1);
}
