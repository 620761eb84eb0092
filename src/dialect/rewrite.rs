//! From BigQuery's syntax to plain function calls, `CASE` and comparisons.
//!
//! What BigQuery writes with keywords of its own becomes a call whose arguments are values, under a name with a `$` where
//! no function of that name exists in BigQuery. Nothing here knows a type: what depends on types (`/`, `=`, `date - 3`) is
//! decided by [`operators`](super::operators). The spans of what was written are kept.
//!
//! | written | becomes |
//! |---|---|
//! | `CAST(x AS T)`, `T 'x'`, `SAFE_CAST(x AS T)` | `$cast_t(x)`, `$safe_cast_t(x)` |
//! | `IF(c, a, b)`, `IFNULL(a, b)`, `NULLIF(a, b)` | `CASE WHEN c THEN a ELSE b END`, `coalesce(a, b)`, `CASE WHEN a = b ..` |
//! | `CASE x WHEN v THEN ..` | `CASE WHEN x = v THEN ..` |
//! | `x BETWEEN a AND b` | `x >= a AND x <= b` |
//! | `DATE_SUB(d, INTERVAL n DAY)`, `d - INTERVAL n DAY` | `date_sub(d, n, 'DAY')`, `$subtract_interval(d, n, 'DAY')` |
//! | `DATE_TRUNC(d, WEEK(MONDAY))`, `EXTRACT(YEAR FROM d)` | `date_trunc(d, 'WEEK(MONDAY)')`, `extract(d, 'YEAR')` |
//! | `-x` | `$negate(x)` |
//! | `r'..'`, `'''..'''` | `'..'` |

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, CeilFloorKind, DateTimeField, DuplicateTreatment, Expr,
    Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList,
    FunctionArguments, Ident, Interval, ObjectName, OrderByExpr, OrderByOptions, Query, Spanned,
    TrimWhereField, UnaryOperator, Value, ValueWithSpan, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::error::SqlError;
use super::walk::walk_mut;

/// Functions of a value and an `INTERVAL`.
const WITH_INTERVAL: [&str; 6] = [
    "date_add",
    "date_sub",
    "datetime_add",
    "datetime_sub",
    "timestamp_add",
    "timestamp_sub",
];
/// Functions with a date part as an argument, and which one it is.
const WITH_PART: [(&str, usize); 7] = [
    ("date_diff", 2),
    ("datetime_diff", 2),
    ("timestamp_diff", 2),
    ("date_trunc", 1),
    ("datetime_trunc", 1),
    ("timestamp_trunc", 1),
    ("last_day", 1),
];

/// Functions of dates and moments: which arguments those are, and the cast a string literal there goes through.
const OF_DATES: [(&str, &[usize], &str); 10] = [
    ("date_add", &[0], "$cast_date"),
    ("date_sub", &[0], "$cast_date"),
    ("date_diff", &[0, 1], "$cast_date"),
    ("date_trunc", &[0], "$cast_date"),
    ("format_date", &[1], "$cast_date"),
    ("last_day", &[0], "$cast_date"),
    ("timestamp_add", &[0], "$cast_timestamp"),
    ("timestamp_diff", &[0, 1], "$cast_timestamp"),
    ("timestamp_sub", &[0], "$cast_timestamp"),
    ("timestamp_trunc", &[0], "$cast_timestamp"),
];

pub(super) fn query(query: &mut Query) -> Result<(), SqlError> {
    finish(walk_mut(query, &mut Rewrite))
}

pub(super) fn expression(expr: &mut Expr) -> Result<(), SqlError> {
    finish(walk_mut(expr, &mut Rewrite))
}

