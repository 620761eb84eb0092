//! The calendar: days since 1970 and what they are called. Years 1 to 9999, as BigQuery.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::elementwise::Fault;
use super::parts::{DAY, Part};

/// 0001-01-01 and 9999-12-31.
const DATES: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;
/// Days from 0000-12-31 to 1970-01-01.
const EPOCH: i32 = 719_163;

const OUT_OF_RANGE: Fault = Fault("a date outside of the years 1 to 9999");
const NOT_A_UNIT: Fault = Fault("this part does not apply to a DATE");

/// The date of a day.
pub(super) fn date(days: i32) -> Result<NaiveDate, Fault> {
    DATES
        .contains(&days)
        .then(|| NaiveDate::from_num_days_from_ce_opt(days + EPOCH))
        .flatten()
        .ok_or(OUT_OF_RANGE)
}

/// The day of a date.
pub(super) fn days(date: NaiveDate) -> Result<i32, Fault> {
    in_range(i64::from(date.num_days_from_ce() - EPOCH))
}

pub(super) fn in_range(days: i64) -> Result<i32, Fault> {
    i32::try_from(days)
        .ok()
        .filter(|days| DATES.contains(days))
        .ok_or(OUT_OF_RANGE)
}

/// A moment within the years 1 to 9999.
pub(super) fn micros_in_range(micros: i64) -> Result<i64, Fault> {
    const MOMENTS: std::ops::RangeInclusive<i64> =
        *DATES.start() as i64 * DAY..=*DATES.end() as i64 * DAY + (DAY - 1);
    MOMENTS
        .contains(&micros)
        .then_some(micros)
        .ok_or(OUT_OF_RANGE)
}

/// A local time that may be a moment within the years 1 to 9999: at most two days off.
pub(super) fn near(local: i64) -> Result<i64, Fault> {
    let day = local.div_euclid(DAY);
    let near = i64::from(*DATES.start()) - 2..=i64::from(*DATES.end()) + 2;
    near.contains(&day).then_some(local).ok_or(OUT_OF_RANGE)
}

/// The day `count` units later; from the 31st to a shorter month, its last day.
pub(super) fn add(day: i32, count: i64, part: Part) -> Result<i32, Fault> {
    let months = |each: i64| -> Result<i32, Fault> {
        let count = count.checked_mul(each).ok_or(OUT_OF_RANGE)?;
        let size = Months::new(u32::try_from(count.unsigned_abs()).map_err(|_| OUT_OF_RANGE)?);
        let from = date(day)?;
        let to = if count < 0 {
            from.checked_sub_months(size)
        } else {
            from.checked_add_months(size)
        };
        days(to.ok_or(OUT_OF_RANGE)?)
    };
    let by = |each: i64| {
        count
            .checked_mul(each)
            .and_then(|n| n.checked_add(day.into()))
            .map_or(Err(OUT_OF_RANGE), in_range)
    };
    match part {
        Part::Day => by(1),
        Part::Week(Weekday::Sun) => by(7),
        Part::Month => months(1),
        Part::Quarter => months(3),
        Part::Year => months(12),
        _ => Err(NOT_A_UNIT),
    }
}

/// The first day of the unit `day` is in.
pub(super) fn trunc(day: i32, part: Part) -> Result<i32, Fault> {
    let on = |year: i32, month: u32| {
        NaiveDate::from_ymd_opt(year, month, 1).map_or(Err(OUT_OF_RANGE), days)
    };
    let at = date(day)?;
    match part {
        Part::Day => Ok(day),
        Part::Week(start) => since(at, start),
        Part::IsoWeek => since(at, Weekday::Mon),
        Part::Month => on(at.year(), at.month()),
        Part::Quarter => on(at.year(), (at.month() - 1) / 3 * 3 + 1),
        Part::Year => on(at.year(), 1),
        Part::IsoYear => NaiveDate::from_isoywd_opt(at.iso_week().year(), 1, Weekday::Mon)
            .map_or(Err(OUT_OF_RANGE), days),
        _ => Err(NOT_A_UNIT),
    }
}

/// The last day of the unit `day` is in.
pub(super) fn last(day: i32, part: Part) -> Result<i32, Fault> {
    match part {
        Part::Month | Part::Quarter | Part::Year => {
            let next = add(trunc(day, part)?, 1, part);
            // December 9999 has no next month.
            Ok(next.map_or(*DATES.end(), |next| next - 1))
        }
        Part::Week(_) | Part::IsoWeek => in_range(i64::from(trunc(day, part)?) + 6),
        Part::IsoYear => {
            NaiveDate::from_isoywd_opt(date(day)?.iso_week().year() + 1, 1, Weekday::Mon)
                .and_then(|next| next.pred_opt())
                .map_or(Err(OUT_OF_RANGE), days)
        }
        _ => Err(NOT_A_UNIT),
    }
}

