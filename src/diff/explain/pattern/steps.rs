//! A straight line cut or rounded to whole steps: `trunc((left - 100) / 20)`.
//!
//! Each row bounds `slope * x + offset` by the step its value stands for. For a slope, the offset that keeps the most rows
//! within their bounds is found by a sweep, so the search is over slopes only; rows of noise count no more than any other.
//! Many slopes and offsets keep as many rows; the simplest is told, and between which they lie.

use super::case::{Candidate, Case, Prediction, sample};
use super::mechanism::Mechanism;
use super::nice::{digits, factor_digits, plus, show, simplest, times};
use super::number::scaled;
use super::rounding::Cut;

/// Rows the search looks at, first roughly and then finely.
const ROUGH: usize = 160;
const FINE: usize = 500;
/// Below this correlation there is no line.
const CORRELATION: f64 = 0.15;
/// The share of rows a line must keep on the way.
const SHARE: f64 = 0.3;
const CUTS: [Cut; 4] = [Cut::Round, Cut::Trunc, Cut::Floor, Cut::Ceil];

/// Points and how their values were cut.
struct Points<'a> {
    points: &'a [(f64, f64)],
    cut: Cut,
    /// The size of a step.
    step: f64,
}

/// How many points a slope keeps, and with which offsets.
#[derive(Debug, Clone, Copy)]
struct Kept {
    count: usize,
    low: f64,
    high: f64,
}

impl Points<'_> {
    /// What `slope * x + offset` may be for a value; open ends are drawn in a little.
    fn bounds(&self, y: f64) -> (f64, f64) {
        let (step, hair) = (self.step, self.step * 1e-7);
        let (down, up) = ((y, y + step - hair), (y - step + hair, y));
        match self.cut {
            Cut::Round | Cut::Even => (y - step / 2.0, y + step / 2.0),
            Cut::Floor => down,
            Cut::Ceil => up,
            Cut::Trunc if y > 0.0 => down,
            Cut::Trunc if y < 0.0 => up,
            Cut::Trunc => (up.0, down.1),
        }
    }

    /// How many points the line makes exactly.
    fn hits(&self, slope: f64, offset: f64) -> usize {
        let digits = -(self.step.log10().round() as i32);
        let made = |(x, y): &&(f64, f64)| {
            let made = self.cut.digits(slope * x + offset, digits);
            (made - y).abs() <= 1e-6 * self.step
        };
        self.points.iter().filter(made).count()
    }

    fn keep(&self, slope: f64) -> Kept {
        let mut ends: Vec<(f64, i32)> = Vec::with_capacity(2 * self.points.len());
        for (x, y) in self.points {
            let (low, high) = self.bounds(*y);
            // What arithmetic loses is no reason to drop a point.
            let hair = 1e-9 * (slope * x).abs() + 1e-9 * self.step;
            ends.push((low - slope * x - hair, -1));
            ends.push((high - slope * x + hair, 1));
        }
        // What begins comes before what ends at the same offset.
        ends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut open, mut best) = (
            0,
            Kept {
                count: 0,
                low: 0.0,
                high: 0.0,
            },
        );
        for (at, (offset, end)) in ends.iter().enumerate() {
            open -= end;
            if open > best.count as i32 {
                best = Kept {
                    count: open as usize,
                    low: *offset,
                    high: ends.get(at + 1).map_or(*offset, |next| next.0),
                };
            }
        }
        best
    }
}

