//! Which value goes where another type is wanted, and what several values have in common.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules>

use std::sync::Arc;

use datafusion::arrow::array::Array;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Cast, Expr, lit};

use super::{Bind, Binder, Bound, Construct, Literal};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, array_of, common, element, name, names};

impl Binder<'_> {
    /// The value as one of type `to`, or nothing if it does not coerce.
    pub(super) fn coerced(
        &mut self,
        value: &Bound,
        to: &DataType,
        span: Span,
    ) -> Bind<Option<Expr>> {
        if value.data_type == *to {
            return Ok(Some(value.expr.clone()));
        }
        let (from_kind, to_kind) = (Kind::of(&value.data_type), Kind::of(to));
        if value.data_type == DataType::Null && value.scalar().is_none() {
            // A call that answers NULL, or fails: it must be made.
            let cast = Cast::new(Box::new(value.expr.clone()), to.clone());
            return Ok(Some(Expr::Cast(cast)));
        }
        if value.data_type == DataType::Null || value.scalar().is_some_and(ScalarValue::is_null) {
            if to_kind != Kind::Null && !(from_kind == Kind::Null || fits(value, to)) {
                return Ok(None);
            }
            let null = ScalarValue::try_from(to)
                .map_err(|_| Fault::unsupported(span, &format!("NULL as {}", name(to))))?;
            return Ok(Some(lit(null)));
        }
        Ok(match (from_kind, to_kind) {
            (Kind::String, Kind::String) => Some(plain_cast(value, to)),
            (
                Kind::String,
                Kind::Date | Kind::Datetime | Kind::Timestamp | Kind::Time | Kind::Moment,
            ) if value.literal == Literal::String => {
                let function = match to_kind {
                    Kind::Date => "$cast_date",
                    Kind::Datetime => "$cast_datetime",
                    Kind::Time => "$cast_time",
                    // An export does not tell DATETIME from TIMESTAMP: the literal of either is read.
                    _ => "$cast_timestamp",
                };
                let cast = self.zoned_function(function, vec![value.clone()], span)?;
                let cast = match value.scalar() {
                    Some(_) => self.known(cast, span)?,
                    None => cast,
                };
                match to_kind {
                    Kind::Moment => Some(plain_cast(&cast, to)),
                    _ => Some(cast.expr),
                }
            }
            (Kind::Int, Kind::Int) => Some(plain_cast(value, to)),
            (Kind::Int, Kind::Float | Kind::Numeric | Kind::BigNumeric) => {
                Some(plain_cast(value, to))
            }
            (Kind::Numeric, Kind::Numeric) | (Kind::BigNumeric, Kind::BigNumeric) => {
                Some(plain_cast(value, to))
            }
            (Kind::Numeric, Kind::BigNumeric) => Some(
                self.function("$cast_bignumeric", vec![value.clone()], span)?
                    .expr,
            ),
            (Kind::Numeric | Kind::BigNumeric, Kind::Float) => Some(
                self.function("$cast_float64", vec![value.clone()], span)?
                    .expr,
            ),
            (Kind::Float, Kind::Float) => Some(plain_cast(value, to)),
            (Kind::Float, Kind::Numeric) if value.literal == Literal::Float => Some(
                self.function("$cast_numeric", vec![digits(value)], span)?
                    .expr,
            ),
            (Kind::Float, Kind::BigNumeric) if value.literal == Literal::Float => Some(
                self.function("$cast_bignumeric", vec![digits(value)], span)?
                    .expr,
            ),
            (Kind::Bytes, Kind::Bytes)
            | (Kind::Date, Kind::Datetime | Kind::Moment)
            | (Kind::Moment, Kind::Datetime | Kind::Timestamp)
            | (Kind::Datetime | Kind::Timestamp, Kind::Moment)
            | (Kind::Datetime, Kind::Datetime)
            | (Kind::Timestamp, Kind::Timestamp)
            | (Kind::Time, Kind::Time)
            | (Kind::Interval, Kind::Interval) => Some(plain_cast(value, to)),
            (Kind::Array, Kind::Array) => self.coerced_array(value, to, span)?,
            (Kind::Struct, Kind::Struct) => self.coerced_struct(value, to, span)?,
            _ => None,
        })
    }

    /// [`coerced`](Self::coerced), where not to be is an error.
    pub(super) fn as_type(
        &mut self,
        value: &Bound,
        to: &DataType,
        what: &str,
        span: Span,
    ) -> Bind<Expr> {
        self.coerced(value, to, span)?.ok_or_else(|| {
            let (given, wanted) = (name(&value.data_type), name(to));
            Fault::new(span, format!("{what} is {wanted}, not {given}"))
        })
    }

    /// A condition.
    pub(super) fn as_bool(&mut self, value: &Bound, what: &str, span: Span) -> Bind<Expr> {
        self.coerced(value, &DataType::Boolean, span)?
            .ok_or_else(|| {
                let given = name(&value.data_type);
                Fault::new(span, format!("{what} takes BOOL, not {given}"))
            })
    }

    fn coerced_array(&mut self, value: &Bound, to: &DataType, span: Span) -> Bind<Option<Expr>> {
        let (Some(from), Some(into)) = (element(&value.data_type), element(to)) else {
            return Ok(None);
        };
        if is_empty(value) {
            let empty = ScalarValue::List(ScalarValue::new_list_nullable(&[], into));
            return Ok(Some(lit(empty)));
        }
        if from == into
            || *from == DataType::Null
            || Kind::of(from) == Kind::of(into) && !nested(from)
        {
            return Ok(Some(plain_cast(value, to)));
        }
        // An array's elements don't coerce, but those of an array of literals do.
        let arithmetic = Kind::of(from) == Kind::Int && Kind::of(into).is_number();
        if value.literal == Literal::Array && arithmetic {
            return Ok(Some(plain_cast(value, to)));
        }
        let (from_bound, into) = (from.clone(), into.clone());
        if nested(&from_bound) && relabels(&from_bound, &into) {
            return self.each_element(value, &into, span).map(Some);
        }
        Ok(None)
    }

    /// Field by field, by place.
    fn coerced_struct(&mut self, value: &Bound, to: &DataType, span: Span) -> Bind<Option<Expr>> {
        let (DataType::Struct(from), DataType::Struct(into)) = (&value.data_type, to) else {
            return Ok(None);
        };
        if from.len() != into.len() {
            return Ok(None);
        }
        let (from, into) = (from.clone(), into.clone());
        // Each field of a constructor is coerced as the literal it may be.
        let given = super::construct::fields_of(value);
        let mut fields = Vec::new();
        for (n, (have, want)) in from.iter().zip(into.iter()).enumerate() {
            let field = match given.as_ref().and_then(|g| g.get(n)) {
                Some(expr) => literal_again(expr.clone(), have.data_type().clone()),
                None => Bound::new(
                    super::construct::field(value.expr.clone(), n, &value.data_type),
                    have.data_type().clone(),
                ),
            };
            match self.coerced(&field, want.data_type(), span)? {
                Some(expr) => fields.push((want.name().clone(), expr, want.data_type().clone())),
                None => return Ok(None),
            }
        }
        let built = Construct::call(fields);
        if given.is_some() {
            return Ok(Some(built.expr));
        }
        Ok(Some(unless_null(value, built)))
    }

    /// The type all of these values coerce to.
    pub(super) fn supertype(&self, values: &[&Bound]) -> Option<DataType> {
        // Literals take the type of what is none.
        let firm: Vec<&Bound> = values
            .iter()
            .filter(|v| v.literal == Literal::No)
            .copied()
            .collect();
        let mut all: Option<DataType> = None;
        for value in firm.iter().chain(values) {
            let one = loosened(value);
            all = Some(match all {
                None => one,
                Some(all) => {
                    let literal = value.literal;
                    united(&all, &one, literal)?
                }
            });
        }
        all.map(tightened)
    }

    /// All of these values as of one type.
    pub(super) fn united(
        &mut self,
        values: &[Bound],
        what: &str,
        spans: &[Span],
        span: Span,
    ) -> Bind<(Vec<Expr>, DataType)> {
        let refs: Vec<&Bound> = values.iter().collect();
        let to = self.supertype(&refs).ok_or_else(|| {
            let types = names(values.iter().map(|v| &v.data_type));
            // The first value that does not go with those before it.
            let apart = (1..refs.len())
                .find(|n| self.supertype(refs.get(..=*n).unwrap_or(&refs)).is_none());
            let place = apart.and_then(|n| spans.get(n)).copied().unwrap_or(span);
            Fault::new(place, format!("{what} does not unite values of {types}"))
        })?;
        let mut exprs = Vec::new();
        for (n, value) in values.iter().enumerate() {
            let place = spans.get(n).copied().unwrap_or(span);
            exprs.push(self.as_type(value, &to, what, place)?);
        }
        Ok((exprs, to))
    }
}

