//! Arithmetic of DATETIME, TIMESTAMP and TIME: microseconds since 1970, of no zone or of UTC, or since midnight.

use super::calendar;
use super::elementwise::Fault;
use super::parts::{DAY, Part};
use super::zone::Zone;

pub(super) const OVERFLOW: Fault = Fault("INT64 overflow");
const NOT_A_UNIT: Fault = Fault("this part does not apply to a TIMESTAMP: it takes a day or less");
const NOT_OF_TIME: Fault = Fault("this part does not apply to a TIME");
/// Microseconds in a minute.
const MINUTE: i64 = 60_000_000;

/// The day of a moment and the microseconds since midnight.
pub(super) fn split(micros: i64) -> Result<(i32, i64), Fault> {
    let day = calendar::in_range(micros.div_euclid(DAY))?;
    Ok((day, micros.rem_euclid(DAY)))
}

/// The DATETIME of a day and a time.
pub(super) fn join(day: i32, time: i64) -> i64 {
    // No day of the calendar overflows.
    i64::from(day).saturating_mul(DAY).saturating_add(time)
}

/// The DATETIME `count` units later.
pub(super) fn add(micros: i64, count: i64, part: Part) -> Result<i64, Fault> {
    if part.micros().is_some() {
        return add_exactly(micros, count, part);
    }
    let (day, time) = split(micros)?;
    Ok(join(calendar::add(day, count, part)?, time))
}

/// The TIMESTAMP `count` units later, a day being 24 hours.
pub(super) fn add_exactly(micros: i64, count: i64, part: Part) -> Result<i64, Fault> {
    let unit = part.micros().ok_or(NOT_A_UNIT)?;
    let moved = count.checked_mul(unit).and_then(|n| micros.checked_add(n));
    calendar::micros_in_range(moved.ok_or(OVERFLOW)?)
}

/// How many beginnings of a unit lie between two DATETIME.
pub(super) fn diff(a: i64, b: i64, part: Part) -> Result<i64, Fault> {
    match part.micros() {
        Some(unit) => a
            .div_euclid(unit)
            .checked_sub(b.div_euclid(unit))
            .ok_or(OVERFLOW),
        None => calendar::diff(split(a)?.0, split(b)?.0, part),
    }
}

/// How many whole units lie between two TIMESTAMP.
pub(super) fn diff_exactly(a: i64, b: i64, part: Part) -> Result<i64, Fault> {
    let unit = part.micros().ok_or(NOT_A_UNIT)?;
    Ok(a.checked_sub(b).ok_or(OVERFLOW)? / unit)
}

/// The beginning of the unit a DATETIME is in.
pub(super) fn trunc(micros: i64, part: Part) -> Result<i64, Fault> {
    match part.micros() {
        Some(unit) => Ok(calendar::micros_in_range(micros)?.div_euclid(unit) * unit),
        None => Ok(join(calendar::trunc(split(micros)?.0, part)?, 0)),
    }
}

/// The beginning of the unit a TIMESTAMP is in, on the clocks of `zone`.
pub(super) fn trunc_in(micros: i64, part: Part, zone: Zone) -> Result<i64, Fault> {
    let micros = calendar::micros_in_range(micros)?;
    let begin = match part.micros() {
        Some(unit) if unit < MINUTE => micros.div_euclid(unit) * unit,
        // The clock of the moment counts, even if it was put forward or back since the hour began.
        Some(unit) if unit < DAY => {
            let ahead = zone.ahead(micros)?;
            (micros + ahead).div_euclid(unit) * unit - ahead
        }
        _ => zone.utc(trunc(zone.local(micros)?, part)?)?,
    };
    calendar::micros_in_range(begin)
}

/// A part of a DATETIME as a number.
pub(super) fn extract(micros: i64, part: Part) -> Result<i64, Fault> {
    match part.micros() {
        Some(unit) if unit < DAY => extract_time(micros.rem_euclid(DAY), part),
        _ => calendar::extract(split(micros)?.0, part),
    }
}

/// A part of a TIME as a number.
pub(super) fn extract_time(time: i64, part: Part) -> Result<i64, Fault> {
    Ok(match part {
        Part::Microsecond => time % 1_000_000,
        Part::Millisecond => time / 1_000 % 1_000,
        Part::Second => time / 1_000_000 % 60,
        Part::Minute => time / MINUTE % 60,
        Part::Hour => time / 3_600_000_000,
        _ => return Err(NOT_OF_TIME),
    })
}

/// The TIME `count` units later, on a clock that begins anew at midnight.
pub(super) fn add_time(time: i64, count: i64, unit: i64) -> i64 {
    // No clock shows more than a day, and that many units are less than an overflow.
    (time + count % (DAY / unit) * unit).rem_euclid(DAY)
}

/// The microseconds of an hour, minute and second of the day; second 60 is the next minute's first.
pub(super) fn of_clock(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    valid.then_some(((hour * 60 + minute) * 60 + second) * 1_000_000)
}
