//! Digits lost: rounded, cut, rounded down or up after some digits.

use super::case::{Candidate, Case, Prediction};
use super::mechanism::Mechanism;

/// Digits tried, after the point and, below zero, before it.
const DIGITS: std::ops::RangeInclusive<i32> = -4..=9;

/// How a number becomes a multiple of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Round,
    Trunc,
    Floor,
    Ceil,
    /// Halves go to the even neighbour, as in Python.
    Even,
}

impl Cut {
    pub(super) const ALL: [Self; 5] = [
        Self::Round,
        Self::Trunc,
        Self::Floor,
        Self::Ceil,
        Self::Even,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Round => "round",
            Self::Trunc => "trunc",
            Self::Floor => "floor",
            Self::Ceil => "ceil",
            Self::Even => "round_half_even",
        }
    }

    pub(super) fn mechanism(self) -> Mechanism {
        match self {
            Self::Round | Self::Even => Mechanism::Rounded,
            Self::Trunc => Mechanism::Truncated,
            Self::Floor => Mechanism::Floored,
            Self::Ceil => Mechanism::Ceiled,
        }
    }

    /// `value` cut to steps of `1 / per` (of `-per`, where negative).
    pub(super) fn steps(self, value: f64) -> f64 {
        // A value a hair beside a step stands on it: 0.3 / 0.1 is 2.9999999999999996.
        let whole = value.round();
        let on = (value - whole).abs() <= 1e-9 * value.abs().max(1.0);
        match self {
            Self::Trunc | Self::Floor | Self::Ceil if on => whole,
            Self::Round => half_away(value),
            Self::Trunc => value.trunc(),
            Self::Floor => value.floor(),
            Self::Ceil => value.ceil(),
            Self::Even => value.round_ties_even(),
        }
    }

    /// `value` cut after `digits` digits.
    pub(super) fn digits(self, value: f64, digits: i32) -> f64 {
        if digits >= 0 {
            let power = 10_f64.powi(digits);
            self.steps(value * power) / power
        } else {
            let power = 10_f64.powi(-digits);
            self.steps(value / power) * power
        }
    }
}

/// A half that lost its last bit, as 1.005 has, is still a half.
fn half_away(value: f64) -> f64 {
    let nudged = value + value.signum() * 1e-9 * value.abs().clamp(1.0, 1e4);
    nudged.round()
}

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let (source, goal) = case.names();
    let mut all = Vec::new();
    for digits in DIGITS {
        let (mut told, mut even) = (0, false);
        for cut in Cut::ALL {
            // Half to even is told only where it explains what plain rounding does not.
            let share = case.sample_share(|x| cut.digits(x, digits));
            if share < 0.03 || (cut == Cut::Even && even) {
                continue;
            }
            let name = match digits {
                0 => format!("{}({source})", cut.name()),
                _ => format!("{}({source}, {digits})", cut.name()),
            };
            let cost = match cut {
                Cut::Round => 5.0,
                Cut::Trunc => 5.5,
                Cut::Floor => 6.0,
                Cut::Ceil => 6.5,
                Cut::Even => 7.0,
            };
            let p = Prediction {
                mechanism: cut.mechanism(),
                formula: format!("{goal} = {name}"),
                tries: 70.0,
                free: 0,
                cost,
                grain: Some(10_f64.powi(-digits)),
            };
            // What rounding leaves as it is would not differ.
            let found = case.predicted(p, |i| cut.digits(case.x[i], digits));
            if let Some(candidate) = found.and_then(|guess| case.weigh(guess)) {
                even |= cut == Cut::Round && candidate.support == candidate.could;
                told += 1;
                all.push(candidate);
            }
        }
        if told > 0
            && all
                .iter()
                .any(|c| c.support == c.could && c.could * 50 > case.rows.len() * 49)
        {
            break;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts() {
        assert_eq!(Cut::Round.digits(1.005, 2), 1.01);
        assert_eq!(Cut::Trunc.digits(-1.29, 1), -1.2);
        assert_eq!(Cut::Floor.digits(-1.21, 1), -1.3);
        assert_eq!(Cut::Ceil.digits(1.21, 1), 1.3);
        assert_eq!(Cut::Even.digits(2.5, 0), 2.0);
        assert_eq!(Cut::Round.digits(1250.0, -2), 1300.0);
        assert_eq!(Cut::Trunc.digits(0.3, 1), 0.3);
        assert!(Cut::Round.digits(f64::NAN, 1).is_nan());
    }
}
