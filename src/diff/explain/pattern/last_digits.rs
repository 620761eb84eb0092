//! Floats that moved by so little that rounding blurs by how much: an offset or a factor lost in the last digits.
//!
//! Each row bounds the parameter by what rounding its sum may have lost. The parameter that most rows' bounds share is found
//! by a sweep, and the simplest number within them all is told.

use super::case::{Case, Guess, Meeting, Prediction};
use super::mechanism::Mechanism;
use super::nice::{digits, plus, show, simplest};
use super::number::{modes, noisy};
use super::series::{Kind, rough_code};

/// What an addition may lose, in units of the greater number's last place.
const LOST: f64 = 2.0;
/// A change of fewer such units shows nothing of what made it.
const SHOWS: f64 = 16.0;
/// Greater changes, in the size of the values, are found as any other.
const SMALL: f64 = 1e-6;
/// Rows as near as this to the prediction, in units of the last place, are near misses.
const NEAR: f64 = 16.0;

/// What changed by.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Offset,
    /// One less than the factor.
    Factor,
}

pub(super) fn guesses(case: &Case<'_>) -> Vec<Guess> {
    if case.kind() != Kind::Float {
        return Vec::new();
    }
    [By::Offset, By::Factor]
        .into_iter()
        .filter_map(|by| changed(case, by))
        .collect()
}

/// The last place of the greater of two numbers, or up to twice that.
fn place(x: f64, y: f64) -> f64 {
    f64::EPSILON * x.abs().max(y.abs())
}

fn changed(case: &Case<'_>, by: By) -> Option<Guess> {
    let per = |x: f64| if by == By::Factor { x } else { 1.0 };
    let mut bounds = Vec::new();
    let mut moves = Vec::new();
    for i in &case.sample {
        let (x, y) = (case.x[*i], case.y[*i]);
        let (change, place) = (y - x, place(x, y));
        let small = change.abs() <= SMALL * x.abs().max(y.abs()) || by == By::Offset;
        if x.is_finite() && y.is_finite() && small && change.abs() >= SHOWS * place && per(x) != 0.0
        {
            let (a, b) = (
                (change - LOST * place) / per(x),
                (change + LOST * place) / per(x),
            );
            bounds.push((a.min(b), a.max(b)));
            moves.push(change / per(x));
        }
    }
    let least = (case.sample.len() as f64 * 0.04).max(5.0);
    let (low, high, count) = most_shared(&bounds)?;
    let value = simplest(low, high);
    let sizes: Vec<f64> = case.x.iter().copied().filter(|x| x.is_finite()).collect();
    let size = sizes.iter().map(|x| x.abs()).sum::<f64>() / sizes.len().max(1) as f64;
    let limit = if by == By::Factor {
        SMALL
    } else {
        SMALL * size
    };
    if (count as f64) < least || value == 0.0 || value.abs() > limit {
        return None;
    }
    // What is about as frequent beside it makes it one of several; the moves themselves are blurred.
    let mut moves = modes(&mut moves, 1e-3, 0.0, 6);
    for (other, _) in &mut moves {
        if (*other - value).abs() <= 0.01 * value.abs() {
            *other = value;
        }
    }
    if noisy(&moves, value, count) {
        return None;
    }
    let (source, goal) = case.names();
    let product = |sign: char| format!("{goal} = {source} * (1 {sign} {})", show(value.abs()));
    let (mechanism, formula, cost) = match by {
        By::Offset => (
            Mechanism::Shifted,
            format!("{goal} = {}", plus(source, value)),
            7.5,
        ),
        By::Factor => (
            Mechanism::Scaled,
            product(if value < 0.0 { '-' } else { '+' }),
            8.0,
        ),
    };
    let p = Prediction {
        mechanism,
        formula,
        tries: 100.0,
        free: 1,
        cost: cost + f64::from(digits(value)) + if value < 0.0 { 0.5 } else { 0.0 },
        grain: None,
    };
    // How far the change is from the predicted one, and by how much it may be, in the number itself.
    let off = |i: usize| {
        let (x, y) = (case.x[i], case.y[i]);
        let made = value * per(x);
        let shows = made.abs() >= SHOWS * place(x, y);
        let off = if shows {
            (y - x - made).abs()
        } else {
            (x + made - y).abs()
        };
        (off, if shows { LOST * place(x, y) } else { 0.0 })
    };
    let meeting = Meeting {
        could: &|i| case.x[i].is_finite() && case.x[i] + value * per(case.x[i]) != case.x[i],
        fits: &|i| {
            let (off, slack) = off(i);
            off <= slack
        },
        near: &|i| off(i).0 <= NEAR * place(case.x[i], case.y[i]),
        code: &|i| rough_code(case.x[i] + value * per(case.x[i])),
    };
    let mut guess = case.told(p, case.rough(), &meeting)?;
    // As many rows fit by luck as there are in a window of this width beside it.
    let near = (0..guess.fits.len())
        .filter(|i| !guess.fits[*i] && (meeting.near)(*i))
        .count();
    let beside = near as f64 * LOST / (NEAR - LOST) / guess.fits.len().max(1) as f64;
    guess.base = guess.base.max(beside);
    Some(guess)
}

/// Where the most intervals overlap, and how many do.
fn most_shared(bounds: &[(f64, f64)]) -> Option<(f64, f64, usize)> {
    let ends = bounds
        .iter()
        .flat_map(|(low, high)| [(*low, -1_i64), (*high, 1)]);
    let mut ends: Vec<(f64, i64)> = ends.filter(|end| end.0.is_finite()).collect();
    // What begins comes before what ends at the same place.
    ends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut open, mut most) = (0_i64, 0_i64);
    let mut best = None;
    for (at, (from, end)) in ends.iter().enumerate() {
        open -= end;
        if open > most {
            most = open;
            let to = ends.get(at + 1).map_or(*from, |next| next.0);
            best = Some((*from, to, usize::try_from(most).unwrap_or(0)));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_overlap() {
        let bounds = [(0.0, 3.0), (1.0, 2.0), (2.0, 5.0), (9.0, 9.5)];
        assert_eq!(most_shared(&bounds), Some((2.0, 2.0, 3)));
        assert_eq!(most_shared(&[]), None);
    }
}