/// A line and what may be written instead of it.
#[derive(Debug, Clone)]
struct Line {
    slope: f64,
    offset: f64,
    cut: Cut,
    /// As a function of the source.
    text: String,
    cost: f64,
    span: String,
    proportional: bool,
}

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let Some(step) = case.grain() else {
        return Vec::new();
    };
    let points: Vec<(f64, f64)> = case
        .sample
        .iter()
        .map(|i| (case.x[*i], case.y[*i]))
        .filter(|(x, y)| x.is_finite() && y.is_finite() && x.abs() < 1e15 && y.abs() < 1e15)
        .collect();
    if points.len() < 8 {
        return Vec::new();
    }
    let pick = |most| {
        sample(points.len(), most)
            .into_iter()
            .map(|i| points[i])
            .collect::<Vec<_>>()
    };
    let (rough, fine) = (pick(ROUGH), pick(FINE));
    let sign = match correlation(&fine) {
        Some(r) if r > CORRELATION => 1.0,
        Some(r) if r < -CORRELATION => -1.0,
        _ => return Vec::new(),
    };
    let starts = starts(&fine, sign);
    let mut lines: Vec<(usize, Line)> = Vec::new();
    for cut in CUTS {
        let few = Points {
            points: &rough,
            cut,
            step,
        };
        let many = Points {
            points: &fine,
            cut,
            step,
        };
        let rated = starts.iter().map(|slope| (few.keep(*slope).count, *slope));
        let Some((count, slope)) = rated.max_by(|a, b| {
            // Of slopes that keep as many, the simplest.
            let simple = factor_digits(b.1).cmp(&factor_digits(a.1));
            a.0.cmp(&b.0)
                .then(simple)
                .then(b.1.abs().total_cmp(&a.1.abs()))
        }) else {
            continue;
        };
        if (count as f64) < SHARE * rough.len() as f64 {
            continue;
        }
        let (slope, kept) = climb(&many, slope);
        if let Some(line) = simple(&many, slope, kept.count, case.names().0) {
            lines.push((kept.count, line));
        }
    }
    let most = lines.iter().map(|(count, _)| *count).max().unwrap_or(0);
    lines.retain(|(count, _)| count * 100 >= most * 97);
    let found = lines
        .into_iter()
        .filter_map(|(_, line)| claim(case, &line, step));
    found.collect()
}

fn claim(case: &Case<'_>, line: &Line, step: f64) -> Option<Candidate> {
    let goal = case.names().1;
    let digits = -(step.log10().round() as i32);
    let cut = line.cut;
    let value = |x: f64| cut.digits(line.slope * x + line.offset, digits);
    // A line of so few steps that the values' shares alone make it is none.
    let (mut from, mut to): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for i in &case.sample {
        let (x, value) = (case.x[*i], value(case.x[*i]));
        if case.kind().same(value, case.y[*i]) {
            if !to.contains(&value) && to.len() < 3 {
                to.push(value);
            }
            if !from.contains(&x) && from.len() < 8 {
                from.push(x);
            }
        }
    }
    if to.len() < 3 || from.len() < 8 {
        return None;
    }
    // Multiples of a step that move by an offset are cut by nothing.
    let whole = |x: &f64| (x / step - (x / step).round()).abs() < 1e-6;
    if (line.slope.abs() - 1.0).abs() < 1e-9 && from.iter().all(whole) {
        return None;
    }
    let text = match digits {
        0 => format!("{}({})", cut.name(), line.text),
        _ => format!("{}({}, {digits})", cut.name(), line.text),
    };
    let (mechanism, note, cost) = if line.proportional {
        let (mechanism, _, unit, cost) = scaled("", line.slope);
        (mechanism, unit, cost + 8.0)
    } else {
        (Mechanism::TruncatedAffine, line.span.clone(), line.cost)
    };
    let p = Prediction {
        mechanism,
        formula: format!("{goal} = {text}{note}"),
        tries: 10_000.0,
        free: if line.proportional { 1 } else { 2 },
        cost,
        // Of a mere offset, what is as far off the other way is near.
        grain: Some(if (line.slope - 1.0).abs() < 0.02 {
            step.max(line.offset.abs())
        } else {
            step
        }),
    };
    let mut guess = case.predicted(p, |i| value(case.x[i]))?;
    // What is cut has room for some rows of noise that a plain line has not.
    guess.luck += 0.004 * guess.fits.iter().filter(|fits| **fits).count() as f64;
    case.weigh(guess)
}

