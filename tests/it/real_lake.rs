//! A suite over real exports finds their known faults, with the exact counts.
//!
//! The exports are not part of the repository; where they are absent the test says so and passes.
//! tests/real_lake/README.md lists the DuckDB queries that confirm each count.

use std::collections::BTreeMap;
use std::path::Path;

use lakeaudit::command::{self, Request};
use lakeaudit::finding::Status;

/// Every failing check with its affected rows, or the value that fails.
const FAULTS: &[(&str, f64)] = &[
    ("a_minutes_of_scorers", 12.0),
    ("b_is_complete", 148_196.0),
    ("date_gaps", 1.0),
    ("fractional_plus_minus", 27.0),
    ("games_a_team", 60.0),
    ("games_missing_in_b", 88.0),
    ("missing_in_b", 1_892.0),
    ("new_game_types", 9.0),
    ("old_game_types", 268.0),
    ("other_matchup", 60.0),
    ("payload_game_type", 785.0),
    ("plus_minus_sum", 28.0),
    ("points_per_game", 229.37),
    ("points_without_minutes", 12.0),
    ("team_minutes.minutes_home", 3.0),
    ("team_minutes.minutes_road", 3.0),
    ("threes_per_game", 75.17),
    ("turnovers", 3_551.0),
    ("two_away_rows", 5.0),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_known_fault_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lake = root.join("../shared/data/lake");
    if !lake.is_dir() {
        println!("skipped: no exports at {}", lake.display());
        return;
    }
    let reports = tempfile::tempdir().unwrap();
    let request = Request {
        suite: Some(root.join("tests/real_lake/lakeaudit.yaml")),
        lake: Some(lake.display().to_string()),
        reports: Some(reports.path().display().to_string()),
        ..Request::default()
    };
    let opened = command::open(&request).await.unwrap();
    let report = command::audit::audit(&opened, &|_| {}).await;
    let errored: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.status == Status::Errored)
        .collect();
    assert!(errored.is_empty(), "{errored:#?}");
    let found: BTreeMap<&str, f64> = report
        .summaries()
        .filter(|f| f.status == Status::Fail)
        .map(|f| {
            let rows = f.affected_rows.map(|n| n as f64);
            (f.check.as_str(), rows.or(f.value).unwrap_or(f64::NAN))
        })
        .collect();
    assert_eq!(found, FAULTS.iter().copied().collect());
    let gap = report
        .summaries()
        .find(|f| f.check == "missing_in_b")
        .unwrap();
    assert_eq!(gap.since.unwrap().to_string(), "2020-07-30");
    assert_eq!(gap.until.unwrap().to_string(), "2020-08-14");
    let shown = report
        .evidence
        .iter()
        .find(|e| e.check == "date_gaps")
        .unwrap();
    assert!(shown.row.contains("\"days\": 141"), "{}", shown.row);
}