/// A constant expression as the literal it was.
fn literal_again(expr: Expr, data_type: DataType) -> Bound {
    let mut bound = Bound::new(expr, data_type);
    if is_literal_array(&bound.expr) {
        bound.literal = Literal::Array;
    } else if bound.scalar().is_some() && bound.literal == Literal::No {
        bound.literal = match Kind::of(&bound.data_type) {
            Kind::Int => Literal::Integer,
            Kind::Float => Literal::Float,
            Kind::String => Literal::String,
            _ => Literal::No,
        };
    }
    bound
}

/// The type of a value in which `[]` is of nothing yet.
fn loosened(value: &Bound) -> DataType {
    if is_empty(value) {
        return array_of(DataType::Null);
    }
    let (DataType::Struct(fields), Some(given)) =
        (&value.data_type, super::construct::fields_of(value))
    else {
        return value.data_type.clone();
    };
    let loose = |(field, expr): (&Arc<Field>, &Expr)| {
        let value = literal_again(expr.clone(), field.data_type().clone());
        Field::new(field.name(), loosened(&value), true)
    };
    DataType::Struct(fields.iter().zip(&given).map(loose).collect())
}

/// The type in which what is of nothing yet is of INT64.
fn tightened(data_type: DataType) -> DataType {
    match &data_type {
        DataType::Struct(fields) => {
            let tight = |f: &Arc<Field>| {
                Field::new(f.name(), tightened(f.data_type().clone()), f.is_nullable())
            };
            DataType::Struct(fields.iter().map(tight).collect())
        }
        _ => match element(&data_type) {
            Some(DataType::Null) => array_of(DataType::Int64),
            _ => data_type,
        },
    }
}

