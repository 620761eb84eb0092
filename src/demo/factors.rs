//! The four composite factors: scores and the contexts that explain them.
//!
//! The formulas, their thresholds and the order of operations are those of the pipeline's factor classes (fatigue, shot
//! zone mismatch, pace, usage spike), so that scores computed again from the contexts agree to the last bit. Absent inputs
//! take two sets of defaults there, one in the formula and another in the context; both are kept.

use super::python::Dict;

/// What is known of a player before his game; `None` is NULL upstream.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    pub(crate) workload: Option<Workload>,
    pub(crate) age: i64,
    /// Percent.
    pub(crate) projected_usage: Option<f64>,
    pub(crate) average_usage: f64,
    pub(crate) stars_out: i64,
    /// The opponent's pace less his team's, and the opponent's: possessions a game.
    pub(crate) pace_differential: Option<f64>,
    pub(crate) opponent_pace: f64,
    pub(crate) shot: Option<Shot>,
    pub(crate) defense: Option<Defense>,
}

/// Load from the games before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workload {
    pub(crate) days_rest: i64,
    pub(crate) games_last_7: i64,
    pub(crate) minutes_last_7: f64,
    pub(crate) average_minutes_last_7: f64,
    pub(crate) back_to_backs_last_14: i64,
}

/// Where a player shoots from: the zone he uses most, and its share in percent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shot {
    pub(crate) zone: &'static str,
    pub(crate) share: f64,
}

/// The opponent's defense: its weakest zone, and how it does in the player's zone against the league, in percentage
/// points; positive is weak.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defense {
    pub(crate) weakest_zone: &'static str,
    pub(crate) against_league: f64,
}

/// How a context is written: in full with zeros for what is absent, or in the short form the parallel run had before
/// 2026-01-25, which shows the formula's own defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Full,
    Short,
}

/// A score and the JSON text of its context.
#[derive(Debug, Clone)]
pub(crate) struct Factor<T> {
    pub(crate) score: T,
    pub(crate) context: String,
}

/// Usage the formula assumes where none is projected.
const DEFAULT_USAGE: f64 = 25.0;

/// Freshness, 0 (exhausted) to 100.
pub(crate) fn fatigue(inputs: &Inputs, shape: Shape) -> Factor<i64> {
    // None of the formula's own defaults (1 day of rest, 3 games, 200 minutes, 30 a game) crosses a threshold, so absent
    // input scores like zeros.
    let load = inputs.workload.unwrap_or(Workload {
        days_rest: 0,
        games_last_7: 0,
        minutes_last_7: 0.0,
        average_minutes_last_7: 0.0,
        back_to_backs_last_14: 0,
    });
    let back_to_back = load.days_rest == 1;
    let (mut penalties, mut bonuses) = (Vec::new(), Vec::new());
    let mut score: i64 = 100;
    if back_to_back {
        score -= 15;
        penalties.push("back_to_back: -15");
    } else if load.days_rest >= 3 {
        score += 5;
    }
    if load.days_rest >= 3 {
        bonuses.push("extra_rest: +5");
    }
    if load.games_last_7 >= 4 {
        score -= 10;
        penalties.push("frequent_games: -10");
    }
    if load.minutes_last_7 > 240.0 {
        score -= 10;
        penalties.push("heavy_minutes: -10");
    }
    // The pipeline lists no penalty for the next two, nor for an age of 30 to 34.
    if load.average_minutes_last_7 > 35.0 {
        score -= 8;
    }
    score -= match load.back_to_backs_last_14 {
        0 => 0,
        1 => 5,
        _ => 12,
    };
    if inputs.age >= 35 {
        score -= 10;
        penalties.push("veteran_age: -10");
    } else if inputs.age >= 30 {
        score -= 5;
    }
    let score = score.clamp(0, 100);
    let load = match (inputs.workload, shape) {
        (None, Shape::Short) => Workload {
            days_rest: 1,
            games_last_7: 3,
            minutes_last_7: 200.0,
            average_minutes_last_7: 30.0,
            back_to_backs_last_14: 0,
        },
        _ => load,
    };
    let context = Dict::default()
        .int("days_rest", load.days_rest)
        .bool("back_to_back", back_to_back)
        .int("games_last_7", load.games_last_7)
        .float("minutes_last_7", load.minutes_last_7)
        .float("avg_minutes_pg_last_7", load.average_minutes_last_7)
        .int("back_to_backs_last_14", load.back_to_backs_last_14)
        .int("player_age", inputs.age);
    let context = match shape {
        Shape::Full => context
            .texts("penalties_applied", &penalties)
            .texts("bonuses_applied", &bonuses),
        Shape::Short => context,
    };
    let context = context.int("final_score", score);
    Factor {
        score,
        context: context.dumps(),
    }
}

