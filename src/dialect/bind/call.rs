//! Calls of functions.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::physical_expr::create_physical_expr;
use datafusion::physical_plan::ColumnarValue;

use super::{Bind, Binder, Bound, Literal, failed};
use crate::diagnostic::{near, suggestion};
use crate::dialect::error::Spot;
use crate::dialect::syntax::ast;
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, array_of, element};
use crate::dialect::{aggregate, functions};

/// What a string literal can become where a function does not take a string.
const OF_LITERALS: [Kind; 4] = [Kind::Date, Kind::Timestamp, Kind::Datetime, Kind::Time];

/// Functions whose last argument is a time zone that is the default one where it is missing: how many come before it.
const ZONED: [(&str, usize); 16] = [
    ("$cast_date", 1),
    ("$cast_datetime", 1),
    ("$cast_string", 1),
    ("$cast_time", 1),
    ("$cast_timestamp", 1),
    ("$safe_cast_date", 1),
    ("$safe_cast_datetime", 1),
    ("$safe_cast_string", 1),
    ("$safe_cast_time", 1),
    ("$safe_cast_timestamp", 1),
    ("date", 1),
    ("datetime", 1),
    ("string", 1),
    ("time", 1),
    ("timestamp", 1),
    ("extract", 2),
];
/// The same, where the first argument is a format or a part.
const ZONED_SECOND: [&str; 5] = [
    "date_trunc",
    "datetime_trunc",
    "format_timestamp",
    "parse_timestamp",
    "timestamp_trunc",
];
/// Functions whose answer has a default time zone in it that they can't be told.
const UNTOLD: [&str; 3] = ["date_bucket", "datetime_bucket", "timestamp_bucket"];
/// Functions that write a moment as text in the default time zone, and can't be told of one.
const WRITING: [&str; 6] = [
    "format",
    "to_json_string",
    "to_json",
    "array_to_string",
    "json_object",
    "json_array",
];

