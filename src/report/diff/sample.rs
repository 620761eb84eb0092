//! Differences that look like those of real tables, and some that are hard to print.

use std::collections::BTreeMap;

use crate::diff::explain::{Mechanism, Pattern, Place, Side};
use crate::diff::{
    Cell, CellKind, ColumnDifference, Difference, Duplicates, KeyFrom, PathCounts, Portion, Rows,
    Side as Table, Witness,
};

/// 2026-01-01 in days since 1970.
const JANUARY: i32 = 20_454;

/// A day of January 2026.
pub(super) fn january(day: i32) -> Option<i32> {
    Some(JANUARY + day - 1)
}

fn side(name: &str, rows: u64) -> Table {
    Table {
        name: name.to_owned(),
        rows,
        files: 1,
        ..Table::default()
    }
}

pub(super) fn column(name: &str, bq_type: &str) -> ColumnDifference {
    ColumnDifference {
        name: name.to_owned(),
        bq_type: bq_type.to_owned(),
        ..ColumnDifference::default()
    }
}

pub(super) fn pattern(column: &str, formula: &str, support: u64, rows: u64) -> Pattern {
    Pattern {
        column: column.to_owned(),
        mechanism: Mechanism::Constant,
        side: Side::Right,
        examples: Vec::new(),
        alternatives: Vec::new(),
        formula: formula.to_owned(),
        support,
        rows,
        chance: 1e-310,
    }
}

pub(super) fn place(predicate: &str, [hits, wanted, covered, rows]: [u64; 4]) -> Place {
    Place {
        predicate: predicate.to_owned(),
        parts: Vec::new(),
        also: Vec::new(),
        spans: Vec::new(),
        explained: hits,
        hits,
        wanted,
        covered,
        rows,
        lift: (hits as f64 / covered as f64) / (wanted as f64 / rows as f64),
        chance: 2.5e-40,
    }
}

pub(super) fn witness(name: &str, left: u64, right: u64, rows: u64) -> Witness {
    Witness {
        name: name.to_owned(),
        left,
        right,
        rows,
    }
}

pub(super) fn cell(day: Option<i32>, key: &str, column: &str, values: [Option<&str>; 2]) -> Cell {
    let [left, right] = values.map(|value| value.map(str::to_owned));
    Cell {
        day,
        key: key.to_owned(),
        kind: CellKind::Differs,
        column: column.to_owned(),
        left,
        right,
    }
}

pub(super) fn alone(day: Option<i32>, key: &str, kind: CellKind) -> Cell {
    Cell {
        kind,
        ..cell(day, key, "", [None, None])
    }
}

const SAME: [&str; 47] = [
    "universal_player_id",
    "game_id",
    "analysis_date",
    "shot_zone_mismatch_score",
    "pace_score",
    "usage_spike_score",
    "referee_favorability_score",
    "look_ahead_pressure_score",
    "travel_impact_score",
    "opponent_strength_score",
    "total_composite_adjustment",
    "calculation_version",
    "data_completeness_pct",
    "missing_data_fields",
    "source_player_context_rows_found",
    "source_player_context_completeness_pct",
    "source_team_context_rows_found",
    "source_team_context_completeness_pct",
    "source_player_shot_rows_found",
    "source_player_shot_completeness_pct",
    "source_team_defense_rows_found",
    "source_team_defense_completeness_pct",
    "source_player_context_hash",
    "source_team_context_hash",
    "source_player_shot_hash",
    "source_team_defense_hash",
    "early_season_flag",
    "insufficient_data_reason",
    "expected_games_count",
    "actual_games_count",
    "completeness_percentage",
    "missing_games_count",
    "is_production_ready",
    "data_quality_issues",
    "upstream_player_shot_ready",
    "upstream_team_defense_ready",
    "upstream_player_context_ready",
    "upstream_team_context_ready",
    "all_upstreams_ready",
    "reprocess_attempt_count",
    "circuit_breaker_active",
    "manual_override_required",
    "season_boundary_detected",
    "backfill_bootstrap_mode",
    "processing_decision_reason",
    "quality_score",
    "window_completeness",
];

