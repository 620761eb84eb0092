//! The one value of rows that must be at most one.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};

/// The value of one row, NULL of none, an error of more.
pub(super) fn single(of: &DataType) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(Single {
        of: of.clone(),
        signature: Signature::user_defined(Volatility::Immutable),
    }))
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Single {
    of: DataType,
    signature: Signature,
}

impl AggregateUDFImpl for Single {
    fn name(&self) -> &'static str {
        "$single"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.of.clone())
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![
            Arc::new(Field::new(
                format!("{}[value]", args.name),
                self.of.clone(),
                true,
            )),
            Arc::new(Field::new(
                format!("{}[rows]", args.name),
                DataType::UInt64,
                false,
            )),
        ])
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One {
            value: ScalarValue::try_from(&self.of)?,
            rows: 0,
        }))
    }
}

#[derive(Debug)]
struct One {
    value: ScalarValue,
    rows: u64,
}

impl One {
    fn add(&mut self, value: ScalarValue, rows: u64) -> Result<()> {
        if rows > 0 {
            self.value = value;
        }
        self.rows = self.rows.saturating_add(rows);
        if self.rows > 1 {
            return exec_err!("a scalar subquery has more than one row");
        }
        Ok(())
    }
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some(values) = values.first() else {
            return Ok(());
        };
        match values.len() {
            0 => Ok(()),
            1 => self.add(ScalarValue::try_from_array(values, 0)?, 1),
            rows => self.add(ScalarValue::Null, u64::try_from(rows).unwrap_or(u64::MAX)),
        }
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.value.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![
            self.value.clone(),
            ScalarValue::UInt64(Some(self.rows)),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [values, rows] = states else {
            return exec_err!("a state of two parts");
        };
        for n in 0..rows.len() {
            if let ScalarValue::UInt64(Some(count)) = ScalarValue::try_from_array(rows, n)? {
                self.add(ScalarValue::try_from_array(values, n)?, count)?;
            }
        }
        Ok(())
    }
}
