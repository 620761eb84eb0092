//! How large a change must be, of how many rows, and how sure.

use crate::baseline::figure::Limits;
use crate::baseline::shift::{MEAN, SHARE, ShareLimits};

/// What a column is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Game days of a baseline.
    pub(super) days: usize,
    pub(super) mean: Limits,
    pub(super) shares: ShareLimits,
    /// Of the population stability index, beyond what chance makes of it.
    pub(super) shape: Limits,
    pub(super) default: Option<f64>,
    pub(super) least_rows: u64,
    /// So many rows of a day may be alike, as those of a team are.
    pub(super) alike: f64,
}

/// A baseline of fewer game days says little.
pub(super) const LEAST_DAYS: usize = 5;

/// And of fewer rows.
pub(super) const LEAST_ROWS: u64 = 50;

/// The probability that chance alone tells anything, of all columns, days and kinds of changes together.
const ALPHA: f64 = 0.05;

/// Kinds of changes that a day is asked for.
const KINDS: usize = 6;

/// Changes of a mean, of a share and of a shape are let pass up to this multiple after a break.
const SLACK: f64 = 2.0;

impl Default for Rules {
    fn default() -> Self {
        Self {
            days: 30,
            mean: MEAN,
            shares: SHARE,
            shape: Limits {
                warns: 0.5,
                critical: 1.0,
            },
            default: None,
            least_rows: 5,
            alike: 10.0,
        }
    }
}

/// How sure a change must be, and how much more than usual is let pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Care {
    /// What is judged together.
    family: f64,
    /// Whether the day is among the first after a break: averages and counts of the last days have little to go by.
    pub(super) after_break: bool,
}

impl Care {
    pub(super) fn new(columns: usize, days: usize) -> Self {
        Self {
            family: (columns * days * KINDS).max(1) as f64,
            after_break: false,
        }
    }

    pub(super) fn after_break(self, after_break: bool) -> Self {
        Self {
            after_break,
            ..self
        }
    }

    /// Whether chance would give so small a probability in the family (Bonferroni).
    pub(super) fn is_sure(self, p: f64) -> bool {
        p * self.family <= ALPHA
    }

    pub(super) fn slack(self) -> f64 {
        match self.after_break {
            true => SLACK,
            false => 1.0,
        }
    }
}
