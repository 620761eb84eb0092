//! One file of a table with another type: only its footer shows it.

use super::super::calendar::Day;
use super::super::ml_feature_store_v2 as features;
use super::{Incident, Scene};

pub(super) struct SchemaDrift;

const COLUMN: &str = "feature_55_quality";

impl Incident for SchemaDrift {
    fn class(&self) -> &'static str {
        "schema_drift"
    }

    fn about(&self) -> &'static str {
        "the export of one day has feature_55_quality as text"
    }

    fn days(&self) -> (Day, Day) {
        (Day::new(2026, 1, 21), Day::new(2026, 1, 21))
    }

    fn text_column(
        &self,
        scene: &mut Scene<'_>,
        day: Day,
        rows: &[features::Row],
    ) -> Option<&'static str> {
        if !scene.covers(day) {
            return None;
        }
        for row in rows {
            scene.note(features::NAME, &[COLUMN], row.day);
        }
        Some(COLUMN)
    }
}
