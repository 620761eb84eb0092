//! `lakeaudit reconcile`: which pairs it finds, that its counts are exact, what it makes of odd data, and that its checks
//! say in an audit what it said.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use lakeaudit::command::reconcile::{Asked, reconcile};
use lakeaudit::command::{self, Request};
use lakeaudit::diagnostic::Diagnostic;
use lakeaudit::finding::Status;
use lakeaudit::reconcile::{Coercion, HowDisagrees, Pair, Reconciliation};
use lakeaudit::report;

use super::audit::{Folder, audit};
use super::table;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

async fn reconciled(
    request: &Request,
    table: &str,
    with: &[&str],
    key: &[&str],
) -> Result<Reconciliation, Diagnostic> {
    let opened = command::open(request).await?;
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let asked = Asked {
        table: table.to_owned(),
        with: owned(with),
        key: owned(key),
    };
    reconcile(&opened, &asked, &|_| {}).await
}

fn pair<'a>(found: &'a Reconciliation, table: &str, column: &str) -> &'a Pair {
    let all = found.pairs.iter();
    let names: Vec<String> = all
        .map(|p| format!("{} {} = {}.{}", p.json, p.path, p.table, p.column))
        .collect();
    let mut pairs = found.pairs.iter();
    pairs
        .find(|p| p.table == table && p.column == column)
        .unwrap_or_else(|| panic!("no pair with {table}.{column} in {names:#?}"))
}

