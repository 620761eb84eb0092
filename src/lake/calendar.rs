//! Holes in a table's dates.

use chrono::NaiveDate;

/// Days without a row between two days with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateGap {
    /// The last day before the hole.
    pub after: NaiveDate,
    /// The first day behind it.
    pub before: NaiveDate,
}

impl DateGap {
    /// How many days are missing.
    pub fn days(&self) -> i64 {
        (self.before - self.after).num_days() - 1
    }
}

/// The holes of at least `least` days among spans of days that are known to hold rows.
///
/// A span stands for a file: between its first and last day nothing is known from its footer, so
/// only holes between spans are found.
pub fn date_gaps(mut spans: Vec<(NaiveDate, NaiveDate)>, least: i64) -> Vec<DateGap> {
    spans.sort_unstable();
    let mut gaps = Vec::new();
    let mut reached: Option<NaiveDate> = None;
    for (first, last) in spans {
        if let Some(after) = reached {
            let gap = DateGap {
                after,
                before: first,
            };
            if gap.days() >= least {
                gaps.push(gap);
            }
        }
        reached = Some(reached.map_or(last, |r| r.max(last)));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_holes_between_spans() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 1, d).unwrap();
        let spans = vec![(day(9), day(9)), (day(1), day(5)), (day(2), day(3))];
        let gaps = date_gaps(spans, 1);
        assert_eq!(gaps.len(), 1);
        assert_eq!(
            (gaps[0].after, gaps[0].before, gaps[0].days()),
            (day(5), day(9), 3)
        );
    }
}
