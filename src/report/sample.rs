//! A small report that looks like the audit of the fatigue incident: one of every status, and data
//! that is hard to print.

use chrono::NaiveDate;

use crate::finding::{
    Bounds, Evidence, Figure, Finding, MetricRow, Metrics, Name, Report, Run, Severity, Source,
    Status, Timing,
};

const FACTORS: &str = "nba_precompute.player_composite_factors";

/// The report, in canonical order.
pub(super) fn report() -> Report {
    let mut report = Report {
        run: run(),
        findings: findings(),
        evidence: evidence(),
        days: Vec::new(),
        metrics: metrics(),
        inferred: Vec::new(),
        timing: Timing {
            open_ms: 12,
            scan_ms: 1_480,
            checks_ms: 6,
            total_ms: 1_502,
        },
    };
    report.sort();
    report
}

pub(super) fn january(day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 1, day)
}

fn run() -> Run {
    Run {
        run_id: "3f9a1c0b7d24e685".to_owned(),
        lakeaudit_version: "0.1.0".to_owned(),
        suite: Some("suites/factors.yaml".to_owned()),
        lake: "gs://nba-exports/2026-01-31".to_owned(),
        as_of: january(31),
        from: january(1),
        to: january(31),
        tables: 3,
        checks: 8,
        passed: 3,
        warnings: 1,
        criticals: 2,
        errored: 1,
        not_applicable: 1,
        accepted: 0,
        files_read: 41,
        bytes_read: 18_345_678,
        files_proved: 37,
        checks_proved: 2,
        rows_read: 128_442,
    }
}

fn finding(check: &str, kind: &str, column: Option<&str>, status: Status) -> Finding {
    Finding {
        check: check.to_owned(),
        kind: kind.to_owned(),
        table: Some(FACTORS.to_owned()),
        column: column.map(str::to_owned),
        segment: None,
        status,
        severity: Severity::Critical,
        value: None,
        unit: None,
        warning_threshold: None,
        critical_threshold: None,
        direction: None,
        affected_rows: None,
        tested_rows: None,
        percent: None,
        since: None,
        until: None,
        message: String::new(),
        meaning: None,
        action: None,
        sql: None,
        defined_at: Some("suites/factors.yaml:12:5".to_owned()),
    }
}

impl Finding {
    fn says(mut self, message: &str) -> Self {
        self.message = message.to_owned();
        self
    }

    fn rows(mut self, affected: u64, tested: u64) -> Self {
        let percent = 100.0 * affected as f64 / tested as f64;
        self.affected_rows = Some(affected);
        self.tested_rows = Some(tested);
        self.percent = Some(percent);
        self.value = Some(percent);
        self.unit = Some("percent".to_owned());
        self.direction = Some("above".to_owned());
        self
    }

    fn dates(mut self, since: u32, until: u32) -> Self {
        self.since = january(since);
        self.until = january(until);
        self
    }
}

