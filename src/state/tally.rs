//! How many rows fell in each of a few classes.

use super::Monoid;
use super::codec::{Corrupt, Reader, put_varint};

/// A count a class; classes beyond the last counted hold zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    counts: Vec<u64>,
}

impl Tally {
    /// Counts `rows` more in `class`.
    pub fn add(&mut self, class: usize, rows: u64) {
        if rows == 0 {
            return;
        }
        if self.counts.len() <= class {
            self.counts.resize(class + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(class) {
            *count += rows;
        }
    }

    pub fn get(&self, class: usize) -> u64 {
        self.counts.get(class).copied().unwrap_or(0)
    }

    /// The rows of all classes.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl Monoid for Tally {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        for (class, rows) in other.counts.iter().enumerate() {
            self.add(class, *rows);
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.counts.len() as u64);
        for count in &self.counts {
            put_varint(out, *count);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let classes = input.length(1)?;
        let counts = (0..classes)
            .map(|_| input.varint())
            .collect::<Result<Vec<_>, _>>()?;
        // A class is there only because rows fell in it or in a later one.
        match counts.last() {
            Some(0) => Err(Corrupt("a tally that ends in zero")),
            _ => Ok(Self { counts }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally(rows: &[(usize, u64)]) -> Tally {
        let mut tally = Tally::default();
        for (class, count) in rows {
            tally.add(*class, *count);
        }
        tally
    }

    proptest! {
        #[test]
        fn laws(a in prop::collection::vec((0..12_usize, 0..5_u64), 0..9),
                b in prop::collection::vec((0..12_usize, 0..5_u64), 0..9)) {
            let mut ab = tally(&a);
            ab.merge(&tally(&b));
            let mut ba = tally(&b);
            ba.merge(&tally(&a));
            let whole = tally(&[a, b].concat());
            prop_assert_eq!(ab.encode(), whole.encode());
            prop_assert_eq!(ba.encode(), whole.encode());
            prop_assert_eq!(Tally::decode(&whole.encode()), Ok(whole));
        }
    }
}
