//! Mergeable states: what one pass over rows leaves behind.
//!
//! Every state is a commutative monoid whose form depends on content only. The order of the rows, the size of the
//! batches, the split into files and the shape of the merge tree leave no trace, so the bytes of a state are the same
//! for a serial and a parallel run. Three rules keep it so:
//!
//! - sums are exact ([`crate::value::exact::ExactSum`]) and rounded once, when they are read;
//! - a bound that a state may not exceed (distinct values, cells, registers) is a condition on the content, which holds
//!   for a union as soon as it holds for a part, never on what happened to arrive first;
//! - tables in memory are free in their layout, [`Monoid::write`] sorts them.
//!
//! Invariant: nothing here reads rows, files or a clock.

pub mod codec;
pub mod comoments;
mod counters;
pub mod counts;
pub mod distinct;
pub mod extremes;
pub mod moments;
pub mod profile;
pub mod quantiles;
pub mod sample;
pub mod tally;

#[cfg(test)]
mod fractions;
#[cfg(test)]
mod laws;

use codec::{Corrupt, Reader};

/// A state that merges: a commutative monoid with `Self::default()` as its identity.
///
/// `a.merge(&b)` is equal to the state of all values of `a` and `b`, in any order and any grouping, and equal states
/// encode to equal bytes.
pub trait Monoid: Default + Clone + PartialEq {
    /// The version written as the first byte; raised whenever the layout of [`Monoid::write`] changes.
    const VERSION: u8;

    /// Takes up all values of `other`.
    fn merge(&mut self, other: &Self);

    /// Appends the canonical form, without the version.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads what [`Monoid::write`] wrote; anything else, a form that is not canonical included, is [`Corrupt`].
    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt>;

    /// The canonical bytes: the version, then the form.
    fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::VERSION];
        self.write(&mut out);
        out
    }

    /// The state of [`Monoid::encode`]'s bytes. Never panics, and never allocates more than the bytes can justify.
    fn decode(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut input = Reader::new(bytes);
        if input.u8()? != Self::VERSION {
            return Err(Corrupt("unknown version"));
        }
        let state = Self::read(&mut input)?;
        input.end()?;
        Ok(state)
    }
}
