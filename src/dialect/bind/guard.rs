//! Errors as values: `SAFE.f(x)`, `IFERROR`, `ISERROR`, `NULLIFERROR`, `ERROR`.
//!
//! A guarded expression is computed for all rows at once, and only where that fails for each row alone.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StructArray,
};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue, exec_datafusion_err, exec_err};
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};

use super::{Bind, Binder, Bound, column};
use crate::dialect::syntax::ast;
use crate::dialect::syntax::{Fault, Span};

impl Binder<'_> {
    /// `SAFE.f(x)`: NULL where the function fails; its arguments may still fail.
    pub(super) fn safe_call(&mut self, name: &str, call: &ast::Call, span: Span) -> Bind<Bound> {
        let value = self.scalar_call(name, call, span)?;
        let args = match &value.expr {
            Expr::ScalarFunction(function) => function.args.clone(),
            Expr::Literal(..) => return Ok(value),
            _ => return Err(Fault::unsupported(span, "SAFE of this function")),
        };
        let Expr::ScalarFunction(mut function) = value.expr.clone() else {
            return Ok(value);
        };
        // The arguments become columns, so that their own errors are not caught.
        let mut inputs = Vec::new();
        let mut types = Vec::new();
        for (n, arg) in args.into_iter().enumerate() {
            if matches!(arg, Expr::Literal(..)) {
                continue;
            }
            let name = format!("arg{n}");
            let of = self.type_of(&arg, span)?;
            if let Some(place) = function.args.get_mut(n) {
                *place = Expr::Column(column(name.clone()));
            }
            types.push(Field::new(name, of, true));
            inputs.push(arg);
        }
        let inner = Expr::ScalarFunction(function);
        self.guard(inner, inputs, types, &value.data_type, span)
            .map(|struct_of| {
                Bound::new(
                    super::construct::field(struct_of, 0, &answer(&value.data_type)),
                    value.data_type,
                )
            })
    }

    /// `IFERROR(x, y)`, `ISERROR(x)`, `NULLIFERROR(x)`.
    pub(super) fn guarded(&mut self, name: &str, args: &[ast::Expr], span: Span) -> Bind<Bound> {
        let wanted = if name == "iferror" { 2 } else { 1 };
        if args.len() != wanted {
            let upper = name.to_uppercase();
            return Err(Fault::new(
                span,
                format!("{upper} takes {wanted} arguments"),
            ));
        }
        let Some(first) = args.first() else {
            return Err(Fault::new(span, "a value is missing"));
        };
        let value = self.expr(first)?;
        let (inner, inputs, types) = self.as_inputs(&value.expr, span)?;
        let data_type = value.data_type.clone();
        let guarded = self.guard(inner, inputs, types, &data_type, span)?;
        let of = answer(&data_type);
        let result = Bound::new(super::construct::field(guarded.clone(), 0, &of), data_type);
        let failed = super::construct::field(guarded, 1, &of);
        match name {
            "iserror" => Ok(super::expr::boolean(failed)),
            "nulliferror" => Ok(result),
            _ => {
                let other = match args.get(1) {
                    Some(other) => self.expr(other)?,
                    None => Bound::null(),
                };
                self.choose(vec![failed], &[other, result], "IFERROR", &[], span)
            }
        }
    }

    fn type_of(&self, expr: &Expr, span: Span) -> Bind<DataType> {
        use datafusion::logical_expr::ExprSchemable;
        let schema = self.block_schema()?;
        expr.get_type(&schema).map_err(super::failed(span))
    }

    /// The columns a block's names stand for.
    pub(super) fn block_schema(&self) -> Bind<DFSchema> {
        let mut fields: Vec<Field> = Vec::new();
        for block in &self.blocks {
            let entries = block.names.entries.iter().map(|e| (&e.expr, &e.data_type));
            let ranges = block.names.ranges.iter().filter_map(|r| r.value.as_ref());
            let aliases = block.aliases.iter().chain(&block.locals).map(|(_, b)| b);
            let bounds = ranges.chain(aliases).map(|b| (&b.expr, &b.data_type));
            for (expr, data_type) in entries.chain(bounds) {
                for (name, data_type) in columns_of(expr, data_type) {
                    if !fields.iter().any(|f| *f.name() == name) {
                        fields.push(Field::new(name, data_type, true));
                    }
                }
            }
        }
        DFSchema::from_unqualified_fields(fields.into(), Default::default())
            .map_err(super::failed(Span::default()))
    }

    /// An expression whose columns are its inputs.
    fn as_inputs(&self, expr: &Expr, span: Span) -> Bind<(Expr, Vec<Expr>, Vec<Field>)> {
        let mut inputs: Vec<Expr> = Vec::new();
        let mut types = Vec::new();
        let mut refused = None;
        let inner = expr
            .clone()
            .transform_down(|e| match &e {
                Expr::Column(c) => {
                    let at = inputs.iter().position(|i| *i == e);
                    let at = match at {
                        Some(at) => at,
                        None => {
                            match self.column_type(c) {
                                Some(of) => {
                                    types.push(Field::new(format!("arg{}", inputs.len()), of, true))
                                }
                                None => refused = Some(()),
                            }
                            inputs.push(e.clone());
                            inputs.len() - 1
                        }
                    };
                    Ok(Transformed::yes(Expr::Column(column(format!("arg{at}")))))
                }
                Expr::OuterReferenceColumn(field, _) => {
                    let name = format!("arg{}", inputs.len());
                    types.push(Field::new(&name, field.data_type().clone(), true));
                    inputs.push(e.clone());
                    Ok(Transformed::yes(Expr::Column(column(name))))
                }
                Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) => {
                    refused = Some(());
                    Ok(Transformed::no(e))
                }
                _ => Ok(Transformed::no(e)),
            })
            .map_err(super::failed(span))?
            .data;
        if refused.is_some() {
            return Err(Fault::unsupported(
                span,
                "an error caught around an aggregate or a subquery",
            ));
        }
        Ok((inner, inputs, types))
    }

    fn guard(
        &mut self,
        inner: Expr,
        inputs: Vec<Expr>,
        types: Vec<Field>,
        returns: &DataType,
        span: Span,
    ) -> Bind<Expr> {
        let fields = Fields::from(types);
        let schema = DFSchema::from_unqualified_fields(fields.clone(), Default::default())
            .map_err(super::failed(span))?;
        let physical =
            create_physical_expr(&inner, &schema, &ExecutionProps::new(), &Default::default())
                .map_err(super::failed(span))?;
        let udf = ScalarUDF::new_from_impl(Guard {
            text: inner.to_string(),
            inner: physical,
            fields,
            returns: returns.clone(),
            signature: Signature::user_defined(Volatility::Immutable),
        });
        Ok(Expr::ScalarFunction(ScalarFunction::new_udf(
            Arc::new(udf),
            inputs,
        )))
    }
}