impl Binder<'_> {
    pub(super) fn call(&mut self, call: &ast::Call, span: Span) -> Bind<Bound> {
        let (safe, name) = match call.name.as_slice() {
            [name] => (false, name),
            [safe, name] if safe.is("SAFE") => (true, name),
            path => {
                let path: Vec<&str> = path.iter().map(|p| p.text.as_str()).collect();
                let what = format!("function {}", path.join(".").to_uppercase());
                return Err(Fault::unsupported(span, &what));
            }
        };
        let lower = name.lower();
        let lower = functions::canonical_name(&lower).to_owned();
        if call.over.is_some() {
            if safe {
                return Err(Fault::unsupported(span, "SAFE of a window function"));
            }
            return self.window_call(&lower, call, span);
        }
        if aggregate::is_known(&lower) {
            if safe {
                return Err(Fault::unsupported(span, "SAFE of an aggregate"));
            }
            return self.aggregate_call(&lower, call, span);
        }
        if aggregate::window(&lower).is_some() {
            let upper = name.text.to_uppercase();
            return Err(Fault::new(span, format!("{upper} needs OVER (...)")));
        }
        self.plain_call(call, name)?;
        if safe {
            return self.safe_call(&lower, call, span);
        }
        self.scalar_call(&lower, call, span)
    }

    /// A call of a scalar function.
    pub(super) fn scalar_call(&mut self, name: &str, call: &ast::Call, span: Span) -> Bind<Bound> {
        if let Some(bound) = self.special(name, call, span)? {
            return Ok(bound);
        }
        if !functions::is_known(name) {
            let upper = name.to_uppercase();
            let fault = Fault::unsupported(span, &format!("function {upper}"));
            let known = functions::names()
                .filter(|n| !n.starts_with('$'))
                .chain(aggregate::names());
            return Err(match suggestion(&near(name, known)) {
                Some(near) => fault.help(near),
                None => fault,
            });
        }
        let args = self.arguments(name, &call.args)?;
        self.zoned_function(name, args, span)
    }

    /// Refuses what only an aggregate's brackets hold.
    fn plain_call(&self, call: &ast::Call, name: &ast::Ident) -> Bind<()> {
        let what = if call.star {
            "*"
        } else if call.distinct {
            "DISTINCT"
        } else if call.ignore_nulls.is_some() {
            "IGNORE NULLS"
        } else if call.having.is_some() {
            "HAVING"
        } else if call.filter.is_some() {
            "WHERE"
        } else if !call.order.is_empty() {
            "ORDER BY"
        } else if call.limit.is_some() {
            "LIMIT"
        } else {
            return Ok(());
        };
        let upper = name.text.to_uppercase();
        Err(Fault::new(name.span, format!("{upper} takes no {what}")))
    }

    /// The arguments of a function, named ones at their places.
    pub(super) fn arguments(&mut self, name: &str, args: &[ast::Expr]) -> Bind<Vec<Bound>> {
        let mut bound: Vec<Bound> = Vec::new();
        let mut named: Vec<(usize, Bound)> = Vec::new();
        for arg in args {
            let (place, value) = match &arg.kind {
                ast::ExprKind::Named(label, value) => {
                    let place = functions::place_of(name, &label.lower(), bound.len()).ok_or_else(
                        || {
                            let upper = name.to_uppercase();
                            let message =
                                format!("{upper} has no argument called `{}`", label.text);
                            Fault::new(label.span, message)
                        },
                    )?;
                    (place, value.as_ref())
                }
                _ => (bound.len(), arg),
            };
            let is_named = matches!(arg.kind, ast::ExprKind::Named(..));
            if place < bound.len() || named.iter().any(|(n, _)| *n == place) {
                return Err(Fault::new(arg.span, "this argument is given twice"));
            }
            let value = self.expr(value)?;
            let value = self.folded(value.clone()).unwrap_or(value);
            match (is_named, named.is_empty()) {
                (true, _) => named.push((place, value)),
                (false, true) => bound.push(value),
                (false, false) => {
                    return Err(Fault::new(
                        arg.span,
                        "an argument without a name comes after one with a name",
                    ));
                }
            }
        }
        named.sort_by_key(|(place, _)| *place);
        for (place, value) in named {
            while bound.len() < place {
                bound.push(Bound::constant(functions::left_out(name, bound.len())));
            }
            bound.push(value);
        }
        Ok(bound)
    }

    /// A call of one of [`functions`] that may depend on the default time zone.
    pub(super) fn zoned_function(
        &mut self,
        name: &str,
        mut args: Vec<Bound>,
        span: Span,
    ) -> Bind<Bound> {
        if self.env.default_zone == chrono_tz::UTC {
            return self.function(name, args, span);
        }
        let of_moment = |arg: Option<&Bound>| {
            arg.is_some_and(|a| matches!(Kind::of(&a.data_type), Kind::Timestamp | Kind::Moment))
        };
        let to_moment = name.ends_with("timestamp")
            && args.first().is_some_and(|a| {
                matches!(
                    Kind::of(&a.data_type),
                    Kind::String | Kind::Date | Kind::Datetime
                )
            });
        let missing = ZONED.iter().any(|(f, n)| *f == name && args.len() == *n)
            && (of_moment(args.first()) || to_moment)
            || ZONED_SECOND.contains(&name)
                && args.len() == 2
                && (!name.starts_with("date") || of_moment(args.first()));
        if missing {
            args.push(self.text(self.env.default_zone.name()));
        } else if (WRITING.contains(&name) || UNTOLD.contains(&name))
            && args.iter().any(|a| mentions_moment(&a.data_type))
        {
            let what = format!(
                "{} of TIMESTAMP in another time zone than UTC",
                name.to_uppercase()
            );
            return Err(Fault::unsupported(span, &what));
        }
        self.function(name, args, span)
    }

    /// A constant text that is no literal of the query.
    pub(super) fn text(&self, text: impl Into<String>) -> Bound {
        Bound::constant(ScalarValue::Utf8View(Some(text.into())))
    }

    /// A call of one of [`functions`].
    pub(super) fn function(&mut self, name: &str, args: Vec<Bound>, span: Span) -> Bind<Bound> {
        let spot = Spot {
            text: std::sync::Arc::clone(&self.text),
            span,
        };
        let Some(udf) = functions::get(name, Some(spot)) else {
            let upper = name.trim_start_matches('$').to_uppercase();
            return Err(Fault::unsupported(span, &format!("function {upper}")));
        };
        let given: Vec<DataType> = args.iter().map(|a| a.data_type.clone()).collect();
        let taken = match udf.coerce_types(&given) {
            Ok(taken) => taken,
            Err(error) => self
                .with_literals(&udf, &args, &given)
                .or_else(|| with_empty(&udf, &args, &given))
                .ok_or_else(|| failed(span)(error))?,
        };
        let returns = udf.return_type(&taken).map_err(failed(span))?;
        let mut exprs = Vec::new();
        for (arg, to) in args.iter().zip(&taken) {
            let expr = match self.coerced(arg, to, span)? {
                Some(expr) => expr,
                // What the function asked for, it knows how to get.
                None => Expr::Cast(datafusion::logical_expr::Cast::new(
                    Box::new(arg.expr.clone()),
                    to.clone(),
                )),
            };
            exprs.push(expr);
        }
        let call = ScalarFunction::new_udf(udf, exprs);
        Ok(Bound::new(Expr::ScalarFunction(call), returns))
    }

    /// What the function takes if some string literals are dates or times.
    fn with_literals(
        &self,
        udf: &datafusion::logical_expr::ScalarUDF,
        args: &[Bound],
        given: &[DataType],
    ) -> Option<Vec<DataType>> {
        let literals: Vec<usize> = args
            .iter()
            .enumerate()
            .filter(|(_, a)| a.literal == Literal::String)
            .map(|(n, _)| n)
            .take(4)
            .collect();
        // The type in the function's name first.
        let mut kinds = OF_LITERALS;
        let named = match udf
            .name()
            .split('_')
            .find(|w| !w.is_empty() && !["cast", "$cast"].contains(w))
        {
            Some("timestamp") => Some(Kind::Timestamp),
            Some("datetime") => Some(Kind::Datetime),
            Some("time") => Some(Kind::Time),
            _ => None,
        };
        kinds.sort_by_key(|kind| Some(*kind) != named);
        let mut choices: Vec<u32> = (1..1u32 << literals.len()).collect();
        choices.sort_by_key(|c| c.count_ones());
        for choice in choices {
            for kind in kinds {
                let mut types = given.to_vec();
                for (bit, at) in literals.iter().enumerate() {
                    if choice & (1 << bit) != 0
                        && let (Some(t), Some(to)) = (types.get_mut(*at), kind.arrow())
                    {
                        *t = to;
                    }
                }
                if let Ok(taken) = udf.coerce_types(&types) {
                    return Some(taken);
                }
            }
        }
        None
    }

    /// The value as a constant, if it is one.
    pub(super) fn folded(&self, bound: Bound) -> Option<Bound> {
        if bound.scalar().is_some() {
            return Some(bound);
        }
        if bound.expr.any_column_refs() || contains_query(&bound.expr) {
            return None;
        }
        let props = self.state.execution_props();
        let schema = DFSchema::empty();
        let physical =
            create_physical_expr(&bound.expr, &schema, props, &Default::default()).ok()?;
        let batch = datafusion::arrow::array::RecordBatch::try_new_with_options(
            std::sync::Arc::new(datafusion::arrow::datatypes::Schema::empty()),
            Vec::new(),
            &datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(1)),
        )
        .ok()?;
        let value = match physical.evaluate(&batch).ok()? {
            ColumnarValue::Scalar(value) => value,
            ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0).ok()?,
        };
        let mut folded = Bound::constant(value);
        folded.data_type = bound.data_type;
        folded.literal = bound.literal;
        Some(folded)
    }
}

