//! INTERVAL as text: `1-2 3 4:5:6.789`, parts of that, and `P1Y2M3DT4H5M6.789S`.

use datafusion::common::{Result, exec_datafusion_err};

use super::elementwise::Fault;
use super::interval_value::Interval;
use super::parts::Part;
use crate::value::cell;

/// Writes `[-]Y-M [-]D [-]H:M:S[.FFF[FFF]]`.
pub(super) fn write(value: Interval, text: &mut String) {
    cell::push_interval(text, value.months(), value.days(), value.micros());
}

/// Reads the text of a `CAST`, which says by its form which parts it has.
pub(super) fn read(text: &str) -> Result<Interval> {
    let read = if text.starts_with('P') {
        read_iso(text)
    } else {
        fields_of(text).map_or(Ok(None), |(from, to)| read_fields(text, from, to))
    };
    found(read, text)
}

/// Reads `INTERVAL 'text' from TO to`, or `INTERVAL 'text' from`.
pub(super) fn read_as(text: &str, from: Part, to: Part) -> Result<Interval> {
    found(
        if from == to {
            read_one(text, from)
        } else {
            read_fields(text, from, to)
        },
        text,
    )
}

fn found(read: Result<Option<Interval>, Fault>, text: &str) -> Result<Interval> {
    read?.ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        exec_datafusion_err!("`{shown}` is not an INTERVAL")
    })
}

/// The fields of a text by how many spaces, colons and dashes between digits it has.
fn fields_of(text: &str) -> Option<(Part, Part)> {
    let count = |sought| text.bytes().filter(|b| *b == sought).count();
    let dashes = text
        .as_bytes()
        .windows(2)
        .filter(|pair| matches!(pair, [digit, b'-'] if digit.is_ascii_digit()))
        .count();
    Some(match (count(b' '), count(b':'), dashes) {
        (2, 2, 1) => (Part::Year, Part::Second),
        (2, 1, 1) => (Part::Year, Part::Minute),
        (2, 0, 1) => (Part::Year, Part::Hour),
        (1, 0, 1) => (Part::Year, Part::Day),
        (0, 0, 1) => (Part::Year, Part::Month),
        (2, 0, 0) => (Part::Month, Part::Hour),
        (2, 1, 0) => (Part::Month, Part::Minute),
        (2, 2, 0) => (Part::Month, Part::Second),
        (1, 1, 0) => (Part::Day, Part::Minute),
        (1, 2, 0) => (Part::Day, Part::Second),
        (0, 2, 0) => (Part::Hour, Part::Second),
        _ => return None,
    })
}

/// Fields from the longest to the shortest.
fn rank(part: Part) -> Option<usize> {
    [
        Part::Year,
        Part::Month,
        Part::Day,
        Part::Hour,
        Part::Minute,
        Part::Second,
    ]
    .iter()
    .position(|p| *p == part)
}

const DAY: usize = 2;
const HOUR: usize = 3;
const SECOND: usize = 5;

/// `Y-M D H:M:S` or the part of it from one field to another. No interval is none.
fn read_fields(text: &str, from: Part, to: Part) -> Result<Option<Interval>, Fault> {
    let (Some(from), Some(to)) = (rank(from), rank(to)) else {
        return Ok(None);
    };
    if from >= to {
        return Ok(None);
    }
    let mut tokens = text.split(' ');
    let mut next = || tokens.next();
    let mut read = || -> Option<[i128; 3]> {
        let months = match from {
            0 => {
                let (sign, rest) = sign(next()?);
                let (years, months) = rest.split_once('-')?;
                sign * (natural(years)? * 12 + natural(months)?)
            }
            1 => whole(next()?)?,
            _ => 0,
        };
        let days = if from <= DAY && to >= DAY {
            whole(next()?)?
        } else {
            0
        };
        let micros = if to >= HOUR {
            clock(next()?, from.max(HOUR), to)?
        } else {
            0
        };
        next().is_none().then_some([months, days, micros])
    };
    match read() {
        Some([months, days, micros]) => Interval::new(months, days, micros).map(Some),
        None => Ok(None),
    }
}

