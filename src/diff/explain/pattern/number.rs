//! What arithmetic on the other side's number gives: sign, factor, offset, a straight line, lost bits.

use super::case::{Candidate, Case, Guess, Prediction, sample};
use super::exact;
use super::last_digits;
use super::mechanism::Mechanism;
use super::nice::{digits, factor_digits, plus, show, snap, times};
use super::series::Kind;
use crate::diff::rule::ulps;

/// Known factors between units, and what they are.
const UNITS: [(f64, &str); 28] = [
    (100.0, "a fraction as percent"),
    (60.0, "minutes as seconds"),
    (3_600.0, "hours as seconds"),
    (24.0, "days as hours"),
    (1_440.0, "days as minutes"),
    (86_400.0, "days as seconds"),
    (7.0, "weeks as days"),
    (1_000.0, "thousands as ones"),
    (1e6, "millions as ones"),
    (1e9, "billions as ones"),
    (10_000.0, "a fraction as basis points"),
    (1_024.0, "kibibytes as bytes"),
    (1_048_576.0, "mebibytes as bytes"),
    (2.54, "inches as centimetres"),
    (25.4, "inches as millimetres"),
    (0.3048, "feet as metres"),
    (30.48, "feet as centimetres"),
    (12.0, "feet as inches"),
    (0.9144, "yards as metres"),
    (1.609344, "miles as kilometres"),
    (0.45359237, "pounds as kilograms"),
    (0.453592, "pounds as kilograms"),
    (2.20462, "kilograms as pounds"),
    (16.0, "pounds as ounces"),
    (3.6, "metres a second as kilometres an hour"),
    (36.0, "a minute as a 36 minutes' rate"),
    (48.0, "a minute as a 48 minutes' rate"),
    (4.0 / 3.0, "per 36 as per 48 minutes"),
];
/// Sampled pairs of rows whose line is drawn.
const LINES: usize = 500;

/// What a factor between units is, either way round.
pub(super) fn unit(factor: f64) -> Option<String> {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-8 * b;
    UNITS.iter().find_map(|(unit, name)| {
        if near(factor, *unit) {
            Some((*name).to_owned())
        } else if near(1.0 / factor, *unit) {
            let (from, to) = name.split_once(" as ")?;
            Some(format!("{to} as {from}"))
        } else {
            None
        }
    })
}

/// The mechanism of a factor, its formula and its cost.
pub(super) fn scaled(source: &str, factor: f64) -> (Mechanism, String, String, f64) {
    let product = times(source, factor);
    match unit(factor) {
        Some(unit) => (
            Mechanism::UnitChange,
            product,
            format!(" ({unit})"),
            5.0 + small(factor),
        ),
        None => (
            Mechanism::Scaled,
            product,
            String::new(),
            7.0 + f64::from(factor_digits(factor)) + small(factor),
        ),
    }
}

/// Of a factor and its inverse, the greater is told.
fn small(factor: f64) -> f64 {
    if factor.abs() < 1.0 { 0.5 } else { 0.0 }
}

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let mut all = Vec::new();
    let (source, goal) = case.names();
    let guess = |mechanism, formula: String, free, cost, tries| Prediction {
        mechanism,
        formula,
        tries,
        free,
        cost,
        grain: None,
    };
    if case.sample_share(|x| -x) > 0.03 {
        let p = guess(
            Mechanism::SignFlipped,
            format!("{goal} = -{source}"),
            0,
            4.0,
            1.0,
        );
        all.extend(case.predicted(p, |i| -case.x[i]));
    }
    // A flip of signs would hit positive values too.
    let signs = |positive: bool| {
        let all = case
            .source
            .numbers
            .iter()
            .filter(|x| if positive { **x > 0.0 } else { **x < 0.0 });
        all.count() as f64
    };
    let negative = signs(false) / (signs(false) + signs(true)).max(1.0);
    let below = case
        .x
        .iter()
        .zip(&case.y)
        .filter(|(x, y)| **x < 0.0 && **x == -**y)
        .count();
    let above = case
        .x
        .iter()
        .zip(&case.y)
        .filter(|(x, y)| **x > 0.0 && **x == -**y)
        .count();
    if above * 20 <= below && below as f64 * negative.max(1e-9).ln() < -6.0 {
        let p = guess(
            Mechanism::Absolute,
            format!("{goal} = abs({source})"),
            0,
            -4.0,
            1.0,
        );
        all.extend(case.predicted(p, |i| match case.x[i] {
            x if x < 0.0 => -x,
            _ => f64::NAN,
        }));
    }
    let pairs: Vec<(f64, f64)> = case
        .sample
        .iter()
        .map(|i| (case.x[*i], case.y[*i]))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    if pairs.len() < 5 {
        return finish(case, all);
    }
    let size = pairs.iter().map(|(x, y)| x.abs() + y.abs()).sum::<f64>() / pairs.len() as f64;
    let least = (pairs.len() as f64 * 0.04).max(3.0);
    match case.exact() {
        Some(exact) => all.extend(exact::shifted(case, exact)),
        None => all.extend(shifted(case, &pairs, size)),
    }
    all.extend(last_digits::guesses(case));
    let mut factors: Vec<f64> = pairs
        .iter()
        .filter(|(x, y)| *x != 0.0 && *y != 0.0)
        .map(|(x, y)| y / x)
        .collect();
    for (factor, count) in modes(&mut factors, 1e-9, 0.0, 3) {
        if (count as f64) < least || (factor.abs() - 1.0).abs() < 1e-8 {
            continue;
        }
        let factor = exact(factor);
        let (mechanism, product, unit, cost) = scaled(source, factor);
        let p = guess(
            mechanism,
            format!("{goal} = {product}{unit}"),
            1,
            cost,
            100.0,
        );
        all.extend(match case.exact().filter(|exact| exact.wide) {
            Some(exact) => exact::scaled(case, exact, factor, p),
            None => case.predicted(p, |i| case.x[i] * factor),
        });
    }
    for (slope, offset) in lines(&pairs, size) {
        let line = plus(&times(source, slope), offset);
        let cost = 12.0 + f64::from(factor_digits(slope) + digits(offset)) + small(slope);
        let p = guess(
            Mechanism::Affine,
            format!("{goal} = {line}"),
            2,
            cost,
            1_000.0,
        );
        // A line needs more points than it takes to draw one.
        let mut seen: Vec<f64> = Vec::new();
        for (x, y) in &pairs {
            if case.kind().same(slope * x + offset, *y) && !seen.contains(x) && seen.len() < 5 {
                seen.push(*x);
            }
        }
        if seen.len() >= 5 {
            all.extend(case.predicted(p, |i| slope * case.x[i] + offset));
        }
    }
    finish(case, all)
}

