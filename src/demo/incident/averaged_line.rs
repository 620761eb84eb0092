//! A line that is no multiple of a half.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::super::python;
use super::{Incident, Scene};

pub(super) struct AveragedLine;

const COLUMNS: &[&str] = &["feature_25_value", "feature_27_value", "features"];

impl Incident for AveragedLine {
    fn class(&self) -> &'static str {
        "averaged_line"
    }

    fn about(&self) -> &'static str {
        "the line is the mean of all bookmakers, which nobody offers"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2024, 11, 11), Day::new(2024, 11, 14))
    }

    fn features(&self, scene: &mut Scene<'_>, rows: &mut Vec<features::Row>) {
        let days = scene.days;
        let lines = scene.lines();
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let line = lines.of(row.day, &row.player_lookup);
            let Some(market) = line.and_then(|line| line.market) else {
                continue;
            };
            // Two of one and one of the other: a third or a sixth of a point.
            let thirds = 2 * market.closing + market.other;
            if market.other != market.closing && row.value(25).is_some() {
                let mean = python::round(thirds as f64 / 6.0, 2) as f64 / 100.0;
                row.set(25, mean);
                row.set(27, mean - market.opening as f64 / 2.0);
                scene.note(features::NAME, COLUMNS, row.day);
            }
        }
    }
}
