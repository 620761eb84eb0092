//! Expressions.

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Cast, Expr, lit};

use super::names::Entry;
use super::{Bind, Binder, Bound, Construct, Literal, construct};
use crate::dialect::syntax::ast::{self, BinaryOp, ExprKind, Ident, Truth, UnaryOp};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, array_of, element, name};

impl Binder<'_> {
    #[recursive::recursive]
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Bind<Bound> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Null => Ok(Bound::null()),
            ExprKind::Bool(value) => Ok(Bound::constant(ScalarValue::Boolean(Some(*value)))),
            ExprKind::Integer(digits) => integer(digits, false, span),
            ExprKind::Float(text) => float(text, span),
            ExprKind::String(text) => Ok(string(text.clone())),
            ExprKind::Bytes(bytes) => Ok(Bound::constant(ScalarValue::BinaryView(Some(
                bytes.clone(),
            )))),
            ExprKind::Typed(of, text) => self.typed(of, text, span),
            ExprKind::Interval { value, from, to } => {
                self.interval(value, from, to.as_deref(), span)
            }
            ExprKind::Parameter(name) => self.parameter(name, span),
            ExprKind::SystemVariable(name) => self.system_variable(name, span),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Dot(value, field) => self.dot(value, field),
            ExprKind::Index(array, index) => self.index(array, index, span),
            ExprKind::Array { element, items } => self.array(element.as_ref(), items, span),
            ExprKind::ArrayOf(query) => self.array_subquery(query, span),
            ExprKind::Struct { fields, items } => self.structure(fields.as_deref(), items, span),
            ExprKind::Tuple(items) => {
                let items: Vec<_> = items.iter().map(|i| (i.clone(), None)).collect();
                self.structure_of(&items, false)
            }
            ExprKind::Unary(op, value) => self.unary(*op, value, span),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, span),
            ExprKind::Is { value, what, not } => self.is(value, *what, *not),
            ExprKind::IsDistinct { left, right, not } => self.is_distinct(left, right, *not, span),
            ExprKind::Between {
                value,
                low,
                high,
                not,
            } => {
                let value = self.expr(value)?;
                let (low_bound, high_bound) = (self.expr(low)?, self.expr(high)?);
                let from = self.compare(BinaryOp::GreaterOrEqual, &value, &low_bound, low.span)?;
                let to = self.compare(BinaryOp::LessOrEqual, &value, &high_bound, high.span)?;
                Ok(negated(boolean(from.expr.and(to.expr)), *not))
            }
            ExprKind::In { value, list, not } => self.in_list(value, list, *not, span),
            ExprKind::Like {
                value,
                pattern,
                not,
            } => {
                let value = self.expr(value)?;
                let pattern = self.expr(pattern)?;
                let like = self.function("$like", vec![value, pattern], span)?;
                Ok(negated(like, *not))
            }
            ExprKind::LikeMany {
                value,
                all,
                patterns,
                not,
            } => self.like_many(value, *all, patterns, *not, span),
            ExprKind::Case {
                operand,
                whens,
                otherwise,
            } => self.case(operand.as_deref(), whens, otherwise.as_deref(), span),
            ExprKind::Cast {
                value,
                to,
                safe,
                format,
                zone,
            } => self.cast(value, to, *safe, format.as_deref(), zone.as_deref(), span),
            ExprKind::Extract {
                part,
                of,
                from,
                zone,
            } => self.extract(part, of.as_ref(), from, zone.as_deref(), span),
            ExprKind::Call(call) => bounded(self.call(call, span)?, span),
            ExprKind::Exists(query) => self.exists(query, span),
            ExprKind::Subquery(query) => self.scalar_subquery(query, span),
            ExprKind::Lambda(..) => Err(Fault::new(span, "a lambda has no place here")),
            ExprKind::Named(..) => Err(Fault::new(span, "a named argument has no place here")),
            ExprKind::With(names, body) => {
                let mut locals = 0;
                let mut done = Ok(());
                for (name, value) in names {
                    match self.expr(value) {
                        Ok(bound) => {
                            self.block()?.locals.push((name.lower(), bound));
                            locals += 1;
                        }
                        Err(fault) => {
                            done = Err(fault);
                            break;
                        }
                    }
                }
                let body = done.and_then(|()| self.expr(body));
                let block = self.block()?;
                let left = block.locals.len().saturating_sub(locals);
                block.locals.truncate(left);
                bounded(body?, span)
            }
        }
    }

    /// A condition of a `WHERE`, `ON` or `WHEN`.
    pub(super) fn condition(&mut self, expr: &ast::Expr, what: &str) -> Bind<Expr> {
        let bound = self.expr(expr)?;
        self.as_bool(&bound, what, expr.span)
    }

    fn parameter(&mut self, name: &str, span: Span) -> Bind<Bound> {
        let lower = name.to_lowercase();
        let Some(value) = self.params.get(&lower) else {
            let fault = Fault::new(span, format!("parameter @{name} has no value"));
            let known = self.params.keys().map(String::as_str);
            let near = crate::diagnostic::suggestion(&crate::diagnostic::near(&lower, known));
            return Err(match near {
                Some(near) => fault.help(near),
                None => fault,
            });
        };
        let mut bound = Bound::constant(value.clone());
        // A parameter coerces as a literal does.
        bound.literal = match Kind::of(&bound.data_type) {
            Kind::String => Literal::String,
            Kind::Null => Literal::Null,
            _ => Literal::No,
        };
        if bound.literal == Literal::String
            && let Some(text) = value.try_as_str().flatten()
        {
            bound = string(text.to_owned());
        }
        Ok(bound)
    }

    /// `STRUCT(..)` with or without the types of its fields.
    fn structure(
        &mut self,
        fields: Option<&[ast::Field]>,
        items: &[(ast::Expr, Option<Ident>)],
        span: Span,
    ) -> Bind<Bound> {
        let Some(fields) = fields else {
            return self.structure_of(items, true);
        };
        if fields.len() != items.len() {
            let message = format!("{} values for {} fields", items.len(), fields.len());
            return Err(Fault::new(span, message));
        }
        let mut made = Vec::new();
        for (field, (item, alias)) in fields.iter().zip(items) {
            if let Some(alias) = alias {
                return Err(Fault::new(alias.span, "the type already names the field"));
            }
            let of = self.data_type(&field.of)?;
            let value = self.expr(item)?;
            let value = self.as_type(&value, &of, "the field", item.span)?;
            let name = field.name.as_ref().map_or("", |n| n.text.as_str());
            made.push((name.to_owned(), value, of));
        }
        Ok(Construct::call(made))
    }

    /// A struct whose fields are called as what they are made of, if `infer`.
    fn structure_of(&mut self, items: &[(ast::Expr, Option<Ident>)], infer: bool) -> Bind<Bound> {
        let mut made = Vec::new();
        for (item, alias) in items {
            let value = self.expr(item)?;
            let inferred = infer.then(|| last_name(item)).flatten();
            let name = alias.as_ref().or(inferred).map_or("", |n| n.text.as_str());
            let data_type = match &value.data_type {
                DataType::Utf8 => DataType::Utf8View,
                other => other.clone(),
            };
            let expr = self.as_type(&value, &data_type, "the field", item.span)?;
            made.push((name.to_owned(), expr, data_type));
        }
        Ok(Construct::call(made))
    }

    fn array(&mut self, of: Option<&ast::Type>, items: &[ast::Expr], span: Span) -> Bind<Bound> {
        let values = items
            .iter()
            .map(|i| self.expr(i))
            .collect::<Bind<Vec<_>>>()?;
        let spans: Vec<Span> = items.iter().map(|i| i.span).collect();
        if let Some(of) = of {
            let of = self.data_type(of)?;
            if Kind::of(&of) == Kind::Array {
                return Err(Fault::new(span, "BigQuery has no ARRAY of ARRAY"));
            }
            let exprs = values
                .iter()
                .zip(&spans)
                .map(|(v, span)| self.as_type(v, &of, "the element", *span))
                .collect::<Bind<Vec<_>>>()?;
            return self.array_call(exprs, of, span);
        }
        let literal = values.iter().all(|v| v.literal != Literal::No);
        if let Some(n) = values
            .iter()
            .position(|v| Kind::of(&v.data_type) == Kind::Array)
        {
            let span = spans.get(n).copied().unwrap_or(span);
            return Err(Fault::new(span, "BigQuery has no ARRAY of ARRAY"));
        }
        let (exprs, mut of) = if values.is_empty() {
            (Vec::new(), DataType::Null)
        } else {
            self.united(&values, "an ARRAY", &spans, span)?
        };
        if of == DataType::Null {
            // [] and [NULL] are INT64 until something else is wanted of them.
            of = DataType::Int64;
        }
        let exprs = exprs
            .into_iter()
            .map(|e| {
                self.as_type(
                    &Bound::new(e.clone(), type_of_constant(&e, &of)),
                    &of,
                    "the element",
                    span,
                )
            })
            .collect::<Bind<Vec<_>>>()?;
        let mut bound = self.array_call(exprs, of, span)?;
        if literal {
            bound.literal = Literal::Array;
        }
        Ok(bound)
    }

    pub(super) fn array_call(&mut self, items: Vec<Expr>, of: DataType, span: Span) -> Bind<Bound> {
        if items.is_empty() {
            let empty = ScalarValue::List(ScalarValue::new_list_nullable(&[], &of));
            let mut bound = Bound::constant(empty);
            bound.data_type = array_of(of.clone());
            bound.literal = Literal::Array;
            return Ok(bound);
        }
        let items = items
            .into_iter()
            .map(|e| Bound::new(e, of.clone()))
            .collect();
        self.function("$array", items, span)
    }

    pub(super) fn unary(&mut self, op: UnaryOp, value: &ast::Expr, span: Span) -> Bind<Bound> {
        if op == UnaryOp::Minus {
            match &value.kind {
                ExprKind::Integer(digits) => return integer(digits, true, span),
                ExprKind::Float(text) => return float(&format!("-{text}"), span),
                _ => {}
            }
        }
        let bound = self.expr(value)?;
        match op {
            UnaryOp::Not => {
                let condition = self.as_bool(&bound, "NOT", value.span)?;
                Ok(boolean(Expr::Not(Box::new(condition))))
            }
            UnaryOp::Plus => {
                let kind = Kind::of(&bound.data_type);
                if !kind.is_number() && !matches!(kind, Kind::Null | Kind::Interval) {
                    let given = name(&bound.data_type);
                    return Err(Fault::new(span, format!("+ does not take {given}")));
                }
                Ok(bound)
            }
            UnaryOp::Minus => self.function("$negate", vec![bound], span),
            UnaryOp::BitNot => self.function("$bit_not", vec![bound], span),
        }
    }

    fn is(&mut self, value: &ast::Expr, what: Truth, not: bool) -> Bind<Bound> {
        let bound = self.expr(value)?;
        if what == Truth::Null {
            let is = bound.expr.is_null();
            return Ok(negated(boolean(is), not));
        }
        let condition = self.as_bool(&bound, "IS", value.span)?;
        let is = match what {
            Truth::True => Expr::IsTrue(Box::new(condition)),
            _ => Expr::IsFalse(Box::new(condition)),
        };
        Ok(negated(boolean(is), not))
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        whens: &[(ast::Expr, ast::Expr)],
        otherwise: Option<&ast::Expr>,
        span: Span,
    ) -> Bind<Bound> {
        let operand = operand.map(|o| self.expr(o)).transpose()?;
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        let mut spans = Vec::new();
        for (when, then) in whens {
            let condition = match &operand {
                None => self.condition(when, "WHEN")?,
                Some(operand) => {
                    let when_bound = self.expr(when)?;
                    self.compare(BinaryOp::Equal, operand, &when_bound, when.span)?
                        .expr
                }
            };
            conditions.push(condition);
            results.push(self.expr(then)?);
            spans.push(then.span);
        }
        if let Some(otherwise) = otherwise {
            results.push(self.expr(otherwise)?);
            spans.push(otherwise.span);
        }
        self.choose(conditions, &results, "CASE", &spans, span)
    }

    /// The result of the first condition that holds; the last without a condition is for the rest.
    pub(super) fn choose(
        &mut self,
        conditions: Vec<Expr>,
        results: &[Bound],
        what: &str,
        spans: &[Span],
        span: Span,
    ) -> Bind<Bound> {
        let (exprs, data_type) = self.united(results, what, spans, span)?;
        // DataFusion makes AND and OR of a CASE of BOOL, which compute all their parts: as numbers it stays one.
        let computed = |e: &Expr| !matches!(e, Expr::Column(_) | Expr::Literal(..));
        let counted = data_type == DataType::Boolean && exprs.iter().any(computed);
        let exprs: Vec<Expr> = exprs
            .into_iter()
            .map(|e| match counted {
                true => Expr::Cast(Cast::new(Box::new(e), DataType::Int64)),
                false => e,
            })
            .collect();
        let mut exprs = exprs.into_iter();
        let pairs = conditions
            .into_iter()
            .zip(exprs.by_ref())
            .map(|(when, then)| (Box::new(when), Box::new(then)))
            .collect();
        let otherwise = exprs.next().map(Box::new);
        let case = Expr::Case(Case::new(None, pairs, otherwise));
        let case = if counted { case.eq(lit(1i64)) } else { case };
        Ok(Bound::new(case, data_type))
    }

    /// A constant known before the query runs, after what can be computed of it.
    pub(super) fn constant(&mut self, expr: &ast::Expr, what: &str) -> Bind<ScalarValue> {
        let bound = self.expr(expr)?;
        self.folded(bound)
            .and_then(|b| b.scalar().cloned())
            .ok_or_else(|| Fault::new(expr.span, format!("{what} must be a constant")))
    }

    /// The entries of a struct's fields, as if they were columns.
    pub(super) fn fields(&self, value: &Bound) -> Vec<Entry> {
        let DataType::Struct(fields) = &value.data_type else {
            return Vec::new();
        };
        (0usize..)
            .zip(fields.iter())
            .map(|(n, f)| {
                let taken = construct::field(value.expr.clone(), n, &value.data_type);
                Entry::new(f.name(), taken, f.data_type().clone())
            })
            .collect()
    }
}

