//! DATE, DATETIME, TIMESTAMP and TIME from the texts BigQuery accepts in casts and literals.

use chrono::NaiveDate;
use datafusion::common::{DataFusionError, Result};

use super::cast::bad;
use super::parts::DAY;
use super::zone::Zone;
use super::{calendar, moment};

/// `YYYY-[M]M-[D]D` and nothing else.
pub(super) fn date(text: &str) -> Result<i32> {
    let read = || {
        let (day, rest) = date_prefix(text, 4)?;
        rest.is_empty().then_some(i32::try_from(day).ok()?)
    };
    read()
        .and_then(|day| calendar::in_range(day.into()).ok())
        .ok_or_else(|| bad(text, "DATE"))
}

/// `[H]H:[M]M:[S]S[.F]` and nothing else.
pub(super) fn time(text: &str) -> Result<i64> {
    match clock_prefix(text) {
        Some((time, "")) => Ok(without_leap(time).rem_euclid(DAY)),
        _ => Err(bad(text, "TIME")),
    }
}

/// A date, and maybe a time after a space or `T`.
pub(super) fn datetime(text: &str) -> Result<i64> {
    let read = || {
        let (day, rest) = date_prefix(text, 4)?;
        let time = match rest {
            "" => 0,
            rest => match clock_prefix(after_date(rest)?)? {
                (time, "") => without_leap(time),
                _ => return None,
            },
        };
        Some(day * DAY + time)
    };
    read()
        .and_then(|micros| calendar::micros_in_range(micros).ok())
        .ok_or_else(|| bad(text, "DATETIME"))
}

/// A date, maybe a time, and maybe a zone: `Z`, ` UTC`, `+05:30`, ` America/New_York`. Without it `zone` is meant.
pub(super) fn timestamp(text: &str, zone: Zone) -> Result<i64> {
    let bad = || bad(text, "TIMESTAMP");
    let (day, rest) = date_prefix(text, 5).ok_or_else(bad)?;
    let (clock, rest) = match rest {
        "" => (Clock::default(), ""),
        rest => {
            let rest = after_date(rest)
                .filter(|rest| rest.len() > 1)
                .ok_or_else(bad)?;
            match rest.as_bytes().first() {
                // A zone without a time.
                Some(b'+' | b'-') => (Clock::default(), rest),
                _ => clock_prefix(rest).ok_or_else(bad)?,
            }
        }
    };
    let zone = match rest {
        "" => zone,
        "Z" | "z" | " UTC" => Zone::UTC,
        rest => {
            let rest = rest
                .strip_prefix(" UTC")
                .filter(|r| r.starts_with(['+', '-']))
                .unwrap_or(rest);
            match rest.strip_prefix(' ') {
                Some(name) if !name.starts_with(['+', '-']) => Zone::read(name)?,
                None if rest.starts_with(['+', '-']) => Zone::read(rest)?,
                _ => return Err(bad()),
            }
        }
    };
    let micros = zone
        .utc(day * DAY + clock.seconds)
        .map_err(DataFusionError::from)?
        + clock.micros;
    calendar::micros_in_range(micros).map_err(|_| bad())
}

/// What follows the separator of date and time.
fn after_date(rest: &str) -> Option<&str> {
    rest.strip_prefix([' ', 'T', 't'])
}

/// A time of day: whole seconds in microseconds, and the rest.
#[derive(Debug, Clone, Copy, Default)]
struct Clock {
    seconds: i64,
    micros: i64,
    leap: bool,
}

/// A leap second is the first of the next minute, whatever fraction it has.
fn without_leap(clock: Clock) -> i64 {
    clock.seconds + if clock.leap { 0 } else { clock.micros }
}

/// `[H]H:[M]M:[S]S[.F]`, at most six digits after the point.
fn clock_prefix(text: &str) -> Option<(Clock, &str)> {
    let (hour, rest) = number(text, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 1, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 1, 2)?;
    let mut clock = Clock {
        seconds: moment::of_clock(hour, minute, second)?,
        micros: 0,
        leap: second == 60,
    };
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some((clock, rest));
    };
    let (digits, rest) = number(fraction, 1, 6)?;
    let size = u32::try_from(fraction.len() - rest.len()).ok()?;
    clock.micros = digits * 10_i64.pow(6 - size);
    // Digits that do not fit.
    (!rest.starts_with(|c: char| c.is_ascii_digit())).then_some((clock, rest))
}

/// The days from 1970 of a date and what follows; a year of `most` digits, which need not be one a DATE has.
fn date_prefix(text: &str, most: usize) -> Option<(i64, &str)> {
    let (year, rest) = number(text, 4, most)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )?;
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    Some((days, rest))
}

/// From `least` to `most` digits, and what follows.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let digits = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, rest) = text.split_at_checked(digits)?;
    (digits >= least).then_some((number.parse().ok()?, rest))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const HOUR: i64 = 3_600 * SECOND;

    #[test]
    fn dates() {
        assert_eq!(date("1970-1-2").unwrap(), 1);
        assert_eq!(date("0001-01-01").unwrap(), -719_162);
        for text in [
            "1970-01-02 00:00:00",
            "2023-02-29",
            "0000-01-01",
            "10000-01-01",
            "70-01-01",
            "1970-01-",
            " 1970-01-01",
            "",
        ] {
            assert!(date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(time("1:2:3.5").unwrap(), HOUR + 123 * SECOND + 500_000);
        assert_eq!(time("23:59:60.5").unwrap(), 0);
        for text in [
            "24:00:00",
            "1:2",
            "1:2:3.",
            "1:2:3.1234567",
            "01:02:03 ",
            "1:60:0",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn datetimes() {
        assert_eq!(datetime("1970-01-01").unwrap(), 0);
        assert_eq!(datetime("1970-01-01t00:00:01.5").unwrap(), 1_500_000);
        assert_eq!(datetime("1969-12-31 23:59:60.25").unwrap(), 0);
        for text in [
            "1970-01-01 00:00:00+01",
            "1970-01-01 ",
            "1970-01-01 01:02",
            "9999-12-31 23:59:60",
        ] {
            assert!(datetime(text).is_err(), "{text}");
        }
    }

    #[test]
    fn timestamps() {
        let zone = Zone::read("America/New_York").unwrap();
        for (text, micros) in [
            ("1970-01-01", 5 * HOUR),
            ("1970-01-01 00:00:01.5Z", 1_500_000),
            ("1970-01-01T01:00:00+01", 0),
            ("1970-01-01 05:30:00+5:30", 0),
            ("1970-01-01 00:00:00 UTC", 0),
            ("1970-01-01 08:00:00 UTC+8", 0),
            ("1970-01-01 +01", -HOUR),
            ("1970-01-01 00:00:00 America/Los_Angeles", 8 * HOUR),
            ("9999-12-31 23:59:59.999999 UTC", 253_402_300_799_999_999),
            ("10000-01-01 00:00:00+01", 253_402_300_800_000_000 - HOUR),
        ] {
            assert_eq!(timestamp(text, zone).unwrap(), micros, "{text}");
        }
        for text in [
            "1970-01-01+01",
            "1970-01-01 UTC",
            "1970-01-01 00:00:00 +01",
            "1970-01-01 00:00:00America/Los_Angeles",
            "1970-01-01 00:00:00Zz",
            "1970-01-01 00:00",
            "1970-01-01 00:00:00.1234567",
            "10000-01-01 00:00:00 UTC",
            "1970-01-01 00:00:00 Nowhere",
            "1970-01-01 00:00:00 é",
        ] {
            assert!(timestamp(text, zone).is_err(), "{text}");
        }
    }
}
