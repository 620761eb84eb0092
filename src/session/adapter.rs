//! Makes the columns of one file those of its table: absent ones NULL, others cast, and the bytes of
//! decimals wider than Arrow's a BIGNUMERIC.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal256Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, i256};
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

/// DataFusion's adapter, and before it the wide decimals.
#[derive(Debug)]
pub(super) struct LakeAdapters;

impl PhysicalExprAdapterFactory for LakeAdapters {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let wide: Vec<Field> = table
            .fields()
            .iter()
            .filter(|f| is_wide(f, &file))
            .map(|f| f.as_ref().clone())
            .collect();
        let default = DefaultPhysicalExprAdapterFactory;
        if wide.is_empty() {
            return default.create(table, file);
        }
        // To DataFusion's adapter the column stays the bytes it is.
        let fields: Vec<_> = table
            .fields()
            .iter()
            .map(|field| match file.field_with_name(field.name()) {
                Ok(bytes) if is_wide(field, &file) => Arc::new(bytes.clone()),
                _ => Arc::clone(field),
            })
            .collect();
        let inner = default.create(Arc::new(Schema::new(fields)), Arc::clone(&file))?;
        Ok(Arc::new(WideDecimals { inner, wide, file }))
    }
}

fn is_wide(field: &Field, file: &SchemaRef) -> bool {
    let is_bytes = |f: &Field| {
        matches!(
            f.data_type(),
            DataType::Binary | DataType::BinaryView | DataType::FixedSizeBinary(_)
        )
    };
    matches!(field.data_type(), DataType::Decimal256(..))
        && file.field_with_name(field.name()).is_ok_and(is_bytes)
}

#[derive(Debug)]
struct WideDecimals {
    inner: Arc<dyn PhysicalExprAdapter>,
    wide: Vec<Field>,
    file: SchemaRef,
}

impl PhysicalExprAdapter for WideDecimals {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let rewritten = self.inner.rewrite(expr)?;
        rewritten
            .transform_up(|expr| {
                let field = expr
                    .downcast_ref::<Column>()
                    .and_then(|c| self.wide.iter().find(|f| f.name() == c.name()));
                let Some(field) = field else {
                    return Ok(Transformed::no(expr));
                };
                let function = ScalarUDF::new_from_impl(DecimalOfBytes::to(field.data_type()));
                let call = ScalarFunctionExpr::try_new(
                    Arc::new(function),
                    vec![expr],
                    &self.file,
                    Arc::new(ConfigOptions::default()),
                )?;
                Ok(Transformed::yes(Arc::new(call) as Arc<dyn PhysicalExpr>))
            })
            .data()
    }
}

/// Big-endian two's complement bytes to the decimal they are.
#[derive(Debug, PartialEq, Eq, Hash)]
struct DecimalOfBytes {
    to: DataType,
    signature: Signature,
}

impl DecimalOfBytes {
    fn to(to: &DataType) -> Self {
        Self {
            to: to.clone(),
            signature: Signature::any(1, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for DecimalOfBytes {
    fn name(&self) -> &'static str {
        "decimal_of_bytes"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [bytes] = arrays.as_slice() else {
            return Err(DataFusionError::Internal(
                "one argument expected".to_owned(),
            ));
        };
        let values = arrow::compute::cast(bytes, &DataType::Binary)?;
        let decimals: Decimal256Array = values
            .as_binary::<i32>()
            .iter()
            .map(|value| value.map(decimal_of_bytes).transpose())
            .collect::<Result<_>>()?;
        let typed = decimals.with_data_type(self.to.clone());
        Ok(ColumnarValue::Array(Arc::new(typed) as ArrayRef))
    }
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
