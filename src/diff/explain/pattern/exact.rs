//! Integers and decimals as they are: beyond 2^53, floats of two values may be one.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Int64Type, i256};
use hashbrown::HashMap;

use super::case::{Case, Guess, Meeting, Prediction};
use super::mechanism::Mechanism;
use super::nice::{digits, factor_digits};
use super::number::noisy;
use super::series::{NULL, Series, decimal_code};
use crate::value::decimal;

/// Offsets tried.
const OFFSETS: usize = 3;
/// Integers up to it are floats.
const FLOATS: i128 = 1 << 53;

/// The differing rows of two columns of integers or decimals, at one scale.
pub(super) struct Exact {
    x: Vec<Option<i256>>,
    y: Vec<Option<i256>>,
    scale: u32,
    /// Whether there are values that floats do not tell apart.
    pub(super) wide: bool,
}

impl Exact {
    pub(super) fn new(case: &Case<'_>) -> Option<Self> {
        let scales = [scale(case.source)?, scale(case.target)?];
        let scale = scales[0].max(scales[1]);
        let of = |series: &Series, own: u32| -> Option<Vec<Option<i256>>> {
            let more = i256::from_i128(10).checked_pow(scale - own)?;
            let rows = case.rows.iter().map(|row| {
                let value = unscaled(series.array.as_ref(), *row as usize)?;
                if scale == own {
                    Some(value)
                } else {
                    value.checked_mul(more)
                }
            });
            Some(rows.collect())
        };
        let (x, y) = (of(case.source, scales[0])?, of(case.target, scales[1])?);
        let wide = |v: &i256| {
            v.to_i128()
                .is_none_or(|v| v.unsigned_abs() > FLOATS.unsigned_abs())
        };
        Some(Self {
            wide: x.iter().chain(&y).flatten().any(wide),
            x,
            y,
            scale,
        })
    }

    fn difference(&self, i: usize) -> Option<i256> {
        let (x, y) = ((*self.x.get(i)?)?, (*self.y.get(i)?)?);
        y.checked_sub(x)
    }

    /// The power of ten all values of the goal are multiples of, but for a few.
    pub(super) fn grain(&self, sample: &[usize]) -> Option<f64> {
        let values: Vec<i256> = sample
            .iter()
            .filter_map(|i| *self.y.get(*i)?)
            .filter(|y| *y != i256::ZERO)
            .collect();
        if values.is_empty() {
            return None;
        }
        // The steps that are tried: a thousand down to a millionth.
        (-3..=6_i32).find_map(|digits| {
            let step = u32::try_from(i64::from(self.scale) - i64::from(digits)).ok();
            let step = i256::from_i128(10).checked_pow(step.unwrap_or(0))?;
            let whole = values.iter().filter(|y| y.wrapping_rem(step) == i256::ZERO);
            (whole.count() * 100 >= values.len() * 82).then(|| 10_f64.powi(-digits))
        })
    }

    /// Whether the goal is the source times `by / of`.
    fn is_product(&self, i: usize, by: i256, of: i256) -> bool {
        let both = self
            .x
            .get(i)
            .copied()
            .flatten()
            .zip(self.y.get(i).copied().flatten());
        both.is_some_and(|(x, y)| {
            let (made, goal) = (x.checked_mul(by), y.checked_mul(of));
            made.is_some() && made == goal
        })
    }
}

fn scale(series: &Series) -> Option<u32> {
    match series.array.data_type() {
        DataType::Int64 => Some(0),
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
            u32::try_from(*scale).ok()
        }
        _ => None,
    }
}

fn unscaled(array: &dyn Array, row: usize) -> Option<i256> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Int64 => {
            let value = array.as_primitive::<Int64Type>().value(row);
            Some(i256::from_i128(i128::from(value)))
        }
        DataType::Decimal128(..) => Some(i256::from_i128(
            array.as_primitive::<Decimal128Type>().value(row),
        )),
        DataType::Decimal256(..) => Some(array.as_primitive::<Decimal256Type>().value(row)),
        _ => None,
    }
}

