//! One value for all: NULL, defaults, constants, bounds.

use super::case::{Candidate, Case, Guess};
use super::chance::{Frequency, log_tail};
use super::mechanism::Mechanism;
use super::series::{Kind, NULL};
use crate::value::cell;

/// Values tried as the one value.
const TRIED: usize = 4;
/// Texts that stand for no value, in lower case.
const NO_TEXT: [&str; 24] = [
    "",
    "unknown",
    "n/a",
    "na",
    "none",
    "null",
    "nan",
    "default",
    "undefined",
    "missing",
    "other",
    "-",
    "--",
    "?",
    "tbd",
    "unk",
    "nil",
    "not available",
    "not applicable",
    "0",
    "-1",
    "{}",
    "[]",
    "unspecified",
];
/// Numbers that stand for no value.
const NO_NUMBER: [f64; 15] = [
    0.0, 1.0, -1.0, 50.0, 100.0, 0.5, 99.0, 999.0, 9_999.0, 99_999.0, -99.0, -999.0, -9_999.0,
    10.0, 1_000.0,
];

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let mut all = Vec::new();
    all.extend(became_null(case));
    for value in case.codes.among.top(TRIED) {
        all.extend(for_null(case, value));
        all.extend(constant(case, value));
    }
    all.extend(clamped(case));
    all
}

fn became_null(case: &Case<'_>) -> Option<Candidate> {
    let (source, goal) = case.names();
    let could: Vec<bool> = case.codes.from.iter().map(|code| *code != NULL).collect();
    let fits = case.codes.to.iter().map(|code| *code == NULL).collect();
    case.weigh(Guess {
        luck: 0.0,
        mechanism: Mechanism::BecameNull,
        formula: format!("{goal} = NULL, where {source} has a value"),
        fits,
        could: Some(could),
        base: case.codes.usual.at_most(NULL),
        tries: 1.0,
        free: 0,
        cost: 5.0,
    })
}

/// One value where the source is NULL.
fn for_null(case: &Case<'_>, value: u64) -> Option<Candidate> {
    let (source, goal) = case.names();
    let could: Vec<bool> = case.codes.from.iter().map(|code| *code == NULL).collect();
    let fits: Vec<bool> = case
        .codes
        .to
        .iter()
        .zip(&could)
        .map(|(to, null)| *null && *to == value)
        .collect();
    let at = fits.iter().position(|fits| *fits)?;
    let shown = show(case, at);
    let zero = is_zero(case, at);
    // A value in place of NULL is drawn from values, so a frequent one proves less.
    let values = 1.0 - case.codes.usual.share(NULL);
    case.weigh(Guess {
        luck: 0.0,
        mechanism: if zero {
            Mechanism::NullToZero
        } else {
            Mechanism::NullToValue
        },
        formula: format!("{goal} = {shown}, where {source} is NULL"),
        fits,
        could: Some(could),
        base: (case.codes.usual.at_most(value) / values.max(0.02)).min(1.0),
        tries: TRIED as f64,
        free: 0,
        cost: if zero { 1.0 } else { 3.0 },
    })
}

fn constant(case: &Case<'_>, value: u64) -> Option<Candidate> {
    let (_, goal) = case.names();
    let fits: Vec<bool> = case.codes.to.iter().map(|code| *code == value).collect();
    let n = fits.len() as f64;
    let share = f64::from(case.codes.among.count(value)) / n;
    // One of some values that are all as frequent is not the one value.
    let next = case
        .codes
        .among
        .top(2)
        .into_iter()
        .find(|other| *other != value);
    let next = next.map_or(0.0, |next| f64::from(case.codes.among.count(next)) / n);
    // Without rows that do not differ, nothing shows how frequent the value is anyway.
    let known = case.equal.len() >= 20 || share >= 0.8;
    if (share < 0.8 && share < 3.0 * next) || !known || case.codes.among.count(value) < 8 {
        return None;
    }
    // Where the source has the value the row would not differ. Of two values one is always the other, so that a row's
    // going one way is luck of half.
    let two = case.codes.usual.top(3).len() <= 2 && case.codes.usual.count(value) > 0;
    let could: Vec<bool> = case
        .codes
        .from
        .iter()
        .map(|code| two || *code != value)
        .collect();
    let at = fits.iter().position(|fits| *fits)?;
    let known = case
        .codes
        .from
        .iter()
        .map(|from| 1.0 - case.codes.usual.share(*from));
    let apart = known.sum::<f64>() / case.codes.from.len().max(1) as f64;
    let base = if two {
        0.55
    } else {
        (case.codes.usual.at_most(value) / apart.max(0.02)).min(1.0)
    };
    // A value of a part of the rows may be the one the side has anyway, from which the other side strayed.
    let base = if share < 0.8 {
        base.max(strayed(case, at, value))
    } else {
        base
    };
    let default = is_default(case, at);
    case.weigh(Guess {
        luck: 0.0,
        mechanism: if default {
            Mechanism::Default
        } else {
            Mechanism::Constant
        },
        formula: format!("{goal} = {}", show(case, at)),
        fits,
        could: Some(could),
        base,
        tries: TRIED as f64,
        free: 0,
        cost: if default { 4.0 } else { 6.0 },
    })
}

