//! `SQRT`, `EXP`, `LN`, `LOG`, `LOG10` and `POW` of NUMERIC and BIGNUMERIC, digit for digit as BigQuery answers.
//!
//! BigQuery's reference implementation computes these in binary fixed point, with 94 bits behind the point for NUMERIC and
//! 254 for BIGNUMERIC, and rounds the result. That is not always the nearest decimal (of `POW(1.1, 500)`, say), so the
//! same steps are taken here, each rounded at the same bit. Source: zetasql/public/numeric_value.cc.

use std::sync::LazyLock;

use datafusion::arrow::datatypes::i256;
use num_bigint::{BigInt, BigUint, Sign};

use super::elementwise::{DIVISION_BY_ZERO, Fault};
use super::{bignumeric, numeric};

/// A decimal type with the width its functions are computed in.
pub(super) trait Decimal: Copy + PartialEq {
    const FRACTION: Fraction;
    /// Digits behind the point.
    const SCALE: u32;
    /// When an approximation of a logarithm is near enough, in bits behind the point.
    const LN_PRECISION: u64;
    const OVERFLOW: Fault;

    fn units(self) -> BigInt;
    /// None if it does not fit.
    fn of_units(units: &BigInt) -> Option<Self>;
}

impl Decimal for i128 {
    const FRACTION: Fraction = Fraction {
        point: 94,
        bits: 192,
    };
    const SCALE: u32 = numeric::SCALE;
    const LN_PRECISION: u64 = 34;
    const OVERFLOW: Fault = numeric::OVERFLOW;

    fn units(self) -> BigInt {
        self.into()
    }

    fn of_units(units: &BigInt) -> Option<Self> {
        numeric::in_range(units.try_into().ok()?).ok()
    }
}

impl Decimal for i256 {
    const FRACTION: Fraction = Fraction {
        point: 254,
        bits: 384,
    };
    const SCALE: u32 = bignumeric::SCALE;
    const LN_PRECISION: u64 = 144;
    const OVERFLOW: Fault = bignumeric::OVERFLOW;

    fn units(self) -> BigInt {
        bignumeric::big(self)
    }

    fn of_units(units: &BigInt) -> Option<Self> {
        bignumeric::from_big(units).ok()
    }
}

const UNDEFINED: Fault = Fault("a function has no real value here");

pub(super) fn sqrt<D: Decimal>(x: D) -> Result<D, Fault> {
    let units = x.units();
    if units.sign() == Sign::Minus {
        return Err(UNDEFINED);
    }
    let root = D::FRACTION.sqrt(&magnitude::<D>(&units));
    decimal(&BigInt::from(root))
}

pub(super) fn exp<D: Decimal>(x: D) -> Result<D, Fault> {
    let power = D::FRACTION.exp(&signed::<D>(&x.units()));
    decimal(&power.ok_or(D::OVERFLOW)?.into())
}

pub(super) fn ln<D: Decimal>(x: D) -> Result<D, Fault> {
    let x = positive::<D>(x)?;
    let near = precision::<D>(D::LN_PRECISION);
    decimal(&D::FRACTION.ln(&x, &near).ok_or(D::OVERFLOW)?)
}

pub(super) fn log10<D: Decimal>(x: D) -> Result<D, Fault> {
    let x = positive::<D>(x)?;
    let near = precision::<D>(D::LN_PRECISION);
    let ln = D::FRACTION.ln(&x, &near).ok_or(D::OVERFLOW)?;
    let log = shift_right(&(ln.magnitude() * &*INVERSE_LN_10), 320);
    decimal(&BigInt::from_biguint(ln.sign(), log))
}

/// The logarithm of `x` to the base `base`.
pub(super) fn log<D: Decimal>(x: D, base: D) -> Result<D, Fault> {
    let (x, base) = (positive::<D>(x)?, positive::<D>(base)?);
    let near = precision::<D>(D::FRACTION.point - 4);
    let ln = |a: &BigUint| D::FRACTION.ln(a, &near).ok_or(D::OVERFLOW);
    let (ln_x, ln_base) = (ln(&x)?, ln(&base)?);
    if ln_base.sign() == Sign::NoSign {
        return Err(UNDEFINED);
    }
    let quotient = quotient(
        &(ln_x.magnitude() << D::FRACTION.point),
        ln_base.magnitude(),
    );
    let fits = quotient.bits() < D::FRACTION.bits;
    let log = BigInt::from_biguint(ln_x.sign() * ln_base.sign(), quotient);
    decimal(fits.then_some(&log).ok_or(D::OVERFLOW)?)
}

