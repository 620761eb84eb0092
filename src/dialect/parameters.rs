//! `@name` and the clock.
//!
//! A named parameter becomes a numbered placeholder whose type the planner knows, and whose value is put in when the plan
//! is made. `CURRENT_DATE` and its kin are such parameters too, of the session's [`Env`]:
//!
//! | written | value |
//! |---|---|
//! | `CURRENT_DATE`, `CURRENT_DATE()`, `CURRENT_DATE('zone')` | the date the session is pinned to, in any zone |
//! | `CURRENT_DATETIME()`, `CURRENT_DATETIME('zone')` | its last microsecond, 23:59:59.999999, in any zone |
//! | `CURRENT_TIMESTAMP()` | the moment that is in the session's time zone |

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::{NaiveTime, TimeZone};
use datafusion::arrow::datatypes::{Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::Env;
use super::error::SqlError;
use super::refuse::CLOCK;
use super::walk::walk_mut;

/// The values of named parameters, by name without `@`. Names have no case; those here are in lower case.
pub type Params = BTreeMap<String, ScalarValue>;

/// The values of a query's placeholders: `$1` is the first.
#[derive(Debug, Default)]
pub(super) struct Placeholders(Vec<ScalarValue>);

impl Placeholders {
    /// Puts placeholders in the place of the parameters and clock readings in `node`.
    pub(super) fn put<N: VisitMut>(
        node: &mut N,
        params: &Params,
        env: &Env,
    ) -> Result<Self, SqlError> {
        let mut substitute = Substitute {
            params,
            env,
            values: Vec::new(),
        };
        match walk_mut(node, &mut substitute) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(Self(substitute.values)),
        }
    }

    pub(super) fn types(&self) -> Vec<Option<FieldRef>> {
        let field = |(i, value): (usize, &ScalarValue)| {
            Some(FieldRef::new(Field::new(
                format!("${}", i + 1),
                value.data_type(),
                true,
            )))
        };
        self.0.iter().enumerate().map(field).collect()
    }

    pub(super) fn into_values(self) -> Vec<ScalarValue> {
        self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

struct Substitute<'a> {
    params: &'a Params,
    env: &'a Env,
    values: Vec<ScalarValue>,
}

impl VisitorMut for Substitute<'_> {
    type Break = SqlError;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<SqlError> {
        match self.substituted(expr) {
            Ok(Some(new)) => *expr = new,
            Ok(None) => {}
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

impl Substitute<'_> {
    fn substituted(&mut self, expr: &Expr) -> Result<Option<Expr>, SqlError> {
        Ok(match expr {
            Expr::Identifier(ident)
                if ident.quote_style.is_none() && ident.value.starts_with('@') =>
            {
                let value = self.value(&ident.value, ident.span)?.clone();
                Some(self.placeholder(value, ident.span))
            }
            Expr::InUnnest {
                expr,
                array_expr,
                negated,
            } => Some(Expr::InList {
                expr: expr.clone(),
                list: self.elements(array_expr)?,
                negated: *negated,
            }),
            Expr::Function(function) => {
                let name = function.name.to_string();
                if !CLOCK.contains(&name.as_str()) {
                    return Ok(None);
                }
                let span = function.name.span();
                check_zone(&function.args, &name, span)?;
                let value = self.reading(&name, span)?;
                Some(self.placeholder(value, span))
            }
            _ => None,
        })
    }

    fn value(&self, written: &str, span: Span) -> Result<&ScalarValue, SqlError> {
        let name = written.trim_start_matches('@').to_ascii_lowercase();
        self.params.get(&name).ok_or_else(|| {
            let error = SqlError::new(span, format!("parameter {written} has no value"));
            error.did_you_mean(&name, self.params.keys().map(String::as_str))
        })
    }

    fn placeholder(&mut self, value: ScalarValue, span: Span) -> Expr {
        self.values.push(value);
        let name = format!("${}", self.values.len());
        Expr::Value(Value::Placeholder(name).with_span(span))
    }

    /// The elements of `UNNEST(@p)` and `UNNEST([1, 2])` after `IN`.
    fn elements(&mut self, array: &Expr) -> Result<Vec<Expr>, SqlError> {
        let span = array.span();
        match array {
            Expr::Identifier(ident) if ident.value.starts_with('@') => {
                let value = self.value(&ident.value, ident.span)?.clone();
                let ScalarValue::List(list) = &value else {
                    return Err(SqlError::new(
                        span,
                        format!("parameter {ident} is not an array"),
                    ));
                };
                let values = list.values();
                (0..values.len())
                    .map(|i| {
                        ScalarValue::try_from_array(values, i)
                            .map(|value| self.placeholder(value, span))
                            .map_err(|e| SqlError::new(span, e.to_string()))
                    })
                    .collect()
            }
            Expr::Array(array) => Ok(array.elem.clone()),
            _ => Err(SqlError::new(span, "UNNEST is not supported yet here")
                .help("write IN UNNEST(@parameter) or IN (a, b, c)")),
        }
    }

    fn reading(&self, name: &str, span: Span) -> Result<ScalarValue, SqlError> {
        let Some(date) = self.env.as_of else {
            let name = name.to_ascii_uppercase();
            let why = format!("{name} is not known: no table of the lake tells its dates");
            return Err(SqlError::new(span, why)
                .help("--as-of 2026-01-31, or `as_of:` in the suite, says which day it is"));
        };
        let failed = || {
            SqlError::new(
                span,
                format!("{date} does not end in {}", self.env.timezone),
            )
        };
        let last = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999)
            .map(|time| date.and_time(time))
            .ok_or_else(failed)?;
        Ok(match name {
            "current_date" => {
                let days = date
                    .signed_duration_since(chrono::NaiveDate::default())
                    .num_days();
                ScalarValue::Date32(i32::try_from(days).ok())
            }
            "current_datetime" => {
                ScalarValue::TimestampMicrosecond(Some(last.and_utc().timestamp_micros()), None)
            }
            _ => {
                // Where clocks go back over midnight the day ends at the later of the two.
                let end = self
                    .env
                    .timezone
                    .from_local_datetime(&last)
                    .latest()
                    .ok_or_else(failed)?;
                ScalarValue::TimestampMicrosecond(Some(end.timestamp_micros()), Some("UTC".into()))
            }
        })
    }
}

/// Checks that the argument of a clock reading, if it has one, is a time zone.
fn check_zone(args: &FunctionArguments, name: &str, span: Span) -> Result<(), SqlError> {
    let args = match args {
        FunctionArguments::None => return Ok(()),
        FunctionArguments::List(list) => list.args.as_slice(),
        FunctionArguments::Subquery(_) => &[],
    };
    match args {
        [] => Ok(()),
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(zone)))]
            if name != "current_timestamp" =>
        {
            let known = match &zone.value {
                Value::SingleQuotedString(zone) => zone.parse::<chrono_tz::Tz>().is_ok(),
                _ => false,
            };
            if known {
                return Ok(());
            }
            Err(
                SqlError::new(zone.span, format!("{zone} is not a time zone"))
                    .help("write one such as 'America/New_York'"),
            )
        }
        _ => Err(SqlError::new(
            span,
            format!("{} takes no such arguments", name.to_ascii_uppercase()),
        )),
    }
}
