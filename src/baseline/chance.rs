//! How likely chance alone is to give what was seen: tails of the usual distributions.
//!
//! All take a statistic and return a probability in 0 to 1; of NaN it is 1, which never lets anything pass as
//! significant. A p-value treats rows as independent. Rows of one day seldom are, so a small one proves little, while a
//! large one does speak for chance: use it to withhold, never to find.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The chance of a normal deviate at least `z` from 0 on either side: `erfc(|z| / sqrt 2)`.
pub fn normal(z: f64) -> f64 {
    if z.is_nan() {
        1.0
    } else {
        libm::erfc(z.abs() * FRAC_1_SQRT_2)
    }
}

/// The deviate that [`normal`] gives `p`, by bisection; 0 for a `p` of 1 or more, infinite for 0 or less.
pub fn normal_deviate(p: f64) -> f64 {
    if p.is_nan() || p >= 1.0 {
        return 0.0;
    }
    if p <= 0.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if normal(middle) > p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The chance that Kolmogorov's statistic, `sqrt(n) * D`, is at least `x`: `2 * sum (-1)^(k-1) exp(-2 k^2 x^2)`, and for
/// small `x` its other form by theta functions (Kolmogorov 1933; Marsaglia, Tsang & Wang 2003, section 3).
pub fn kolmogorov(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return 1.0;
    }
    let p = if x < 1.0 {
        let odd = |k: i32| f64::from(2 * k - 1).powi(2);
        let sum: f64 = (1..=8)
            .map(|k| (-odd(k) * PI * PI / (8.0 * x * x)).exp())
            .sum();
        1.0 - (2.0 * PI).sqrt() / x * sum
    } else {
        let term = |k: i32| {
            let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
            sign * (-2.0 * f64::from(k * k) * x * x).exp()
        };
        (1..=10).map(term).sum()
    };
    p.clamp(0.0, 1.0)
}

/// The chance that chi-square of `degrees` degrees of freedom is at least `x`: the regularized upper incomplete gamma
/// function `Q(degrees / 2, x / 2)`, by its series below the mean and by Lentz' continued fraction above (Press et al.,
/// "Numerical Recipes", 6.2). 1 for no degrees.
pub fn chi_square(x: f64, degrees: u64) -> f64 {
    if x.is_nan() || x <= 0.0 || degrees == 0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let (a, x) = (degrees as f64 / 2.0, x / 2.0);
    let scale = (a * x.ln() - x - libm::lgamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        for _ in 0..TERMS {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        return (1.0 - sum * scale).clamp(0.0, 1.0);
    }
    let tiny = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..TERMS {
        let an = -(i as f64) * (i as f64 - a);
        b += 2.0;
        let away = |v: f64| if v.abs() < tiny { tiny } else { v };
        d = 1.0 / away(an * d + b);
        c = away(b + an / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    (scale * fraction).clamp(0.0, 1.0)
}

/// The chance of Student's t at least `t` from 0 on either side, of `degrees` degrees of freedom, which may be a fraction:
/// `I_x(degrees / 2, 1 / 2)` with `x = degrees / (degrees + t^2)`. 1 for no degrees.
pub fn student(t: f64, degrees: f64) -> f64 {
    if t.is_nan() || degrees.is_nan() || degrees <= 0.0 {
        return 1.0;
    }
    if t.is_infinite() {
        return 0.0;
    }
    incomplete_beta(degrees / (degrees + t * t), 0.5 * degrees, 0.5)
}

/// The chance that Fisher's F of `between` and `within` degrees of freedom is at least `f`:
/// `I_x(within / 2, between / 2)` with `x = within / (within + between * f)`. 1 for no degrees.
pub fn fisher(f: f64, between: f64, within: f64) -> f64 {
    let no = |degrees: f64| degrees.is_nan() || degrees <= 0.0;
    if f.is_nan() || f <= 0.0 || no(between) || no(within) {
        return 1.0;
    }
    if f.is_infinite() {
        return 0.0;
    }
    let x = within / (within + between * f);
    incomplete_beta(x, 0.5 * within, 0.5 * between)
}

/// Fisher's exact test of two shares, each so many of so many: twice the chance of as many or more, given both together,
/// on the side on which the second is (Fisher 1934), 1 at most. 1 if a side has nothing.
pub fn exact(first: (u64, u64), second: (u64, u64)) -> f64 {
    let ((a, n), (b, m)) = (first, second);
    if n == 0 || m == 0 || a > n || b > m {
        return 1.0;
    }
    let choose = |n: u64, k: u64| {
        let of = |x: u64| libm::lgamma(x as f64 + 1.0);
        of(n) - of(k) - of(n - k)
    };
    let all = a + b;
    let chance = |k: u64| (choose(m, k) + choose(n, all - k) - choose(n + m, all)).exp();
    let (least, most) = (all.saturating_sub(n), all.min(m));
    // More than the first: b / m > a / n.
    let is_more = u128::from(b) * u128::from(n) > u128::from(a) * u128::from(m);
    let away: Box<dyn Iterator<Item = u64>> = match is_more {
        true => Box::new(b..=most),
        false => Box::new((least..=b).rev()),
    };
    // Farther away it only gets rarer.
    let mut tail = 0.0;
    for k in away {
        let more = chance(k);
        tail += more;
        if more <= tail * f64::EPSILON {
            break;
        }
    }
    (2.0 * tail).min(1.0)
}

/// The regularized incomplete beta function `I_x(a, b)`, by Lentz' continued fraction (Press et al., "Numerical Recipes",
/// 6.4), on the side of the mean where that converges.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let logarithm = a * x.ln() + b * (-x).ln_1p();
    let scale = (logarithm + libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)).exp() / a;
    let away = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for i in 1..TERMS {
        let m = i as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            fraction *= d * c;
        }
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    (scale * fraction).clamp(0.0, 1.0)
}

/// Terms of a series at most: enough for a thousand degrees of freedom.
const TERMS: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64) {
        assert!(
            ((got - expected) / expected).abs() < 1e-9,
            "{got} {expected}"
        );
    }

    #[test]
    fn tails_are_those_of_scipy() {
        // 2 * stats.t.sf(t, df)
        close(student(2.0, 5.0), 0.10193947882985835);
        close(student(13.2, 4.0), 0.00019029128438098695);
        close(student(-7.5, 33.5), 1.1528890996909058e-08);
        close(student(0.1, 1.0), 0.936548965138893);
        // stats.f.sf(f, a, b)
        close(fisher(2.5, 3.0, 20.0), 0.08884375193768917);
        close(fisher(31.0, 9.0, 7.5), 4.7122706273267444e-05);
        // 2 * stats.fisher_exact([[b, m - b], [a, n - a]], "greater"), or "less"
        close(exact((0, 18), (10, 10)), 1.5240289839832174e-07);
        close(exact((23, 250), (39, 48)), 7.70280225808854e-24);
        close(exact((40, 50), (10, 60)), 2.5906557027940892e-11);
    }

    #[test]
    fn no_chance_of_nothing() {
        assert_eq!(student(f64::NAN, 5.0), 1.0);
        assert_eq!(student(0.0, 5.0), 1.0);
        assert_eq!(student(f64::INFINITY, 5.0), 0.0);
        assert_eq!(fisher(1.0, 0.0, 5.0), 1.0);
        assert_eq!(exact((0, 0), (1, 1)), 1.0);
        assert_eq!(exact((3, 10), (3, 10)), 1.0);
    }
}