/// The day of a year, month and day of the month.
pub(super) fn of_parts(year: i64, month: i64, day: i64) -> Option<i32> {
    let (year, month, day) = (
        i32::try_from(year).ok()?,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    );
    days(NaiveDate::from_ymd_opt(year, month, day)?).ok()
}

/// How many beginnings of a unit lie between two days: negative if `a` is before `b`.
pub(super) fn diff(a: i32, b: i32, part: Part) -> Result<i64, Fault> {
    if part == Part::Day {
        return Ok(i64::from(in_range(a.into())?) - i64::from(in_range(b.into())?));
    }
    let (x, y) = (date(a)?, date(b)?);
    let months = |d: NaiveDate| i64::from(d.year()) * 12 + i64::from(d.month0());
    let quarters = |d: NaiveDate| i64::from(d.year()) * 4 + i64::from(d.month0() / 3);
    Ok(match part {
        Part::Week(start) => weeks(x, start)? - weeks(y, start)?,
        Part::IsoWeek => weeks(x, Weekday::Mon)? - weeks(y, Weekday::Mon)?,
        Part::Month => months(x) - months(y),
        Part::Quarter => quarters(x) - quarters(y),
        Part::Year => i64::from(x.year()) - i64::from(y.year()),
        Part::IsoYear => i64::from(x.iso_week().year()) - i64::from(y.iso_week().year()),
        _ => return Err(NOT_A_UNIT),
    })
}

/// The part of a day as a number: `DAYOFWEEK` counts from 1 on Sunday, `WEEK` from 0 before the year's first Sunday.
pub(super) fn extract(day: i32, part: Part) -> Result<i64, Fault> {
    let at = date(day)?;
    Ok(match part {
        Part::Day => at.day().into(),
        Part::DayOfWeek => i64::from(at.weekday().num_days_from_sunday()) + 1,
        Part::DayOfYear => at.ordinal().into(),
        Part::Week(start) => i64::from((at.ordinal0() + 7 - at.weekday().days_since(start)) / 7),
        Part::IsoWeek => at.iso_week().week().into(),
        Part::Month => at.month().into(),
        Part::Quarter => i64::from((at.month() - 1) / 3 + 1),
        Part::Year => at.year().into(),
        Part::IsoYear => at.iso_week().year().into(),
        _ => return Err(NOT_A_UNIT),
    })
}

fn since(at: NaiveDate, start: Weekday) -> Result<i32, Fault> {
    let back = Days::new(at.weekday().days_since(start).into());
    at.checked_sub_days(back).map_or(Err(OUT_OF_RANGE), days)
}

/// Weeks since some first one.
fn weeks(at: NaiveDate, start: Weekday) -> Result<i64, Fault> {
    let day = i64::from(at.num_days_from_ce());
    let back = i64::from(at.weekday().days_since(start));
    Ok((day - back).div_euclid(7))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
mod tests {
    use super::*;

    fn day(text: &str) -> i32 {
        days(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn months_end_where_they_end() {
        assert_eq!(
            add(day("2024-01-31"), 1, Part::Month),
            Ok(day("2024-02-29"))
        );
        assert_eq!(
            add(day("2024-02-29"), -1, Part::Year),
            Ok(day("2023-02-28"))
        );
        assert_eq!(last(day("2024-02-03"), Part::Month), Ok(day("2024-02-29")));
        assert_eq!(add(day("9999-12-31"), 1, Part::Day), Err(OUT_OF_RANGE));
    }

    #[test]
    fn weeks_begin_on_sunday_or_as_said() {
        let wednesday = day("2026-01-28");
        assert_eq!(
            trunc(wednesday, Part::Week(Weekday::Sun)),
            Ok(day("2026-01-25"))
        );
        assert_eq!(
            trunc(wednesday, Part::Week(Weekday::Mon)),
            Ok(day("2026-01-26"))
        );
        assert_eq!(
            diff(
                day("2026-01-25"),
                day("2026-01-24"),
                Part::Week(Weekday::Sun)
            ),
            Ok(1)
        );
        assert_eq!(
            diff(
                day("2026-01-24"),
                day("2026-01-18"),
                Part::Week(Weekday::Sun)
            ),
            Ok(0)
        );
        assert_eq!(extract(day("2026-01-25"), Part::DayOfWeek), Ok(1));
        // 2017 began on a Sunday, 2018 on a Monday.
        assert_eq!(extract(day("2017-01-01"), Part::Week(Weekday::Sun)), Ok(1));
        assert_eq!(extract(day("2018-01-06"), Part::Week(Weekday::Sun)), Ok(0));
        assert_eq!(extract(day("2018-01-07"), Part::Week(Weekday::Sun)), Ok(1));
    }
}