pub(super) fn boolean(expr: Expr) -> Bound {
    Bound::new(expr, DataType::Boolean)
}

pub(super) fn negated(bound: Bound, not: bool) -> Bound {
    if not {
        boolean(Expr::Not(Box::new(bound.expr)))
    } else {
        bound
    }
}

pub(super) fn string(text: String) -> Bound {
    let mut bound = Bound::constant(ScalarValue::Utf8View(Some(text)));
    bound.literal = Literal::String;
    bound
}

fn integer(digits: &str, negative: bool, span: Span) -> Bind<Bound> {
    let hex = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    let value = match hex {
        // A hexadecimal literal may have all 64 bits set.
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(|n| {
            let signed = i64::from_ne_bytes(n.to_ne_bytes());
            if negative {
                signed.wrapping_neg()
            } else {
                signed
            }
        }),
        None if negative => format!("-{digits}").parse().ok(),
        None => digits.parse().ok(),
    };
    let value =
        value.ok_or_else(|| Fault::new(span, format!("{digits} is out of INT64's range")))?;
    let mut bound = Bound::constant(ScalarValue::Int64(Some(value)));
    bound.literal = Literal::Integer;
    Ok(bound)
}

fn float(text: &str, span: Span) -> Bind<Bound> {
    let value: f64 = text
        .parse()
        .ok()
        .filter(|x: &f64| x.is_finite())
        .ok_or_else(|| Fault::new(span, format!("{text} is out of FLOAT64's range")))?;
    let mut bound = Bound::constant(ScalarValue::Float64(Some(value)));
    bound.literal = Literal::Float;
    bound.text = Some(text.into());
    Ok(bound)
}