/// Runs the checks of a reconciliation as a suite; the rows each finds, by its column.
async fn checked(found: &Reconciliation, lake: &Path) -> BTreeMap<String, u64> {
    let folder = Folder::with_suite(&found.checks);
    let request = Request {
        lake: Some(lake.display().to_string()),
        ..folder.request()
    };
    let report = audit(&request).await.expect("the checks are a suite");
    let errored: Vec<_> = report
        .summaries()
        .filter(|f| f.status == Status::Errored)
        .collect();
    assert!(errored.is_empty(), "{errored:#?}\n{}", found.checks);
    let findings = report.summaries();
    findings
        .map(|f| {
            let column = f.column.clone().unwrap_or_default();
            let column = column.split(',').next().unwrap_or_default().to_owned();
            let table = f.table.clone().unwrap_or_default();
            (format!("{table}.{column}"), f.affected_rows.unwrap_or(0))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_lake() {
    const TABLE: &str = "nba_precompute.player_composite_factors";
    let request = Request {
        lake: Some(root().join("fixtures/lake").display().to_string()),
        suite: Some(root().join("lakeaudit.yaml")),
        ..Request::default()
    };
    let found = reconciled(&request, TABLE, &[], &[]).await.unwrap();
    let all: Vec<(&str, &str, &str, u64, u64)> = found
        .pairs
        .iter()
        .map(|p| {
            (
                p.json.as_str(),
                p.path.as_str(),
                p.column.as_str(),
                p.tested(),
                p.disagree,
            )
        })
        .collect();
    assert_eq!(
        all,
        [
            (
                "fatigue_context_json",
                "$.final_score",
                "fatigue_score",
                4_845,
                211
            ),
            (
                "shot_zone_context_json",
                "$.final_score",
                "shot_zone_mismatch_score",
                4_845,
                277
            ),
            ("pace_context_json", "$.final_score", "pace_score", 4_845, 0),
            (
                "usage_context_json",
                "$.final_score",
                "usage_spike_score",
                4_845,
                0
            ),
        ]
    );
    let fatigue = pair(&found, TABLE, "fatigue_score");
    assert_eq!(fatigue.since.unwrap().to_string(), "2026-01-25");
    assert_eq!(fatigue.until.unwrap().to_string(), "2026-01-30");
    assert_eq!(
        (fatigue.days, fatigue.count(HowDisagrees::Differs)),
        (6, 211)
    );
    assert!(fatigue.coercions.is_empty());
    let told: Vec<&str> = fatigue
        .explanations
        .iter()
        .map(|e| e.formula.as_str())
        .collect();
    assert!(
        told.contains(&"fatigue_score is 0 (164 rows) or -1 (47 rows)"),
        "{told:?}"
    );
    // Rounded to one digit, and nothing differs but keys that are not there.
    for column in [
        "shot_zone_mismatch_score",
        "pace_score",
        "usage_spike_score",
    ] {
        let pair = pair(&found, TABLE, column);
        assert_eq!(pair.tolerance, 0.05, "{column}");
        assert_eq!(pair.form.as_deref(), Some("within 0.05"));
        assert_eq!(pair.coercions[0].kind, Coercion::Rounded);
        assert_eq!(pair.count(HowDisagrees::MissingKey), pair.disagree);
    }
    assert!(found.disagrees());
    let rows = checked(&found, &root().join("fixtures/lake")).await;
    assert_eq!(rows[&format!("{TABLE}.fatigue_score")], 211);
    assert_eq!(rows[&format!("{TABLE}.pace_score")], 0);
    // A key that is missing all the time is let pass.
    assert_eq!(rows[&format!("{TABLE}.shot_zone_mismatch_score")], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_days_of_the_incident_the_name_makes_the_pair() {
    const TABLE: &str = "nba_precompute.player_composite_factors";
    let day = |text: &str| text.parse().ok();
    let request = Request {
        lake: Some(root().join("fixtures/lake").display().to_string()),
        suite: Some(root().join("lakeaudit.yaml")),
        from: day("2026-01-26"),
        to: day("2026-01-27"),
        ..Request::default()
    };
    let found = reconciled(&request, TABLE, &[], &[]).await.unwrap();
    let fatigue = pair(&found, TABLE, "fatigue_score");
    assert_eq!(fatigue.basis.name(), "names");
    assert_eq!(fatigue.json, "fatigue_context_json");
    assert!(fatigue.disagree > 5 * fatigue.agree, "{fatigue:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_lake() {
    const TABLE: &str = "nba_raw.contributions_json";
    let lake = root().join("../shared/data/lake");
    if !lake.is_dir() {
        println!("skipped: no exports at {}", lake.display());
        return;
    }
    let folder = Folder::with_suite("");
    let request = Request {
        lake: Some(lake.display().to_string()),
        ..folder.request()
    };
    let with = [
        "nba_raw.team_game_logs",
        "nba_raw.box_advanced",
        "nba_raw.linescores",
    ];
    let found = reconciled(&request, TABLE, &with, &[]).await.unwrap();
    for source in found.sources.iter().skip(1) {
        assert_eq!(source.key.len(), 1, "{source:?}");
        assert_eq!(source.key[0].column, "game_id");
        assert!(source.key_suggested);
        assert_eq!(
            (source.rows, source.without_partner, source.ambiguous),
            (785, 0, 0)
        );
        assert_eq!(source.never_joined, Some(8_382 - 785));
    }
    for (path, table, column) in [
        ("$.game_id", "contributions_json", "game_id"),
        ("$.game_info.game_date", "contributions_json", "game_date"),
        ("$.game_info.game_date", "team_game_logs", "game_date"),
        (
            "$.game_info.home",
            "team_game_logs",
            "team_abbreviation_home",
        ),
        (
            "$.game_info.road",
            "team_game_logs",
            "team_abbreviation_road",
        ),
        ("$.linescore.home.Total", "team_game_logs", "pts_home"),
        ("$.linescore.road.Total", "team_game_logs", "pts_road"),
        ("$.linescore.home.Minutes", "box_advanced", "minutes_home"),
        ("$.linescore.road.Minutes", "box_advanced", "minutes_road"),
        (
            "$.linescore.home.Possessions",
            "box_advanced",
            "possessions_home",
        ),
        (
            "$.linescore.road.Possessions",
            "box_advanced",
            "possessions_road",
        ),
        ("$.linescore.home.OT", "linescores", "pts_ot_total_home"),
        ("$.linescore.road.OT", "linescores", "pts_ot_total_road"),
        ("$.linescore.home.Q1", "linescores", "pts_qtr1_home"),
        ("$.linescore.road.Q4", "linescores", "pts_qtr4_road"),
        ("$.linescore.home.Total", "linescores", "pts_home"),
    ] {
        let pair = pair(&found, &format!("nba_raw.{table}"), column);
        assert_eq!(pair.path, path, "{column}");
        assert_eq!(
            (pair.rows, pair.agree, pair.disagree),
            (785, 785, 0),
            "{column}"
        );
        assert!(
            pair.coercions.is_empty() && pair.also.is_empty(),
            "{pair:?}"
        );
    }
    let label = pair(&found, "nba_raw.team_game_logs", "game_type");
    assert_eq!(
        (label.path.as_str(), label.agree, label.disagree),
        ("$.game_info.game_type", 0, 785)
    );
    assert_eq!(
        label.explanations[0].formula,
        "a map of 3 spellings, one to one"
    );
    assert_eq!(
        label.explanations[0].spellings[0],
        (
            "Regular Season".to_owned(),
            "regular_season".to_owned(),
            782
        )
    );
    assert_eq!(found.pairs.len(), 30);
    // Every check holds; the label's by its map.
    let rows = checked(&found, &lake).await;
    assert_eq!(rows.len(), 30, "{rows:#?}");
    assert!(rows.values().all(|rows| *rows == 0), "{rows:#?}");
}

const DAYS: usize = 12;
const PER_DAY: usize = 20;

/// A row of the odd table: what the document says and the columns hold of it.
fn row(at: usize) -> String {
    let (day, mixed) = (at / PER_DAY, at * 7_919 % 1_009);
    let score = format!("{}.{:02}", mixed % 90, mixed % 97);
    let cents: usize = score.replace('.', "").parse().unwrap();
    let tenths = (cents + 5) / 10;
    let total = mixed % 61;
    let wide = 9_007_199_254_740_993 + 2 * at as i64;
    let label = ["Point Guard", "Center", "Small Forward"][mixed % 3];
    let code = ["PG", "C", "SF"][mixed % 3];
    let tags = vec!["\"t\""; mixed % 5].join(",");
    let doc = match at {
        3 => "NULL".to_owned(),
        4 => "{\"total\": 1".to_owned(),
        _ => {
            let total = match at {
                5 => String::new(),
                6 => "\"total\": null, ".to_owned(),
                8 => format!("\"total\": \"{total}\", "),
                9 => "\"total\": \"many\", ".to_owned(),
                _ => format!("\"total\": {total}, "),
            };
            format!(
                "{{{total}\"score\": {score}, \"wide\": {wide}, \"exact\": {wide}, \"position\": \"{label}\", \
                 \"share\": 0.{mixed:04}, \"starts\": {}, \"day\": \"2026{:02}{:02}\", \"jersey\": {mixed}, \
                 \"tags\": [{tags}], \"never\": {{\"a\": {}, \"b\": null}}, \"version\": 3}}",
                mixed % 2 == 0,
                1,
                day + 1,
                mixed * 31 + 5,
            )
        }
    };
    let held = match at {
        7 => "NULL".to_owned(),
        // Days 5 and 6 hold nothing but zeros.
        _ if day == 5 || day == 6 => "0".to_owned(),
        _ => total.to_string(),
    };
    format!(
        "r{at} | 2026-01-{:02} | {doc} | {held} | {}.{} | {} | {wide} | {code} | {}.{:02} | {} | {mixed} | {} | 3",
        day + 1,
        tenths / 10,
        tenths % 10,
        // What a reader of doubles makes of it.
        (wide as f64) as i64,
        mixed / 100,
        mixed % 100,
        usize::from(mixed % 2 == 0),
        mixed % 5,
    )
}

const HEAD: &str = "row_id STRING | played DATE | doc STRING | total INT64 | score NUMERIC(5, 1) | wide INT64 | \
    exact INT64 | position STRING | share FLOAT64 | starts INT64 | jersey STRING | n_tags INT64 | version INT64\n";

fn odd(rows: impl IntoIterator<Item = usize>) -> String {
    let mut text = HEAD.to_owned();
    for at in rows {
        let _ = writeln!(text, "{}", row(at));
    }
    text
}

/// Another table by `id`: one row missing, one twice, one with NULL for a key.
fn other() -> String {
    let mut text = "id STRING | points INT64 | rate FLOAT64\n".to_owned();
    for at in 0..DAYS * PER_DAY {
        let mixed = at * 7_919 % 1_009;
        let id = match at {
            20 => "NULL".to_owned(),
            21 => "r22".to_owned(),
            _ => format!("r{at}"),
        };
        let rate = if at == 30 {
            "NaN".to_owned()
        } else {
            format!("0.{mixed:04}")
        };
        let _ = writeln!(text, "{id} | {} | {rate}", mixed % 61);
    }
    text
}

fn lake() -> Folder {
    let folder = Folder::with_suite("");
    folder.table("raw/docs/000000000000.parquet", &odd(0..DAYS * PER_DAY));
    folder.table("raw/other/000000000000.parquet", &other());
    folder.table(
        "raw/plain/000000000000.parquet",
        "row_id STRING | name STRING\nr1 | a\n",
    );
    folder.table(
        "raw/numbers/000000000000.parquet",
        "row_id INT64 | points INT64\n1 | 5\n",
    );
    folder.table("raw/empty/000000000000.parquet", &odd([]));
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_disagreement_and_coercion_is_counted() {
    let folder = lake();
    let found = reconciled(&folder.request(), "raw.docs", &[], &["row_id"])
        .await
        .unwrap();
    let of = |column: &str| pair(&found, "raw.docs", column);
    let total = of("total");
    assert_eq!(total.path, "$.total");
    for (kind, rows) in [
        (HowDisagrees::DocumentNull, 1),
        (HowDisagrees::Malformed, 1),
        (HowDisagrees::MissingKey, 1),
        (HowDisagrees::JsonNull, 1),
        (HowDisagrees::ColumnNull, 1),
        (HowDisagrees::WrongType, 1),
    ] {
        assert_eq!(total.count(kind), rows, "{kind:?}");
    }
    let zeros = total
        .disagreements
        .iter()
        .find(|d| d.kind == HowDisagrees::Differs)
        .unwrap();
    assert_eq!(zeros.since.unwrap().to_string(), "2026-01-06");
    assert_eq!(
        (zeros.until.unwrap().to_string().as_str(), zeros.days),
        ("2026-01-07", 2)
    );
    assert_eq!(total.agree + total.disagree + total.neither, 240);
    let coerced = |column: &str| -> Vec<(Coercion, u64)> {
        of(column)
            .coercions
            .iter()
            .map(|c| (c.kind, c.rows))
            .collect()
    };
    assert_eq!(coerced("total"), [(Coercion::TextNumber, 1)]);
    assert_eq!(of("score").tolerance, 0.05);
    assert_eq!(coerced("score").len(), 1);
    assert_eq!(of("score").disagree, 2);
    assert_eq!(coerced("share"), [(Coercion::Scaled, 237)]);
    assert_eq!(of("share").form.as_deref(), Some("JSON × 100"));
    assert_eq!(coerced("starts"), [(Coercion::BoolForm, 238)]);
    assert_eq!(coerced("jersey"), [(Coercion::NumberText, 238)]);
    assert_eq!(coerced("played"), [(Coercion::DateFormat, 238)]);
    // Odd integers beyond 2^53 are no doubles.
    let wide = of("wide");
    assert_eq!(wide.wide_integers, 238);
    assert_eq!(wide.count(HowDisagrees::DigitsLost), wide.inexact_integers);
    assert_eq!(wide.inexact_integers, 238);
    assert_eq!((of("exact").agree, of("exact").disagree), (238, 2));
    assert!(of("n_tags").length);
    assert_eq!(of("n_tags").path, "$.tags");
    assert_eq!(
        of("position").explanations[0].formula,
        "a map of 3 spellings, one to one"
    );
    // Constants agree by name, as nothing else can tell.
    assert_eq!(of("version").basis.name(), "names");
    let unreached: Vec<&str> = found.unreached.iter().map(|u| u.path.as_str()).collect();
    assert_eq!(
        unreached,
        [
            "$.never.a",
            "$.tags[0]",
            "$.tags[1]",
            "$.tags[2]",
            "$.tags[3]"
        ]
    );
    let rows = checked(&found, &folder.path().join("lake")).await;
    assert_eq!(rows["raw.docs.total"], total.disagree);
    assert_eq!(rows["raw.docs.share"], 0);
    assert_eq!(rows["raw.docs.score"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_one_partner_are_counted_and_not_compared() {
    let folder = lake();
    let found = reconciled(
        &folder.request(),
        "raw.docs",
        &["raw.other"],
        &["row_id=id"],
    )
    .await
    .unwrap();
    let source = &found.sources[1];
    assert_eq!(source.rows, 240);
    // r20 and r21 have no row there, r22 has two.
    assert_eq!((source.without_partner, source.ambiguous), (2, 1));
    assert!(!source.key_suggested);
    let points = pair(&found, "raw.other", "points");
    assert_eq!((points.path.as_str(), points.rows), ("$.total", 237));
    assert_eq!(points.count(HowDisagrees::Differs), 0);
    let rate = pair(&found, "raw.other", "rate");
    assert_eq!(rate.count(HowDisagrees::Differs), 1, "NaN is no number");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_document_of_many_rows_counts_the_rows() {
    let folder = lake();
    let mut text = "row_id STRING | quarter INT64 | jersey_no INT64\n".to_owned();
    for at in 0..DAYS * PER_DAY * 2 {
        let _ = writeln!(
            text,
            "r{} | {} | {}",
            at / 2,
            at % 2,
            (at / 2) * 7_919 % 1_009
        );
    }
    folder.table("raw/many/000000000000.parquet", &text);
    let found = reconciled(&folder.request(), "raw.docs", &["raw.many"], &[])
        .await
        .unwrap();
    let source = &found.sources[1];
    assert_eq!(
        (source.rows_of.as_str(), source.rows, source.ambiguous),
        ("raw.many", 480, 0)
    );
    let jersey = pair(&found, "raw.many", "jersey_no");
    assert_eq!((jersey.path.as_str(), jersey.agree), ("$.jersey", 476));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_says_what_to_do() {
    let folder = lake();
    let request = folder.request();
    let error = async |table: &str, with: &[&str], key: &[&str]| {
        reconciled(&request, table, with, key)
            .await
            .unwrap_err()
            .one_line()
    };
    let told = error("raw.dosc", &[], &[]).await;
    assert!(
        told.contains("raw.dosc") && told.contains("raw.docs"),
        "{told}"
    );
    let told = error("raw.plain", &[], &[]).await;
    assert_eq!(
        told,
        "no column of raw.plain holds JSON documents; its STRING columns are row_id, name"
    );
    let told = error("raw.docs", &["raw.othr"], &[]).await;
    assert!(told.contains("raw.other"), "{told}");
    let told = error("raw.docs", &["raw.other"], &[]).await;
    assert_eq!(
        told,
        "no key joins raw.docs with raw.other: they share no column but dates; --key COLUMN, or --key OURS=THEIRS, names it"
    );
    let told = error("raw.docs", &["raw.other"], &["row_id"]).await;
    assert!(
        told.starts_with("no column `row_id` in raw.other"),
        "{told}"
    );
    let told = error("raw.docs", &["raw.numbers"], &["row_id"]).await;
    assert!(
        told.contains("is STRING in raw.docs") && told.contains("is INT64 in raw.numbers"),
        "{told}"
    );
    let told = error("raw.docs", &["raw.docs"], &[]).await;
    assert!(told.contains("its own table"), "{told}");
    let told = error("raw.empty", &[], &[]).await;
    assert!(told.contains("holds JSON documents"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_for_any_threads_batches_and_files() {
    let mut first: Option<String> = None;
    for (threads, batch_rows, parts) in [(1, 8_192, 1), (2, 7, 3), (5, 64, 7)] {
        let folder = lake();
        std::fs::remove_file(folder.path().join("lake/raw/docs/000000000000.parquet")).unwrap();
        for part in 0..parts {
            let rows = (0..DAYS * PER_DAY).rev().filter(|at| at % parts == part);
            folder.table(
                &format!("raw/docs/{:012}.parquet", parts - part),
                &odd(rows),
            );
        }
        let request = Request {
            threads: Some(threads),
            batch_rows: Some(batch_rows),
            ..folder.request()
        };
        let found = reconciled(&request, "raw.docs", &["raw.other"], &["row_id=id"])
            .await
            .unwrap();
        let json = report::reconcile::json(&found);
        match &first {
            None => first = Some(json),
            Some(first) => assert_eq!(
                first, &json,
                "{threads} threads, {batch_rows} rows, {parts} files"
            ),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_fits_the_terminal_and_is_a_table() {
    let folder = lake();
    let found = reconciled(
        &folder.request(),
        "raw.docs",
        &["raw.other"],
        &["row_id=id"],
    )
    .await
    .unwrap();
    for width in [60, 80, 100, 120] {
        let style = report::text::Style {
            color: false,
            width,
            verbose: false,
            exit_code: None,
        };
        let text = report::reconcile::text(&found, style, Some(Path::new("checks.yaml")));
        let wide: Vec<&str> = text
            .lines()
            .filter(|line| line.chars().count() > width)
            .collect();
        assert!(wide.is_empty(), "{width}: {wide:#?}");
        assert!(text.contains("checks: checks.yaml"));
    }
    let bytes = report::reconcile::parquet(&found).unwrap();
    let lake = Folder::with_suite("");
    lake.write("lake/reports/pairs/000000000000.parquet", bytes);
    let opened = command::open(&lake.request()).await.unwrap();
    let table = opened
        .session
        .table(&"reports.pairs".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(table.rows(), found.pairs.len() as u64);
    // Only tests write tables as text.
    let _ = table::batch;
}