/// How often the value occurs in rows that do not differ, or something near it on the other side.
fn strayed(case: &Case<'_>, at: usize, value: u64) -> f64 {
    let equal = Frequency::of(case.equal.iter().map(|r| case.target.codes[*r as usize]));
    let anyway = if equal.total() >= 50 {
        equal.at_most(value)
    } else {
        0.0
    };
    let (Some(y), Some(grain)) = (case.y.get(at), case.grain()) else {
        return anyway;
    };
    let near = case
        .x
        .iter()
        .filter(|x| (**x - y).abs() <= 3.0 * grain)
        .count();
    anyway
        .max(1.3 * near as f64 / case.x.len().max(1) as f64)
        .min(1.0)
}

/// The source where it is within bounds, else the bound.
fn clamped(case: &Case<'_>) -> Option<Candidate> {
    if case.x.is_empty() {
        return None;
    }
    let (source, goal) = case.names();
    // The bounds, and rows that have them.
    let mut high: Option<(f64, usize)> = None;
    let mut low: Option<(f64, usize)> = None;
    for value in case.codes.among.top(TRIED) {
        let of = |i: &usize| case.codes.to[*i] == value && case.x[*i].is_finite();
        let at: Vec<usize> = (0..case.codes.to.len()).filter(of).collect();
        let Some((bound, row)) = at.first().map(|i| (case.y[*i], *i)) else {
            continue;
        };
        if at.len() < 5 || !bound.is_finite() {
            continue;
        }
        let above = at.iter().filter(|i| case.x[**i] > bound).count();
        let all = case.source.numbers.iter().filter(|v| v.is_finite());
        let (mut over, mut under) = (0_usize, 0_usize);
        for v in all {
            over += usize::from(*v > bound);
            under += usize::from(*v < bound);
        }
        // A constant hits rows on both sides of it as often as there are values there.
        let n = at.len() as f64;
        let sure = |hits: usize, share: f64| log_tail(hits as f64, n, share) < -10.0;
        let apart = (over + under).max(1) as f64;
        if above * 20 >= at.len() * 19 && sure(above, over as f64 / apart) && high.is_none() {
            high = Some((bound, row));
        } else if above * 20 <= at.len()
            && sure(at.len() - above, under as f64 / apart)
            && low.is_none()
        {
            low = Some((bound, row));
        }
    }
    let shown = |(_, at): (f64, usize)| show(case, at);
    let formula = match (low, high) {
        (Some(low), Some(high)) => format!(
            "{goal} = least(greatest({source}, {}), {})",
            shown(low),
            shown(high)
        ),
        (Some(low), None) => format!("{goal} = greatest({source}, {})", shown(low)),
        (None, Some(high)) => format!("{goal} = least({source}, {})", shown(high)),
        (None, None) => return None,
    };
    let fits: Vec<bool> = case
        .x
        .iter()
        .zip(&case.codes.to)
        .map(|(x, to)| {
            high.is_some_and(|(high, at)| *x > high && *to == case.codes.to[at])
                || low.is_some_and(|(low, at)| *x < low && *to == case.codes.to[at])
        })
        .collect();
    let beyond =
        |x: &f64| high.is_some_and(|(high, _)| *x > high) || low.is_some_and(|(low, _)| *x < low);
    let could: Vec<bool> = case.x.iter().map(beyond).collect();
    // What goes beyond a bound comes back to it, not somewhere near.
    let (hits, rows) = (
        fits.iter().filter(|f| **f).count(),
        could.iter().filter(|c| **c).count(),
    );
    if hits * 10 < rows * 7 {
        return None;
    }
    let share = |bound: Option<(f64, usize)>| {
        bound.map_or(0.0, |(_, at)| case.codes.usual.at_most(case.codes.to[at]))
    };
    case.weigh(Guess {
        luck: 0.0,
        mechanism: Mechanism::Clamped,
        formula,
        fits,
        could: Some(could),
        base: (share(low) + share(high)).min(0.9),
        tries: TRIED as f64,
        free: 0,
        cost: 1.0,
    })
}

/// The goal's value of a differing row.
pub(super) fn show(case: &Case<'_>, at: usize) -> String {
    let mut text = String::new();
    let row = case.rows[at] as usize;
    if !cell::push_text(&mut text, case.target.array.as_ref(), row) {
        return "NULL".to_owned();
    }
    match case.kind() {
        Kind::Text => format!("'{text}'"),
        Kind::Date => format!("DATE '{text}'"),
        _ => text,
    }
}

fn is_zero(case: &Case<'_>, at: usize) -> bool {
    case.kind().is_number() && case.y[at] == 0.0
}

fn is_default(case: &Case<'_>, at: usize) -> bool {
    let row = case.rows[at] as usize;
    match case.kind() {
        Kind::Bool => true,
        Kind::Int | Kind::Decimal | Kind::Float => {
            case.y[at].is_nan() || NO_NUMBER.contains(&case.y[at])
        }
        // The epoch, midnight, and the ends of calendars.
        Kind::Date => {
            let mut text = String::new();
            cell::push_text(&mut text, case.target.array.as_ref(), row);
            [
                "1970-01-01",
                "0001-01-01",
                "1900-01-01",
                "9999-12-31",
                "2000-01-01",
            ]
            .contains(&text.as_str())
        }
        Kind::Time | Kind::Timestamp => {
            let day = case.y[at] / 86_400e6;
            [0.0, -25_567.0, -719_162.0, 10_957.0, 2_932_896.0].contains(&day.floor())
        }
        Kind::Text => {
            let text = case
                .target
                .text(row)
                .unwrap_or_default()
                .trim()
                .to_lowercase();
            NO_TEXT.contains(&text.as_str())
        }
        Kind::List => {
            let mut text = String::new();
            cell::push_text(&mut text, case.target.array.as_ref(), row);
            text == "[]"
        }
        Kind::Other => false,
    }
}