/// What the function takes if `[]` is not an array of INT64, but of what the other arrays are of, or of texts.
fn with_empty(
    udf: &datafusion::logical_expr::ScalarUDF,
    args: &[Bound],
    given: &[DataType],
) -> Option<Vec<DataType>> {
    let is_empty = |n: usize| args.get(n).is_some_and(super::coerce::is_empty);
    if !(0..args.len()).any(is_empty) {
        return None;
    }
    let others = given
        .iter()
        .enumerate()
        .filter(|(n, of)| !is_empty(*n) && element(of).is_some())
        .map(|(_, of)| of.clone());
    let texts = [DataType::Utf8View, DataType::BinaryView].map(array_of);
    others.chain(texts).find_map(|of| {
        let types: Vec<DataType> = (0..)
            .zip(given)
            .map(|(n, given)| {
                if is_empty(n) {
                    of.clone()
                } else {
                    given.clone()
                }
            })
            .collect();
        udf.coerce_types(&types).ok()
    })
}

fn contains_query(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    expr.exists(|e| {
        Ok(matches!(
            e,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::OuterReferenceColumn(..)
        ))
    })
    .unwrap_or(true)
}

fn mentions_moment(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.iter().any(|f| mentions_moment(f.data_type())),
        other => match element(other) {
            Some(element) => mentions_moment(element),
            None => matches!(Kind::of(other), Kind::Timestamp | Kind::Moment),
        },
    }
}
