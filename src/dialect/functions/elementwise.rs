//! Row by row over numbers, constants kept constant.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
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
    let left = Operand::<T>::of(left)?;
    let right = Operand::<U>::of(right)?;
    let array = (0..rows)
        .map(|i| match (left.get(i), right.get(i)) {
            (Some(a), Some(b)) => compute(a, b),
            _ => Ok(None),
        })
        .collect::<Result<PrimitiveArray<O>, Fault>>()?;
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
    let operand = Operand::<T>::of(arg)?;
    let array = (0..rows)
        .map(|i| operand.get(i).map_or(Ok(None), &compute))
        .collect::<Result<PrimitiveArray<O>, Fault>>()?;
    finish(with_parameters(array), constant)
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