/// `base` to the power of `exponent`.
pub(super) fn pow<D: Decimal>(base: D, exponent: D) -> Result<D, Fault> {
    let one = BigInt::from(10).pow(D::SCALE);
    let (b, e) = (base.units(), exponent.units());
    let of = |units: &BigInt| D::of_units(units).ok_or(D::OVERFLOW);
    let (negative_base, negative_exponent) = (b.sign() == Sign::Minus, e.sign() == Sign::Minus);
    // These are one multiplication or division and rounded as such.
    if e == &one * 2 {
        return of(&BigInt::from(quotient(
            &(b.magnitude() * b.magnitude()),
            one.magnitude(),
        )));
    }
    if e.sign() == Sign::NoSign {
        return of(&one);
    }
    if e == one {
        return Ok(base);
    }
    if b.sign() == Sign::NoSign {
        return if negative_exponent {
            Err(DIVISION_BY_ZERO)
        } else {
            Ok(base)
        };
    }
    if e == -&one {
        let inverse = quotient(&(one.magnitude() * one.magnitude()), b.magnitude());
        return of(&BigInt::from_biguint(b.sign(), inverse));
    }

    let whole = e.magnitude() / one.magnitude();
    let rest = BigInt::from_biguint(e.sign(), e.magnitude() % one.magnitude());
    if negative_base && rest.sign() != Sign::NoSign {
        return Err(Fault(
            "a negative number has no real power that is not whole",
        ));
    }
    let sign = if negative_base && whole.bit(0) {
        Sign::Minus
    } else {
        Sign::Plus
    };
    let power = power::<D>(&b, &whole, rest, negative_exponent)?;
    match power {
        Some(power) => decimal(&BigInt::from_biguint(sign, power)),
        None => of(&BigInt::ZERO),
    }
}

/// The magnitude of a power; none if it is too small to be told from zero.
fn power<D: Decimal>(
    base: &BigInt,
    whole: &BigUint,
    mut rest: BigInt,
    inverse: bool,
) -> Result<Option<BigUint>, Fault> {
    let point = D::FRACTION.point;
    let one = BigUint::from(10_u32).pow(D::SCALE);
    let mut root = magnitude::<D>(base);
    let mut result = None;
    if *whole != BigUint::ZERO {
        let power = if !inverse {
            D::FRACTION.whole_power(&root, whole).ok_or(D::OVERFLOW)?
        } else if *base.magnitude() > one {
            let Some(power) = D::FRACTION.whole_power(&root, whole) else {
                return Ok(None);
            };
            quotient(&(BigUint::from(1_u32) << (2 * point)), &power)
        } else {
            // Turned over before it is rounded to binary.
            root = quotient(&(one << point), base.magnitude());
            rest = -rest;
            D::FRACTION.whole_power(&root, whole).ok_or(D::OVERFLOW)?
        };
        result = Some(power);
    }
    if rest.sign() == Sign::NoSign {
        return Ok(result);
    }
    let ln = D::FRACTION.ln(&root, &BigUint::from(16_u32));
    let product = ln.and_then(|ln| {
        let rest = signed::<D>(&rest);
        let magnitude = D::FRACTION.multiply(ln.magnitude(), rest.magnitude())?;
        Some(BigInt::from_biguint(ln.sign() * rest.sign(), magnitude))
    });
    let fraction = product.and_then(|x| D::FRACTION.exp(&x));
    let fraction = fraction.ok_or(D::OVERFLOW)?;
    match result {
        None => Ok(Some(fraction)),
        Some(power) => D::FRACTION
            .multiply(&power, &fraction)
            .map(Some)
            .ok_or(D::OVERFLOW),
    }
}

/// A width of numbers and where their point is: `x` stands for `x / 2^point`, in `bits` bits.
pub(super) struct Fraction {
    point: u64,
    bits: u64,
}

impl Fraction {
    fn one(&self) -> BigUint {
        BigUint::from(1_u32) << self.point
    }

    /// None if the product does not fit.
    fn multiply(&self, a: &BigUint, b: &BigUint) -> Option<BigUint> {
        let product = shift_right(&(a * b), self.point);
        (product.bits() <= self.bits).then_some(product)
    }

    fn whole_power(&self, base: &BigUint, exponent: &BigUint) -> Option<BigUint> {
        let mut power = base.clone();
        let mut result = self.one();
        for bit in 0..exponent.bits() {
            if bit > 0 {
                power = self.multiply(&power, &power)?;
            }
            if exponent.bit(bit) {
                result = self.multiply(&result, &power)?;
            }
        }
        Some(result)
    }

