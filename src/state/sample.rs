//! A sample of rows that any order of reading gives alike.

use std::collections::BTreeMap;

use super::Monoid;
use super::codec::{Corrupt, Reader, put_bytes, put_varint};

/// The `k` distinct rows with the smallest hashes, rows of one hash by their content, and how often each came.
///
/// With a good hash that is a uniform sample of the distinct rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    most: u64,
    rows: BTreeMap<(u128, Box<[u8]>), u64>,
}

impl Sample {
    /// No rows yet, at most `most`. Samples of two sizes merge to one of the smaller.
    pub fn new(most: u64) -> Self {
        Self {
            most,
            rows: BTreeMap::new(),
        }
    }

    /// Whether a row of this hash may belong to the sample; if not, its payload need not be made.
    pub fn admits(&self, hash: u128) -> bool {
        (self.rows.len() as u64) < self.most
            || self
                .rows
                .last_key_value()
                .is_some_and(|((last, _), _)| hash <= *last)
    }

    /// Takes up a row.
    pub fn insert(&mut self, hash: u128, payload: &[u8]) {
        if self.admits(hash) {
            self.add(hash, payload.into(), 1);
        }
    }

    /// Hash, payload and how often the row came, by hash and then payload.
    pub fn rows(&self) -> impl Iterator<Item = (u128, &[u8], u64)> {
        self.rows
            .iter()
            .map(|((hash, payload), &times)| (*hash, &**payload, times))
    }

    fn add(&mut self, hash: u128, payload: Box<[u8]>, times: u64) {
        *self.rows.entry((hash, payload)).or_default() += times;
        self.drop_rest();
    }

    fn drop_rest(&mut self) {
        while self.rows.len() as u64 > self.most {
            self.rows.pop_last();
        }
    }
}

/// No limit: the identity of merging.
impl Default for Sample {
    fn default() -> Self {
        Self::new(u64::MAX)
    }
}

impl Monoid for Sample {
    const VERSION: u8 = 1;

    fn merge(&mut self, other: &Self) {
        self.most = self.most.min(other.most);
        self.drop_rest();
        for ((hash, payload), &times) in &other.rows {
            if !self.admits(*hash) {
                break;
            }
            self.add(*hash, payload.clone(), times);
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.most);
        put_varint(out, self.rows.len() as u64);
        for ((hash, payload), times) in &self.rows {
            out.extend_from_slice(&hash.to_le_bytes());
            put_bytes(out, payload);
            put_varint(out, *times);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let mut sample = Self::new(input.varint()?);
        let rows = input.length(18)?;
        let mut total = 0;
        for _ in 0..rows {
            let hash = input.u128()?;
            let len = input.length(1)?;
            let row = (hash, input.bytes(len)?.into());
            let times = input.count(&mut total)?;
            if times == 0
                || sample
                    .rows
                    .last_key_value()
                    .is_some_and(|(last, _)| *last >= row)
            {
                return Err(Corrupt("rows that are not sorted or not there"));
            }
            sample.rows.insert(row, times);
        }
        if rows as u64 > sample.most {
            Err(Corrupt("more rows than a sample has"))
        } else {
            Ok(sample)
        }
    }
}