/// Whether the value is `[]`, which is of any type.
pub(super) fn is_empty(value: &Bound) -> bool {
    if value.literal != Literal::Array {
        return false;
    }
    match value.scalar() {
        Some(ScalarValue::List(list)) => {
            list.len() == 1 && list.is_valid(0) && list.value(0).is_empty()
        }
        _ => false,
    }
}

/// Whether an expression is an array of constants.
fn is_literal_array(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(ScalarValue::List(_), _) => true,
        Expr::ScalarFunction(call) => {
            let constant = |e: &Expr| matches!(e, Expr::Literal(..));
            call.func.name() == "$array" && call.args.iter().all(constant)
        }
        _ => false,
    }
}

/// A FLOAT64 literal as its text, which holds all its digits.
pub(super) fn digits(value: &Bound) -> Bound {
    match &value.text {
        Some(text) => Bound::constant(ScalarValue::Utf8View(Some(text.to_string()))),
        None => value.clone(),
    }
}

/// NULL where the value is, else what was built of its fields.
fn unless_null(value: &Bound, built: Bound) -> Expr {
    let null = ScalarValue::try_from(&built.data_type).unwrap_or(ScalarValue::Null);
    Expr::Case(Case::new(
        None,
        vec![(
            Box::new(value.expr.clone().is_not_null()),
            Box::new(built.expr),
        )],
        Some(Box::new(lit(null))),
    ))
}

