//! Row by row over numbers, constants kept constant.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanBufferBuilder, PrimitiveArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_err, internal_datafusion_err};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{BIGNUMERIC, NUMERIC, timestamp};
use super::finish;

/// Why a value can't be computed; the whole query fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault(pub(super) &'static str);

pub(super) const DIVISION_BY_ZERO: Fault = Fault("division by zero");

impl From<Fault> for DataFusionError {
    fn from(fault: Fault) -> Self {
        DataFusionError::Execution(fault.0.to_owned())
    }
}

/// NULL where either argument is; else what `compute` says.
pub(super) fn zip<T: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    compute: impl Fn(T::Native, T::Native) -> Result<Option<O::Native>, Fault>,
) -> Result<ColumnarValue> {
    zip_with::<T, T, O>(args, rows, compute)
}

/// [`zip`] for arguments of two types.
pub(super) fn zip_with<T: ArrowPrimitiveType, U: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    compute: impl Fn(T::Native, U::Native) -> Result<Option<O::Native>, Fault>,
) -> Result<ColumnarValue> {
    let [left, right, ..] = args else {
        return exec_err!("expected two arguments");
    };
    let constant = is_constant(left) && is_constant(right);
    let rows = if constant { 1 } else { rows };
    let array = match (Operand::<T>::of(left)?, Operand::<U>::of(right)?) {
        (Operand::Column(a), Operand::Column(b)) => {
            let nulls = NullBuffer::union(a.nulls(), b.nulls());
            let pairs = a.values().iter().zip(b.values().iter());
            fill::<O, _, _>(pairs, nulls, |(a, b)| compute(*a, *b))?
        }
        (Operand::Column(a), Operand::Constant(Some(b))) => {
            fill::<O, _, _>(a.values().iter(), a.nulls().cloned(), |a| compute(*a, b))?
        }
        (Operand::Constant(Some(a)), Operand::Column(b)) => {
            fill::<O, _, _>(b.values().iter(), b.nulls().cloned(), |b| compute(a, *b))?
        }
        (Operand::Constant(Some(a)), Operand::Constant(Some(b))) => {
            fill::<O, _, _>(std::iter::repeat_n((a, b), rows), None, |(a, b)| {
                compute(a, b)
            })?
        }
        _ => PrimitiveArray::new_null(rows),
    };
    finish(with_parameters(array), constant)
}

/// NULL where the argument is; else what `compute` says.
pub(super) fn map<T: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    rows: usize,
    compute: impl Fn(T::Native) -> Result<Option<O::Native>, Fault>,
) -> Result<ColumnarValue> {
    let Some(arg) = args.first() else {
        return exec_err!("expected an argument");
    };
    let constant = is_constant(arg);
    let rows = if constant { 1 } else { rows };
    let array = match Operand::<T>::of(arg)? {
        Operand::Column(a) => {
            fill::<O, _, _>(a.values().iter(), a.nulls().cloned(), |a| compute(*a))?
        }
        Operand::Constant(Some(a)) => {
            fill::<O, _, _>(std::iter::repeat_n(a, rows), None, &compute)?
        }
        Operand::Constant(None) => PrimitiveArray::new_null(rows),
    };
    finish(with_parameters(array), constant)
}

/// What `compute` says of each input, NULL where `nulls` is: what stands there is not computed, for it could fail.
///
/// A builder's check of its room and its bit of validity would cost more than most of what is computed here.
pub(super) fn fill<O: ArrowPrimitiveType, I: ExactSizeIterator, E>(
    mut inputs: I,
    nulls: Option<NullBuffer>,
    mut compute: impl FnMut(I::Item) -> Result<Option<O::Native>, E>,
) -> Result<PrimitiveArray<O>, E> {
    let mut values = Vec::with_capacity(inputs.len());
    // Rows that become NULL.
    let mut holes = Vec::new();
    let mut push = |values: &mut Vec<O::Native>, input| -> Result<(), E> {
        let value = compute(input)?;
        if value.is_none() {
            holes.push(values.len());
        }
        values.push(value.unwrap_or_default());
        Ok(())
    };
    match nulls.as_ref().filter(|nulls| nulls.null_count() > 0) {
        None => inputs.try_for_each(|input| push(&mut values, input))?,
        Some(nulls) => inputs.zip(nulls.iter()).try_for_each(|(input, valid)| {
            if valid {
                push(&mut values, input)
            } else {
                values.push(O::Native::default());
                Ok(())
            }
        })?,
    }
    let nulls = without(nulls, &holes, values.len());
    Ok(PrimitiveArray::new(values.into(), nulls))
}

/// Which rows are not NULL, without those that become it.
fn without(nulls: Option<NullBuffer>, holes: &[usize], rows: usize) -> Option<NullBuffer> {
    if holes.is_empty() {
        return nulls;
    }
    let mut valid = BooleanBufferBuilder::new(rows);
    match &nulls {
        Some(nulls) => valid.append_buffer(nulls.inner()),
        None => valid.append_n(rows, true),
    }
    for row in holes {
        valid.set_bit(*row, false);
    }
    Some(NullBuffer::new(valid.finish()))
}

pub(super) fn is_constant(value: &ColumnarValue) -> bool {
    matches!(value, ColumnarValue::Scalar(_))
}

/// The array with the parameters of its type: scale and time zone, which the native type does not know.
fn with_parameters<O: ArrowPrimitiveType>(array: PrimitiveArray<O>) -> ArrayRef {
    let data_type = match O::DATA_TYPE {
        DataType::Decimal128(..) => NUMERIC,
        DataType::Decimal256(..) => BIGNUMERIC,
        DataType::Timestamp(..) => timestamp(),
        _ => return Arc::new(array),
    };
    Arc::new(array.with_data_type(data_type))
}

/// A column, or a value that stands for every row.
pub(super) enum Operand<T: ArrowPrimitiveType> {
    Column(PrimitiveArray<T>),
    Constant(Option<T::Native>),
}

impl<T: ArrowPrimitiveType> Operand<T> {
    pub(super) fn of(value: &ColumnarValue) -> Result<Self> {
        let primitive = |array: &ArrayRef| {
            array.as_primitive_opt::<T>().cloned().ok_or_else(|| {
                internal_datafusion_err!("an argument of type {}", array.data_type())
            })
        };
        Ok(match value {
            ColumnarValue::Array(array) => Self::Column(primitive(array)?),
            ColumnarValue::Scalar(value) => {
                let one = primitive(&value.to_array()?)?;
                Self::Constant(one.is_valid(0).then(|| one.value(0)))
            }
        })
    }

    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<T::Native> {
        match self {
            Self::Column(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Constant(value) => *value,
        }
    }
}
