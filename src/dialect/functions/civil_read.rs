//! Dates and moments from text, as BigQuery reads them.
//!
//! Source: zetasql/public/functions/date_time_util.cc.

use chrono::NaiveDate;

use super::parts::DAY;
use super::{calendar, timestamp};

/// `YYYY-[M]M-[D]D` and nothing else.
pub(super) fn date(text: &str) -> Option<i32> {
    let (day, rest) = date_prefix(text)?;
    rest.is_empty().then_some(day)
}

/// A date, maybe a time after a space or `T`, maybe a zone: `Z`, `+05:30`, `UTC` or a name. Without a zone it is UTC; a
/// zone is refused if `zoned` is not asked for.
pub(super) fn moment(text: &str, zoned: bool) -> Option<i64> {
    let (day, rest) = date_prefix(text)?;
    let day = i64::from(day) * DAY;
    if rest.is_empty() {
        return Some(day);
    }
    let rest = rest.strip_prefix([' ', 'T', 't'])?;
    let (time, rest) = if rest.starts_with(|c: char| c.is_ascii_digit()) {
        time_prefix(rest)?
    } else {
        (0, rest)
    };
    let local = day + time;
    let utc = match (rest, zoned) {
        ("", _) => local,
        (_, false) => return None,
        ("Z" | "z" | " UTC", _) => local,
        (zone, _) if zone.starts_with(['+', '-']) => local - offset(zone)?,
        (zone, _) => timestamp::to_utc(local, zone.strip_prefix(' ')?.parse().ok()?).ok()?,
    };
    calendar::micros_in_range(utc).ok()
}

fn date_prefix(text: &str) -> Option<(i32, &str)> {
    let (year, rest) = number(text, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some((calendar::days(date).ok()?, rest))
}

/// `[H]H:[M]M:[S]S[.DDDDDD]` in microseconds.
fn time_prefix(text: &str) -> Option<(i64, &str)> {
    let (hour, rest) = number(text, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 1, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 1, 2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let whole = i64::from((hour * 60 + minute) * 60 + second) * 1_000_000;
    let Some(fraction) = rest.strip_prefix('.') else {
        return Some((whole, rest));
    };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, rest) = fraction.split_at_checked(digits)?;
    if digits > 6 {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    Some((whole + micros, rest))
}

/// `+H[H][:MM]` in microseconds.
fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        (_, rest) => (1, rest),
    };
    let (hours, rest) = number(rest, 1, 2)?;
    let minutes = match rest.strip_prefix(':') {
        Some(minutes) => match number(minutes, 1, 2)? {
            (minutes, "") => minutes,
            _ => return None,
        },
        None if rest.is_empty() => 0,
        None => return None,
    };
    (hours <= 14 && minutes <= 59).then(|| sign * i64::from(hours * 60 + minutes) * 60_000_000)
}

/// A number of at least `least` and at most `most` digits, and what follows.
fn number(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let digits = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if digits < least {
        return None;
    }
    let (digits, rest) = text.split_at_checked(digits)?;
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_moments_from_text() {
        assert_eq!(date("1970-1-2"), Some(1));
        assert_eq!(date("1970-01-02 00:00:00"), None);
        assert_eq!(date("2023-02-29"), None);
        assert_eq!(moment("1970-01-01 00:00:01.5", true), Some(1_500_000));
        assert_eq!(moment("1970-01-01T01:00:00+01", true), Some(0));
        assert_eq!(
            moment("1970-01-01 00:00:00 America/New_York", true),
            Some(5 * 3_600_000_000)
        );
        assert_eq!(moment("1970-01-01 00:00:00+01", false), None);
        assert_eq!(
            moment("9999-12-31 23:59:59.999999 UTC", true),
            Some(253_402_300_799_999_999)
        );
    }
}