    /// `e^x` as `(e^r)^(2^t)`, with `r` so small that its series is short.
    fn exp(&self, x: &BigInt) -> Option<BigUint> {
        let halvings = (x.bits() + 3).saturating_sub(self.point);
        let r = shift_right(x.magnitude(), halvings);
        let one = BigInt::from(self.one());
        let mut sum = one.clone();
        let mut term = self.one();
        let mut negative = false;
        for n in 1_u64.. {
            term = quotient(&self.multiply(&term, &r)?, &n.into());
            if term == BigUint::ZERO {
                break;
            }
            negative ^= x.sign() == Sign::Minus;
            let signed = BigInt::from(term.clone());
            sum = if negative { sum - signed } else { sum + signed };
        }
        let mut power = sum.magnitude().clone();
        for _ in 0..halvings {
            power = self.multiply(&power, &power)?;
        }
        Some(power)
    }

    /// `ln(r) + t ln(2)` for `x = r 2^t`, with `1 <= r < 2` and Halley's method for its logarithm.
    fn ln(&self, x: &BigUint, near: &BigUint) -> Option<BigInt> {
        let one = self.one();
        if *x == one || *x == BigUint::ZERO {
            return (*x == one).then_some(BigInt::ZERO);
        }
        let above = x.bits().saturating_sub(self.point + 1);
        let below = (self.point + 1).saturating_sub(x.bits());
        let r = BigInt::from(shift_right(x, above) << below);
        let mut y = &r - BigInt::from(one);
        for _ in 0..12 {
            let power = BigInt::from(self.exp(&y)?);
            if r == power {
                break;
            }
            let apart = &r - &power;
            let sum = &r + &power;
            let twice = (apart.magnitude() << 1_u32) << self.point;
            let delta = quotient(&twice, sum.magnitude());
            let close = delta < *near;
            y += BigInt::from_biguint(apart.sign(), delta);
            if close {
                break;
            }
        }
        let twos = BigInt::from(shift_right(&(&*LN_2 * (above + below)), 320 - self.point));
        Some(if below > 0 { y - twos } else { y + twos })
    }

    /// `sqrt(s) 2^t` for `x = s 2^(2t)`, with `0.5 <= s < 2`: `a` nears the root as `d` nears zero.
    fn sqrt(&self, x: &BigUint) -> BigUint {
        let one = BigInt::from(self.one());
        if *x == BigUint::ZERO || x == one.magnitude() {
            return x.clone();
        }
        // The power of two of `s`, even.
        let above = x.bits().saturating_sub(self.point + 1);
        let above = above + above % 2;
        let below = (self.point + 1).saturating_sub(x.bits());
        let below = below - below % 2;
        let s = shift_right(x, above) << below;
        let half = &one >> 1_u32;
        let mut a = s.clone();
        let mut d = &half - BigInt::from(shift_right(&s, 1));
        loop {
            let size = d.magnitude().clone();
            let factor = d + &one;
            a = shift_right(&(a * factor.magnitude()), self.point);
            let factor = factor + &half;
            let next = shift_right(&(factor.magnitude() * &size), self.point);
            d = BigInt::from(shift_right(&(next * &size), self.point));
            if d == BigInt::ZERO {
                break;
            }
        }
        shift_right(&a, below / 2) << (above / 2)
    }
}

fn precision<D: Decimal>(bits: u64) -> BigUint {
    BigUint::from(1_u32) << (D::FRACTION.point - bits)
}

fn magnitude<D: Decimal>(units: &BigInt) -> BigUint {
    let one = BigUint::from(10_u32).pow(D::SCALE);
    quotient(&(units.magnitude() << D::FRACTION.point), &one)
}

fn signed<D: Decimal>(units: &BigInt) -> BigInt {
    BigInt::from_biguint(units.sign(), magnitude::<D>(units))
}

fn positive<D: Decimal>(x: D) -> Result<BigUint, Fault> {
    let units = x.units();
    if units.sign() == Sign::Plus {
        Ok(magnitude::<D>(&units))
    } else {
        Err(UNDEFINED)
    }
}

fn decimal<D: Decimal>(fraction: &BigInt) -> Result<D, Fault> {
    let one = BigUint::from(10_u32).pow(D::SCALE);
    let units = shift_right(&(fraction.magnitude() * one), D::FRACTION.point);
    D::of_units(&BigInt::from_biguint(fraction.sign(), units)).ok_or(D::OVERFLOW)
}

/// Halves up.
fn shift_right(x: &BigUint, bits: u64) -> BigUint {
    let Some(last) = bits.checked_sub(1) else {
        return x.clone();
    };
    (x >> bits) + u32::from(x.bit(last))
}

/// Halves up; the divisor is not zero.
fn quotient(dividend: &BigUint, divisor: &BigUint) -> BigUint {
    (dividend + (divisor >> 1_u32)) / divisor
}