/// Without the zeros that end it.
fn shown(unscaled: i256, scale: u32) -> String {
    let text = decimal::text(unscaled, scale);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A constant is added.
pub(super) fn shifted(case: &Case<'_>, exact: &Exact) -> Vec<Guess> {
    let mut counts: HashMap<i256, usize> = HashMap::new();
    let mut pairs = 0_usize;
    for offset in case.sample.iter().filter_map(|i| exact.difference(*i)) {
        pairs += 1;
        if offset != i256::ZERO {
            *counts.entry(offset).or_default() += 1;
        }
    }
    let least = (pairs as f64 * 0.04).max(3.0);
    let mut found: Vec<(i256, usize)> = counts.into_iter().collect();
    found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    found.truncate(2 * OFFSETS);
    let float = |offset: i256| shown(offset, exact.scale).parse().unwrap_or(f64::NAN);
    let about: Vec<(f64, usize)> = found.iter().map(|(by, n)| (float(*by), *n)).collect();
    let (source, goal) = case.names();
    let grain = case.grain().unwrap_or(0.0);
    let tried = found.into_iter().zip(&about).take(OFFSETS);
    tried
        .filter(|((_, count), (by, _))| {
            *count as f64 >= least && pairs >= 5 && !noisy(&about, *by, *count)
        })
        .filter_map(|((offset, _), (by, _))| {
            let text = shown(offset, exact.scale);
            let formula = match text.strip_prefix('-') {
                Some(less) => format!("{goal} = {source} - {less}"),
                None => format!("{goal} = {source} + {text}"),
            };
            let p = Prediction {
                mechanism: Mechanism::Shifted,
                formula,
                tries: 100.0,
                free: 1,
                cost: 7.5 + f64::from(digits(*by)) + if *by < 0.0 { 0.5 } else { 0.0 },
                grain: None,
            };
            let misses = |i: usize| {
                let apart = exact.difference(i).and_then(|d| d.checked_sub(offset));
                apart.is_some_and(|apart| float(apart).abs() <= 2.5 * grain)
            };
            let sum = |i: usize| exact.x.get(i).copied().flatten()?.checked_add(offset);
            let meeting = Meeting {
                could: &|i| sum(i).is_some(),
                fits: &|i| exact.difference(i) == Some(offset),
                near: &misses,
                code: &|i| sum(i).map_or(NULL, |sum| decimal_code(sum, exact.scale)),
            };
            case.told(p, &case.codes, &meeting)
        })
        .collect()
}

/// Multiplied by a short decimal, or divided by one, to the last digit.
pub(super) fn scaled(case: &Case<'_>, exact: &Exact, factor: f64, p: Prediction) -> Option<Guess> {
    let divided = digits(1.0 / factor) < digits(factor);
    let (number, one) = ratio(if divided { 1.0 / factor } else { factor })?;
    let (by, of) = if divided {
        (one, number)
    } else {
        (number, one)
    };
    let product = |i: usize| {
        let made = exact.x.get(i).copied().flatten()?.checked_mul(by)?;
        (made.checked_rem(of)? == i256::ZERO).then(|| made.wrapping_div(of))
    };
    // A factor that needs all digits is no factor that was written.
    if factor_digits(factor) > 9 {
        return None;
    }
    let meeting = Meeting {
        could: &|i| {
            exact
                .x
                .get(i)
                .copied()
                .flatten()
                .is_some_and(|x| x != i256::ZERO)
        },
        fits: &|i| exact.is_product(i, by, of),
        near: &|_| false,
        code: &|i| product(i).map_or(NULL, |made| decimal_code(made, exact.scale)),
    };
    case.told(p, &case.codes, &meeting)
}

/// A number as a fraction of two integers, the second a power of ten.
fn ratio(number: f64) -> Option<(i256, i256)> {
    let number = super::nice::snap(number);
    let text = format!("{number}");
    let scale = text.split_once('.').map_or(0, |(_, digits)| digits.len());
    let scale = u32::try_from(scale).ok().filter(|scale| *scale <= 30)?;
    let (unscaled, exact) = decimal::floor_at_scale(&text, scale)?;
    exact.then_some(())?;
    Some((unscaled, i256::from_i128(10).checked_pow(scale)?))
}