/// The serial and the parallel run of the demo lake from 2026-01-20 to 2026-01-24: the shape of documents alone differs.
pub(super) fn shape() -> Difference {
    let mut difference = Difference {
        left: side("nba_precompute.player_composite_factors_serial", 183),
        right: side("nba_precompute.player_composite_factors_parallel", 183),
        key: vec!["game_date".to_owned(), "player_lookup".to_owned()],
        key_from: KeyFrom::Suite,
        date: Some("game_date".to_owned()),
        rows: Rows {
            common: 183,
            shape: 183,
            ..Rows::default()
        },
        explained_rows: 183,
        explained_all: true,
        ..Difference::default()
    };
    difference.columns.push(column("fatigue_score", "INT64"));
    difference
        .columns
        .extend(SAME.map(|name| column(name, "STRING")));
    for (name, bq_type) in [
        ("upstream_quality_min", "FLOAT64"),
        ("processing_context", "STRING"),
        ("has_warnings", "BOOL"),
        ("warning_details", "STRING"),
        ("data_hash", "STRING"),
    ] {
        difference.columns.push(column(name, bq_type));
    }
    for (name, paths) in [
        (
            "fatigue_context_json",
            &["bonuses_applied", "penalties_applied"][..],
        ),
        (
            "shot_zone_context_json",
            &[
                "mismatch_type",
                "opponent_defense_vs_league",
                "primary_zone_frequency",
            ],
        ),
        (
            "pace_context_json",
            &[
                "league_avg_pace",
                "opponent_pace_last_10",
                "pace_environment",
            ],
        ),
        ("usage_context_json", &["usage_trend"]),
    ] {
        let mut documents = column(name, "STRING");
        documents.shape = 183;
        let counts = PathCounts {
            only_left: 183,
            ..PathCounts::default()
        };
        documents.paths = paths
            .iter()
            .map(|path| (format!("$.{path}"), counts))
            .collect();
        difference.columns.push(documents);
    }
    difference.ignored = [
        "source_player_context_last_updated",
        "source_team_context_last_updated",
        "source_player_shot_last_updated",
        "source_team_defense_last_updated",
        "last_reprocess_attempt_at",
        "circuit_breaker_until",
        "created_at",
        "processed_at",
    ]
    .map(|name| (name.to_owned(), "volatile".to_owned()))
    .to_vec();
    for (at, rows) in [49, 33, 35, 33, 33].into_iter().enumerate() {
        put_day(&mut difference, 20 + at as i32, rows, 0);
    }
    difference
}

fn put_day(difference: &mut Difference, day: i32, rows: u64, differing: u64) {
    difference.days.insert(
        january(day),
        Portion {
            left: rows,
            right: rows,
            differing,
            ..Portion::default()
        },
    );
}

/// Neither values nor shape.
pub(super) fn equal() -> Difference {
    let mut difference = shape();
    difference.rows.shape = 0;
    for column in &mut difference.columns {
        column.shape = 0;
        column.paths.clear();
    }
    difference
}

/// The two runs from 2026-01-20 to 2026-01-30: from 2026-01-25 on the parallel one stores the adjustment.
pub(super) fn incident() -> Difference {
    let mut difference = shape();
    let days = [50, 34, 36, 34, 34, 35];
    let mut by_day = BTreeMap::new();
    for (at, rows) in days.into_iter().enumerate() {
        put_day(&mut difference, 25 + at as i32, rows, rows);
        by_day.insert(january(25 + at as i32), rows);
    }
    difference.left.rows = 406;
    difference.right.rows = 406;
    difference.rows.common = 406;
    difference.rows.differing = 223;
    difference.explained_rows = 406;
    let where_ = place("game_date >= DATE '2026-01-25'", [223, 223, 223, 406]);
    difference.places = vec![where_.clone()];
    for (name, less) in [
        ("fatigue_score", 0),
        ("has_warnings", 1),
        ("warning_details", 1),
        ("data_hash", 0),
    ] {
        let mut columns = difference.columns.iter_mut();
        let column = columns.find(|column| column.name == name).unwrap();
        column.differing = 223 - less;
        column.days.clone_from(&by_day);
        if less > 0 {
            column.days.insert(january(27), 36 - less);
        }
        match name {
            "fatigue_score" => {
                column.largest = Some(100.0);
                let formula = "right = trunc((left - 100) / 20)";
                column.patterns = vec![pattern(name, formula, 223, 223)];
                column.places = vec![where_.clone()];
                column.witnesses = vec![
                    witness("fatigue_context_json $.final_score", 223, 0, 223),
                    witness("check composite_is_the_sum_of_its_factors", 219, 0, 223),
                ];
            }
            _ => column.follows = Some("fatigue_score".to_owned()),
        }
        if name == "warning_details" {
            column.null_left = 222;
        }
    }
    incident_cells(&mut difference, &days);
    difference
}