/// A call of `name` that stands where `span` is.
pub(super) fn call(name: &str, span: Span, args: Vec<Expr>) -> Expr {
    let args = args
        .into_iter()
        .map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)))
        .collect();
    Expr::Function(Function {
        name: ObjectName::from(Ident::with_span(span, name)),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn finish(flow: ControlFlow<SqlError>) -> Result<(), SqlError> {
    match flow {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Rewrite;

impl VisitorMut for Rewrite {
    type Break = SqlError;

    /// Before its arguments are visited: `WEEK(MONDAY)` must not be taken for a call.
    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlError> {
        if let Expr::Function(function) = expr {
            lowercase(&mut function.name);
            let name = function.name.to_string();
            let span = function.name.span();
            let done = if WITH_INTERVAL.contains(&name.as_str()) {
                spread_interval(&name, span, function)
            } else if let Some((_, at)) = WITH_PART.iter().find(|(f, _)| *f == name) {
                quote_part(*at, function)
            } else {
                Ok(())
            };
            if done.is_ok() {
                dates_of_literals(&name, function);
            }
            if let Err(error) = done {
                return ControlFlow::Break(error);
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlError> {
        let span = expr.span();
        let taken = std::mem::replace(expr, null());
        match rewritten(taken, span) {
            Ok(new) => {
                *expr = new;
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn post_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<SqlError> {
        let taken = std::mem::replace(&mut value.value, Value::Null);
        value.value = match taken {
            Value::DoubleQuotedString(text)
            | Value::TripleSingleQuotedString(text)
            | Value::TripleDoubleQuotedString(text)
            | Value::SingleQuotedRawStringLiteral(text)
            | Value::DoubleQuotedRawStringLiteral(text)
            | Value::TripleSingleQuotedRawStringLiteral(text)
            | Value::TripleDoubleQuotedRawStringLiteral(text) => Value::SingleQuotedString(text),
            other => other,
        };
        ControlFlow::Continue(())
    }
}

fn rewritten(expr: Expr, span: Span) -> Result<Expr, SqlError> {
    Ok(match expr {
        Expr::Cast {
            kind,
            expr,
            data_type,
            array: false,
            format: None,
        } => {
            let safe = match kind {
                CastKind::Cast => false,
                CastKind::SafeCast => true,
                CastKind::TryCast | CastKind::DoubleColon => {
                    return Err(
                        SqlError::new(span, "this is not how BigQuery writes a cast")
                            .help("write CAST(x AS T) or SAFE_CAST(x AS T)"),
                    );
                }
            };
            call(
                &cast(&data_type.to_string(), safe, span)?,
                span,
                vec![*expr],
            )
        }
        Expr::Cast { .. } => {
            return Err(SqlError::new(span, "CAST with FORMAT is not supported yet"));
        }
        Expr::TypedString(typed) => {
            let name = cast(&typed.data_type.to_string(), false, span)?;
            call(&name, span, vec![Expr::Value(typed.value)])
        }
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => {
            let from = binary((*expr).clone(), BinaryOperator::GtEq, *low);
            let both = Expr::Nested(Box::new(binary(
                from,
                BinaryOperator::And,
                binary(*expr, BinaryOperator::LtEq, *high),
            )));
            if negated {
                Expr::UnaryOp {
                    op: UnaryOperator::Not,
                    expr: Box::new(both),
                }
            } else {
                both
            }
        }
        Expr::Case {
            case_token,
            end_token,
            operand: Some(operand),
            conditions,
            else_result,
        } => Expr::Case {
            case_token,
            end_token,
            operand: None,
            conditions: conditions
                .into_iter()
                .map(|when| CaseWhen {
                    condition: binary((*operand).clone(), BinaryOperator::Eq, when.condition),
                    result: when.result,
                })
                .collect(),
            else_result,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Plus,
            expr,
        } => *expr,
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } if !matches!(&*expr, Expr::Value(v) if matches!(v.value, Value::Number(..))) => {
            call("$negate", span, vec![*expr])
        }
        Expr::BinaryOp { left, op, right } => match (op, *right) {
            (BinaryOperator::Plus, Expr::Interval(interval)) => {
                with_interval("$add_interval", span, *left, interval)?
            }
            (BinaryOperator::Minus, Expr::Interval(interval)) => {
                with_interval("$subtract_interval", span, *left, interval)?
            }
            (op, right) => binary(*left, op, right),
        },
        Expr::Extract { field, expr, .. } => {
            let part = text(field.to_string().to_uppercase(), span);
            match *expr {
                Expr::AtTimeZone {
                    timestamp,
                    time_zone,
                } => call("extract", span, vec![*timestamp, part, *time_zone]),
                value => call("extract", span, vec![value, part]),
            }
        }
        Expr::Substring {
            expr,
            substring_from: Some(from),
            substring_for,
            ..
        } => {
            let mut args = vec![*expr, *from];
            args.extend(substring_for.map(|n| *n));
            call("substr", span, args)
        }
        Expr::Trim {
            expr,
            trim_where,
            trim_what: None,
            trim_characters,
        } => {
            let name = match trim_where {
                None | Some(TrimWhereField::Both) => "trim",
                Some(TrimWhereField::Leading) => "ltrim",
                Some(TrimWhereField::Trailing) => "rtrim",
            };
            let mut args = vec![*expr];
            args.extend(trim_characters.into_iter().flatten());
            call(name, span, args)
        }
        Expr::Ceil { expr, field } => call(whole("ceil", &field, span)?, span, vec![*expr]),
        Expr::Floor { expr, field } => call(whole("floor", &field, span)?, span, vec![*expr]),
        Expr::Function(function) => conditional(function)?,
        other => other,
    })
}

/// `IF`, `IFNULL` and `NULLIF`; other functions stay.
fn conditional(mut function: Function) -> Result<Expr, SqlError> {
    let name = function.name.to_string();
    let span = function.name.span();
    if name == "countif" {
        return countif(function);
    }
    if name == "string_agg" {
        return Ok(with_comma(with_ties_broken(function)));
    }
    let count = match name.as_str() {
        "if" => 3,
        "ifnull" | "nullif" => 2,
        "pow" | "power" => return Ok(renamed(function, "pow")),
        "ceil" | "ceiling" => return Ok(renamed(function, "ceil")),
        "substr" | "substring" => return Ok(renamed(function, "substr")),
        "length" | "char_length" | "character_length" => return Ok(renamed(function, "length")),
        "stddev" | "stddev_samp" => return Ok(renamed(function, "stddev")),
        "variance" | "var_samp" => return Ok(renamed(function, "variance")),
        "sum" => return Ok(renamed(function, "$sum")),
        "logical_and" => return Ok(renamed(function, "bool_and")),
        "logical_or" => return Ok(renamed(function, "bool_or")),
        _ => return Ok(Expr::Function(function)),
    };
    let mut args = take_args(&mut function)?;
    if args.len() != count {
        let name = name.to_ascii_uppercase();
        return Err(SqlError::new(
            span,
            format!("{name} takes {count} arguments"),
        ));
    }
    let mut next = || args.remove(0);
    let (a, b) = (next(), next());
    Ok(match name.as_str() {
        "if" => case(span, a, b, next()),
        "ifnull" => call("coalesce", span, vec![a, b]),
        _ => case(span, binary(a.clone(), BinaryOperator::Eq, b), null(), a),
    })
}

/// `COUNTIF(x)` to `COUNT(CASE WHEN x THEN 1 END)`, also with `OVER`.
fn countif(mut function: Function) -> Result<Expr, SqlError> {
    let span = function.name.span();
    if let FunctionArguments::List(list) = &function.args
        && list.duplicate_treatment.is_some()
    {
        return Err(SqlError::new(
            span,
            "DISTINCT in COUNTIF is not supported yet",
        ));
    }
    let mut args = take_args(&mut function)?;
    match (args.pop(), args.is_empty()) {
        (Some(condition), true) => {
            let one = Expr::Value(Value::Number("1".to_owned(), false).with_span(span));
            set_args(&mut function, vec![case(span, condition, one, null())]);
            Ok(renamed(function, "count"))
        }
        _ => Err(SqlError::new(span, "COUNTIF takes one condition")),
    }
}

/// `STRING_AGG(x)` to `STRING_AGG(x, ',')`.
/// Values whose `ORDER BY` is equal are collected in their own order.
fn with_ties_broken(mut function: Function) -> Function {
    if let FunctionArguments::List(list) = &mut function.args
        && list.duplicate_treatment != Some(DuplicateTreatment::Distinct)
        && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(value))) = list.args.first()
    {
        for clause in &mut list.clauses {
            if let FunctionArgumentClause::OrderBy(order) = clause {
                order.push(OrderByExpr {
                    expr: value.clone(),
                    options: OrderByOptions::default(),
                    with_fill: None,
                });
            }
        }
    }
    function
}

fn with_comma(mut function: Function) -> Expr {
    let span = function.name.span();
    if let FunctionArguments::List(list) = &mut function.args
        && list.args.len() == 1
    {
        let comma = text(",".to_owned(), span);
        list.args
            .push(FunctionArg::Unnamed(FunctionArgExpr::Expr(comma)));
    }
    Expr::Function(function)
}

fn renamed(mut function: Function, name: &str) -> Expr {
    function.name = ObjectName::from(Ident::with_span(function.name.span(), name));
    Expr::Function(function)
}

/// The plain arguments of a call, which must have nothing but such.
fn take_args(function: &mut Function) -> Result<Vec<Expr>, SqlError> {
    let span = function.name.span();
    let plain = |arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr),
        _ => Err(SqlError::new(span, "expected a plain argument")),
    };
    match std::mem::replace(&mut function.args, FunctionArguments::None) {
        FunctionArguments::List(list) => list.args.into_iter().map(plain).collect(),
        _ => Err(SqlError::new(span, "expected arguments in parentheses")),
    }
}

fn set_args(function: &mut Function, args: Vec<Expr>) {
    function.args = FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: None,
        args: args
            .into_iter()
            .map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)))
            .collect(),
        clauses: Vec::new(),
    });
}

