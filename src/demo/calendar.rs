//! Days and instants, counted as Parquet stores them.

use std::fmt;

/// Days since 1970-01-01, as Parquet's DATE has it. Displayed as `2026-01-20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i32);

/// Microseconds since 1970-01-01 00:00:00 UTC, as BigQuery exports TIMESTAMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(pub(crate) i64);

/// What the calendar calls a day, Sunday first.
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

impl Day {
    /// A day of the Gregorian calendar (days_from_civil in H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    pub(crate) const fn new(year: i32, month: i32, day: i32) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// Year, month and day (civil_from_days in the same paper).
    pub(crate) const fn civil(self) -> (i32, i32, i32) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = (shifted + 2) % 12 + 1;
        let year = year_of_era + era * 400 + (month <= 2) as i32;
        (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
    }

    /// The day `days` later.
    pub(crate) const fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// All days from this to `last`, both included.
    pub(crate) fn through(self, last: Self) -> impl Iterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }

    /// The instant so many seconds after midnight UTC.
    pub(crate) const fn at(self, seconds: i64) -> Instant {
        Instant((self.0 as i64 * 86_400 + seconds) * 1_000_000)
    }

    /// `20260120`, as game ids hold it.
    pub(crate) fn compact(self) -> String {
        let (year, month, day) = self.civil();
        format!("{year:04}{month:02}{day:02}")
    }

    /// `Tue`
    pub(crate) fn weekday(self) -> &'static str {
        // 1970-01-01 was a Thursday.
        WEEKDAYS
            .get((self.0 + 4).rem_euclid(7) as usize)
            .copied()
            .unwrap_or_default()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_names() {
        let day = Day::new(2026, 1, 20);
        assert_eq!(day.0, 20_473);
        assert_eq!(day.to_string(), "2026-01-20");
        assert_eq!(day.compact(), "20260120");
        assert_eq!(day.weekday(), "Tue");
        assert_eq!(day.at(3600), Instant(1_768_870_800_000_000));
    }

    #[test]
    fn every_day_survives_the_round_trip() {
        for day in Day::new(1899, 12, 25).through(Day::new(2105, 3, 5)) {
            let (year, month, date) = day.civil();
            assert_eq!(Day::new(year, month, date), day);
        }
        assert_eq!(Day::new(2024, 2, 29).plus(1).civil(), (2024, 3, 1));
    }
}
