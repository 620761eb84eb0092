//! `MIN` and `MAX` of FLOAT64: NaN if any value is NaN; -0 is 0.
//!
//! DataFusion's order puts NaN above infinity, and it may take an extreme from a file's statistics, which leave NaN out.

use std::collections::BTreeMap;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::{Result, ScalarValue};

use super::super::functions::{of_order, order};
use super::fold::{State, Values};
use super::total::primitive;

/// The extremes of what was added.
#[derive(Debug, Clone, Default)]
pub(super) struct Extremes {
    nan: bool,
    /// The least and the greatest other value.
    range: Option<(f64, f64)>,
}

impl Extremes {
    pub(super) fn min(&self) -> Result<ScalarValue> {
        Ok(self.figure(|(least, _)| least))
    }

    pub(super) fn max(&self) -> Result<ScalarValue> {
        Ok(self.figure(|(_, greatest)| greatest))
    }

    fn figure(&self, side: fn((f64, f64)) -> f64) -> ScalarValue {
        match self.nan {
            true => ScalarValue::Float64(Some(f64::NAN)),
            false => ScalarValue::Float64(self.range.map(side)),
        }
    }
}

impl State for Extremes {
    type Value = f64;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, f64>> {
        primitive::<Float64Type>(args)
    }

    fn add(&mut self, values: &[f64]) {
        for value in values {
            if value.is_nan() {
                self.nan = true;
                continue;
            }
            // Adding 0 makes 0 of -0: which of the two is the least would depend on the order.
            let value = value + 0.0;
            let (least, greatest) = self.range.unwrap_or((value, value));
            self.range = Some((least.min(value), greatest.max(value)));
        }
    }

    fn merge(&mut self, other: &Self) {
        self.nan |= other.nan;
        if let Some((least, greatest)) = other.range {
            self.add(&[least, greatest]);
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![u8::from(self.nan)];
        if let Some((least, greatest)) = self.range {
            out.extend(least.to_le_bytes());
            out.extend(greatest.to_le_bytes());
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (&nan, rest) = bytes.split_first()?;
        let range = match rest.split_first_chunk() {
            None if rest.is_empty() => None,
            None => return None,
            Some((least, rest)) => Some((
                f64::from_le_bytes(*least),
                f64::from_le_bytes(rest.try_into().ok()?),
            )),
        };
        Some(Self {
            nan: nan == 1,
            range,
        })
    }

    fn heap_size(&self) -> usize {
        0
    }
}

/// The values in a sliding frame: how many there are of each, in BigQuery's order, where NaN comes first.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame(BTreeMap<i64, u64>);

impl Frame {
    pub(super) fn min(&self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(
            self.0.keys().next().map(|key| of_order(*key)),
        ))
    }

    pub(super) fn max(&self) -> Result<ScalarValue> {
        let first = self.0.keys().next().filter(|key| of_order(**key).is_nan());
        let greatest = first.or_else(|| self.0.keys().next_back());
        Ok(ScalarValue::Float64(greatest.map(|key| of_order(*key))))
    }
}

impl State for Frame {
    type Value = f64;

    const RETRACTS: bool = true;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, f64>> {
        primitive::<Float64Type>(args)
    }

    fn add(&mut self, values: &[f64]) {
        for value in values {
            *self.0.entry(order(*value)).or_default() += 1;
        }
    }

    fn retract(&mut self, values: &[f64]) {
        for key in values.iter().map(|value| order(*value)) {
            if let Some(count) = self.0.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    self.0.remove(&key);
                }
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        for (key, count) in &other.0 {
            *self.0.entry(*key).or_default() += count;
        }
    }

    fn encode(&self) -> Vec<u8> {
        let entry = |(key, count): (&i64, &u64)| [key.to_le_bytes(), count.to_le_bytes()].concat();
        self.0.iter().flat_map(entry).collect()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (entries, rest) = bytes.as_chunks::<16>();
        let entry = |bytes: &[u8; 16]| {
            let (key, count) = bytes.split_first_chunk()?;
            Some((
                i64::from_le_bytes(*key),
                u64::from_le_bytes(count.try_into().ok()?),
            ))
        };
        let map = entries.iter().map(entry).collect::<Option<_>>()?;
        rest.is_empty().then_some(Self(map))
    }

    fn heap_size(&self) -> usize {
        self.0.len() * 2 * size_of::<(i64, u64)>()
    }
}