/// `DATE_SUB(d, INTERVAL n DAY)` to `date_sub(d, n, 'DAY')`.
fn spread_interval(name: &str, span: Span, function: &mut Function) -> Result<(), SqlError> {
    let mut args = take_args(function)?;
    match (args.pop(), args.pop(), args.is_empty()) {
        (Some(Expr::Interval(interval)), Some(value), true) => {
            let (count, part) = split(interval, span)?;
            set_args(function, vec![value, count, part]);
            Ok(())
        }
        _ => {
            let name = name.to_ascii_uppercase();
            Err(
                SqlError::new(span, format!("{name} takes a value and an INTERVAL"))
                    .help(format!("write {name}(x, INTERVAL 7 DAY)")),
            )
        }
    }
}

fn with_interval(
    name: &str,
    span: Span,
    value: Expr,
    interval: Interval,
) -> Result<Expr, SqlError> {
    let (count, part) = split(interval, span)?;
    Ok(call(name, span, vec![value, count, part]))
}

/// The count and the part of `INTERVAL n DAY`.
fn split(interval: Interval, span: Span) -> Result<(Expr, Expr), SqlError> {
    match interval {
        Interval {
            value,
            leading_field: Some(field),
            leading_precision: None,
            last_field: None,
            fractional_seconds_precision: None,
        } => {
            if matches!(&*value, Expr::Value(v) if !matches!(v.value, Value::Number(..) | Value::Placeholder(_)))
            {
                return Err(SqlError::new(
                    value.span(),
                    "expected an integer after INTERVAL",
                ));
            }
            let place = value.span();
            Ok((*value, text(field.to_string().to_uppercase(), place)))
        }
        _ => Err(
            SqlError::new(span, "this form of INTERVAL is not supported yet")
                .help("write INTERVAL n DAY"),
        ),
    }
}