fn incident_cells(difference: &mut Difference, days: &[u64]) {
    let players = [
        "aaronhalvorsen",
        "aaronosgood",
        "aaronsackett",
        "adrianingersoll",
    ];
    let scores = [87, 68, 80, 87, 82, 92, 58, 82, 95, 100, 47, 76];
    let details = Some("EXTREME_FATIGUE: Player showing severe fatigue");
    let mut n = 0;
    for (at, rows) in days.iter().enumerate() {
        let day = 25 + at as i32;
        for row in 0..*rows {
            let name = players
                .get(row as usize)
                .map_or_else(|| format!("player{row:02}"), |name| (*name).to_owned());
            let score: i64 = scores[n as usize % scores.len()];
            n += 1;
            let key = format!(r#"{{"game_date": "2026-01-{day}", "player_lookup": "{name}"}}"#);
            let mut put = |column: &str, left, right| {
                difference
                    .cells
                    .push(cell(january(day), &key, column, [left, right]));
            };
            let hash = |seed: u64| format!("{:016x}", seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let hashes = [hash(n), hash(n + 1_000)];
            put("data_hash", Some(&hashes[0]), Some(&hashes[1]));
            let (left, right) = (score.to_string(), ((score - 100) / 20).to_string());
            put("fatigue_score", Some(&left), Some(&right));
            if n != 100 {
                put("has_warnings", Some("false"), Some("true"));
                put("warning_details", None, details);
            }
        }
    }
    difference.all_cells = difference.cells.len() as u64;
}

/// Rows that one side lacks, duplicates, NULL keys, columns of one side and of two types.
pub(super) fn missing() -> Difference {
    let mut difference = equal();
    difference.rows.only_left = 33;
    difference.rows.only_right = 2;
    difference.rows.common = 150;
    difference.right.rows = 152;
    difference.left.null_keys = 1;
    difference.left.duplicates = Duplicates {
        keys: 3,
        rows: 7,
        identical: 1,
        conflicting: 2,
    };
    difference.days.insert(
        january(22),
        Portion {
            left: 35,
            right: 4,
            only_left: 33,
            only_right: 2,
            ..Portion::default()
        },
    );
    difference.only_left_places = vec![place("game_date = DATE '2026-01-22'", [33, 33, 35, 183])];
    for player in [
        "aaronhalvorsen",
        "aaronosgood",
        "aaronsackett",
        "adrianingersoll",
    ] {
        let key = format!(r#"{{"game_date": "2026-01-22", "player_lookup": "{player}"}}"#);
        difference
            .cells
            .push(alone(january(22), &key, CellKind::OnlyLeft));
    }
    let key = r#"{"game_date": "2026-01-22", "player_lookup": null}"#;
    difference
        .cells
        .push(alone(january(22), key, CellKind::OnlyRight));
    difference.all_cells = 35;
    difference.only_left = vec![("legacy_score".to_owned(), "FLOAT64".to_owned())];
    difference.only_right = vec![
        ("shot_quality".to_owned(), "NUMERIC(5, 2)".to_owned()),
        ("run_mode".to_owned(), "STRING".to_owned()),
    ];
    difference.types = vec!["pace_score: INT64 and NUMERIC, compared as NUMERIC".to_owned()];
    difference.rows.in_order = 4;
    difference
}

/// Rows compared whole.
pub(super) fn keyless() -> Difference {
    Difference {
        left: side("exports/a.parquet", 1_203),
        right: side("exports/b.parquet", 1_202),
        key_from: KeyFrom::Rows,
        rows: Rows {
            common: 1_200,
            only_left: 3,
            only_right: 2,
            ..Rows::default()
        },
        columns: vec![column("name", "STRING"), column("points", "INT64")],
        cells: vec![
            alone(None, r#"{"name": "a", "points": 1}"#, CellKind::OnlyLeft),
            alone(None, r#"{"name": "b", "points": null}"#, CellKind::OnlyLeft),
            alone(None, r#"{"name": "c", "points": 3}"#, CellKind::OnlyLeft),
            alone(None, r#"{"name": "a", "points": 2}"#, CellKind::OnlyRight),
            alone(None, r#"{"name": "", "points": 3}"#, CellKind::OnlyRight),
        ],
        all_cells: 5,
        explained_all: true,
        ..Difference::default()
    }
}

/// Sums in another order.
pub(super) fn noise() -> Difference {
    let mut difference = equal();
    difference.rows.differing = 17;
    difference.days.clear();
    difference.date = None;
    difference.explained_all = false;
    difference.explained_rows = 100;
    let mut rate = column("usage_rate", "FLOAT64");
    rate.differing = 17;
    rate.largest = Some(f64::EPSILON * 3.0);
    rate.ulps = [(0, 12), (1, 4), (2, 1)].into();
    let mut near = column("pace", "FLOAT64");
    near.rule = Some("within 0.05".to_owned());
    near.within = 40;
    difference.columns.extend([rate, near]);
    for n in 0..17 {
        let key = format!(r#"{{"player_lookup": "player{n:02}"}}"#);
        let values = [Some("0.30000000000000004"), Some("0.3")];
        difference
            .cells
            .push(cell(None, &key, "usage_rate", values));
    }
    difference.cells.truncate(5);
    difference.all_cells = 17;
    difference.notes =
        vec!["the left side was written by parquet-mr 1.12, the right by arrow-cpp".to_owned()];
    difference
}

/// Many columns that differ, on many days.
pub(super) fn many() -> Difference {
    let mut difference = equal();
    difference.columns.clear();
    difference.rows.differing = 4_000;
    difference.rows.common = 90_000;
    difference.left.rows = 90_000;
    difference.right.rows = 90_000;
    difference.days.clear();
    for day in 1..=900 {
        difference.days.insert(
            january(day),
            Portion {
                left: 100,
                right: 100,
                differing: if day % 9 < 4 { 10 } else { 0 },
                ..Portion::default()
            },
        );
    }
    for n in 0..300 {
        let mut differs = column(&format!("feature_{n}_value"), "FLOAT64");
        differs.differing = 4_000 - n;
        differs.largest = Some(n as f64 / 7.0);
        differs.days = (1..=900 - n as i32).map(|day| (january(day), 4)).collect();
        if n % 3 == 1 {
            differs.follows = Some("feature_0_value".to_owned());
        }
        if n == 0 {
            differs.patterns = vec![pattern(
                "feature_0_value",
                "right = left * 100",
                3_990,
                4_000,
            )];
        }
        difference.columns.push(differs);
        for row in 0..4 {
            let key = format!(
                r#"{{"game_date": "2026-01-0{}", "player_lookup": "player"}}"#,
                row + 1
            );
            let column = format!("feature_{n}_value");
            let cell = cell(
                january(row + 1),
                &key,
                &column,
                [Some("0.25"), Some("25.0")],
            );
            difference.cells.push(cell);
        }
    }
    difference.cells.sort();
    difference.all_cells = 1_000_000;
    difference
}

/// Names and values of any length and script, and what must not reach a terminal.
pub(super) fn odd() -> Difference {
    let name = "source_upstream_feature_quality_of_the_visible_window_completeness_percentage_v2";
    let long = format!("{{\"text\": \"{}\", \"n\": 1}}", "長い🏀 ".repeat(60));
    let mut text = column(
        name,
        "STRUCT<a ARRAY<STRUCT<b STRING, c NUMERIC(38, 9)>>, d STRING>",
    );
    text.differing = 3;
    text.rule = Some("ignoring case, ignoring outer space".to_owned());
    text.patterns = vec![pattern(
        name,
        &format!("right = left with {} at its end", "x".repeat(150)),
        2,
        3,
    )];
    text.places = vec![place(
        &format!("{name} = '{}'", "é".repeat(200)),
        [2, 3, 2, 4],
    )];
    text.witnesses = vec![
        witness(&format!("{name} $.{}", "a".repeat(100)), 3, 0, 3),
        witness("other", 0, 2, 3),
    ];
    text.paths = [
        (
            format!("$.{}", "deep.".repeat(40)),
            PathCounts {
                values: 2,
                only_left: 1,
                only_right: 0,
            },
        ),
        ("$.\"a b\"[*]".to_owned(), PathCounts::default()),
    ]
    .into();
    let key = |n: u32| {
        format!(r#"{{"名前": "josé\u001b[31m{n}", "{name}_key": "長い名前長い名前長い名前"}}"#)
    };
    Difference {
        left: side(&format!("{}/left.parquet", "folder/".repeat(30)), 4),
        right: side("長い.名前", 4),
        key: vec!["名前".to_owned(), format!("{name}_key")],
        key_from: KeyFrom::Data,
        filter: Some(format!("{name} != '{}' AND TRUE", "z".repeat(130))),
        rows: Rows {
            common: 4,
            differing: 3,
            ..Rows::default()
        },
        columns: vec![text],
        ignored: vec![(name.to_owned(), format!("--ignore {name}"))],
        cells: vec![
            cell(
                None,
                &key(1),
                name,
                [Some(&long), Some(&long.replace("\"n\": 1", "\"n\": 2"))],
            ),
            cell(None, &key(2), name, [Some("a\u{202e}b\nc"), None]),
            cell(None, &key(3), name, [Some(""), Some(" ")]),
        ],
        all_cells: 3,
        explained_rows: 4,
        explained_all: true,
        notes: vec![format!("a note of {}", "y".repeat(140))],
        ..Difference::default()
    }
}

/// One side has no row.
pub(super) fn empty_side() -> Difference {
    let mut difference = equal();
    difference.rows = Rows {
        only_left: 183,
        ..Rows::default()
    };
    difference.right.rows = 0;
    for day in difference.days.values_mut() {
        (day.right, day.only_left) = (0, day.left);
    }
    difference
}

/// All of them, by name.
pub(super) fn all() -> Vec<(&'static str, Difference)> {
    vec![
        ("equal", equal()),
        ("shape", shape()),
        ("incident", incident()),
        ("missing", missing()),
        ("keyless", keyless()),
        ("noise", noise()),
        ("many", many()),
        ("odd", odd()),
        ("empty_side", empty_side()),
        ("nothing", Difference::default()),
    ]
}
