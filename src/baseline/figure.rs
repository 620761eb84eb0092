//! Figures with bounds, and the grades they are given.

/// A figure and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The best single answer, in `lo..=hi`.
    pub value: f64,
    /// The figure of the values themselves lies in `lo..=hi`, but for the rounding of floats (some 1e-12 of it); the two
    /// are equal where the values are known one by one.
    pub lo: f64,
    pub hi: f64,
}

impl Figure {
    /// A figure that is known.
    pub fn exact(value: f64) -> Self {
        Self {
            value,
            lo: value,
            hi: value,
        }
    }

    /// `value`, moved into its bounds.
    pub(super) fn within(value: f64, lo: f64, hi: f64) -> Self {
        let hi = hi.max(lo);
        Self {
            value: value.max(lo).min(hi),
            lo,
            hi,
        }
    }

    /// Whether nothing is left open.
    pub fn is_exact(&self) -> bool {
        self.lo == self.hi
    }

    /// The figure of a rising function of this one.
    pub(super) fn map(self, rising: impl Fn(f64) -> f64) -> Self {
        Self {
            value: rising(self.value),
            lo: rising(self.lo),
            hi: rising(self.hi),
        }
    }
}

/// How grave a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    Fine,
    Warns,
    Critical,
}

/// From which size on a change warns and is critical; its sign does not matter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub warns: f64,
    pub critical: f64,
}

impl Limits {
    /// The grade of a size; that of NaN, which is no size, is [`Grade::Fine`].
    pub fn grade(&self, size: f64) -> Grade {
        let size = size.abs();
        if size >= self.critical {
            Grade::Critical
        } else if size >= self.warns {
            Grade::Warns
        } else {
            Grade::Fine
        }
    }
}