/// The date part at `at` to a string; a missing one is left to the function.
fn quote_part(at: usize, function: &mut Function) -> Result<(), SqlError> {
    let mut args = take_args(function)?;
    if let Some(part) = args.get_mut(at) {
        let span = part.span();
        let named = match &*part {
            Expr::Identifier(ident) if ident.quote_style.is_none() => ident.value.clone(),
            Expr::Function(f) => match (&f.args, f.name.to_string()) {
                (FunctionArguments::List(list), name) if list.args.len() == 1 => {
                    format!(
                        "{name}({})",
                        list.args
                            .first()
                            .map(ToString::to_string)
                            .unwrap_or_default()
                    )
                }
                _ => return Err(SqlError::new(span, "expected a date part, such as DAY")),
            },
            _ => return Err(SqlError::new(span, "expected a date part, such as DAY")),
        };
        *part = text(named.to_ascii_uppercase(), span);
    }
    set_args(function, args);
    Ok(())
}

/// String literals to dates or moments, where a function takes such.
fn dates_of_literals(name: &str, function: &mut Function) {
    let Some((_, places, to)) = OF_DATES.iter().find(|(f, ..)| *f == name) else {
        return;
    };
    let FunctionArguments::List(list) = &mut function.args else {
        return;
    };
    for place in *places {
        if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))) = list.args.get_mut(*place)
            && let Expr::Value(value) = &*arg
            && value.value.clone().into_string().is_some()
        {
            let value = Expr::Value(value.clone());
            *arg = call(to, arg.span(), vec![value]);
        }
    }
}

