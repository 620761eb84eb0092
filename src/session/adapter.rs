//! Makes the columns of one file those of its table: absent ones NULL, others cast, the bytes of
//! decimals wider than Arrow's a BIGNUMERIC, decimals the nearest FLOAT64, and fields of structs spelled as the table
//! spells them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal256Array, Float64Array};
use arrow::compute::CastOptions;
use arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Field, Float64Type, Schema, SchemaRef, i256,
};
use datafusion::common::nested_struct::cast_column;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
};

use super::respell::{respell, respelled};
use crate::value::decimal;

/// DataFusion's adapter, and before it the conversions that it lacks or rounds twice.
#[derive(Debug)]
pub(super) struct LakeAdapters;

impl PhysicalExprAdapterFactory for LakeAdapters {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let convert = |field: &Field| {
            let stored = file.field_with_name(field.name()).ok()?;
            Some((stored.clone(), Convert::between(stored, field)?))
        };
        let converted: Vec<(Field, Convert)> =
            table.fields().iter().filter_map(|f| convert(f)).collect();
        let default = DefaultPhysicalExprAdapterFactory;
        if converted.is_empty() {
            return default.create(table, file);
        }
        // To DataFusion's adapter the column stays what is stored.
        let stored = |field: &Arc<Field>| {
            let found = converted.iter().find(|(f, _)| f.name() == field.name());
            found.map_or_else(|| Arc::clone(field), |(f, _)| Arc::new(f.clone()))
        };
        let fields: Vec<_> = table.fields().iter().map(stored).collect();
        let inner = default.create(Arc::new(Schema::new(fields)), Arc::clone(&file))?;
        Ok(Arc::new(Converting {
            inner,
            converted,
            file,
        }))
    }
}

#[derive(Debug)]
struct Converting {
    inner: Arc<dyn PhysicalExprAdapter>,
    /// Columns as they are stored.
    converted: Vec<(Field, Convert)>,
    file: SchemaRef,
}

impl PhysicalExprAdapter for Converting {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let rewritten = self.inner.rewrite(expr)?;
        rewritten
            .transform_up(|expr| {
                let convert = expr
                    .downcast_ref::<Column>()
                    .and_then(|c| self.converted.iter().find(|(f, _)| f.name() == c.name()));
                let Some((_, convert)) = convert else {
                    return Ok(Transformed::no(expr));
                };
                let call = ScalarFunctionExpr::try_new(
                    Arc::new(ScalarUDF::new_from_impl(convert.clone())),
                    vec![expr],
                    &self.file,
                    Arc::new(ConfigOptions::default()),
                )?;
                Ok(Transformed::yes(Arc::new(call) as Arc<dyn PhysicalExpr>))
            })
            .data()
    }
}

/// A conversion of a file's column to what its table reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Convert {
    how: How,
    to: DataType,
    signature: Signature,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum How {
    /// Big-endian two's complement bytes to the decimal they are.
    DecimalOfBytes,
    /// A decimal to the nearest float.
    FloatOfDecimal,
    /// Structs under other names than the table's: what is stored as it spells them.
    Respelled(DataType),
}

impl Convert {
    fn between(stored: &Field, read: &Field) -> Option<Self> {
        use DataType::{Binary, BinaryView, Decimal128, Decimal256, FixedSizeBinary, Float64};
        let how = match (stored.data_type(), read.data_type()) {
            (Binary | BinaryView | FixedSizeBinary(_), Decimal256(..)) => How::DecimalOfBytes,
            (Decimal128(..) | Decimal256(..), Float64) => How::FloatOfDecimal,
            (stored, read) => How::Respelled(respelled(stored, read)?),
        };
        Some(Self {
            how,
            to: read.data_type().clone(),
            signature: Signature::any(1, Volatility::Immutable),
        })
    }
}

impl ScalarUDFImpl for Convert {
    fn name(&self) -> &'static str {
        match &self.how {
            How::DecimalOfBytes => "decimal_of_bytes",
            How::FloatOfDecimal => "float_of_decimal",
            How::Respelled(_) => "respelled",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [stored] = arrays.as_slice() else {
            return Err(DataFusionError::Internal(
                "one argument expected".to_owned(),
            ));
        };
        let read = match &self.how {
            How::DecimalOfBytes => decimals_of_bytes(stored, &self.to)?,
            How::FloatOfDecimal => floats_of_decimals(stored)?,
            How::Respelled(named) => {
                cast_column(&respell(stored, named)?, &self.to, &CastOptions::default())?
            }
        };
        Ok(ColumnarValue::Array(read))
    }
}

fn decimals_of_bytes(stored: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let values = arrow::compute::cast(stored, &DataType::Binary)?;
    let decimals: Decimal256Array = values
        .as_binary::<i32>()
        .iter()
        .map(|value| value.map(decimal_of_bytes).transpose())
        .collect::<Result<_>>()?;
    Ok(Arc::new(decimals.with_data_type(to.clone())))
}

fn floats_of_decimals(stored: &ArrayRef) -> Result<ArrayRef> {
    let (DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale)) = stored.data_type()
    else {
        return Err(DataFusionError::Internal("not a decimal".to_owned()));
    };
    let scale = u32::try_from(*scale)
        .map_err(|_| DataFusionError::Execution(format!("a decimal of scale {scale}")))?;
    let floats: Float64Array = match stored.as_primitive_opt::<Decimal128Type>() {
        Some(narrow) => narrow.unary::<_, Float64Type>(|v| decimal::to_f64(v, scale)),
        None => {
            let wide = stored.as_primitive::<Decimal256Type>();
            // The decimal text is exact, and reading it rounds once.
            wide.unary::<_, Float64Type>(|v| decimal::text(v, scale).parse().unwrap_or(f64::NAN))
        }
    };
    Ok(Arc::new(floats))
}

fn decimal_of_bytes(bytes: &[u8]) -> Result<i256> {
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    let fill = if negative { 0xff } else { 0 };
    // Bytes that only repeat the sign carry nothing.
    let start = bytes.iter().take_while(|b| **b == fill).count();
    let digits = bytes.get(start..).unwrap_or_default();
    let fits = digits.len() < 32
        || digits.len() == 32 && digits.first().is_some_and(|b| (b & 0x80 != 0) == negative);
    let mut wide = [fill; 32];
    match wide.len().checked_sub(digits.len()) {
        Some(at) if fits => {
            if let Some(slot) = wide.get_mut(at..) {
                slot.copy_from_slice(digits);
            }
            Ok(i256::from_be_bytes(wide))
        }
        _ => Err(DataFusionError::Execution(
            "a BIGNUMERIC value has more than 76 digits".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_any_length() {
        let of = |bytes: &[u8]| decimal_of_bytes(bytes).unwrap();
        assert_eq!(of(&[]), i256::ZERO);
        assert_eq!(of(&[0x01, 0x00]), i256::from_i128(256));
        assert_eq!(of(&[0xff]), i256::from_i128(-1));
        assert_eq!(of(&[0x80]), i256::from_i128(-128));
        let mut padded = vec![0_u8; 40];
        padded[39] = 7;
        assert_eq!(of(&padded), i256::from_i128(7));
        padded[0] = 1;
        assert!(decimal_of_bytes(&padded).is_err());
    }
}
