//! Seasons and breaks, told by the days on which any table has rows.

use std::collections::BTreeSet;
use std::fmt::Write;

use chrono::NaiveDate;

use crate::baseline::season::{BREAK_DAYS, season_of};
use crate::lake::date_of;
use crate::value::text::counted;

/// More days without a row than these part two seasons.
const PAUSE: i64 = 30;
/// The fewest days of a season.
const DAYS: usize = 10;

/// A season as the days tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    first: NaiveDate,
    last: NaiveDate,
    days: usize,
    breaks: Vec<(NaiveDate, NaiveDate)>,
}

/// The `seasons:` of a suite, with what they were drawn from; nothing where days tell of no season. A season that may go on
/// after the last day of all ends with June, as seasons do.
pub(super) fn seasons(days: &BTreeSet<i32>) -> String {
    let spans = spans(days);
    let mut out = String::new();
    for (at, span) in spans.iter().enumerate() {
        let Some(year) = season_of(span.first) else {
            continue;
        };
        let goes_on = at + 1 == spans.len() && season_of(span.last) == Some(year);
        let june = NaiveDate::from_ymd_opt(year + 1, 6, 30).filter(|_| goes_on);
        let end = june.map_or(span.last, |june| june.max(span.last));
        let _ = write!(
            out,
            "  # {} with rows, {} to {}",
            counted(span.days as u64, "day"),
            span.first,
            span.last
        );
        out.push_str(if goes_on {
            ", and it may go on\n"
        } else {
            "\n"
        });
        let breaks: Vec<String> = span
            .breaks
            .iter()
            .map(|(from, to)| format!("{{name: no rows, from: {from}, to: {to}}}"))
            .collect();
        let breaks = match breaks.is_empty() {
            true => String::new(),
            false => format!(", breaks: [{}]", breaks.join(", ")),
        };
        let _ = writeln!(
            out,
            "  \"{year}-{:02}\": {{start: {}, end: {end}{breaks}}}",
            (year + 1).rem_euclid(100),
            span.first
        );
    }
    match out.is_empty() {
        true => out,
        false => format!("seasons:\n{out}"),
    }
}

/// Stretches of days without a long pause. Two in one season are one.
fn spans(days: &BTreeSet<i32>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for day in days.iter().filter_map(|day| date_of(*day)) {
        let same = |span: &&mut Span| {
            (day - span.last).num_days() <= PAUSE || season_of(span.first) == season_of(day)
        };
        match spans.last_mut().filter(same) {
            Some(span) => {
                let from = span.last.succ_opt().unwrap_or(day);
                let to = day.pred_opt().unwrap_or(day);
                if (day - span.last).num_days() > i64::from(BREAK_DAYS) {
                    span.breaks.push((from, to));
                }
                (span.last, span.days) = (day, span.days + 1);
            }
            None => spans.push(Span {
                first: day,
                last: day,
                days: 1,
                breaks: Vec::new(),
            }),
        }
    }
    let mut years = BTreeSet::new();
    spans.retain(|span| {
        // One label each.
        span.days >= DAYS && season_of(span.first).is_some_and(|year| years.insert(year))
    });
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::days;

    fn every_day(from: &str, to: &str) -> impl Iterator<Item = i32> {
        let day = |text: &str| days(text.parse().unwrap());
        day(from)..=day(to)
    }

    #[test]
    fn a_pause_parts_seasons_and_a_break_does_not() {
        let days: BTreeSet<i32> = every_day("2024-10-22", "2025-06-20")
            .chain(every_day("2025-10-21", "2026-02-12"))
            .chain(every_day("2026-02-19", "2026-02-22"))
            .collect();
        assert_eq!(
            seasons(&days),
            "seasons:\n  # 242 days with rows, 2024-10-22 to 2025-06-20\n  \
             \"2024-25\": {start: 2024-10-22, end: 2025-06-20}\n  \
             # 119 days with rows, 2025-10-21 to 2026-02-22, and it may go on\n  \
             \"2025-26\": {start: 2025-10-21, end: 2026-06-30, breaks: \
             [{name: no rows, from: 2026-02-13, to: 2026-02-18}]}\n"
        );
        assert_eq!(seasons(&BTreeSet::new()), "");
        // Days of summer are of no season, and few days tell of none.
        assert_eq!(
            seasons(&every_day("2025-07-01", "2025-09-01").collect()),
            ""
        );
        assert_eq!(
            seasons(&every_day("2025-11-01", "2025-11-05").collect()),
            ""
        );
    }
}