/// `ln(2) * 2^320`.
static LN_2: LazyLock<BigUint> = LazyLock::new(|| {
    number(
        "1480553391661173448385607439722553250922680800745876974795605978609098082859138712941075737848984",
    )
});

/// `2^320 / ln(10)`.
static INVERSE_LN_10: LazyLock<BigUint> = LazyLock::new(|| {
    number(
        "927647383117334195316092777809729913781351452543416382437310877812192088903981013073837389085177",
    )
});

fn number(digits: &str) -> BigUint {
    digits.bytes().fold(BigUint::ZERO, |number, digit| {
        number * 10_u32 + u32::from(digit - b'0')
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::check;

    const MOST: &str = "n99999999999999999999999999999.999999999";
    const MOST_BIG: &str =
        "b578960446186580977117854925043439539266.34992332820282019728792003956564819967";

    #[test]
    fn roots() {
        check(&[
            ("sqrt", &["n0"], "n0"),
            ("sqrt", &["n256"], "n16"),
            ("sqrt", &["n2"], "n1.414213562"),
            ("sqrt", &["n1e-8"], "n1e-4"),
            ("sqrt", &[MOST], "n316227766016837.933199889"),
            ("sqrt", &["n-1e-9"], "error"),
            ("sqrt", &["b2"], "b1.41421356237309504880168872420969807857"),
            ("sqrt", &["b1e-38"], "b1e-19"),
            ("sqrt", &["b0.25"], "b0.5"),
        ]);
    }

    #[test]
    fn exponentials_and_logarithms() {
        check(&[
            ("exp", &["n0"], "n1"),
            ("exp", &["n1"], "n2.718281828"),
            ("exp", &["n-1"], "n0.367879441"),
            ("exp", &["n10"], "n22026.465794807"),
            ("exp", &["n1000"], "error"),
            ("exp", &["n-99999999999999999999999999999"], "n0"),
            ("exp", &["b1"], "b2.71828182845904523536028747135266249776"),
            ("ln", &["n10"], "n2.302585093"),
            ("ln", &["n0.5"], "n-0.693147181"),
            ("ln", &["n1"], "n0"),
            ("ln", &["n0"], "error"),
            ("ln", &[MOST], "n66.774967697"),
            ("ln", &["b10"], "b2.30258509299404568401799145468436420760"),
            ("log10", &["n20"], "n1.301029996"),
            ("log10", &[MOST], "n29"),
            ("log10", &["b1e-38"], "b-38"),
            ("log", &["n0.01", "n0.1"], "n2"),
            ("log", &["n2", "n4"], "n0.5"),
            ("log", &["n-2", "n4"], "error"),
            ("log", &["b1024", "b2"], "b10"),
            // Rounded otherwise on the way, the last digits would be others.
            ("log", &["n1.000100005", "n1.00001"], "n10.000049983"),
            (
                "ln",
                &["b0.36787944117144232159552377016146086745"],
                "b-0.99999999999999999999999999999999999999",
            ),
            ("log", &[MOST, MOST], "n1"),
        ]);
    }

    #[test]
    fn powers() {
        check(&[
            ("pow", &["n0", "n0"], "n1"),
            ("pow", &["n0", "n-0.1"], "error"),
            ("pow", &["n0", "n2.5"], "n0"),
            ("pow", &["n81", "n3.75"], "n14348907"),
            ("pow", &[MOST, "n0.5"], "n316227766016837.933199889"),
            ("pow", &[MOST, "n2"], "error"),
            ("pow", &["n-1", "n-3"], "n-1"),
            ("pow", &["n-2", "n3"], "n-8"),
            ("pow", &["n-1", "n0.5"], "error"),
            ("pow", &["n3", "n-1"], "n0.333333333"),
            ("pow", &["n3", "n-2"], "n0.111111111"),
            ("pow", &["n0.5", "n-3"], "n8"),
            ("pow", &["n10", "n-20"], "n0"),
            ("pow", &["n4", "n-1.5"], "n0.125"),
            ("pow", &["n0.25", "n-1.5"], "n8"),
            ("pow", &["n10", "n29"], "error"),
            (
                "pow",
                &["b43046721", "b4.1875"],
                "b92709463147897837085761925410587",
            ),
            (
                "pow",
                &[MOST_BIG, "b0.5"],
                "b24061596916800451154.5033772477625056927114980741063148377",
            ),
            ("pow", &["b10", "b38"], "b1e38"),
            ("pow", &["b10", "b-38"], "b1e-38"),
            (
                "pow",
                &["b2", "b-2.5"],
                "b0.17677669529663688110021109052621225982",
            ),
        ]);
    }
}
