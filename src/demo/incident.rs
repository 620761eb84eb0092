//! The incidents planted in a clean lake: what went wrong in the real one, with its dates.

use super::calendar::Day;
use super::player_composite_factors::{self, DAILY, Row};

/// A planted incident, as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// What kind of fault it is: `stored_adjustment`.
    pub class: &'static str,
    /// The table, as `dataset.table`.
    pub table: &'static str,
    /// The column whose values are wrong.
    pub column: &'static str,
    /// First day with wrong rows, `2026-01-25`.
    pub first_day: String,
    /// Last day with wrong rows.
    pub last_day: String,
    /// Wrong rows on all of these days.
    pub rows: usize,
}

const FIRST_DAY: Day = Day::new(2026, 1, 25);
const LAST_DAY: Day = Day::new(2026, 1, 30);

/// The daily run stores the fatigue *adjustment*, (score - 100) / 20 cut to an integer, where the score belongs: 0 for 81 to
/// 100, -1 for 61 to 80. As that is below 50, it warns of extreme fatigue on every row. The context keeps the score, the total
/// is summed from the true adjustment, and rows written again by the other run are right.
pub(crate) fn stored_adjustment(rows: &mut [Row]) -> Incident {
    let mut count = 0;
    for row in rows {
        if (FIRST_DAY..=LAST_DAY).contains(&row.day) && row.processing_context == DAILY {
            row.store_fatigue((row.fatigue_score - 100) / 20);
            count += 1;
        }
    }
    Incident {
        class: "stored_adjustment",
        table: player_composite_factors::NAME,
        column: "fatigue_score",
        first_day: FIRST_DAY.to_string(),
        last_day: LAST_DAY.to_string(),
        rows: count,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{factor_rows, fixtures};
    use super::*;

    #[test]
    fn stored_adjustment_changes_score_and_hash_only_where_it_says() {
        let games = fixtures::play(7, Day::new(2026, 1, 1), LAST_DAY, 480);
        let clean = factor_rows(7, &games);
        let mut rows = clean.clone();
        let incident = stored_adjustment(&mut rows);
        let changed: Vec<_> = clean
            .iter()
            .zip(&rows)
            .filter(|(before, after)| before.data_hash != after.data_hash)
            .collect();
        assert_eq!(changed.len(), incident.rows);
        for (before, after) in changed {
            assert_eq!(
                after.fatigue_score,
                if before.fatigue_score > 80 { 0 } else { -1 }
            );
            assert_eq!(after.total, before.total);
            assert!((FIRST_DAY..=LAST_DAY).contains(&after.day));
        }
    }
}
