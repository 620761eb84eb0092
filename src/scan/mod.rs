//! Runs every plan: the shared pass over a table, key passes, SQL checks and evidence.
//!
//! Invariant: this is the only room that reads rows.

mod classify;
mod fold;
pub mod metric;
mod outcome;
mod pass;
mod program;
mod proof;

pub use outcome::{Figures, MetricOutcome, Outcome, Place, Segment, Span};
pub use pass::Plan;
pub use program::quoted;
pub use proof::Window;

/// How many values a `per` column may have in one batch's file.
const MOST_SEGMENTS: usize = 10_000;