fn whole<'n>(name: &'n str, field: &CeilFloorKind, span: Span) -> Result<&'n str, SqlError> {
    match field {
        CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) => Ok(name),
        _ => Err(SqlError::new(
            span,
            format!("{} takes one number", name.to_ascii_uppercase()),
        )),
    }
}

/// The name of the function that casts to the type BigQuery calls `written`.
fn cast(written: &str, safe: bool, span: Span) -> Result<String, SqlError> {
    let kind = match written.to_ascii_uppercase().as_str() {
        "INT64" | "INT" | "INTEGER" | "SMALLINT" | "BIGINT" | "TINYINT" | "BYTEINT" => "int64",
        "FLOAT64" => "float64",
        "NUMERIC" | "DECIMAL" => "numeric",
        "STRING" => "string",
        "BOOL" | "BOOLEAN" => "bool",
        "DATE" => "date",
        "DATETIME" => "datetime",
        "TIMESTAMP" => "timestamp",
        _ => {
            return Err(SqlError::new(span, format!("type {written} is not supported yet here")).help(
                "supported are INT64, FLOAT64, NUMERIC, STRING, BOOL, DATE, DATETIME, TIMESTAMP",
            ));
        }
    };
    Ok(format!("${}cast_{kind}", if safe { "safe_" } else { "" }))
}

fn lowercase(name: &mut ObjectName) {
    if let [part] = name.0.as_mut_slice()
        && let Some(ident) = part.as_ident()
    {
        *part = datafusion::sql::sqlparser::ast::ObjectNamePart::Identifier(Ident {
            value: ident.value.to_ascii_lowercase(),
            quote_style: None,
            span: ident.span,
        });
    }
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    }
}

fn case(span: Span, condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    let mut token = AttachedToken::empty();
    token.0.span = span;
    Expr::Case {
        case_token: token.clone(),
        end_token: token,
        operand: None,
        conditions: vec![CaseWhen {
            condition,
            result: then,
        }],
        else_result: Some(Box::new(otherwise)),
    }
}

/// A string that stands at the beginning of `span` and covers nothing: its text is not in the query.
fn text(value: String, span: Span) -> Expr {
    let span = Span::new(span.start, span.start);
    Expr::Value(Value::SingleQuotedString(value).with_span(span))
}

fn null() -> Expr {
    Expr::Value(Value::Null.with_span(Span::empty()))
}