/// `H:M:S.F` or the part of it from one field to another, in microseconds.
fn clock(token: &str, from: usize, to: usize) -> Option<i128> {
    let (sign, rest) = sign(token);
    let mut fields = rest.split(':');
    let mut micros = 0;
    for field in from..=to {
        let text = fields.next()?;
        micros += match field {
            HOUR => natural(text)? * 3_600_000_000,
            SECOND => match text.split_once('.') {
                Some((seconds, digits)) => natural(seconds)? * 1_000_000 + fraction(digits)?,
                None => natural(text)? * 1_000_000,
            },
            _ => natural(text)? * 60_000_000,
        };
    }
    fields.next().is_none().then_some(sign * micros)
}

/// One number of one part; of seconds maybe with a fraction.
fn read_one(text: &str, part: Part) -> Result<Option<Interval>, Fault> {
    if part == Part::Second
        && let Some((seconds, digits)) = text.split_once('.')
    {
        let (sign, seconds) = sign(seconds);
        let micros = (|| {
            let seconds = if seconds.is_empty() {
                0
            } else {
                natural(seconds)?
            };
            Some(sign * (seconds * 1_000_000 + fraction(digits)?))
        })();
        return micros.map(|micros| Interval::new(0, 0, micros)).transpose();
    }
    match whole(text).and_then(|n| i64::try_from(n).ok()) {
        Some(n) => Interval::of_part(n, part).map(Some),
        None => Ok(None),
    }
}

/// `P1Y2M3W4DT5H6M7.8S`: any parts in any order, each with a sign of its own.
fn read_iso(text: &str) -> Result<Option<Interval>, Fault> {
    match iso_parts(text) {
        Some([months, days, micros]) => Interval::new(months, days, micros).map(Some),
        None => Ok(None),
    }
}

fn iso_parts(text: &str) -> Option<[i128; 3]> {
    let mut rest = text.strip_prefix('P').filter(|rest| !rest.is_empty())?;
    let mut in_time = false;
    let [mut months, mut days, mut micros] = [0; 3];
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            if std::mem::replace(&mut in_time, true) {
                return None;
            }
            rest = time;
            continue;
        }
        let (sign, unsigned) = match rest.strip_prefix('-') {
            Some(unsigned) => (-1, unsigned),
            None => (1, rest),
        };
        let (digits, after) = unsigned.split_at_checked(digits(unsigned))?;
        let n = sign * natural(digits)?;
        let (fractional, after) = match after.strip_prefix(['.', ',']) {
            Some(after) => {
                let (fraction, after) = after.split_at_checked(self::digits(after))?;
                (Some(fraction), after)
            }
            None => (None, after),
        };
        let mut chars = after.chars();
        let unit = chars.next()?;
        rest = chars.as_str();
        match (unit, in_time) {
            ('S', true) => {
                micros += n * 1_000_000;
                if let Some(digits) = fractional {
                    micros += sign * fraction(digits)?;
                }
            }
            _ if fractional.is_some() => return None,
            ('Y', false) => months += n * 12,
            ('M', false) => months += n,
            ('W', false) => days += n * 7,
            ('D', false) => days += n,
            ('H', true) => micros += n * 3_600_000_000,
            ('M', true) => micros += n * 60_000_000,
            _ => return None,
        }
    }
    Some([months, days, micros])
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn sign(text: &str) -> (i128, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn whole(text: &str) -> Option<i128> {
    let (sign, rest) = sign(text);
    Some(sign * natural(rest)?)
}

/// Digits and nothing else, of an INT64.
fn natural(text: &str) -> Option<i128> {
    (!text.is_empty() && digits(text) == text.len())
        .then(|| text.parse::<i64>().ok())
        .flatten()
        .map(i128::from)
}

/// Digits of a second as microseconds; what is smaller is not supported.
fn fraction(digits: &str) -> Option<i128> {
    natural(digits)?;
    let (micros, smaller) = digits.split_at_checked(6).unwrap_or((digits, ""));
    let size = u32::try_from(micros.len()).ok()?;
    let nothing = smaller.len() <= 3 && smaller.bytes().all(|b| b == b'0');
    let micros = natural(micros)? * 10_i128.pow(6 - size);
    nothing.then_some(micros)
}
