//! Dates and times that moved: between zones, by a day, by anything else, or lost what is below a unit.

use std::str::FromStr;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::case::{Candidate, Case, Guess, Prediction};
use super::mechanism::Mechanism;
use super::number::{modes, noisy};
use super::series::Kind;

const QUARTER: f64 = 900e6;
const HOUR: f64 = 3_600e6;
/// Zones that are told by their offsets, the better known first.
const ZONES: [&str; 22] = [
    "America/New_York",
    "America/Los_Angeles",
    "America/Chicago",
    "America/Denver",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Australia/Sydney",
    "America/Sao_Paulo",
    "Europe/Athens",
    "Europe/Moscow",
    "America/Phoenix",
    "America/Halifax",
    "America/St_Johns",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Auckland",
    "Australia/Adelaide",
    "Asia/Kathmandu",
    "Asia/Dubai",
];
const UNITS: [(f64, &str); 5] = [
    (86_400e6, "day"),
    (HOUR, "hour"),
    (60e6, "minute"),
    (1e6, "second"),
    (1e3, "millisecond"),
];

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let mut guesses = Vec::new();
    let mut moves: Vec<f64> = case
        .sample
        .iter()
        .map(|i| case.y[*i] - case.x[*i])
        .collect();
    let moves = modes(&mut moves, 0.0, 0.25, 6);
    let least = (case.sample.len() as f64 * 0.04).max(3.0);
    for (by, count) in &moves {
        // Offsets of two seasons are beside each other, and told together.
        if (*count as f64) >= least && *by != 0.0 && !noisy(&moves, *by, *count) {
            guesses.extend(shifted(case, *by));
        }
    }
    if case.kind() == Kind::Timestamp {
        let often: Vec<f64> = moves
            .iter()
            .filter(|m| m.1 as f64 >= least)
            .map(|m| m.0)
            .collect();
        guesses.extend(two_offsets(case, &often));
        for (unit, name) in UNITS {
            guesses.extend(cut(case, unit, name));
        }
    }
    guesses
        .into_iter()
        .filter_map(|guess| case.weigh(guess))
        .collect()
}

fn shifted(case: &Case<'_>, by: f64) -> Option<Guess> {
    let (source, goal) = case.names();
    let sign = if by < 0.0 { "-" } else { "+" };
    let (mechanism, formula) = match case.kind() {
        Kind::Date => {
            let days = by.abs();
            let unit = if days == 1.0 { "day" } else { "days" };
            let mechanism = if days == 1.0 {
                Mechanism::DayShift
            } else {
                Mechanism::Shifted
            };
            (mechanism, format!("{goal} = {source} {sign} {days} {unit}"))
        }
        _ if case.kind() == Kind::Timestamp && by % QUARTER == 0.0 && by.abs() <= 14.0 * HOUR => {
            let zones = zones(case, &[by]);
            (
                Mechanism::TimeZone,
                format!("{goal} = {source} {sign} {}{zones}", span(by.abs())),
            )
        }
        _ => (
            Mechanism::Shifted,
            format!("{goal} = {source} {sign} {}", span(by.abs())),
        ),
    };
    let p = Prediction {
        mechanism,
        formula,
        tries: 100.0,
        free: 1,
        cost: if by < 0.0 { 7.0 } else { 6.5 },
        grain: None,
    };
    case.predicted(p, |i| case.x[i] + by)
}

/// Two offsets an hour apart are those of one zone in summer and winter.
fn two_offsets(case: &Case<'_>, moves: &[f64]) -> Option<Guess> {
    let (a, b) = moves.iter().enumerate().find_map(|(at, a)| {
        let zone = |by: &f64| by % QUARTER == 0.0 && by.abs() <= 14.0 * HOUR;
        let other = moves
            .iter()
            .skip(at + 1)
            .find(|b| (**b - a).abs() == HOUR && zone(b))?;
        zone(a).then_some((a.min(*other), a.max(*other)))
    })?;
    let (source, goal) = case.names();
    let fits: Vec<bool> = case
        .x
        .iter()
        .zip(&case.y)
        .map(|(x, y)| y - x == a || y - x == b)
        .collect();
    let base = case.shuffled(|i, j| {
        let by = case.y[j] - case.x[i];
        by == a || by == b
    });
    let (low, high) = if a < 0.0 { (b, a) } else { (a, b) };
    let sign = if a < 0.0 { "-" } else { "+" };
    let zones = zones(case, &[a, b]);
    // Noise about zero has such neighbours too.
    let seasons = seasonal(case, a, b);
    seasons.then(|| Guess {
        luck: 0.0,
        mechanism: Mechanism::TimeZone,
        formula: format!(
            "{goal} = {source} {sign} {} or {}{zones}",
            span(low.abs()),
            span(high.abs())
        ),
        fits,
        could: Some(case.x.iter().map(|x| x.is_finite()).collect()),
        base,
        tries: 100.0,
        free: 2,
        cost: if a < 0.0 { 10.0 } else { 9.5 },
    })
}