fn findings() -> Vec<Finding> {
    let mut json = finding(
        "fatigue_score_matches_json",
        "json_agrees",
        Some("fatigue_score"),
        Status::Fail,
    )
    .rows(870, 1_512)
    .dates(25, 30)
    .says("fatigue_score is not $.final_score of fatigue_context_json in 870 of 1,512 rows");
    json.critical_threshold = Some(0.0);
    json.meaning = Some(
        "The column is derived from the JSON beside it. Where they differ, the writer stored \
         something else: on these days the adjustment (score - 100) / 20 instead of the score."
            .to_owned(),
    );
    json.action = Some(
        "Run the backfill of these dates again with the fixed worker, then rebuild the features:\n\
         python backfill_jobs/precompute/player_composite_factors/player_composite_factors_precompute_backfill.py --start-date 2026-01-25 --end-date 2026-01-30"
            .to_owned(),
    );
    json.sql = Some(
        "SELECT game_date, player_lookup, fatigue_score,\n       \
         JSON_VALUE(fatigue_context_json, '$.final_score') AS final_score\n\
         FROM nba_precompute.player_composite_factors\n\
         WHERE fatigue_score != CAST(JSON_VALUE(fatigue_context_json, '$.final_score') AS FLOAT64)"
            .to_owned(),
    );
    let mut findings = vec![];
    for (day, affected, tested) in [
        (25, 142, 145),
        (26, 146, 150),
        (27, 139, 139),
        (28, 161, 163),
        (29, 138, 138),
        (30, 144, 144),
    ] {
        let mut segment = json.clone().rows(affected, tested).dates(day, day);
        segment.segment = Some(format!("game_date=2026-01-{day}"));
        findings.push(segment);
    }
    findings.push(json);

    let mut zeros = finding("fatigue_mean", "mean", Some("fatigue_score"), Status::Fail)
        .says("the mean of fatigue_score is -0.07, below 50");
    (zeros.value, zeros.unit) = (Some(-0.0718954), Some("points".to_owned()));
    (zeros.warning_threshold, zeros.critical_threshold) = (Some(80.0), Some(50.0));
    zeros.direction = Some("below".to_owned());
    findings.push(zeros);

    let mut key = finding(
        "one_row_a_player_and_day",
        "unique",
        Some("game_date, player_lookup"),
        Status::Fail,
    )
    .rows(3, 128_442)
    .dates(3, 19)
    .says("3 of 128,442 rows share game_date and player_lookup with another row");
    key.severity = Severity::Warning;
    key.warning_threshold = Some(0.0);
    findings.push(key);

    findings.push(
        finding(
            "opponents_known",
            "references",
            Some("opponent_team_abbr"),
            Status::Errored,
        )
        .says("failed to read game_date=2026-01-12/000000000003.parquet: the footer is cut off"),
    );
    let mut view = finding("playoff_minutes", "sql", None, Status::NotApplicable)
        .says("no row in the window matches `season_type = 'playoffs'`");
    view.table = None;
    findings.push(view);
    for (check, column) in [
        ("fatigue_in_range", "fatigue_score"),
        ("shot_zone_in_range", "shot_zone_mismatch_score"),
    ] {
        findings.push(
            finding(check, "in_range", Some(column), Status::Pass)
                .rows(0, 128_442)
                .says("all values lie in 0 to 100"),
        );
    }
    let mut fresh = finding(
        "schedule_is_fresh",
        "fresh",
        Some("game_date"),
        Status::Pass,
    )
    .says("the latest game_date is 2026-01-31");
    fresh.table = Some("nba_raw.nbac_schedule".to_owned());
    findings.push(fresh);
    findings
}

fn evidence() -> Vec<Evidence> {
    let row = |check: &str, rank, date, reason: &str, key: &str, row: &str| Evidence {
        check: check.to_owned(),
        table: Some(FACTORS.to_owned()),
        rank,
        date,
        reason: reason.to_owned(),
        key: key.to_owned(),
        row: row.to_owned(),
        source: Some(Source {
            file: "nba_precompute/player_composite_factors/000000000007.parquet".to_owned(),
            row_group: 0,
            row: 4_211 + u64::from(rank),
        }),
    };
    let json = "fatigue_score_matches_json";
    let mut evidence = vec![];
    for (rank, player, stored, score) in [
        (1, "lebronjames", "0", r#""95""#),
        (2, "nikolajokic", "-1", r#""78.5""#),
        (3, "lukadoncic", "0", r#""100""#),
        (4, "stephencurry", "0", r#""91""#),
        (5, "anthonyedwards", "0", "null"),
    ] {
        evidence.push(row(
            json,
            rank,
            january(25),
            "column and JSON disagree",
            &format!(r#"{{"game_date":"2026-01-25","player_lookup":"{player}"}}"#),
            &format!(r#"{{"fatigue_score":{stored},"$.final_score":{score}}}"#),
        ));
    }
    let unique = "one_row_a_player_and_day";
    let long = format!(
        r#"{{"note":"{}","n":12345678901234567890123}}"#,
        "長い🏀 ".repeat(40)
    );
    evidence.push(row(
        unique,
        1,
        january(3),
        "conflicting duplicate",
        r#"{"game_date":"2026-01-03","player_lookup":"josé\u001b[31m\nalvarado"}"#,
        &format!(r#"{{"games_rows":2,"warning_details":"","fatigue_context_json":{long}}}"#),
    ));
    evidence[5].source = None;
    evidence
}

fn metrics() -> Metrics {
    let metric = |column: Option<&str>, day, metric, value| MetricRow {
        table: FACTORS.into(),
        column: column.map(Into::into),
        figure: Figure {
            date: january(day),
            metric,
            value,
            exact: None,
            bounds: Bounds::new(None),
        },
    };
    let mut max = metric(
        Some("universal_player_id"),
        25,
        Name::Max,
        Some(9.007199254740994e15),
    );
    max.figure.exact = Some("9007199254740993".into());
    let rows = [
        metric(None, 25, Name::Rows, Some(145.0)),
        metric(Some("fatigue_score"), 25, Name::Mean, Some(-0.07)),
        metric(Some("fatigue_score"), 26, Name::Mean, Some(f64::NAN)),
        metric(
            Some("fatigue_score"),
            26,
            Name::Min,
            Some(f64::NEG_INFINITY),
        ),
        max,
    ];
    rows.into_iter().collect()
}
