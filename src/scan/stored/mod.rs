//! What is kept of one run for the next ([`crate::store`]): which bytes, and under which hashes.
//!
//! - [`canonical`]: what is measured as a text, and its hash;
//! - [`outcome`]: what a metric of one file came to as bytes;
//! - [`answer`]: what a query came to as bytes;
//! - [`keep`] and [`read`]: what a pass puts into the store, and takes from it.

mod answer;
mod canonical;
mod keep;
mod outcome;
mod read;

pub use answer::Answered;
pub use canonical::{answers_anew, metric_hash};
pub(super) use keep::Keep;
pub use outcome::{decode_figures, encode_figures};
pub(super) use read::{Missing, known};