/// A constant is added.
fn shifted(case: &Case<'_>, pairs: &[(f64, f64)], size: f64) -> Vec<Guess> {
    let (source, goal) = case.names();
    let least = (pairs.len() as f64 * 0.04).max(3.0);
    let mut offsets: Vec<f64> = pairs.iter().map(|(x, y)| y - x).collect();
    let found = modes(&mut offsets, 0.0, 1e-9 * size, 6);
    let mut all = Vec::new();
    for (offset, count) in found.iter().copied().take(3) {
        if (count as f64) < least || offset.abs() <= 2e-9 * size || noisy(&found, offset, count) {
            continue;
        }
        let offset = snap_offset(offset, size);
        let p = Prediction {
            mechanism: Mechanism::Shifted,
            formula: format!("{goal} = {}", plus(source, offset)),
            tries: 100.0,
            free: 1,
            cost: 7.5 + f64::from(digits(offset)) + if offset < 0.0 { 0.5 } else { 0.0 },
            grain: None,
        };
        all.extend(case.predicted(p, |i| case.x[i] + offset));
    }
    all
}

fn finish(case: &Case<'_>, mut guesses: Vec<Guess>) -> Vec<Candidate> {
    guesses.extend(float32(case));
    guesses.extend(noise(case));
    guesses
        .into_iter()
        .filter_map(|guess| case.weigh(guess))
        .collect()
}

/// A factor as it was probably written: a short decimal, or one over one.
fn exact(factor: f64) -> f64 {
    let (a, b) = (snap(factor), snap(1.0 / factor));
    if digits(b) < digits(a) { 1.0 / b } else { a }
}

fn snap_offset(offset: f64, size: f64) -> f64 {
    super::nice::simplest(offset - 2e-9 * size, offset + 2e-9 * size)
}

/// The values that many agree on, each with how many do; values nearer than the slack agree.
pub(super) fn modes(
    values: &mut Vec<f64>,
    relative: f64,
    absolute: f64,
    most: usize,
) -> Vec<(f64, usize)> {
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    let mut found = Vec::new();
    let mut from = 0;
    for to in 1..=values.len() {
        let start = values[from];
        let apart = |v: f64| v - start > absolute + relative * start.abs();
        if values.get(to).is_none_or(|v| apart(*v)) {
            found.push((values[(from + to) / 2], to - from));
            from = to;
        }
    }
    found.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.total_cmp(&b.0)));
    found.truncate(most);
    found
}

/// Whether an offset is one of several about as frequent and as far from zero, as noise of a few steps has them.
pub(super) fn noisy(offsets: &[(f64, usize)], offset: f64, count: usize) -> bool {
    offsets.iter().any(|(other, n)| {
        *other != offset
            && (other - offset).abs() <= 3.0 * offset.abs()
            && *n as f64 > 0.35 * count as f64
    })
}