/// What a fatigue score adds to the total, -5 to 0.
pub(crate) fn fatigue_adjustment(score: i64) -> f64 {
    (score - 100) as f64 / 20.0
}

/// How well the player's favourite zone meets the opponent's weakness, -10 to 10.
pub(crate) fn shot_zone(inputs: &Inputs, shape: Shape) -> Factor<f64> {
    let (Some(shot), Some(defense)) = (inputs.shot, inputs.defense) else {
        return Factor {
            score: 0.0,
            context: Dict::default().bool("missing_data", true).dumps(),
        };
    };
    let mut score = defense.against_league * (shot.share / 50.0).min(1.0);
    if score.abs() > 5.0 {
        score *= 1.2;
    }
    let score = score.clamp(-10.0, 10.0);
    if shape == Shape::Short {
        let context = Dict::default()
            .text("player_primary_zone", shot.zone)
            .text("opponent_weak_zone", defense.weakest_zone)
            .float("final_score", score);
        return Factor {
            score,
            context: context.dumps(),
        };
    }
    let context = Dict::default()
        .text("player_primary_zone", shot.zone)
        .float("primary_zone_frequency", shot.share)
        .text("opponent_weak_zone", defense.weakest_zone)
        .float("opponent_defense_vs_league", defense.against_league)
        .text(
            "mismatch_type",
            of_three(score, ["unfavorable", "neutral", "favorable"]),
        )
        .float("final_score", score);
    Factor {
        score,
        context: context.dumps(),
    }
}

/// Possessions to be won or lost against this opponent, -3 to 3.
pub(crate) fn pace(inputs: &Inputs, shape: Shape) -> Factor<f64> {
    let differential = inputs.pace_differential.unwrap_or(0.0);
    let score = (differential / 2.0).clamp(-3.0, 3.0);
    let context = Dict::default().float("pace_differential", differential);
    if shape == Shape::Short {
        return Factor {
            score,
            context: context.float("final_score", score).dumps(),
        };
    }
    let context = context
        .float("opponent_pace_last_10", inputs.opponent_pace)
        .float("league_avg_pace", 100.0)
        .text(
            "pace_environment",
            of_three(differential, ["slow", "normal", "fast"]),
        )
        .float("final_score", score);
    Factor {
        score,
        context: context.dumps(),
    }
}

/// A role larger or smaller than of late, -3 to 3. Without a projection the score assumes 25 % and the context shows 0.0:
/// `usage_differential` then has little to do with `final_score`.
pub(crate) fn usage(inputs: &Inputs, shape: Shape) -> Factor<f64> {
    let average = inputs.average_usage;
    let mut score = (inputs.projected_usage.unwrap_or(DEFAULT_USAGE) - average) * 0.3;
    if average == 0.0 {
        score = 0.0;
    } else if score > 0.0 {
        score *= match inputs.stars_out {
            0 => 1.0,
            1 => 1.15,
            _ => 1.30,
        };
    }
    let score = score.clamp(-3.0, 3.0);
    let projected = inputs.projected_usage.unwrap_or(match shape {
        Shape::Full => 0.0,
        Shape::Short => DEFAULT_USAGE,
    });
    let differential = projected - average;
    let context = Dict::default()
        .float("projected_usage_rate", projected)
        .float("avg_usage_last_7", average)
        .float("usage_differential", differential)
        .int("star_teammates_out", inputs.stars_out);
    let context = match shape {
        Shape::Full => context.text(
            "usage_trend",
            of_three(differential, ["drop", "stable", "spike"]),
        ),
        Shape::Short => context,
    };
    let context = context.float("final_score", score);
    Factor {
        score,
        context: context.dumps(),
    }
}

