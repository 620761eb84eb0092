//! A column whose values compare with JSON.

use arrow::array::{
    Array, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    StringViewArray,
};
use arrow::datatypes::DataType;

use super::Typed;

/// An array of a type that [`Typed`] knows.
#[derive(Debug, Clone, Copy)]
pub enum TypedColumn<'a> {
    Int(&'a Int64Array),
    Float(&'a Float64Array),
    /// With its scale.
    Decimal(&'a Decimal128Array, i8),
    Bool(&'a BooleanArray),
    Text(&'a StringViewArray),
    Date(&'a Date32Array),
}

impl<'a> TypedColumn<'a> {
    /// `None` for an array of another type.
    pub fn new(column: &'a dyn Array) -> Option<Self> {
        Some(match column.data_type() {
            DataType::Int64 => Self::Int(column.as_primitive()),
            DataType::Float64 => Self::Float(column.as_primitive()),
            DataType::Decimal128(_, scale) => Self::Decimal(column.as_primitive(), *scale),
            DataType::Boolean => Self::Bool(column.as_boolean()),
            DataType::Utf8View => Self::Text(column.as_string_view()),
            DataType::Date32 => Self::Date(column.as_primitive()),
            _ => return None,
        })
    }

    /// The value of a row below the array's length.
    pub fn value(&self, row: usize) -> Typed<'a> {
        let array: &dyn Array = match self {
            Self::Int(a) => *a,
            Self::Float(a) => *a,
            Self::Decimal(a, _) => *a,
            Self::Bool(a) => *a,
            Self::Text(a) => *a,
            Self::Date(a) => *a,
        };
        if array.is_null(row) {
            return Typed::Null;
        }
        match self {
            Self::Int(a) => Typed::Int(a.value(row)),
            Self::Float(a) => Typed::Float(a.value(row)),
            Self::Decimal(a, scale) => Typed::Decimal {
                unscaled: a.value(row),
                scale: *scale,
            },
            Self::Bool(a) => Typed::Bool(a.value(row)),
            Self::Text(a) => Typed::Text(a.value(row)),
            Self::Date(a) => Typed::Date(a.value(row)),
        }
    }
}
