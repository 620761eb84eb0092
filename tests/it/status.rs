//! `lakeaudit status`: every state of a day, downstream tables, and what is to be run again.

use lakeaudit::command::{self, Request};
use lakeaudit::finding::{DayState, Severity, TableStatus};
use lakeaudit::report;

use super::audit::Folder;

const SUITE: &str = "
tables:
  ds.scores:
    date: game_date
    key: [player]
    checks:
      - completeness: {schedule: ds.games, column: team, is: [home, away], min_rows: 2}
      - in_range: {column: score, min: 1}
      - constant: {column: score, min_distinct: 2}
        per: game_date
      - in_range: {column: score, max: 97}
        severity: warning
        name: high
  ds.store:
    date: game_date
    checks:
      - agrees: {column: fatigue, with: ds.scores, their: score, on: [game_date, player]}
      - not_null: fatigue
  ds.games:
    date: game_date
    checks:
      - not_null: home
";

/// By day: done, wrong, missing, partial and wrong, partial, defaults, done with a stale copy.
fn folder() -> Folder {
    let folder = Folder::with_suite(SUITE);
    let mut games = String::from("home STRING | away STRING | game_date DATE\n");
    for day in 20..27 {
        games.push_str(&format!("BOS | LAL | 2026-01-{day}\n"));
    }
    folder.table("ds/games/000000000000.parquet", &games);
    let mut scores = String::from("player STRING | team STRING | score INT64 | game_date DATE\n");
    let mut day = |day: u32, rows: &[(&str, &str, i64)]| {
        for (player, team, score) in rows {
            scores.push_str(&format!("{player} | {team} | {score} | 2026-01-{day}\n"));
        }
    };
    let full = [
        ("a", "BOS", 90),
        ("b", "BOS", 91),
        ("c", "LAL", 92),
        ("d", "LAL", 98),
    ];
    day(20, &full);
    day(
        21,
        &[
            ("a", "BOS", 0),
            ("b", "BOS", 91),
            ("c", "LAL", 92),
            ("d", "LAL", 93),
        ],
    );
    day(23, &[("a", "BOS", 0), ("c", "LAL", 92), ("d", "LAL", 93)]);
    day(24, &[("a", "BOS", 90), ("b", "BOS", 91)]);
    day(
        25,
        &[
            ("a", "BOS", 50),
            ("b", "BOS", 50),
            ("c", "LAL", 50),
            ("d", "LAL", 50),
        ],
    );
    day(26, &full);
    folder.table("ds/scores/000000000000.parquet", &scores);
    folder.table(
        "ds/store/000000000000.parquet",
        "player STRING | fatigue FLOAT64 | game_date DATE
         a             | 90              | 2026-01-20
         a             | 90              | 2026-01-21
         a             | NULL            | 2026-01-25
         a             | 50              | 2026-01-26",
    );
    folder
}

async fn status(folder: &Folder, table: &str, least: Severity) -> TableStatus {
    let mut opened = command::open(&folder.request()).await.expect("a lake");
    let table = table.parse().expect("a name");
    command::status::status(&mut opened, &table, least, &|_| {})
        .await
        .expect("a status")
}

#[tokio::test]
async fn every_day_has_its_state() {
    let folder = folder();
    let status = status(&folder, "ds.scores", Severity::Critical).await;
    let days: Vec<_> = status
        .days
        .iter()
        .map(|day| {
            (
                day.date.to_string(),
                day.status,
                day.expected_rows,
                day.actual_rows,
            )
        })
        .collect();
    let day = |day: u32| format!("2026-01-{day}");
    assert_eq!(
        days,
        [
            (day(20), DayState::Done, 4, 4),
            (day(21), DayState::Wrong, 4, 4),
            (day(22), DayState::Missing, 4, 0),
            (day(23), DayState::Wrong, 4, 3),
            (day(24), DayState::Partial, 4, 2),
            (day(25), DayState::Defaults, 4, 4),
            (day(26), DayState::Done, 4, 4),
        ]
    );
    let stale: Vec<&str> = status
        .days
        .iter()
        .filter(|day| !day.stale_tables.is_empty())
        .map(|day| day.stale_tables[0].as_str())
        .collect();
    assert_eq!(stale, ["ds.store"; 3]);
    assert!(status.errors.is_empty());
}