/// The lines through pairs of rows that many pairs agree on.
fn lines(pairs: &[(f64, f64)], size: f64) -> Vec<(f64, f64)> {
    let n = pairs.len();
    let mut slopes = Vec::new();
    for step in [1, 7, 31, 101] {
        for i in sample(n, LINES) {
            let ((x, y), (u, v)) = (pairs[i], pairs[(i + step) % n]);
            // Points too near each other say nothing of the slope.
            if (u - x).abs() > 1e-3 * size.max(1e-300) && v != y {
                slopes.push((v - y) / (u - x));
            }
        }
    }
    let least = (slopes.len() / 100).max(5);
    let mut lines = Vec::new();
    for (slope, count) in modes(&mut slopes, 1e-7, 0.0, 3) {
        let slope = {
            let near = |v: f64| super::nice::simplest(v - 2e-7 * v.abs(), v + 2e-7 * v.abs());
            let (a, b) = (near(slope), near(1.0 / slope));
            if digits(b) < digits(a) { 1.0 / b } else { a }
        };
        // A factor and an offset alone are tried as such.
        if count < least || (slope - 1.0).abs() < 1e-9 {
            continue;
        }
        let mut offsets: Vec<f64> = pairs.iter().map(|(x, y)| y - slope * x).collect();
        if let Some((offset, _)) = modes(&mut offsets, 0.0, 1e-8 * size, 1).first()
            && offset.abs() > 1e-8 * size
        {
            lines.push((
                slope,
                super::nice::simplest(offset - 1e-8 * size, offset + 1e-8 * size),
            ));
        }
    }
    lines
}

fn float32(case: &Case<'_>) -> Option<Guess> {
    if case.kind() != Kind::Float {
        return None;
    }
    let (source, goal) = case.names();
    let narrow = |x: f64| f64::from(x as f32);
    let fits: Vec<bool> = case
        .x
        .iter()
        .zip(&case.y)
        .map(|(x, y)| narrow(*x) == *y && x != y)
        .collect();
    // A short number such as 142 or 0.5 is a float of 32 bits whatever made it.
    let long = fits
        .iter()
        .zip(&case.y)
        .filter(|(fits, y)| **fits && digits(**y) > 7);
    if long.count() * 2 < fits.iter().filter(|fits| **fits).count() {
        return None;
    }
    Some(Guess {
        luck: 0.0,
        mechanism: Mechanism::Float32,
        formula: format!("{goal} = float32({source})"),
        fits,
        could: Some(case.x.iter().map(|x| x.is_finite()).collect()),
        base: 1e-3,
        tries: 1.0,
        free: 0,
        cost: 2.0,
    })
}

/// As many representable numbers lie between floats that differ by noise, at most, and how that is told.
const NOISE: [(u64, &str); 4] = [
    (1, "1 ulp"),
    (2, "2 ulps"),
    (4, "3-4 ulps"),
    (16, "5-16 ulps"),
];

/// Representable numbers between two floats that are still nearly the same.
const BEYOND: u64 = 1 << 20;

/// Both directions see the same, so one tells it.
fn noise(case: &Case<'_>) -> Option<Guess> {
    if case.kind() != Kind::Float || case.goal == super::Side::Left {
        return None;
    }
    let mut counts = [0_u64; NOISE.len()];
    let fits: Vec<bool> = case
        .x
        .iter()
        .zip(&case.y)
        .map(|(x, y)| {
            if !x.is_finite() || !y.is_finite() || x == y {
                return false;
            }
            let apart = ulps(*x, *y);
            let bin = NOISE
                .iter()
                .zip(&mut counts)
                .find(|((most, _), _)| apart <= *most);
            bin.map(|(_, count)| *count += 1).is_some()
        })
        .collect();
    // Where as many rows lie somewhat farther off, what moved them reaches beyond the last bits.
    let near = case.x.iter().zip(&case.y).filter(|(x, y)| {
        let last = NOISE.last().map_or(0, |(most, _)| *most);
        x.is_finite() && y.is_finite() && (last + 1..BEYOND).contains(&ulps(**x, **y))
    });
    if near.count() as f64 > 0.35 * counts.iter().sum::<u64>() as f64 {
        return None;
    }
    let told: Vec<String> = NOISE
        .iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|((_, name), count)| format!("{name} in {count}"))
        .collect();
    Some(Guess {
        luck: 0.0,
        mechanism: Mechanism::FloatNoise,
        formula: format!("right = left but for the last bits ({})", told.join(", ")),
        fits,
        could: Some(case.x.iter().map(|x| x.is_finite()).collect()),
        base: 1e-3,
        tries: 1.0,
        free: 0,
        cost: 1.0,
    })
}

/// A number as text, for other formulas.
pub(super) fn shown(value: f64) -> String {
    show(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_agree_are_counted() {
        let mut values = vec![2.0, 1.0, 2.0 + 1e-12, f64::NAN, 5.0];
        assert_eq!(modes(&mut values, 1e-9, 0.0, 1), [(2.0 + 1e-12, 2)]);
        assert_eq!(modes(&mut Vec::new(), 0.0, 0.0, 3), []);
    }

    #[test]
    fn units_read_both_ways() {
        assert_eq!(unit(1.0 / 60.0).unwrap(), "seconds as minutes");
        assert_eq!(unit(100.0).unwrap(), "a fraction as percent");
        assert_eq!(unit(17.0), None);
    }
}
