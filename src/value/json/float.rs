//! A float as BigQuery's JSON type writes it: `1.0`, `0.1`, `1.8446744073709552e+19`.
//!
//! The digits are those of Grisu2 (Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with Integers"), which
//! ZetaSQL's JSON library uses. They always read back as the same float, but one time in a thousand are not the fewest
//! that do: no shortest printer gives the same text.

use num_bigint::BigUint;
use std::sync::LazyLock;

/// Appends the text of a finite float.
pub fn push_float(value: f64, out: &mut String) {
    if value.is_sign_negative() {
        out.push('-');
    }
    if value == 0.0 {
        out.push_str("0.0");
        return;
    }
    let (digits, exponent) = grisu2(value.abs());
    layout(&digits, exponent, out);
}

/// Places the point in `digits * 10^exponent`, or writes an exponent below 1e-4 and from 1e15 on.
fn layout(digits: &[u8], exponent: i32, out: &mut String) {
    let length = digits.len() as i32;
    let point = length + exponent;
    let put = |digits: &[u8], out: &mut String| out.extend(digits.iter().map(|d| char::from(*d)));
    let zeros = |count: i32, out: &mut String| out.extend((0..count).map(|_| '0'));
    if length <= point && point <= 15 {
        put(digits, out);
        zeros(point - length, out);
        out.push_str(".0");
    } else if 0 < point && point <= 15 {
        let (whole, fraction) = digits.split_at(point as usize);
        put(whole, out);
        out.push('.');
        put(fraction, out);
    } else if -4 < point && point <= 0 {
        out.push_str("0.");
        zeros(-point, out);
        put(digits, out);
    } else {
        let (first, rest) = digits.split_at(1);
        put(first, out);
        if !rest.is_empty() {
            out.push('.');
            put(rest, out);
        }
        let exponent = point - 1;
        out.push_str(if exponent < 0 { "e-" } else { "e+" });
        if exponent.abs() < 10 {
            out.push('0');
        }
        out.push_str(&exponent.abs().to_string());
    }
}

/// `f * 2^e`.
#[derive(Clone, Copy)]
struct DiyFp {
    f: u64,
    e: i32,
}

impl DiyFp {
    /// The upper half of the product, rounded.
    fn times(self, other: Self) -> Self {
        let product = u128::from(self.f) * u128::from(other.f) + (1 << 63);
        Self {
            f: (product >> 64) as u64,
            e: self.e + other.e + 64,
        }
    }

    fn normalized(self) -> Self {
        let shift = self.f.leading_zeros();
        Self {
            f: self.f << shift,
            e: self.e - shift as i32,
        }
    }
}

/// `10^k`, rounded to 64 bits.
struct Power {
    value: DiyFp,
    k: i32,
}

const LEAST_POWER: i32 = -300;
const POWER_STEP: i32 = 8;

static POWERS: LazyLock<Vec<Power>> = LazyLock::new(|| {
    (0..79)
        .map(|i| power(LEAST_POWER + POWER_STEP * i))
        .collect()
});

fn power(k: i32) -> Power {
    let ten = BigUint::from(10u32).pow(k.unsigned_abs());
    // 65 bits of 10^k, of which the last rounds.
    let (bits, e) = if k >= 0 {
        let shift = 65 - ten.bits() as i64;
        let bits = if shift >= 0 {
            ten << shift as u64
        } else {
            ten >> shift.unsigned_abs()
        };
        (bits, -shift as i32)
    } else {
        let shift = 65 + ten.bits() - 1;
        ((BigUint::from(1u32) << shift) / ten, -(shift as i32))
    };
    let excess = bits.bits() as i32 - 65;
    let bits = bits >> excess.max(0) as u64;
    let rounded = (bits + 1u32) >> 1u32;
    let f = rounded.iter_u64_digits().next().unwrap_or(0);
    Power {
        value: DiyFp {
            f,
            e: e + excess.max(0) + 1,
        },
        k,
    }
}

/// The power that brings a number with the binary exponent `e` into `[2^-60, 2^-32]`.
fn power_for(e: i32) -> Option<&'static Power> {
    let f = -60 - e - 1;
    let k = (f * 78913) / (1 << 18) + i32::from(f > 0);
    let index = (-LEAST_POWER + k + (POWER_STEP - 1)) / POWER_STEP;
    POWERS.get(usize::try_from(index).ok()?)
}

/// Digits and a power of ten of a positive finite float.
fn grisu2(value: f64) -> (Vec<u8>, i32) {
    const HIDDEN: u64 = 1 << 52;
    let bits = value.to_bits();
    let (biased, fraction) = ((bits >> 52) as i32, bits & (HIDDEN - 1));
    let v = if biased == 0 {
        DiyFp {
            f: fraction,
            e: 1 - 1075,
        }
    } else {
        DiyFp {
            f: fraction | HIDDEN,
            e: biased - 1075,
        }
    };
    let plus = DiyFp {
        f: 2 * v.f + 1,
        e: v.e - 1,
    }
    .normalized();
    // Below a power of two floats are twice as dense.
    let minus = if fraction == 0 && biased > 1 {
        DiyFp {
            f: 4 * v.f - 1,
            e: v.e - 2,
        }
    } else {
        DiyFp {
            f: 2 * v.f - 1,
            e: v.e - 1,
        }
    };
    let minus = DiyFp {
        f: minus.f << (minus.e - plus.e),
        e: plus.e,
    };
    let Some(power) = power_for(plus.e) else {
        return (format!("{value:e}").into_bytes(), 0);
    };
    let w = v.normalized().times(power.value);
    let low = minus.times(power.value);
    let high = plus.times(power.value);
    // The products are off by one unit at most: stay within.
    generate(low.f + 1, w.f, high.f - 1, high.e, -power.k)
}

fn generate(low: u64, w: u64, high: u64, e: i32, mut exponent: i32) -> (Vec<u8>, i32) {
    let mut digits = Vec::with_capacity(17);
    let shift = e.unsigned_abs();
    let one = 1u64 << shift;
    let (mut delta, mut distance) = (high - low, high - w);
    let mut whole = high >> shift;
    let mut fraction = high & (one - 1);
    let mut left = whole.checked_ilog10().map_or(1, |log| log + 1);
    while left > 0 {
        left -= 1;
        let ten = 10u64.pow(left);
        digits.push(b'0' + (whole / ten) as u8);
        whole %= ten;
        let rest = (whole << shift) + fraction;
        if rest <= delta {
            exponent += left as i32;
            round(&mut digits, distance, delta, rest, ten << shift);
            return (digits, exponent);
        }
    }
    loop {
        fraction *= 10;
        delta *= 10;
        distance *= 10;
        exponent -= 1;
        digits.push(b'0' + (fraction >> shift) as u8);
        fraction &= one - 1;
        if fraction <= delta {
            break;
        }
    }
    round(&mut digits, distance, delta, fraction, one);
    (digits, exponent)
}

/// Lowers the last digit while that comes nearer to the value.
fn round(digits: &mut [u8], distance: u64, delta: u64, mut rest: u64, unit: u64) {
    while rest < distance
        && delta - rest >= unit
        && (rest + unit < distance || distance - rest > rest + unit - distance)
    {
        if let Some(last) = digits.last_mut() {
            *last -= 1;
        }
        rest += unit;
    }
}
