//! `<=` for `<`: the average of the games before a game knows how the game ends.

use super::super::averages::Window;
use super::super::calendar::Day;
use super::super::player_daily_cache as cache;
use super::{Incident, Scene};

pub(super) struct Leakage;

const COLUMNS: &[&str] = &[
    "points_avg_last_5",
    "points_avg_last_10",
    "points_avg_season",
    "points_std_last_10",
    "minutes_avg_last_10",
    "usage_rate_last_10",
    "ts_pct_last_10",
    "player_usage_rate_season",
    "paint_rate_last_10",
    "three_pt_rate_last_10",
    "assisted_rate_last_10",
    "data_hash",
];

impl Incident for Leakage {
    fn class(&self) -> &'static str {
        "leakage"
    }

    fn about(&self) -> &'static str {
        "the averages of the daily cache contain the game they are made for"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2024, 11, 6), Day::new(2024, 11, 9))
    }

    fn copied(&self) -> &'static [&'static str] {
        &[
            "feature_0_value",
            "feature_1_value",
            "feature_2_value",
            "feature_3_value",
            "feature_31_value",
            "feature_32_value",
            "features",
            "source_daily_cache_hash",
        ]
    }

    fn cache(&self, scene: &mut Scene<'_>, rows: &mut Vec<cache::Row>) {
        let days = scene.days;
        let lines = scene.lines();
        let window = Window {
            same_day: true,
            ..Window::CLEAN
        };
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let line = lines.of(row.day, &row.player_lookup);
            if line.is_some_and(|line| row.average(scene.book, line, window)) {
                scene.note_source(cache::NAME, COLUMNS, row.day, &row.player_lookup);
            }
        }
    }
}
