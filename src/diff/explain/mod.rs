//! Explains what differs: what was done to the values, where, and who is right.
//!
//! Everything here is pure: rows in, explanations out.

mod pattern;
mod place;
mod said;
mod witness;

pub use pattern::{Catalogue, Mechanism, Pattern, Side, patterns};
pub use place::{Attribute, Part, Place, Span, places};
pub use witness::{follows, witnesses};
