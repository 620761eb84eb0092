//! What a window of days differs in from its baseline, as figures alone: no rows, no files, no clock.
//!
//! States go in ([`crate::state`]), figures come out. Four rules hold for all of them:
//!
//! - **One meaning at every size.** A figure is an effect size: a share, a distance, a multiple of the baseline's
//!   deviation. It decides; a p-value stands beside it and only withholds ([`multiplicity`]), so that a large table does
//!   not fail for a difference that nobody minds, and two rows don't fail for one that chance makes.
//! - **Bounds are told.** Where a state counts values in cells ([`crate::state::quantiles`]), a [`figure::Figure`] says
//!   between which values the figure of the rows themselves lies.
//! - **Nothing is left to NaN.** What has no answer (an empty side) is `None`; what a NULL, a NaN, an infinity, a constant
//!   or a single row comes to is stated by each function.
//! - **A window never holds what it judges** ([`season`]): neither the day under test nor days that failed.
//!
//! | file | answers |
//! |---|---|
//! | [`distribution`] | what values there are, from a state |
//! | [`distance`] | how far two distributions are apart |
//! | [`shift`] | how means, deviations, shares, quantiles and correlations have changed |
//! | [`series`] | since when, for how long, and whether slowly |
//! | [`multiplicity`] | which of many answers chance would give |
//! | [`season`] | which days are compared with which |

pub mod chance;
pub mod distance;
pub mod distribution;
pub mod figure;
pub mod multiplicity;
pub mod season;
pub mod series;
pub mod shift;

#[cfg(test)]
mod tests;