#[tokio::test]
async fn what_is_to_be_run_again_is_told_in_stretches() {
    let folder = folder();
    let status = status(&folder, "ds.scores", Severity::Critical).await;
    assert_eq!(
        report::status::text(&status, false, false),
        "\
ds.scores  2026-01-20 to 2026-01-26

7 days: 1 missing, 2 wrong, 1 partial, 1 defaults, 2 done

DATE        STATUS    EXPECTED  ACTUAL  DOWNSTREAM  CHECKS
2026-01-21  wrong            4       4  stale       scores.in_range.score
2026-01-22  missing          4       0              scores.completeness.team
2026-01-23  wrong            4       3              scores.completeness.team, scores.in_range.score
2026-01-24  partial          4       2              scores.completeness.team
2026-01-25  defaults         4       4  stale       scores.constant.score
2026-01-26  done             4       4  stale

run again: 2026-01-21 to 2026-01-25 (5 days)
stale downstream: ds.store, 2026-01-21, 2026-01-25 to 2026-01-26 (2 days)
"
    );
    let json: serde_json::Value =
        serde_json::from_str(&report::status::json(&status)).expect("JSON");
    assert_eq!(json["days"][1]["status"], "wrong");
    assert_eq!(json["rerun"][0]["days"], 5);
    assert_eq!(json["stale_downstream"][0]["table"], "ds.store");
    assert!(!report::status::parquet(&status).expect("a file").is_empty());
}

#[tokio::test]
async fn a_warning_counts_if_asked_for() {
    let folder = folder();
    let status = status(&folder, "ds.scores", Severity::Warning).await;
    assert_eq!(status.days[0].status, DayState::Wrong);
    assert_eq!(status.days[0].checks, ["high"]);
}

#[tokio::test]
async fn a_window_and_a_table_that_nothing_is_said_of() {
    let folder = folder();
    let mut request = folder.request();
    request.from = "2026-01-22".parse().ok();
    request.to = "2026-01-23".parse().ok();
    let mut opened = command::open(&request).await.expect("a lake");
    let name = "ds.scores".parse().expect("a name");
    let status = command::status::status(&mut opened, &name, Severity::Critical, &|_| {})
        .await
        .expect("a status");
    let states: Vec<_> = status.days.iter().map(|day| day.status).collect();
    assert_eq!(states, [DayState::Missing, DayState::Wrong]);
    let name = "ds.score".parse().expect("a name");
    let error = command::status::status(&mut opened, &name, Severity::Critical, &|_| {})
        .await
        .expect_err("no such table");
    assert!(
        error.to_string().contains("did you mean `ds.scores`"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_lake_by_season() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let reports = tempfile::tempdir().expect("a folder");
    let name = "nba_precompute.player_composite_factors"
        .parse()
        .expect("a name");
    let mut told = Vec::new();
    let mut stale = Vec::new();
    for season in ["2022-23", "2025-26"] {
        let request = Request {
            suite: Some(root.join("lakeaudit.yaml")),
            reports: Some(reports.path().display().to_string()),
            season: Some(season.to_owned()),
            ..Request::default()
        };
        let mut opened = command::open(&request).await.expect("the demo lake");
        let status = command::status::status(&mut opened, &name, Severity::Critical, &|_| {})
            .await
            .expect("a status");
        for day in status.days {
            if !day.stale_tables.is_empty() {
                stale.push((day.date.to_string(), day.stale_tables.join(", ")));
            }
            if day.status != DayState::Done {
                told.push((day.date.to_string(), day.status));
                assert_eq!(
                    day.status == DayState::Wrong,
                    day.expected_rows == day.actual_rows,
                    "{}",
                    day.date
                );
            }
        }
    }
    let days = |month: &str, days: std::ops::RangeInclusive<u32>, state: DayState| {
        let month = month.to_owned();
        days.map(move |day| (format!("{month}-{day}"), state))
    };
    let want: Vec<_> = days("2022-11", 17..=19, DayState::Missing)
        .chain(days("2022-11", 20..=20, DayState::Partial))
        .chain(days("2026-01", 25..=30, DayState::Wrong))
        .collect();
    assert_eq!(told, want);
    // On the 29th the features hold a default, which is no copy.
    let want: Vec<_> = [25, 26, 27, 28, 30]
        .map(|day| {
            (
                format!("2026-01-{day}"),
                "nba_predictions.ml_feature_store_v2".to_owned(),
            )
        })
        .into();
    assert_eq!(stale, want);
}
