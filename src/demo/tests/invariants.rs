//! The pipeline's rules between the columns and the JSON of `player_composite_factors`, computed again from the text.

use super::*;

const CONTEXTS: [&str; 3] = [
    "shot_zone_context_json",
    "pace_context_json",
    "usage_context_json",
];
const SCORES: [&str; 3] = [
    "shot_zone_mismatch_score",
    "pace_score",
    "usage_spike_score",
];

#[test]
fn clean_rows_keep_every_rule_and_incident_rows_break_one() {
    for seed in 0..2 {
        let lake = Lake::new(seed);
        let rows = lake.factors();
        let (mut broken, mut spared, mut negative) = (0, 0, 0);
        let played = (0..rows.len()).filter(|row| !rows.bool("early_season_flag", *row));
        for row in played {
            let place = format!(
                "seed {seed}, {} {:?}",
                rows.day(row),
                rows.text("player_lookup", row)
            );
            let truth = fatigue(&rows.json("fatigue_context_json", row));
            scores(&rows, row, truth, &place);
            completeness(&rows, row, &place);
            assert!((61..=100).contains(&truth), "{place}: {truth}");

            let stored = rows.int("fatigue_score", row);
            let affected = (Day::new(2026, 1, 25)..=Day::new(2026, 1, 30)).contains(&rows.day(row));
            if affected && rows.text("processing_context", row) == Some("daily") {
                assert_eq!(stored, if truth > 80 { 0 } else { -1 }, "{place}");
                broken += 1;
                negative += usize::from(stored < 0);
            } else {
                assert_eq!(stored, truth, "{place}");
                spared += usize::from(affected);
            }
            warnings(&rows, row, stored, &place);
        }
        let incidents = lake.manifest.incidents.iter();
        let incident = incidents.clone().find(|one| !one.follows).unwrap();
        assert_eq!(
            (incident.class, incident.columns[0], incident.rows),
            ("stored_adjustment", "fatigue_score", broken)
        );
        assert_eq!(
            (incident.first_day.as_str(), incident.last_day.as_str()),
            ("2026-01-25", "2026-01-30")
        );
        assert!(
            spared > 0 && spared * 10 < broken,
            "seed {seed}: {spared} of {broken} spared"
        );
        assert!(
            negative > 0 && negative * 3 < broken,
            "seed {seed}: {negative} of {broken} below 0"
        );
    }
}

#[test]
fn oddities_that_are_no_faults_are_there() {
    let rows = Lake::new(7).factors();
    let fields = [
        "days_rest",
        "projected_usage_rate",
        "pace_differential",
        "player_shot_zone",
        "team_defense_zone",
    ];
    for field in fields {
        let missing = (0..rows.len()).filter(|row| {
            rows.text("missing_data_fields", *row)
                .is_some_and(|text| text.split(", ").any(|name| name == field))
        });
        assert!(missing.count() > 0, "{field}");
    }
}

/// The penalty formula, from what the context shows.
fn fatigue(context: &Value) -> i64 {
    let int = |key: &str| context[key].as_i64().unwrap();
    let float = |key: &str| context[key].as_f64().unwrap();
    let mut score = 100;
    if context["back_to_back"].as_bool().unwrap() {
        score -= 15;
    } else if int("days_rest") >= 3 {
        score += 5;
    }
    score -= if int("games_last_7") >= 4 { 10 } else { 0 };
    score -= if float("minutes_last_7") > 240.0 {
        10
    } else {
        0
    };
    score -= if float("avg_minutes_pg_last_7") > 35.0 {
        8
    } else {
        0
    };
    score -= [0, 5, 12][int("back_to_backs_last_14").min(2) as usize];
    score -= match int("player_age") {
        35.. => 10,
        30.. => 5,
        _ => 0,
    };
    let score = score.clamp(0, 100);
    assert_eq!(int("final_score"), score);
    score
}

/// The other three scores follow from their contexts, the columns from the scores, the total from all four.
fn scores(rows: &Rows, row: usize, fatigue: i64, place: &str) {
    let contexts = CONTEXTS.map(|name| rows.json(name, row));
    let [zone, pace, usage] = &contexts;
    let float = |context: &Value, key: &str| context[key].as_f64().unwrap_or(0.0);
    let unknown = |field| {
        rows.text("missing_data_fields", row)
            .is_some_and(|text| text.contains(field))
    };

    let share = (float(zone, "primary_zone_frequency") / 50.0).min(1.0);
    let mut mismatch = float(zone, "opponent_defense_vs_league") * share;
    if mismatch.abs() > 5.0 {
        mismatch *= 1.2;
    }
    assert_eq!(
        zone["missing_data"] == true,
        unknown("player_shot_zone") || unknown("team_defense_zone"),
        "{place}"
    );

    let projected = if unknown("projected_usage_rate") {
        25.0
    } else {
        float(usage, "projected_usage_rate")
    };
    let mut spike = (projected - float(usage, "avg_usage_last_7")) * 0.3;
    if spike > 0.0 {
        spike *= [1.0, 1.15, 1.3][usage["star_teammates_out"].as_u64().unwrap().min(2) as usize];
    }

    let expected = [
        mismatch.clamp(-10.0, 10.0),
        (float(pace, "pace_differential") / 2.0).clamp(-3.0, 3.0),
        spike.clamp(-3.0, 3.0),
    ];
    for ((context, column), expected) in contexts.iter().zip(SCORES).zip(expected) {
        // serde_json reads some decimals one unit in the last place off.
        assert!(
            (float(context, "final_score") - expected).abs() < 1e-12,
            "{place}: {column}"
        );
        assert!(
            (rows.numeric(column, row) - expected).abs() <= 0.05 + 1e-9,
            "{place}: {column}"
        );
    }
    let total = (fatigue - 100) as f64 / 20.0 + expected.iter().sum::<f64>();
    assert!(
        (rows.numeric("total_composite_adjustment", row) - total).abs() <= 0.005 + 1e-9,
        "{place}"
    );
    for name in [
        "referee_favorability",
        "look_ahead_pressure",
        "travel_impact",
        "opponent_strength",
    ] {
        assert_eq!(rows.numeric(&format!("{name}_score"), row), 0.0, "{place}");
    }
}

fn completeness(rows: &Rows, row: usize, place: &str) {
    let missing = rows
        .text("missing_data_fields", row)
        .map_or(0, |text| text.split(", ").count());
    assert_eq!(
        rows.numeric("data_completeness_pct", row),
        100.0 - 20.0 * missing as f64,
        "{place}"
    );
}

/// Warnings follow from what is *stored*, so they are wrong where the stored score is.
fn warnings(rows: &Rows, row: usize, stored: i64, place: &str) {
    let zone = rows.json("shot_zone_context_json", row)["final_score"]
        .as_f64()
        .unwrap_or(0.0);
    let expected = [
        (
            stored < 50,
            "EXTREME_FATIGUE: Player showing severe fatigue",
        ),
        (zone.abs() > 8.0, "EXTREME_MATCHUP: Unusual zone mismatch"),
        (
            rows.numeric("total_composite_adjustment", row).abs() > 12.0,
            "EXTREME_ADJUSTMENT: Very large composite adjustment",
        ),
    ];
    let texts: Vec<&str> = expected
        .iter()
        .filter(|(raised, _)| *raised)
        .map(|(_, text)| *text)
        .collect();
    assert_eq!(
        rows.text("warning_details", row).unwrap_or_default(),
        texts.join("; "),
        "{place}"
    );
    assert_eq!(rows.bool("has_warnings", row), !texts.is_empty(), "{place}");
}
