//! Time zones: names such as `America/New_York`, and distances from UTC such as `+05:30`.

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::calendar;
use super::elementwise::Fault;
use super::parts::DAY;
use super::rows::Compiled;

const TOO_FAR: Fault = Fault("a moment outside of the years 1 to 9999");
/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// Distances from UTC go so far, in minutes.
const FARTHEST: i64 = 14 * 60;
/// The rules of zones are tabled up to this year; the years after follow the last ones.
const TABLED: i32 = 2099;

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    Named(Tz),
    /// Seconds ahead of UTC.
    Fixed(i64),
}

impl Zone {
    pub(super) const UTC: Self = Self::Fixed(0);

    /// Reads a zone: its name, or `[UTC](+|-)H[H][[:]M[M]]`.
    pub(super) fn read(text: &str) -> Result<Self> {
        if let Some(distance) = distance(text) {
            return match distance {
                Some(minutes) => Ok(Self::Fixed(minutes * 60)),
                None => exec_err!("`{text}` is not a time zone: at most 14 hours from UTC"),
            };
        }
        match text.parse() {
            Ok(zone) => Ok(Self::Named(zone)),
            Err(_) => exec_err!(
                "`{text}` is not a time zone; write one such as America/New_York or +05:30"
            ),
        }
    }

    /// How many microseconds the zone is ahead of UTC at a moment.
    pub(super) fn ahead(self, micros: i64) -> Result<i64, Fault> {
        let zone = match self {
            Self::Fixed(seconds) => return Ok(seconds * SECOND),
            Self::Named(zone) => zone,
        };
        let utc = match zone {
            // Their tables follow the moon up to 2087 and then nothing.
            Tz::Africa__Casablanca | Tz::Africa__El_Aaiun => naive(micros)?,
            _ => tabled(naive(micros)?),
        };
        let seconds = zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
        Ok(i64::from(seconds) * SECOND)
    }

    /// [`ahead`](Self::ahead) in whole minutes, as texts show it.
    pub(super) fn shown_ahead(self, micros: i64) -> Result<i64, Fault> {
        let ahead = self.ahead(micros)?;
        Ok(ahead - ahead % (60 * SECOND))
    }

    /// The local time at a moment.
    pub(super) fn local(self, micros: i64) -> Result<i64, Fault> {
        micros.checked_add(self.ahead(micros)?).ok_or(TOO_FAR)
    }

    /// The moment a local time names: the earlier where clocks go back, and where they go forward the time shifted by
    /// the gap.
    pub(super) fn utc(self, local: i64) -> Result<i64, Fault> {
        let local = calendar::near(local)?;
        let before = self.ahead(local - DAY)?;
        let after = self.ahead(local + DAY)?;
        let right = |ahead: i64| self.ahead(local - ahead).is_ok_and(|o| o == ahead);
        Ok(match (right(before), right(after)) {
            (false, true) => local - after,
            _ => local - before,
        })
    }
}

/// The zone of each row: UTC if there is no such argument.
pub(super) struct Zones(Option<Compiled<Zone>>);

impl Zones {
    pub(super) fn of(arg: Option<&ColumnarValue>) -> Result<Self> {
        Ok(Self(
            arg.map(|arg| Compiled::of(arg, Zone::read)).transpose()?,
        ))
    }

    /// The value and its zone, or none if either is NULL. A zone beside a NULL is not read.
    pub(super) fn beside<V>(&self, row: usize, value: Option<V>) -> Result<Option<(V, Zone)>> {
        match value {
            Some(value) => Ok(self.get(row)?.map(|zone| (value, zone))),
            None => Ok(None),
        }
    }

    /// The zone, or none if it is NULL.
    fn get(&self, row: usize) -> Result<Option<Zone>> {
        match &self.0 {
            None => Ok(Some(Zone::UTC)),
            Some(zones) => Ok(zones.get(row)?.copied()),
        }
    }
}

fn naive(micros: i64) -> Result<NaiveDateTime, Fault> {
    DateTime::from_timestamp_micros(micros)
        .map(|utc| utc.naive_utc())
        .ok_or(TOO_FAR)
}

/// The same moment in a year the tables reach: one with the same weekdays and as many days, when the rules are the last.
fn tabled(at: NaiveDateTime) -> NaiveDateTime {
    if at.year() <= TABLED {
        return at;
    }
    let same = |year: i32| {
        let like = at.with_year(year)?;
        (like.weekday() == at.weekday() && like.date().leap_year() == at.date().leap_year())
            .then_some(like)
    };
    // 28 years hold every kind of year; the 29th of February is in leap years only, which is what is looked for.
    (TABLED - 27..=TABLED).find_map(same).unwrap_or(at)
}

/// Minutes ahead of UTC if the text has the form of a distance: none if it is too far.
fn distance(text: &str) -> Option<Option<i64>> {
    let text = text.strip_prefix("UTC").unwrap_or(text);
    let ahead = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, rest) = number(text.get(1..)?)?;
    let minutes = match rest {
        "" => 0,
        rest => match number(rest.strip_prefix(':').unwrap_or(rest))? {
            (minutes, "") => minutes,
            _ => return None,
        },
    };
    let total = hours * 60 + minutes;
    Some((minutes < 60 && total <= FARTHEST).then_some(ahead * total))
}

/// One or two digits and what follows.
fn number(text: &str) -> Option<(i64, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600 * SECOND;

    fn at(text: &str) -> i64 {
        text.parse::<NaiveDateTime>()
            .unwrap()
            .and_utc()
            .timestamp_micros()
    }

    #[test]
    fn distances_and_names() {
        for (text, minutes) in [
            ("+05:30", 330),
            ("-8", -480),
            ("+0530", 330),
            ("UTC-3", -180),
            ("+14:00", 840),
            ("+5:3", 303),
        ] {
            assert_eq!(
                Zone::read(text).unwrap(),
                Zone::Fixed(minutes * 60),
                "{text}"
            );
        }
        for text in [
            "",
            "+14:01",
            "+5:60",
            "+",
            "+123:4",
            "Nowhere/At_All",
            "+05:30x",
        ] {
            assert!(Zone::read(text).is_err(), "{text}");
        }
        assert_eq!(Zone::read("UTC").unwrap().ahead(0), Ok(0));
    }

    #[test]
    fn clocks_go_back_and_forward() {
        let zone = Zone::read("America/New_York").unwrap();
        // 01:30 comes twice on the 1st of November 2020: the first is meant.
        assert_eq!(
            zone.utc(at("2020-11-01T01:30:00")),
            Ok(at("2020-11-01T05:30:00"))
        );
        // 02:30 does not come on the 8th of March: it is shifted by the hour left out.
        assert_eq!(
            zone.utc(at("2020-03-08T02:30:00")),
            Ok(at("2020-03-08T07:30:00"))
        );
    }

    #[test]
    fn rules_go_on_after_the_tables() {
        let zone = Zone::read("America/New_York").unwrap();
        for year in [2038, 2099, 2100, 2101, 2104, 2400, 9998] {
            assert_eq!(
                zone.ahead(at(&format!("{year}-07-01T00:00:00"))),
                Ok(-4 * HOUR)
            );
            assert_eq!(
                zone.ahead(at(&format!("{year}-01-15T00:00:00"))),
                Ok(-5 * HOUR)
            );
            let zone = Zone::read("Africa/Casablanca").unwrap();
            assert!(year < 2088 || zone.ahead(at(&format!("{year}-01-15T00:00:00"))) == Ok(HOUR));
        }
    }
}
