//! Aggregates of a `SELECT`.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::AggregateFunction;

use super::expr::of_column;
use super::{Bind, Binder, Bound, column};
use crate::dialect::aggregate as functions;
use crate::dialect::syntax::ast;
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, name as type_name};

/// An aggregate, and the column it is after grouping.
#[derive(Debug, Clone)]
pub(in crate::dialect) struct Aggregate {
    pub(super) expr: Expr,
    pub(super) column: Column,
    pub(super) returns: DataType,
    /// `HAVING MAX x` (true) or `HAVING MIN x`: the rows of a group that count, as a key they are compared by.
    pub(super) having: Option<(bool, Expr, DataType)>,
}

/// Aggregates whose answer is in the order of rows.
const COLLECTING: [&str; 3] = ["array_agg", "array_concat_agg", "string_agg"];

/// A call whose arguments are bound.
pub(super) struct Arguments {
    pub(super) args: Vec<Bound>,
    pub(super) order: Vec<(Bound, functions::SortKey)>,
    pub(super) filter: Option<Expr>,
    pub(super) limit: Option<u64>,
}

impl Binder<'_> {
    /// A call of an aggregate: the column it is after grouping.
    pub(super) fn aggregate_call(
        &mut self,
        name: &str,
        call: &ast::Call,
        span: Span,
    ) -> Bind<Bound> {
        let upper = super::arrays::written(call);
        let block = self.block()?;
        if block.in_aggregate {
            return Err(Fault::new(
                span,
                format!("{upper} stands within another aggregate"),
            ));
        }
        if block.aggregates.is_none() {
            let clause = block.clause;
            return Err(Fault::new(span, format!("{upper} has no place {clause}")));
        }
        block.in_aggregate = true;
        let bound = self.aggregate_arguments(call);
        self.block()?.in_aggregate = false;
        let mut arguments = bound?;
        // Rows of known order are collected in it.
        if COLLECTING.contains(&name) && arguments.order.is_empty() && !call.distinct {
            let position = self.block()?.position.clone().unwrap_or_default();
            for place in position {
                let key = of_column(&place, DataType::Int64);
                arguments.order.push((key, (DataType::Int64, true, true)));
            }
        }
        let (udf, args, returns) = self.resolved(name, call, &arguments, false, span)?;
        let having = match &call.having {
            Some((max, by)) if name != "any_value" => {
                let block = self.block()?;
                block.in_aggregate = true;
                let by_bound = self.expr(by);
                self.block()?.in_aggregate = false;
                let by_bound = self.orderable(by_bound?, by.span)?;
                let key = self.groupable(by_bound, by.span)?;
                Some((*max, key.expr, key.data_type))
            }
            _ => None,
        };
        let filter = arguments.filter.map(Box::new);
        let expr = Expr::AggregateFunction(AggregateFunction::new_udf(
            udf,
            args,
            false,
            filter,
            Vec::new(),
            None,
        ));
        let fresh = self.fresh(name);
        let block = self.block()?;
        let known = block
            .aggregates
            .iter()
            .flatten()
            .find(|a| a.expr == expr && a.having == having)
            .map(|a| a.column.clone());
        let column = known.unwrap_or_else(|| {
            let column = column(fresh);
            if let Some(all) = &mut block.aggregates {
                all.push(Aggregate {
                    expr,
                    column: column.clone(),
                    returns: returns.clone(),
                    having: having.clone(),
                });
            }
            column
        });
        Ok(of_column(&column, returns))
    }

    /// What stands between an aggregate's brackets.
    pub(super) fn aggregate_arguments(&mut self, call: &ast::Call) -> Bind<Arguments> {
        let mut args = Vec::new();
        for arg in &call.args {
            let bound = self.expr(arg)?;
            args.push(self.folded(bound.clone()).unwrap_or(bound));
        }
        let mut order = Vec::new();
        for item in &call.order {
            let key = self.expr(&item.expr)?;
            let key = self.orderable(key, item.expr.span)?;
            let nulls_first = item.nulls_first.unwrap_or(!item.descending);
            let sort = (key.data_type.clone(), !item.descending, nulls_first);
            order.push((key, sort));
        }
        let filter = call
            .filter
            .as_ref()
            .map(|f| self.condition(f, "WHERE"))
            .transpose()?;
        let limit = match &call.limit {
            None => None,
            Some(limit) => Some(self.count(limit, "LIMIT")?),
        };
        if let Some((_, by)) = &call.having
            && call.name.last().is_some_and(|n| n.is("ANY_VALUE"))
        {
            args.push(self.expr(by)?);
        }
        Ok(Arguments {
            args,
            order,
            filter,
            limit,
        })
    }

    /// The function that answers a call, and its arguments as it takes them.
    pub(super) fn resolved(
        &mut self,
        name: &str,
        call: &ast::Call,
        arguments: &Arguments,
        windowed: bool,
        span: Span,
    ) -> Bind<(
        std::sync::Arc<datafusion::logical_expr::AggregateUDF>,
        Vec<Expr>,
        DataType,
    )> {
        let name = match (&call.having, name) {
            (None, name) => name,
            (Some((true, _)), "any_value") => "max_by",
            (Some((false, _)), "any_value") => "min_by",
            (Some(_), _) if windowed => {
                return Err(Fault::new(span, "HAVING has no place before OVER"));
            }
            (Some(_), name) => name,
        };
        let mut args = arguments.args.clone();
        if call.star {
            if name != "count" {
                return Err(Fault::new(
                    span,
                    format!("{} takes no *", super::arrays::written(call)),
                ));
            }
            if call.distinct {
                return Err(Fault::new(span, "COUNT(DISTINCT *) is not BigQuery's"));
            }
            args = vec![Bound::constant(ScalarValue::Int64(Some(1)))];
        }
        if args.is_empty() {
            let upper = super::arrays::written(call);
            return Err(Fault::new(span, format!("{upper} takes an argument")));
        }
        let types: Vec<DataType> = args.iter().map(|a| a.data_type.clone()).collect();
        let literals: Vec<Option<ScalarValue>> = args.iter().map(|a| a.scalar().cloned()).collect();
        let order: Vec<functions::SortKey> =
            arguments.order.iter().map(|(_, key)| key.clone()).collect();
        let resolved = functions::resolve(&functions::Call {
            name,
            args: &types,
            literals: &literals,
            distinct: call.distinct,
            ignore_nulls: call.ignore_nulls,
            order: &order,
            limit: arguments.limit,
            windowed,
        });
        let resolved = match resolved {
            Some(Ok(resolved)) => resolved,
            Some(Err(message)) => return Err(Fault::new(span, message)),
            None => {
                let upper = super::arrays::written(call);
                return Err(Fault::unsupported(span, &format!("function {upper}")));
            }
        };
        let all = args
            .iter()
            .chain(arguments.order.iter().map(|(key, _)| key));
        let mut exprs = Vec::new();
        for (arg, to) in all.zip(&resolved.takes) {
            let expr = match self.coerced(arg, to, span)? {
                Some(expr) => expr,
                None => Expr::Cast(datafusion::logical_expr::Cast::new(
                    Box::new(arg.expr.clone()),
                    to.clone(),
                )),
            };
            exprs.push(expr);
        }
        Ok((resolved.udf, exprs, resolved.returns))
    }

    /// A value that rows can be ordered by.
    pub(super) fn orderable(&mut self, key: Bound, span: Span) -> Bind<Bound> {
        match Kind::of(&key.data_type) {
            Kind::Json | Kind::Array | Kind::Struct | Kind::Other => {
                let of = type_name(&key.data_type);
                Err(Fault::new(span, format!("rows can't be ordered by {of}")))
            }
            Kind::Interval => self.function("$interval_order", vec![key], span),
            _ => Ok(key),
        }
    }

    /// A number of rows that is known before the query runs.
    pub(super) fn count(&mut self, expr: &ast::Expr, what: &str) -> Bind<u64> {
        match self.constant(expr, what)? {
            ScalarValue::Int64(Some(n)) if n >= 0 => u64::try_from(n)
                .map_err(|_| Fault::new(expr.span, format!("{what} is out of range"))),
            _ => Err(Fault::new(
                expr.span,
                format!("{what} takes a whole number that is not negative"),
            )),
        }
    }
}
