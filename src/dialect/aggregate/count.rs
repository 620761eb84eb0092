//! Counts, and aggregates of BOOL and of bits.

use std::borrow::Cow;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err};
use hashbrown::HashSet;

use super::super::functions::order;
use super::fold::{State, Values};
use super::total::primitive;

/// How many values are not NULL, of any type.
#[derive(Debug, Clone, Default)]
pub(super) struct Count(u64);

impl Count {
    pub(super) fn count(&self) -> Result<ScalarValue> {
        Ok(int(self.0))
    }
}

impl State for Count {
    type Value = ();

    const RETRACTS: bool = true;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, ()>> {
        let array = args
            .first()
            .ok_or_else(|| exec_datafusion_err!("COUNT takes an argument"))?;
        Ok(Values {
            values: Cow::Owned(vec![(); array.len()]),
            nulls: array.logical_nulls(),
        })
    }

    fn add(&mut self, values: &[()]) {
        self.0 += values.len() as u64;
    }

    fn retract(&mut self, values: &[()]) {
        self.0 -= values.len() as u64;
    }

    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }

    fn encode(&self) -> Vec<u8> {
        self.0.to_le_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self(u64::from_le_bytes(bytes.try_into().ok()?)))
    }

    fn heap_size(&self) -> usize {
        0
    }
}

/// How many values are true and how many are false.
#[derive(Debug, Clone, Default)]
pub(super) struct Truths {
    yes: u64,
    no: u64,
}

impl Truths {
    pub(super) fn countif(&self) -> Result<ScalarValue> {
        Ok(int(self.yes))
    }

    pub(super) fn and(&self) -> Result<ScalarValue> {
        Ok(ScalarValue::Boolean(self.any().then_some(self.no == 0)))
    }

    pub(super) fn or(&self) -> Result<ScalarValue> {
        Ok(ScalarValue::Boolean(self.any().then_some(self.yes > 0)))
    }

    fn any(&self) -> bool {
        self.yes + self.no > 0
    }
}

impl State for Truths {
    type Value = bool;

    const RETRACTS: bool = true;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, bool>> {
        let array = bools(args)?;
        Ok(Values {
            values: Cow::Owned(array.values().iter().collect()),
            nulls: array.nulls().cloned(),
        })
    }

    /// By whole words of bits.
    fn add_all(&mut self, args: &[ArrayRef]) -> Result<()> {
        let array = bools(args)?;
        self.yes += array.true_count() as u64;
        self.no += array.false_count() as u64;
        Ok(())
    }

    fn add(&mut self, values: &[bool]) {
        let yes = values.iter().filter(|v| **v).count();
        self.yes += yes as u64;
        self.no += (values.len() - yes) as u64;
    }

    fn retract(&mut self, values: &[bool]) {
        let yes = values.iter().filter(|v| **v).count();
        self.yes -= yes as u64;
        self.no -= (values.len() - yes) as u64;
    }

    fn merge(&mut self, other: &Self) {
        self.yes += other.yes;
        self.no += other.no;
    }

    fn encode(&self) -> Vec<u8> {
        [self.yes.to_le_bytes(), self.no.to_le_bytes()].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (yes, no) = bytes.split_first_chunk()?;
        Some(Self {
            yes: u64::from_le_bytes(*yes),
            no: u64::from_le_bytes(no.try_into().ok()?),
        })
    }

    fn heap_size(&self) -> usize {
        0
    }
}

fn bools(args: &[ArrayRef]) -> Result<&BooleanArray> {
    args.first()
        .and_then(|a| a.as_boolean_opt())
        .ok_or_else(|| exec_datafusion_err!("an aggregate's argument is not BOOL"))
}

/// Bits of INT64.
#[derive(Debug, Clone)]
pub(super) struct Bits {
    any: bool,
    and: i64,
    or: i64,
    xor: i64,
}

impl Default for Bits {
    fn default() -> Self {
        Self {
            any: false,
            and: -1,
            or: 0,
            xor: 0,
        }
    }
}

impl Bits {
    pub(super) fn and(&self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(self.any.then_some(self.and)))
    }

    pub(super) fn or(&self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(self.any.then_some(self.or)))
    }

    pub(super) fn xor(&self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(self.any.then_some(self.xor)))
    }
}

impl State for Bits {
    type Value = i64;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, i64>> {
        primitive::<Int64Type>(args)
    }

    fn add(&mut self, values: &[i64]) {
        self.any |= !values.is_empty();
        for value in values {
            self.and &= value;
            self.or |= value;
            self.xor ^= value;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.any |= other.any;
        self.and &= other.and;
        self.or |= other.or;
        self.xor ^= other.xor;
    }

    fn encode(&self) -> Vec<u8> {
        if !self.any {
            return Vec::new();
        }
        [self.and, self.or, self.xor].map(i64::to_le_bytes).concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        match bytes.as_chunks::<8>() {
            ([and, or, xor], []) => Some(Self {
                any: true,
                and: i64::from_le_bytes(*and),
                or: i64::from_le_bytes(*or),
                xor: i64::from_le_bytes(*xor),
            }),
            _ => None,
        }
    }

    fn heap_size(&self) -> usize {
        0
    }
}

/// How many different values there are, of types of up to 64 bits.
#[derive(Debug, Clone, Default)]
pub(super) struct Uniques(HashSet<i64>);

impl Uniques {
    /// Whether values of a type are told apart by 64 bits.
    pub(super) fn takes(of: &DataType) -> bool {
        matches!(
            of,
            DataType::Boolean
                | DataType::Int64
                | DataType::Float64
                | DataType::Date32
                | DataType::Time64(_)
                | DataType::Timestamp(..)
        )
    }

    pub(super) fn count(&self) -> Result<ScalarValue> {
        Ok(int(self.0.len() as u64))
    }
}

impl State for Uniques {
    type Value = i64;

    fn read(args: &[ArrayRef]) -> Result<Values<'_, i64>> {
        let array = args
            .first()
            .ok_or_else(|| exec_datafusion_err!("COUNT takes an argument"))?;
        let values = match array.as_primitive_opt::<Float64Type>() {
            Some(floats) => floats.values().iter().map(|value| order(*value)).collect(),
            None => cast(array, &DataType::Int64)?
                .as_primitive::<Int64Type>()
                .values()
                .to_vec(),
        };
        Ok(Values {
            values: Cow::Owned(values),
            nulls: array.logical_nulls(),
        })
    }

    fn add(&mut self, values: &[i64]) {
        self.0.extend(values);
    }

    fn merge(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }

    fn encode(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (values, rest) = bytes.as_chunks::<8>();
        let values = values.iter().map(|value| i64::from_le_bytes(*value));
        rest.is_empty().then(|| Self(values.collect()))
    }

    fn heap_size(&self) -> usize {
        self.0.capacity() * (size_of::<i64>() + 1)
    }
}

/// A count as INT64.
pub(super) fn int(count: u64) -> ScalarValue {
    ScalarValue::Int64(Some(i64::try_from(count).unwrap_or(i64::MAX)))
}