fn correlation(points: &[(f64, f64)]) -> Option<f64> {
    // By rank, for a few great values must not hide the rest.
    let ranks = |of: fn(&(f64, f64)) -> f64| {
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|a, b| of(&points[*a]).total_cmp(&of(&points[*b])));
        let mut ranks = vec![0.0; points.len()];
        let mut from = 0;
        while from < order.len() {
            let value = of(&points[order[from]]);
            let same = order[from..]
                .iter()
                .take_while(|i| of(&points[**i]) == value)
                .count();
            for i in &order[from..from + same] {
                ranks[*i] = from as f64 + same as f64 / 2.0;
            }
            from += same;
        }
        ranks
    };
    let (a, b) = (ranks(|p| p.0), ranks(|p| p.1));
    let n = points.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| {
        a.iter()
            .zip(&b)
            .map(|(a, b)| f(a - mean_a, b - mean_b))
            .sum::<f64>()
    };
    let (ab, aa, bb) = (sum(&|a, b| a * b), sum(&|a, _| a * a), sum(&|_, b| b * b));
    (aa > 0.0 && bb > 0.0).then(|| ab / (aa * bb).sqrt())
}

/// Slopes to begin with: about the median of the slopes between far points, and all sizes that are possible.
fn starts(points: &[(f64, f64)], sign: f64) -> Vec<f64> {
    let n = points.len();
    let mut xs: Vec<f64> = points.iter().map(|p| p.0).collect();
    xs.sort_by(f64::total_cmp);
    let spread = xs[n * 3 / 4] - xs[n / 4];
    let mut slopes: Vec<f64> = Vec::new();
    for step in [1, 3, 17, 37] {
        for i in 0..n {
            let ((x, y), (u, v)) = (points[i], points[(i + step) % n]);
            if (u - x).abs() > spread.max(1e-300) * 0.7 {
                slopes.push((v - y) / (u - x));
            }
        }
    }
    slopes.retain(|s| s.is_finite() && *s * sign > 0.0);
    slopes.sort_by(f64::total_cmp);
    let mut starts = Vec::new();
    if let Some(median) = slopes.get(slopes.len() / 2) {
        starts.extend((-24..=24).map(|k| median * (1.0 + f64::from(k) / 400.0)));
        starts.extend((-40..=40).map(|k| median * 2_f64.powf(f64::from(k) / 12.0)));
    }
    // Rates and units are the slopes that are known.
    let ratios: Vec<f64> = points
        .iter()
        .filter(|p| p.0 != 0.0 && p.1 != 0.0)
        .map(|p| p.1 / p.0)
        .collect();
    if let Some(middle) = ratios
        .get(ratios.len() / 2)
        .copied()
        .filter(|m| m * sign > 0.0)
    {
        let mut sorted = ratios;
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        for slack in [0.002, 0.01, 0.03, 0.1] {
            for of in [middle, median] {
                let size = of.abs();
                starts.push(sign * simplest(size * (1.0 - slack), size * (1.0 + slack)));
                let inverse = simplest((1.0 - slack) / size, (1.0 + slack) / size);
                starts.push(sign / inverse);
            }
        }
    }
    starts.push(sign);
    starts.retain(|s| s.is_finite() && *s * sign > 0.0);
    starts
}

/// Better slopes near a slope, in ever smaller steps.
fn climb(points: &Points<'_>, start: f64) -> (f64, Kept) {
    let (mut slope, mut best) = (start, points.keep(start));
    let mut step = 0.02;
    while step > 1e-8 {
        let sides = [slope * (1.0 + step), slope * (1.0 - step)];
        let better = sides
            .map(|s| (s, points.keep(s)))
            .into_iter()
            .max_by_key(|(_, kept)| kept.count)
            .filter(|(_, kept)| kept.count > best.count);
        match better {
            Some((s, kept)) => (slope, best) = (s, kept),
            None => step /= 2.5,
        }
    }
    (slope, best)
}

