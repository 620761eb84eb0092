//! Structs: making them, and taking their fields.
//!
//! BigQuery's fields may have no name or the same one twice, so fields are taken by place here.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StructArray, make_array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::Bound;
use crate::dialect::functions::shown;

/// `STRUCT(a, b AS c)`: fields by name, which may be empty.
#[derive(Debug, Clone)]
pub(in crate::dialect) struct Construct {
    fields: Fields,
    signature: Signature,
}

impl Construct {
    /// A struct of these names and values.
    pub(in crate::dialect) fn call(fields: Vec<(String, Expr, DataType)>) -> Bound {
        let types: Fields = fields
            .iter()
            .map(|(name, _, data_type)| Field::new(name, data_type.clone(), true))
            .collect();
        let args = fields.into_iter().map(|(_, value, _)| value).collect();
        let data_type = DataType::Struct(types.clone());
        let udf = ScalarUDF::new_from_impl(Self {
            fields: types,
            signature: Signature::user_defined(Volatility::Immutable),
        });
        let call = ScalarFunction::new_udf(Arc::new(udf), args);
        Bound::new(Expr::ScalarFunction(call), data_type)
    }
}

/// The values a struct was made of, if it was made in the query.
pub(super) fn fields_of(value: &Bound) -> Option<Vec<Expr>> {
    match &value.expr {
        Expr::ScalarFunction(call) if call.func.inner().is::<Construct>() => {
            Some(call.args.clone())
        }
        _ => None,
    }
}

/// The field at a place of a struct.
pub(super) fn field(value: Expr, place: usize, data_type: &DataType) -> Expr {
    if let Expr::ScalarFunction(call) = &value
        && call.func.inner().is::<Construct>()
        && let Some(arg) = call.args.get(place)
    {
        return arg.clone();
    }
    let of = match data_type {
        DataType::Struct(fields) => fields.get(place).map(|f| f.data_type().clone()),
        _ => None,
    };
    let udf = ScalarUDF::new_from_impl(Take {
        place,
        of: of.unwrap_or(DataType::Null),
        signature: Signature::user_defined(Volatility::Immutable),
    });
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(udf), vec![value]))
}

impl ScalarUDFImpl for Construct {
    fn name(&self) -> &'static str {
        "$struct"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        Ok(shown::name(self.name(), args))
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(self.fields.clone()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args
            .args
            .iter()
            .all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let columns = args
            .args
            .iter()
            .zip(&self.fields)
            .map(|(value, field)| {
                let array = value.to_array(rows)?;
                if array.data_type() == field.data_type() {
                    return Ok(array);
                }
                // Arrow calls an array's element in more than one way.
                Ok(datafusion::arrow::compute::cast(&array, field.data_type())?)
            })
            .collect::<Result<Vec<ArrayRef>>>()?;
        let array = StructArray::try_new_with_length(self.fields.clone(), columns, None, rows)?;
        if constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::Struct(Arc::new(array))));
        }
        Ok(ColumnarValue::Array(Arc::new(array)))
    }
}

impl PartialEq for Construct {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl Eq for Construct {}

impl Hash for Construct {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fields.hash(state);
    }
}

/// A field by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Take {
    place: usize,
    of: DataType,
    signature: Signature,
}

impl Hash for Take {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place.hash(state);
        self.of.hash(state);
    }
}

impl ScalarUDFImpl for Take {
    fn name(&self) -> &'static str {
        "$field"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        Ok(shown::name(&format!("{}{}", self.name(), self.place), args))
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.of.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(value) = args.args.first() else {
            return exec_err!("a field of nothing");
        };
        let constant = matches!(value, ColumnarValue::Scalar(_));
        let array = value.to_array(if constant { 1 } else { args.number_rows })?;
        let Some(structs) = array.as_struct_opt() else {
            return exec_err!("a field of {}", array.data_type());
        };
        let Some(field) = structs.columns().get(self.place) else {
            return exec_err!("there is no field {}", self.place);
        };
        // What a NULL struct holds is NULL, whatever its field says.
        if *field.data_type() == DataType::Null {
            return value_of(Arc::clone(field), constant);
        }
        let nulls = NullBuffer::union(structs.nulls(), field.logical_nulls().as_ref());
        let data = field.to_data().into_builder().nulls(nulls).build()?;
        value_of(make_array(data), constant)
    }
}

fn value_of(array: ArrayRef, constant: bool) -> Result<ColumnarValue> {
    if constant {
        let value = ScalarValue::try_from_array(&array, 0)?;
        return Ok(ColumnarValue::Scalar(value));
    }
    Ok(ColumnarValue::Array(array))
}
