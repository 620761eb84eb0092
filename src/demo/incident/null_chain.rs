//! Inputs that are NULL for everybody: the row is consistent in itself, and a constant follows downstream.

use super::super::calendar::Day;
use super::super::factors::Shape;
use super::super::form;
use super::super::player_composite_factors as composite;
use super::{Incident, Scene};

pub(super) struct NullChain;

const COLUMNS: &[&str] = &[
    "pace_score",
    "usage_spike_score",
    "missing_data_fields",
    "data_completeness_pct",
    "total_composite_adjustment",
    "pace_context_json",
    "usage_context_json",
    "data_hash",
];

impl Incident for NullChain {
    fn class(&self) -> &'static str {
        "null_chain"
    }

    fn about(&self) -> &'static str {
        "projected usage and pace are NULL upstream, so the usage score rests on an assumed 25 % and the pace score is 0"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2021, 11, 8), Day::new(2021, 11, 11))
    }

    fn copied(&self) -> &'static [&'static str] {
        &[
            "feature_7_value",
            "feature_8_value",
            "features",
            "source_composite_hash",
        ]
    }

    fn composite(&self, scene: &mut Scene<'_>, rows: &mut Vec<composite::Row>) {
        let days = scene.days;
        let lines = scene.lines();
        for row in rows.iter_mut().filter(|row| days.covers(row.day)) {
            let Some(line) = lines.of(row.day, &row.player_lookup) else {
                continue;
            };
            let mut inputs = form::inputs(scene.book.seed, line);
            if inputs.projected_usage.is_none() && inputs.pace_differential.is_none() {
                continue;
            }
            inputs.projected_usage = None;
            inputs.pace_differential = None;
            row.recompute(&inputs, Shape::Full);
            scene.note_source(composite::NAME, COLUMNS, row.day, &row.player_lookup);
        }
    }
}
