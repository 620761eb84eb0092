//! `accepted:` of the suite: what is known fails no run, and what is not still does.

use lakeaudit::finding::{Finding, Report, Severity, Status};
use lakeaudit::report::{json, text};

use super::audit::{Folder, audit};

const CHECKS: &str = "
tables:
  ds.t:
    date: day
    key: [id]
    checks:
      - in_range: {column: score, min: 1}
        name: range
        per: day
      - not_null: score
        name: nulls
      - unique: id
        name: ids
";

/// Zeros on the 21st, 22nd and 24th; a NULL on the 22nd; a key on two days.
fn folder(accepted: &str) -> Folder {
    let folder = Folder::with_suite(&format!("{accepted}{CHECKS}"));
    folder.table(
        "ds/t/000000000000.parquet",
        "id INT64 | score INT64 | day DATE
         1        | 90          | 2026-01-20
         2        | 0           | 2026-01-21
         3        | 0           | 2026-01-22
         4        | NULL        | 2026-01-22
         5        | 80          | 2026-01-23
         6        | 0           | 2026-01-24
         6        | 70          | 2026-01-25",
    );
    folder
}

async fn report(accepted: &str) -> Report {
    audit(&folder(accepted).request()).await.expect("a report")
}

fn of<'a>(report: &'a Report, check: &str) -> Vec<&'a Finding> {
    report
        .findings
        .iter()
        .filter(|f| f.check == check)
        .collect()
}

#[tokio::test]
async fn days_outside_still_fail() {
    let accepted =
        "accepted:\n  - {check: range, from: 2026-01-21, to: 2026-01-22, reason: backfilled}\n";
    let report = report(accepted).await;
    let found = of(&report, "range");
    let verdict = found.iter().find(|f| f.is_summary()).expect("a verdict");
    assert_eq!(verdict.status, Status::Fail);
    assert_eq!(
        (verdict.affected_rows, verdict.since),
        (Some(1), "2026-01-24".parse().ok())
    );
    let accepted = found
        .iter()
        .find(|f| f.status == Status::Accepted)
        .expect("an accepted one");
    assert_eq!(accepted.affected_rows, Some(2));
    assert_eq!(
        accepted.segment.as_deref(),
        Some("accepted=2026-01-21 to 2026-01-22")
    );
    assert!(
        accepted
            .message
            .ends_with("accepted for 2026-01-21 to 2026-01-22: backfilled")
    );
    let shown: Vec<_> = report
        .evidence
        .iter()
        .filter(|e| e.check == "range")
        .collect();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].date, "2026-01-24".parse().ok());
    assert_eq!((report.run.accepted, report.run.checks), (1, 3));
}

#[tokio::test]
async fn what_is_accepted_whole_fails_no_run() {
    let accepted = "accepted:
  - {check: range, reason: zeros are fine}
  - {check: nulls, from: 2026-01-22, to: 2026-01-22, reason: one is known}
  - {check: ids, reason: a player twice}
";
    let report = report(accepted).await;
    assert!(
        !report
            .findings
            .iter()
            .any(|f| f.is_failure_at(Severity::Warning))
    );
    for (check, status) in [
        ("range", Status::Accepted),
        ("nulls", Status::Pass),
        ("ids", Status::Accepted),
    ] {
        let verdict = report
            .summaries()
            .find(|f| f.check == check)
            .expect("a verdict");
        assert_eq!(verdict.status, status, "{check}");
    }
    assert_eq!(report.summaries().count(), 3);
    assert_eq!(
        (report.run.accepted, report.run.passed, report.run.criticals),
        (3, 1, 0)
    );
    let page = text::render(
        &report,
        text::Style {
            color: false,
            width: 100,
            verbose: false,
            exit_code: None,
        },
    );
    assert!(page.contains("ACCEPTED 3"), "{page}");
    assert!(page.contains("zeros are fine"), "{page}");
    assert!(json::render(&report).contains("\"status\": \"accepted\""));
}

#[tokio::test]
async fn what_accepts_nothing_any_more_is_told() {
    let accepted =
        "accepted:\n  - {check: range, from: 2026-01-20, to: 2026-01-20, reason: was wrong}\n";
    let report = report(accepted).await;
    let found = of(&report, "range");
    let accepted = found
        .iter()
        .find(|f| f.status == Status::Accepted)
        .expect("one");
    let said = &accepted.message;
    assert!(
        said.starts_with("nothing fails any more for 2026-01-20; the entry at "),
        "{said}"
    );
    assert!(
        said.ends_with("lakeaudit.yaml:2:5 (was wrong) can go"),
        "{said}"
    );
}

#[tokio::test]
async fn keys_are_accepted_by_the_days_of_their_rows() {
    let accepted = "accepted:\n  - {check: ids, from: 2026-01-24, to: 2026-01-25, reason: twice}\n";
    let report = report(accepted).await;
    let verdict = report
        .summaries()
        .find(|f| f.check == "ids")
        .expect("a verdict");
    // The rows of the key are of days, so the days are accepted.
    assert_ne!(verdict.status, Status::Fail);
}

#[tokio::test]
async fn entries_that_mean_nothing_are_refused() {
    for (entry, want) in [
        ("{check: rnage, reason: x}", "no check is called `rnage`"),
        (
            "{check: range, reason: x, from: 2026-01-22, to: 2026-01-21}",
            "`from` is after `to`",
        ),
        ("{check: range, reason: ''}", "needs a reason"),
        ("{check: range}", "reason"),
        (
            "{check: range, reason: x, from: soon}",
            "`soon` is not a date",
        ),
        ("{check: range, reason: x, until: 2026-01-21}", "until"),
    ] {
        let folder = folder(&format!("accepted:\n  - {entry}\n"));
        let error = audit(&folder.request()).await.expect_err(entry).to_string();
        assert!(
            error.contains(want) && error.contains("lakeaudit.yaml:2:"),
            "{error}"
        );
    }
}