/// Columns in an expression of one, as far as their types are known.
fn columns_of(expr: &Expr, data_type: &DataType) -> Vec<(String, DataType)> {
    match expr {
        Expr::Column(c) => vec![(c.name.clone(), data_type.clone())],
        _ => Vec::new(),
    }
}

/// What a guarded expression answers: its value, and whether it failed.
fn answer(returns: &DataType) -> DataType {
    DataType::Struct(Fields::from(vec![
        Field::new("value", returns.clone(), true),
        Field::new("failed", DataType::Boolean, true),
    ]))
}

/// Fails with a text, if it is computed at all.
pub(super) fn raise(message: Expr) -> Expr {
    let udf = ScalarUDF::new_from_impl(Raise {
        signature: Signature::user_defined(Volatility::Volatile),
    });
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(udf), vec![message]))
}

#[derive(Debug, Clone)]
struct Guard {
    text: String,
    inner: Arc<dyn PhysicalExpr>,
    fields: Fields,
    returns: DataType,
    signature: Signature,
}

impl PartialEq for Guard {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.fields == other.fields
    }
}

impl Eq for Guard {}

impl Hash for Guard {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Guard {
    fn evaluate(&self, columns: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::new(Schema::new(self.fields.clone()));
        let batch = RecordBatch::try_new_with_options(schema, columns.to_vec(), &options)?;
        self.inner.evaluate(&batch)?.into_array(rows)
    }
}

impl ScalarUDFImpl for Guard {
    fn name(&self) -> &'static str {
        "$guard"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(answer(&self.returns))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let columns = args
            .args
            .iter()
            .zip(&self.fields)
            .map(|(a, f)| {
                let array = a.to_array(rows)?;
                Ok(datafusion::arrow::compute::cast(&array, f.data_type())?)
            })
            .collect::<Result<Vec<_>>>()?;
        let (values, failed): (ArrayRef, Vec<bool>) = match self.evaluate(&columns, rows) {
            Ok(values) => (values, vec![false; rows]),
            Err(_) => {
                let mut failed = Vec::with_capacity(rows);
                let mut parts: Vec<ArrayRef> = Vec::with_capacity(rows);
                for row in 0..rows {
                    let one: Vec<ArrayRef> = columns.iter().map(|c| c.slice(row, 1)).collect();
                    match self.evaluate(&one, 1) {
                        Ok(value) => {
                            parts.push(value);
                            failed.push(false);
                        }
                        Err(_) => {
                            let null = ScalarValue::try_from(&self.returns)?;
                            parts.push(null.to_array()?);
                            failed.push(true);
                        }
                    }
                }
                let refs: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
                if refs.is_empty() {
                    (
                        datafusion::arrow::array::new_empty_array(&self.returns),
                        failed,
                    )
                } else {
                    (concat(&refs)?, failed)
                }
            }
        };
        let values = datafusion::arrow::compute::cast(&values, &self.returns)?;
        let DataType::Struct(fields) = answer(&self.returns) else {
            return exec_err!("a guard answers a struct");
        };
        let failed: ArrayRef = Arc::new(datafusion::arrow::array::BooleanArray::from(failed));
        let array = StructArray::try_new(fields, vec![values, failed], None)?;
        Ok(ColumnarValue::Array(Arc::new(array)))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Raise {
    signature: Signature,
}

impl ScalarUDFImpl for Raise {
    fn name(&self) -> &'static str {
        "error"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(given.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Null)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if args.number_rows == 0 {
            return Ok(ColumnarValue::Scalar(ScalarValue::Null));
        }
        let Some(message) = args.args.first() else {
            return exec_err!("ERROR");
        };
        let array = message.to_array(args.number_rows)?;
        let text = array
            .as_string_view_opt()
            .filter(|a| a.is_valid(0))
            .map_or_else(|| "NULL".to_owned(), |a| a.value(0).to_owned());
        Err(exec_datafusion_err!("ERROR: {text}"))
    }
}
