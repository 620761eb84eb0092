//! The simplest numbers that do: what a person would have written in the code.

/// The number of fewest decimal digits between `low` and `high`, of those the one nearest their middle.
pub(super) fn simplest(low: f64, high: f64) -> f64 {
    if !(low.is_finite() && high.is_finite()) || low > high {
        return low;
    }
    if low <= 0.0 && high >= 0.0 {
        return 0.0;
    }
    if high < 0.0 {
        return -simplest(-high, -low);
    }
    let top = high.log10().floor() as i32;
    let middle = f64::midpoint(low, high);
    for digits in 0..=15 {
        let power = top + 1 - digits;
        let unit = |steps: f64| match power {
            p if p < 0 => steps / 10_f64.powi(-p),
            p => steps * 10_f64.powi(p),
        };
        let step = unit(1.0);
        let slack = 1e-12 * high;
        let (from, to) = (
            ((low - slack) / step).ceil(),
            ((high + slack) / step).floor(),
        );
        if from > to || from <= 0.0 {
            continue;
        }
        // A multiple of five reads as simpler than its neighbours.
        let five = (middle / step / 5.0).round() * 5.0;
        if five >= from && five <= to && five > 0.0 {
            return unit(five);
        }
        return unit((middle / step).round().clamp(from, to));
    }
    middle
}

/// Significant decimal digits of a number, up to 15.
pub(super) fn digits(value: f64) -> u32 {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let text = format!("{:.14e}", value.abs());
    let mantissa = text.split('e').next().unwrap_or_default();
    let kept = mantissa.trim_end_matches('0').trim_end_matches('.');
    kept.bytes().filter(u8::is_ascii_digit).count() as u32
}

/// A number as it stands in a formula.
pub(super) fn show(value: f64) -> String {
    let rounded: f64 = format!("{value:.12e}").parse().unwrap_or(value);
    if rounded != 0.0 && (rounded.abs() < 1e-5 || rounded.abs() >= 1e15) {
        format!("{rounded:e}")
    } else {
        format!("{rounded}")
    }
}

/// `value` rounded to where neighbouring floats of the same meaning end.
pub(super) fn snap(value: f64) -> f64 {
    let slack = 2e-9 * value.abs();
    simplest(value - slack, value + slack)
}

/// `name * factor` or `name / divisor`, whichever is simpler.
pub(super) fn times(name: &str, factor: f64) -> String {
    let divisor = snap(1.0 / factor);
    let (by, into) = (digits(snap(factor)), digits(divisor));
    if factor != 0.0 && (into + 2 < by || (into <= by && factor.abs() < 1.0)) {
        format!("{name} / {}", show(divisor))
    } else {
        format!("{name} * {}", show(snap(factor)))
    }
}

/// `name + offset` or `name - offset`.
pub(super) fn plus(name: &str, offset: f64) -> String {
    if offset < 0.0 {
        format!("{name} - {}", show(-offset))
    } else {
        format!("{name} + {}", show(offset))
    }
}

/// Whether a factor is written as a product or as a quotient, and how many digits that takes.
pub(super) fn factor_digits(factor: f64) -> u32 {
    digits(snap(factor)).min(digits(snap(1.0 / factor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_numbers_are_found() {
        for (low, high, want) in [
            (19.4, 20.7, 20.0),
            (99.2, 100.9, 100.0),
            (0.0499, 0.0502, 0.05),
            (-101.0, -98.5, -100.0),
            (-1.0, 2.0, 0.0),
            (2.5399999, 2.5400001, 2.54),
        ] {
            assert_eq!(simplest(low, high), want, "{low}..{high}");
        }
        assert_eq!(digits(2.54), 3);
        assert_eq!(digits(100.0), 1);
        assert_eq!(times("left", 1.0 / 60.0), "left / 60");
        assert_eq!(times("left", 100.0), "left * 100");
    }
}