/// The name for a value below -2, between, above 2.
fn of_three(value: f64, [low, middle, high]: [&'static str; 3]) -> &'static str {
    if value > 2.0 {
        high
    } else if value < -2.0 {
        low
    } else {
        middle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rested() -> Inputs {
        Inputs {
            workload: None,
            age: 27,
            projected_usage: Some(22.5),
            average_usage: 20.5,
            stars_out: 1,
            pace_differential: Some(-1.5),
            opponent_pace: 98.7,
            shot: Some(Shot {
                zone: "paint",
                share: 40.0,
            }),
            defense: Some(Defense {
                weakest_zone: "paint",
                against_league: 6.5,
            }),
        }
    }

    #[test]
    fn fatigue_takes_every_penalty() {
        let load = Workload {
            days_rest: 1,
            games_last_7: 4,
            minutes_last_7: 241.0,
            average_minutes_last_7: 36.0,
            back_to_backs_last_14: 2,
        };
        let tired = fatigue(
            &Inputs {
                workload: Some(load),
                age: 35,
                ..rested()
            },
            Shape::Full,
        );
        assert_eq!(tired.score, 100 - 15 - 10 - 10 - 8 - 12 - 10);
        let fresh = fatigue(
            &Inputs {
                workload: Some(Workload {
                    days_rest: 4,
                    ..load
                }),
                ..rested()
            },
            Shape::Full,
        );
        assert_eq!(fresh.score, 100 + 5 - 10 - 10 - 8 - 12);
        assert_eq!(fatigue(&rested(), Shape::Full).score, 100);
        assert!(
            fresh
                .context
                .ends_with(r#""bonuses_applied": ["extra_rest: +5"], "final_score": 65}"#)
        );
    }

    #[test]
    fn strong_mismatch_is_amplified_and_clamped() {
        assert_eq!(shot_zone(&rested(), Shape::Full).score, 6.5 * 0.8 * 1.2);
        let extreme = Defense {
            weakest_zone: "paint",
            against_league: 12.0,
        };
        assert_eq!(
            shot_zone(
                &Inputs {
                    defense: Some(extreme),
                    ..rested()
                },
                Shape::Full
            )
            .score,
            10.0
        );
        let unknown = shot_zone(
            &Inputs {
                shot: None,
                ..rested()
            },
            Shape::Full,
        );
        assert_eq!(unknown.score, 0.0);
        assert_eq!(unknown.context, r#"{"missing_data": true}"#);
    }

    #[test]
    fn missing_projection_scores_as_25_and_shows_as_0() {
        assert_eq!(usage(&rested(), Shape::Full).score, 2.0 * 0.3 * 1.15);
        let unknown = usage(
            &Inputs {
                projected_usage: None,
                average_usage: 22.1,
                stars_out: 0,
                ..rested()
            },
            Shape::Full,
        );
        assert_eq!(unknown.score, (25.0 - 22.1) * 0.3);
        assert!(unknown.context.contains(r#""projected_usage_rate": 0.0"#));
        assert!(unknown.context.contains(r#""usage_differential": -22.1"#));
        assert!(unknown.context.contains(r#""usage_trend": "drop""#));
    }

    #[test]
    fn pace_is_halved() {
        let pace = pace(&rested(), Shape::Full);
        assert_eq!(pace.score, -0.75);
        assert!(pace.context.contains(r#""pace_environment": "normal""#));
    }
}