fn nested(data_type: &DataType) -> bool {
    matches!(Kind::of(data_type), Kind::Array | Kind::Struct)
}

/// Whether two types differ in the names of fields and in what Arrow alone tells apart.
fn relabels(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b.iter())
                    .all(|(a, b)| relabels(a.data_type(), b.data_type()))
        }
        _ => match (element(from), element(to)) {
            (Some(a), Some(b)) => relabels(a, b),
            _ => Kind::of(from) == Kind::of(to) || *from == DataType::Null,
        },
    }
}

/// Whether a NULL of the value's type can be one of `to`.
fn fits(value: &Bound, to: &DataType) -> bool {
    let from = Kind::of(&value.data_type);
    let into = Kind::of(to);
    from == into || common(from, into) == Some(into) || value.literal != Literal::No
}

/// A cast that Arrow does as BigQuery would.
fn plain_cast(value: &Bound, to: &DataType) -> Expr {
    if value.data_type == *to {
        return value.expr.clone();
    }
    // A literal is cast here, so that it stays one.
    if let Some(scalar) = value.scalar()
        && let Ok(cast) = scalar.cast_to(to)
    {
        return lit(cast);
    }
    Expr::Cast(Cast::new(Box::new(value.expr.clone()), to.clone()))
}

/// What values of both types coerce to, the second of them maybe a literal.
fn united(left: &DataType, right: &DataType, literal: Literal) -> Option<DataType> {
    if left == right {
        return Some(left.clone());
    }
    let (a, b) = (Kind::of(left), Kind::of(right));
    match (a, b) {
        (Kind::Null, _) => return Some(canonical(right)),
        (_, Kind::Null) => return Some(left.clone()),
        (Kind::Array, Kind::Array) => {
            let (x, y) = (element(left)?, element(right)?);
            let one = match (Kind::of(x), Kind::of(y)) {
                (Kind::Null, _) => y.clone(),
                (_, Kind::Null) => x.clone(),
                (p, q) if p == q || literal == Literal::Array => united(x, y, Literal::No)?,
                _ => return None,
            };
            return Some(array_of(one));
        }
        (Kind::Struct, Kind::Struct) => {
            let (DataType::Struct(x), DataType::Struct(y)) = (left, right) else {
                return None;
            };
            if x.len() != y.len() {
                return None;
            }
            let fields: Option<Fields> = x
                .iter()
                .zip(y.iter())
                .map(|(p, q)| {
                    let one = united(p.data_type(), q.data_type(), literal)?;
                    // The names are those of the first.
                    Some(Field::new(p.name(), one, true))
                })
                .collect();
            return fields.map(DataType::Struct);
        }
        _ => {}
    }
    let kind = match (literal, a) {
        (
            Literal::String,
            Kind::Date | Kind::Datetime | Kind::Timestamp | Kind::Time | Kind::Moment,
        ) if b == Kind::String => a,
        (Literal::Float, Kind::Numeric | Kind::BigNumeric) if b == Kind::Float => a,
        _ => common(a, b)?,
    };
    if kind == Kind::Other {
        return None;
    }
    kind.arrow()
}

/// The type values of a kind are computed with, where that is another.
fn canonical(data_type: &DataType) -> DataType {
    match Kind::of(data_type) {
        Kind::Array | Kind::Struct | Kind::Other => data_type.clone(),
        kind => kind.arrow().unwrap_or_else(|| data_type.clone()),
    }
}