/// The simplest line that keeps as many points, but for a few that may be luck.
fn simple(points: &Points<'_>, slope: f64, count: usize, source: &str) -> Option<Line> {
    let enough = count - (count / 200).max(usize::from(count > 40));
    let holds = |s: f64| points.keep(s).count >= enough;
    // How far the slope may go either way, by halving.
    let reach = |sign: f64| {
        let (mut inside, mut outside) = (0.0, 0.6);
        for _ in 0..28 {
            let middle = f64::midpoint(inside, outside);
            if holds(slope * (1.0 + sign * middle)) {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        slope * (1.0 + sign * inside)
    };
    let (a, b) = (reach(-1.0), reach(1.0));
    let (low, high) = (a.min(b), a.max(b));
    let mut slopes = vec![slope, 1.0, -1.0];
    let middle = f64::midpoint(low, high);
    for part in [1.0, 0.6, 0.3, 0.1] {
        let (from, to) = (
            middle + (low - middle) * part,
            middle + (high - middle) * part,
        );
        slopes.push(simplest(from, to));
        slopes.push(1.0 / simplest(1.0 / to, 1.0 / from));
        slopes.push(simplest(
            slope + (low - slope) * part,
            slope + (high - slope) * part,
        ));
        slopes.push(
            1.0 / simplest(
                1.0 / (slope + (high - slope) * part),
                1.0 / (slope + (low - slope) * part),
            ),
        );
    }
    slopes.retain(|s| s.is_finite() && *s != 0.0 && (low..=high).contains(s));
    slopes.sort_by(f64::total_cmp);
    slopes.dedup();
    let mut best: Option<Line> = None;
    for slope in slopes {
        let kept = points.keep(slope);
        if kept.count < enough {
            continue;
        }
        let line = written(points, slope, kept, (low, high), source);
        if best.as_ref().is_none_or(|best| line.cost < best.cost) {
            best = Some(line);
        }
    }
    best
}

/// A slope and its offsets in the form of fewest digits.
fn written(points: &Points<'_>, slope: f64, kept: Kept, slopes: (f64, f64), source: &str) -> Line {
    let mut forms: Vec<(u32, f64, String)> = Vec::new();
    // An end of the interval may be open, and then only what is within will do.
    for part in [0.0, 0.02, 0.2] {
        let inner = (kept.high - kept.low) * part;
        let (low, high) = (kept.low + inner, kept.high - inner);
        let offset = simplest(low, high);
        // As `(x - base) / divisor`.
        let bases = (-low / slope, -high / slope);
        let base = simplest(bases.0.min(bases.1), bases.0.max(bases.1));
        if offset == 0.0 {
            forms.push((factor_digits(slope), 0.0, times(source, slope)));
        } else {
            let plain = if (slope - 1.0).abs() < 1e-9 {
                plus(source, offset)
            } else {
                plus(&times(source, slope), offset)
            };
            if (slope - 1.0).abs() > 1e-9 {
                let based = times(&format!("({})", plus(source, -base)), slope);
                forms.push((factor_digits(slope) + digits(base), -base * slope, based));
            }
            forms.push((factor_digits(slope) + digits(offset), offset, plain));
        }
    }
    let fitting = |offset: f64| points.hits(slope, offset);
    let most = forms.iter().map(|form| fitting(form.1)).max().unwrap_or(0);
    forms.retain(|form| fitting(form.1) * 200 >= most * 199);
    let best = forms.into_iter().min_by_key(|form| form.0);
    let (count, offset, text) = best.unwrap_or((20, kept.low, times(source, slope)));
    let proportional = offset == 0.0;
    let (low_slope, high_slope) = slopes;
    let inverse = factor_digits(slope) < digits(slope) || slope.abs() < 0.5;
    let (what, from, to) = if inverse {
        ("divisor", 1.0 / high_slope, 1.0 / low_slope)
    } else {
        ("factor", low_slope, high_slope)
    };
    let cut = match points.cut {
        Cut::Trunc | Cut::Round => 0.0,
        Cut::Floor => 0.5,
        _ => 1.0,
    };
    let short = |v: f64| show(format!("{v:.3e}").parse().unwrap_or(v));
    Line {
        slope,
        offset,
        cut: points.cut,
        text,
        cost: 16.0 + cut + f64::from(count),
        span: format!(" ({what} {} to {} fits as well)", short(from), short(to)),
        proportional,
    }
}