/// Whether each offset has its time of the year: rows in order of time change it seldom.
fn seasonal(case: &Case<'_>, a: f64, b: f64) -> bool {
    let mut seen: Vec<(f64, bool)> = Vec::new();
    for i in &case.sample {
        let by = case.y[*i] - case.x[*i];
        if by == a || by == b {
            seen.push((case.x[*i], by == a));
        }
    }
    seen.sort_by(|a, b| a.0.total_cmp(&b.0));
    let changes = seen
        .windows(2)
        .filter(|w| matches!(w, [(_, a), (_, b)] if a != b))
        .count();
    let fewer = seen
        .iter()
        .filter(|s| s.1)
        .count()
        .min(seen.iter().filter(|s| !s.1).count());
    changes <= 2 + fewer / 4
}

/// The zones whose offsets from UTC these are, for nearly all rows.
fn zones(case: &Case<'_>, moves: &[f64]) -> String {
    let rows: Vec<(f64, f64)> = case
        .sample
        .iter()
        .map(|i| (case.x[*i], case.y[*i] - case.x[*i]))
        .filter(|(_, by)| moves.contains(by))
        .take(300)
        .collect();
    let mut fitting = Vec::new();
    for name in ZONES {
        let Ok(zone) = Tz::from_str(name) else {
            continue;
        };
        for sign in [1.0, -1.0] {
            let fit = |(x, by): &&(f64, f64)| {
                // From local time, the instant is the one the offset leads to.
                let instant = if sign > 0.0 { *x } else { x + by };
                offset(zone, instant).is_some_and(|offset| offset * sign == *by)
            };
            if rows.iter().filter(fit).count() * 50 >= rows.len() * 49 && !rows.is_empty() {
                fitting.push(name);
            }
        }
    }
    fitting.truncate(2);
    match fitting.as_slice() {
        [] => String::new(),
        names => format!(" ({})", names.join(" or ")),
    }
}

fn offset(zone: Tz, micros: f64) -> Option<f64> {
    let instant = DateTime::from_timestamp_micros(micros as i64)?;
    let offset = zone.offset_from_utc_datetime(&instant.naive_utc());
    Some(f64::from(offset.fix().local_minus_utc()) * 1e6)
}

fn cut(case: &Case<'_>, unit: f64, name: &str) -> Option<Guess> {
    let (source, goal) = case.names();
    let down = |x: f64| (x / unit).floor() * unit;
    if case.sample_share(down) < 0.03 {
        return None;
    }
    let p = Prediction {
        mechanism: Mechanism::Truncated,
        formula: format!("{goal} = {source} cut to the {name}"),
        tries: 10.0,
        free: 0,
        cost: 5.0,
        grain: Some(unit),
    };
    case.predicted(p, |i| down(case.x[i]))
}

/// A time's length in its greatest units.
fn span(micros: f64) -> String {
    let units = [(86_400e6, "d"), (HOUR, "h"), (60e6, "min"), (1e6, "s")];
    match units
        .iter()
        .find(|(unit, _)| micros >= *unit && micros % unit == 0.0)
    {
        // Offsets of zones are told in hours.
        Some((_, "d")) | Some((_, "h")) => format!("{} h", super::number::shown(micros / HOUR)),
        Some((_, "min")) if micros >= HOUR => {
            format!("{} h {} min", (micros / HOUR).floor(), micros % HOUR / 60e6)
        }
        Some((unit, name)) => format!("{} {name}", micros / unit),
        None => format!("{} s", super::number::shown(micros / 1e6)),
    }
}
