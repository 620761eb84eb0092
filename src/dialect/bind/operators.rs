//! What an operator means for the types of its operands.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit};

use super::expr::{boolean, negated};
use super::{Bind, Binder, Bound, construct};
use crate::dialect::syntax::ast::{self, BinaryOp, ExprKind, List};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, common, name, names};

impl Binder<'_> {
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Bind<Bound> {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let word = if op == BinaryOp::And { "AND" } else { "OR" };
                let (a, b) = (self.condition(left, word)?, self.condition(right, word)?);
                let operator = if op == BinaryOp::And {
                    Operator::And
                } else {
                    Operator::Or
                };
                return Ok(boolean(binary(a, operator, b)));
            }
            BinaryOp::Add | BinaryOp::Subtract => {
                let shift = if op == BinaryOp::Add {
                    "$add_interval"
                } else {
                    "$subtract_interval"
                };
                if let ExprKind::Interval { value, from, to } = &right.kind {
                    let a = self.expr(left)?;
                    if Kind::of(&a.data_type) != Kind::Interval {
                        let args = self.shift_by(a, value, from, to.as_deref(), right.span)?;
                        return self.function(shift, args, span);
                    }
                }
                if op == BinaryOp::Add
                    && let ExprKind::Interval { value, from, to } = &left.kind
                {
                    let b = self.expr(right)?;
                    if Kind::of(&b.data_type) != Kind::Interval {
                        let args = self.shift_by(b, value, from, to.as_deref(), left.span)?;
                        return self.function(shift, args, span);
                    }
                }
            }
            _ => {}
        }
        let (a, b) = (self.expr(left)?, self.expr(right)?);
        match op {
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual => self.compare(op, &a, &b, span),
            BinaryOp::Concat => self.concat(a, b, span),
            BinaryOp::BitOr => self.function("$bit_or", vec![a, b], span),
            BinaryOp::BitXor => self.function("$bit_xor", vec![a, b], span),
            BinaryOp::BitAnd => self.function("$bit_and", vec![a, b], span),
            BinaryOp::ShiftLeft => self.function("$shift_left", vec![a, b], span),
            BinaryOp::ShiftRight => self.function("$shift_right", vec![a, b], span),
            _ => self.arithmetic(op, a, b, span),
        }
    }

    fn concat(&mut self, a: Bound, b: Bound, span: Span) -> Bind<Bound> {
        let kinds = [Kind::of(&a.data_type), Kind::of(&b.data_type)];
        if kinds.contains(&Kind::Array) {
            return self.function("array_concat", vec![a, b], span);
        }
        let alike = [Kind::String, Kind::Bytes]
            .into_iter()
            .any(|k| kinds.iter().all(|one| *one == k || *one == Kind::Null));
        if !alike {
            let (a, b) = (name(&a.data_type), name(&b.data_type));
            return Err(Fault::new(span, format!("|| does not take {a} and {b}"))
                .help("CAST(x AS STRING) makes a string of a value"));
        }
        self.function("concat", vec![a, b], span)
    }

    fn arithmetic(&mut self, op: BinaryOp, a: Bound, b: Bound, span: Span) -> Bind<Bound> {
        let (x, y) = (Kind::of(&a.data_type), Kind::of(&b.data_type));
        let temporal = |k: Kind| {
            matches!(
                k,
                Kind::Date | Kind::Datetime | Kind::Timestamp | Kind::Time | Kind::Moment
            )
        };
        let function = match (op, x, y) {
            (BinaryOp::Add, Kind::Interval, Kind::Interval) => "$interval_add",
            (BinaryOp::Subtract, Kind::Interval, Kind::Interval) => "$interval_subtract",
            (BinaryOp::Multiply, Kind::Interval, Kind::Int) => "$interval_multiply",
            (BinaryOp::Multiply, Kind::Int, Kind::Interval) => {
                return self.function("$interval_multiply", vec![b, a], span);
            }
            (BinaryOp::Divide, Kind::Interval, Kind::Int) => "$interval_divide",
            (BinaryOp::Add, k, Kind::Interval) if temporal(k) => "$add_interval",
            (BinaryOp::Add, Kind::Interval, k) if temporal(k) => {
                return self.function("$add_interval", vec![b, a], span);
            }
            (BinaryOp::Subtract, k, Kind::Interval) if temporal(k) => "$subtract_interval",
            (BinaryOp::Add, Kind::Date, Kind::Int) => "$add_days",
            (BinaryOp::Add, Kind::Int, Kind::Date) => {
                return self.function("$add_days", vec![b, a], span);
            }
            (BinaryOp::Subtract, Kind::Date, Kind::Int) => "$subtract_days",
            (BinaryOp::Subtract, p, q) if temporal(p) && temporal(q) => "$difference",
            _ => match op {
                BinaryOp::Add => "$add",
                BinaryOp::Subtract => "$subtract",
                BinaryOp::Multiply => "$multiply",
                _ => "$divide",
            },
        };
        let numbers = |k: Kind| k.is_number() || k == Kind::Null;
        if !function.contains('_') && function != "$difference" && !(numbers(x) && numbers(y)) {
            let sign = match op {
                BinaryOp::Add => "+",
                BinaryOp::Subtract => "-",
                BinaryOp::Multiply => "*",
                _ => "/",
            };
            let (a, b) = (name(&a.data_type), name(&b.data_type));
            return Err(Fault::new(
                span,
                format!("{sign} does not take {a} and {b}"),
            ));
        }
        self.function(function, vec![a, b], span)
    }

    /// `a <op> b` for a comparison.
    pub(super) fn compare(
        &mut self,
        op: BinaryOp,
        a: &Bound,
        b: &Bound,
        span: Span,
    ) -> Bind<Bound> {
        let refused = || {
            let (x, y) = (name(&a.data_type), name(&b.data_type));
            Fault::new(span, format!("{} does not compare {x} with {y}", sign(op)))
        };
        let Some(to) = self.supertype(&[a, b]) else {
            // DATETIME and TIMESTAMP of an export meet as whatever they are.
            return Err(refused());
        };
        let (x, y) = (
            self.coerced(a, &to, span)?.ok_or_else(refused)?,
            self.coerced(b, &to, span)?.ok_or_else(refused)?,
        );
        let (left, right) = (Bound::new(x, to.clone()), Bound::new(y, to.clone()));
        match Kind::of(&to) {
            Kind::Float => {
                let function = match op {
                    BinaryOp::Equal => "$equal",
                    BinaryOp::NotEqual => "$not_equal",
                    BinaryOp::Less => "$less",
                    BinaryOp::LessOrEqual => "$less_or_equal",
                    BinaryOp::Greater => "$greater",
                    _ => "$greater_or_equal",
                };
                self.function(function, vec![left, right], span)
            }
            Kind::Interval => {
                let left = self.function("$interval_order", vec![left], span)?;
                let right = self.function("$interval_order", vec![right], span)?;
                Ok(boolean(binary(left.expr, operator(op), right.expr)))
            }
            Kind::Struct => self.compare_structs(op, &left, &right, span),
            Kind::Array | Kind::Json | Kind::Other => Err(refused()),
            _ => Ok(boolean(binary(left.expr, operator(op), right.expr))),
        }
    }

    /// Structs are equal if all their fields are.
    fn compare_structs(&mut self, op: BinaryOp, a: &Bound, b: &Bound, span: Span) -> Bind<Bound> {
        let DataType::Struct(fields) = &a.data_type else {
            return Err(Fault::new(span, "expected structs"));
        };
        if !matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
            let message = format!("{} does not compare structs", sign(op));
            return Err(Fault::new(span, message));
        }
        let fields = fields.clone();
        let mut all = lit(true);
        for (n, field) in fields.iter().enumerate() {
            let of = field.data_type().clone();
            let left = Bound::new(
                construct::field(a.expr.clone(), n, &a.data_type),
                of.clone(),
            );
            let right = Bound::new(construct::field(b.expr.clone(), n, &b.data_type), of);
            let equal = self.compare(BinaryOp::Equal, &left, &right, span)?;
            all = all.and(equal.expr);
        }
        Ok(negated(boolean(all), op == BinaryOp::NotEqual))
    }

    pub(super) fn is_distinct(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        not: bool,
        span: Span,
    ) -> Bind<Bound> {
        let (a, b) = (self.expr(left)?, self.expr(right)?);
        let (exprs, to) =
            self.united(&[a, b], "IS DISTINCT FROM", &[left.span, right.span], span)?;
        let mut sides = exprs.into_iter().map(|e| Bound::new(e, to.clone()));
        let (Some(mut a), Some(mut b)) = (sides.next(), sides.next()) else {
            return Err(Fault::new(span, "IS DISTINCT FROM takes two values"));
        };
        match Kind::of(&to) {
            // NaN is not distinct from NaN, nor -0 from 0.
            Kind::Float => {
                a = self.function("$canonical", vec![a], span)?;
                b = self.function("$canonical", vec![b], span)?;
            }
            Kind::Interval => {
                a = self.function("$interval_order", vec![a], span)?;
                b = self.function("$interval_order", vec![b], span)?;
            }
            Kind::Json | Kind::Array | Kind::Other => {
                let of = name(&to);
                return Err(Fault::new(
                    span,
                    format!("IS DISTINCT FROM does not compare {of}"),
                ));
            }
            Kind::Struct => {
                let distinct = self.distinct_structs(&a, &b, span)?;
                return Ok(negated(boolean(distinct), not));
            }
            _ => {}
        }
        let operator = if not {
            Operator::IsNotDistinctFrom
        } else {
            Operator::IsDistinctFrom
        };
        Ok(boolean(binary(a.expr, operator, b.expr)))
    }

    /// Structs are distinct if one is NULL and the other is not, or a field of theirs is distinct.
    fn distinct_structs(&mut self, a: &Bound, b: &Bound, span: Span) -> Bind<Expr> {
        let DataType::Struct(fields) = &a.data_type else {
            return Err(Fault::new(span, "expected structs"));
        };
        let fields = fields.clone();
        let null = |of: &Bound| of.expr.clone().is_null();
        let mut any = binary(null(a), Operator::NotEq, null(b));
        for (n, field) in fields.iter().enumerate() {
            let of = field.data_type().clone();
            let take = |s: &Bound| {
                Bound::new(
                    construct::field(s.expr.clone(), n, &s.data_type),
                    of.clone(),
                )
            };
            let (mut x, mut y) = (take(a), take(b));
            let distinct = match Kind::of(&of) {
                Kind::Struct => self.distinct_structs(&x, &y, span)?,
                Kind::Float => {
                    x = self.function("$canonical", vec![x], span)?;
                    y = self.function("$canonical", vec![y], span)?;
                    binary(x.expr, Operator::IsDistinctFrom, y.expr)
                }
                Kind::Array | Kind::Json | Kind::Interval | Kind::Other => {
                    return Err(Fault::unsupported(span, "IS DISTINCT FROM of such structs"));
                }
                Kind::Null => continue,
                _ => binary(x.expr, Operator::IsDistinctFrom, y.expr),
            };
            any = any.or(distinct);
        }
        Ok(any)
    }

    pub(super) fn in_list(
        &mut self,
        value: &ast::Expr,
        list: &List,
        not: bool,
        span: Span,
    ) -> Bind<Bound> {
        let items = match list {
            List::Query(query) => return self.in_subquery(value, query, not, span),
            List::Unnest(array) => {
                let of = self.expr(value)?;
                let mut bound = self.expr(array)?;
                if bound.data_type == DataType::Null {
                    // NULL holds nothing.
                    return Ok(negated(boolean(lit(false)), not));
                }
                let mut of_value = of;
                self.unite_with_elements(&mut of_value, &mut bound, array.span)?;
                let within = self.function("$in_array", vec![of_value, bound], span)?;
                return Ok(negated(within, not));
            }
            List::Values(items) => items,
        };
        let of = self.expr(value)?;
        let items = items
            .iter()
            .map(|item| Ok((self.expr(item)?, item.span)))
            .collect::<Bind<Vec<_>>>()?;
        let mut all: Vec<&Bound> = vec![&of];
        all.extend(items.iter().map(|(b, _)| b));
        let kind = self.supertype(&all).map(|t| (Kind::of(&t), t));
        match kind {
            Some((Kind::Float | Kind::Struct | Kind::Interval, _)) => {
                let mut any: Option<Expr> = None;
                for (item, at) in &items {
                    let equal = self.compare(BinaryOp::Equal, &of, item, *at)?.expr;
                    any = Some(match any {
                        Some(others) => others.or(equal),
                        None => equal,
                    });
                }
                Ok(negated(boolean(any.unwrap_or_else(|| lit(false))), not))
            }
            Some((kind, to)) if !matches!(kind, Kind::Array | Kind::Json | Kind::Other) => {
                let expr = self.as_type(&of, &to, "IN", value.span)?;
                let list = items
                    .iter()
                    .map(|(item, at)| self.as_type(item, &to, "IN", *at))
                    .collect::<Bind<Vec<_>>>()?;
                Ok(boolean(Expr::InList(InList::new(
                    Box::new(expr),
                    list,
                    not,
                ))))
            }
            _ => {
                let types = names(all.iter().map(|b| &b.data_type));
                Err(Fault::new(
                    span,
                    format!("IN does not compare values of {types}"),
                ))
            }
        }
    }

    /// A value and an array of what it can be compared with.
    pub(super) fn unite_with_elements(
        &mut self,
        value: &mut Bound,
        array: &mut Bound,
        span: Span,
    ) -> Bind<()> {
        let of = super::expr::element_of(array, "UNNEST", span)?;
        let mut one = Bound::new(lit(ScalarValue::Null), of.clone());
        one.literal = if array.literal == super::Literal::Array {
            super::Literal::Integer
        } else {
            super::Literal::No
        };
        if of == DataType::Null {
            one.literal = super::Literal::Null;
        }
        let to = self.supertype(&[value, &one]).ok_or_else(|| {
            let (a, b) = (name(&value.data_type), name(&of));
            Fault::new(span, format!("IN does not compare {a} with {b}"))
        })?;
        value.expr = self.as_type(value, &to, "IN", span)?;
        value.data_type = to.clone();
        if Kind::of(&of) != Kind::of(&to) {
            let to = crate::dialect::types::array_of(to);
            let cast =
                datafusion::logical_expr::Cast::new(Box::new(array.expr.clone()), to.clone());
            if common(
                Kind::of(&of),
                Kind::of(crate::dialect::types::element(&to).unwrap_or(&of)),
            )
            .is_none()
                && of != DataType::Null
            {
                return Err(Fault::unsupported(span, "IN UNNEST of another type"));
            }
            array.expr = Expr::Cast(cast);
            array.data_type = to;
        }
        Ok(())
    }

    /// `x LIKE ANY (a, b)`: as comparisons of each.
    pub(super) fn like_many(
        &mut self,
        value: &ast::Expr,
        all: bool,
        patterns: &List,
        not: bool,
        span: Span,
    ) -> Bind<Bound> {
        let of = self.expr(value)?;
        let written = match patterns {
            List::Values(items) => Some(items),
            List::Unnest(array) => match &array.kind {
                ExprKind::Array { items, .. } if !items.is_empty() => Some(items),
                _ => None,
            },
            List::Query(_) => None,
        };
        match (written, patterns) {
            (Some(items), _) => {
                let mut whole: Option<Expr> = None;
                for item in items {
                    let pattern = self.expr(item)?;
                    let like = self.function("$like", vec![of.clone(), pattern], item.span)?;
                    // NOT is each pattern's.
                    let like = negated(like, not);
                    whole = Some(match whole {
                        Some(before) if all => before.and(like.expr),
                        Some(before) => before.or(like.expr),
                        None => like.expr,
                    });
                }
                let whole = whole.unwrap_or_else(|| lit(all));
                Ok(boolean(whole))
            }
            (None, List::Unnest(array)) => self.like_each(value, array, all, not, span),
            (None, List::Values(_)) => Ok(negated(boolean(lit(all)), not)),
            (None, List::Query(query)) => {
                let array = ast::Expr {
                    kind: ExprKind::ArrayOf(query.clone()),
                    span,
                };
                self.like_each(value, &array, all, not, span)
            }
        }
    }
}

/// How BigQuery writes a comparison.
fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Equal => "=",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        _ => ">=",
    }
}

fn operator(op: BinaryOp) -> Operator {
    match op {
        BinaryOp::Equal => Operator::Eq,
        BinaryOp::NotEqual => Operator::NotEq,
        BinaryOp::Less => Operator::Lt,
        BinaryOp::LessOrEqual => Operator::LtEq,
        BinaryOp::Greater => Operator::Gt,
        _ => Operator::GtEq,
    }
}

pub(super) fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}