/// The name a column gets from what it is made of: a column's, or a field's.
pub(super) fn last_name(expr: &ast::Expr) -> Option<&Ident> {
    match &expr.kind {
        ExprKind::Name(name) | ExprKind::Dot(_, name) => Some(name),
        _ => None,
    }
}

/// The type a value has where nothing else is wanted of it: a bare NULL is an INT64.
pub(super) fn settled(value: &Bound) -> DataType {
    settled_type(&value.data_type)
}

/// The type in which nothing is a bare NULL any more.
pub(super) fn settled_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Null => DataType::Int64,
        DataType::Utf8 => DataType::Utf8View,
        DataType::Struct(fields) => DataType::Struct(
            fields
                .iter()
                .map(|f| Field::new(f.name(), settled_type(f.data_type()), true))
                .collect(),
        ),
        other => match element(other) {
            Some(of) => {
                let settled = settled_type(of);
                if settled == *of {
                    other.clone()
                } else {
                    array_of(settled)
                }
            }
            None => other.clone(),
        },
    }
}

fn type_of_constant(expr: &Expr, otherwise: &DataType) -> DataType {
    match expr {
        Expr::Literal(value, _) => value.data_type(),
        _ => otherwise.clone(),
    }
}

/// A column of the plan.
pub(super) fn of_column(column: &Column, data_type: DataType) -> Bound {
    Bound::new(Expr::Column(column.clone()), data_type)
}

/// An array's element type, or an error that it is none.
pub(super) fn element_of(array: &Bound, what: &str, span: Span) -> Bind<DataType> {
    element(&array.data_type).cloned().ok_or_else(|| {
        Fault::new(
            span,
            format!("{what} takes an ARRAY, not {}", name(&array.data_type)),
        )
    })
}

/// How many parts but literals an expression may have.
const MOST_PARTS: usize = 5_000;

/// Refuses what has grown: `IFNULL(x, y)` and a name of `WITH(..)` have what they name more than once, and within each
/// other twice as often each time.
fn bounded(bound: Bound, span: Span) -> Bind<Bound> {
    let mut parts = 0;
    // Nothing here fails.
    let _ = bound.expr.apply(|part| {
        parts += usize::from(!matches!(part, Expr::Literal(..)));
        Ok(match parts > MOST_PARTS {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    });
    if parts > MOST_PARTS {
        let message = format!("this is over {MOST_PARTS} parts when it is written out");
        return Err(
            Fault::new(span, message).help("compute what stands within it in a query of its own")
        );
    }
    Ok(bound)
}
