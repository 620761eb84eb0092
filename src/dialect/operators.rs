//! What an operator means for the types of its operands.
//!
//! DataFusion wraps integers, divides them as integers, compares floats by total order and makes strings of numbers. Here
//! every operator is decided by BigQuery's rules before DataFusion's coercion sees it: operands of unlike types are cast
//! or refused, arithmetic and float comparisons become functions, and a string literal next to a DATE becomes a DATE.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Diagnostic, Result, ScalarValue, Span, plan_err};
use datafusion::logical_expr::expr::{Cast, ScalarFunction};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::functions;
use super::types::{Kind, common, name};

/// BigQuery's operators, as an extension of DataFusion's SQL planner.
#[derive(Debug)]
pub(super) struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(
        &self,
        raw: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = raw;
        let planned = match op {
            BinaryOperator::Plus => arithmetic("+", "$add", "$add_days", left, right, schema)?,
            BinaryOperator::Minus => {
                arithmetic("-", "$subtract", "$subtract_days", left, right, schema)?
            }
            BinaryOperator::Multiply => arithmetic("*", "$multiply", "", left, right, schema)?,
            BinaryOperator::Divide => arithmetic("/", "$divide", "", left, right, schema)?,
            BinaryOperator::Eq => compare(Operator::Eq, left, right, schema)?,
            BinaryOperator::NotEq => compare(Operator::NotEq, left, right, schema)?,
            BinaryOperator::Lt => compare(Operator::Lt, left, right, schema)?,
            BinaryOperator::LtEq => compare(Operator::LtEq, left, right, schema)?,
            BinaryOperator::Gt => compare(Operator::Gt, left, right, schema)?,
            BinaryOperator::GtEq => compare(Operator::GtEq, left, right, schema)?,
            BinaryOperator::And => logical("AND", Operator::And, left, right, schema)?,
            BinaryOperator::Or => logical("OR", Operator::Or, left, right, schema)?,
            BinaryOperator::StringConcat => concat(left, right, schema)?,
            op => return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right })),
        };
        Ok(PlannerResult::Planned(planned))
    }
}

/// `left <op> right` for a comparison, with both of one type.
pub(super) fn compare(op: Operator, left: Expr, right: Expr, schema: &DFSchema) -> Result<Expr> {
    let (left, right) = (temporal(left, &right, schema)?, right);
    let right = temporal(right, &left, schema)?;
    let (a, b) = (left.get_type(schema)?, right.get_type(schema)?);
    let kind = match common(Kind::of(&a), Kind::of(&b)) {
        Some(Kind::Other) | None => {
            return refuse(
                &format!("{op} does not compare {} with {}", name(&a), name(&b)),
                &[&left, &right],
            );
        }
        Some(kind) => kind,
    };
    if kind == Kind::Float {
        let function = match op {
            Operator::Eq => "$equal",
            Operator::NotEq => "$not_equal",
            Operator::Lt => "$less",
            Operator::LtEq => "$less_or_equal",
            Operator::Gt => "$greater",
            _ => "$greater_or_equal",
        };
        return call(function, vec![left, right]);
    }
    // Casts of NULL and between string forms are DataFusion's own; a cast of a column would hide it from pruning.
    let same = a == b || Kind::of(&a) == Kind::of(&b) && kind == Kind::String;
    let (left, right) = match kind.arrow() {
        Some(to) if !same => (cast(left, &a, &to), cast(right, &b, &to)),
        _ => (left, right),
    };
    Ok(binary(left, op, right))
}

/// `expr` as a value of the type `other` has, if it is a string literal (or parameter) and `other` a date or time.
pub(super) fn temporal(expr: Expr, other: &Expr, schema: &DFSchema) -> Result<Expr> {
    if !is_string_constant(&expr, schema)? {
        return Ok(expr);
    }
    match Kind::of(&other.get_type(schema)?) {
        Kind::Date => call("$cast_date", vec![expr]),
        // An export does not tell DATETIME from TIMESTAMP; the literal of either is read.
        Kind::Moment | Kind::Datetime | Kind::Timestamp => call("$cast_timestamp", vec![expr]),
        _ => Ok(expr),
    }
}

/// A call of one of [`functions`], checked for what it takes.
pub(super) fn call(name: &str, args: Vec<Expr>) -> Result<Expr> {
    match functions::get(name) {
        Some(function) => Ok(Expr::ScalarFunction(ScalarFunction::new_udf(
            function, args,
        ))),
        None => plan_err!("there is no function {name}"),
    }
}

/// An error that stands where the first of `operands` with a place does.
pub(super) fn refuse<T>(message: &str, operands: &[&Expr]) -> Result<T> {
    let span = operands.iter().find_map(|e| place(e));
    plan_err!("{message}"; diagnostic = Diagnostic::new_error(message, span))
}

/// The place of the first column in `expr`.
fn place(expr: &Expr) -> Option<Span> {
    let mut found = None;
    let _ = expr.apply(|e| {
        if let Expr::Column(Column { spans, .. }) = e
            && let Some(span) = spans.first()
        {
            found = Some(span);
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

fn arithmetic(
    sign: &str,
    function: &str,
    with_days: &str,
    left: Expr,
    right: Expr,
    schema: &DFSchema,
) -> Result<Expr> {
    let (a, b) = (left.get_type(schema)?, right.get_type(schema)?);
    let (x, y) = (Kind::of(&a), Kind::of(&b));
    let numbers = |k: Kind| k.is_number() || k == Kind::Null;
    match (x, y) {
        (Kind::Date, Kind::Int) if !with_days.is_empty() => call(with_days, vec![left, right]),
        (Kind::Int, Kind::Date) if sign == "+" => call(with_days, vec![right, left]),
        _ if numbers(x) && numbers(y) => call(function, vec![left, right]),
        _ => {
            let message = format!("{sign} does not take {} and {}", name(&a), name(&b));
            refuse(&message, &[&left, &right])
        }
    }
}

fn logical(word: &str, op: Operator, left: Expr, right: Expr, schema: &DFSchema) -> Result<Expr> {
    for side in [&left, &right] {
        let given = side.get_type(schema)?;
        if !matches!(Kind::of(&given), Kind::Bool | Kind::Null) {
            return refuse(&format!("{word} takes BOOL, not {}", name(&given)), &[side]);
        }
    }
    Ok(binary(left, op, right))
}

fn concat(left: Expr, right: Expr, schema: &DFSchema) -> Result<Expr> {
    for side in [&left, &right] {
        let given = side.get_type(schema)?;
        if !matches!(Kind::of(&given), Kind::String | Kind::Null) {
            return refuse(&format!("|| takes STRING, not {}", name(&given)), &[side]);
        }
    }
    call("concat", vec![left, right])
}

fn is_string_constant(expr: &Expr, schema: &DFSchema) -> Result<bool> {
    Ok(match expr {
        Expr::Literal(ScalarValue::Utf8(Some(_)) | ScalarValue::Utf8View(Some(_)), _) => true,
        Expr::Placeholder(_) => Kind::of(&expr.get_type(schema)?) == Kind::String,
        _ => false,
    })
}

fn cast(expr: Expr, from: &DataType, to: &DataType) -> Expr {
    if from == to {
        return expr;
    }
    // A literal is cast here, so that it stays one.
    if let Expr::Literal(value, _) = &expr
        && let Ok(value) = value.cast_to(to)
    {
        return lit(value);
    }
    Expr::Cast(Cast::new(Box::new(expr), to.clone()))
}

fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}
