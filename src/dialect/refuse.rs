//! What is not answered: every construct and function that is not known to mean here what it means in BigQuery.
//!
//! The rule is an allow-list. What stands here was compared with BigQuery's documentation and its open reference
//! implementation; anything else is refused by name and place rather than run with DataFusion's meaning.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArguments, GroupByExpr, JoinConstraint, JoinOperator, Query,
    Select, SelectItem, SetExpr, SetOperator, SetQuantifier, Spanned, TableFactor, UnaryOperator,
    Value, ValueWithSpan, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::error::{SqlError, position};
use super::functions;
use super::walk::walk;

/// Aggregates, also as window functions.
const AGGREGATES: [&str; 15] = [
    "avg",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "max",
    "min",
    "stddev",
    "stddev_pop",
    "string_agg",
    "$sum",
    "var_pop",
    "variance",
];
/// Aggregates that ignore or know what DISTINCT does.
const DISTINCT: [&str; 4] = ["count", "max", "min", "string_agg"];
/// Functions of a window.
const WINDOWS: [&str; 11] = [
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];
/// Window functions that take `IGNORE NULLS`.
const NULL_TREATMENT: [&str; 5] = ["first_value", "lag", "last_value", "lead", "nth_value"];
/// Scalar functions that are replaced by the date the session is pinned to.
pub(super) const CLOCK: [&str; 3] = ["current_date", "current_datetime", "current_timestamp"];
/// Functions whose other names the rewrite has left.
const REWRITTEN: [&str; 8] = [
    "coalesce",
    "countif",
    "if",
    "ifnull",
    "logical_and",
    "logical_or",
    "nullif",
    "sum",
];
/// Scalar functions that are DataFusion's own.
const SHARED: [&str; 1] = ["coalesce"];

/// Refuses what `query`, whose text is `sql`, may not hold.
pub(super) fn query(query: &Query, sql: &str) -> Result<(), SqlError> {
    finish(walk(query, &mut Refuse { sql, scalar: false }))
}

/// Refuses what a scalar expression may not hold: also aggregates, window functions and subqueries.
pub(super) fn expression(expr: &Expr, sql: &str) -> Result<(), SqlError> {
    finish(walk(expr, &mut Refuse { sql, scalar: true }))
}

fn finish(flow: ControlFlow<SqlError>) -> Result<(), SqlError> {
    match flow {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn unsupported(what: &str, span: Span) -> SqlError {
    SqlError::new(span, format!("{what} is not supported yet"))
}

fn flow(result: Result<(), SqlError>) -> ControlFlow<SqlError> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}

struct Refuse<'a> {
    sql: &'a str,
    /// Whether only a scalar expression is allowed.
    scalar: bool,
}

impl Visitor for Refuse<'_> {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<SqlError> {
        flow(self.check_query(query))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<SqlError> {
        flow(check_select(select))
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<SqlError> {
        flow(check_factor(factor))
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<SqlError> {
        flow(self.check_expr(expr))
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<SqlError> {
        flow(self.check_value(value))
    }
}

impl Refuse<'_> {
    fn check_query(&self, query: &Query) -> Result<(), SqlError> {
        let span = query.span();
        if self.scalar {
            return Err(unsupported("a subquery in an expression", span));
        }
        if query.with.as_ref().is_some_and(|with| with.recursive) {
            return Err(unsupported("WITH RECURSIVE", span));
        }
        if !query.pipe_operators.is_empty() {
            return Err(unsupported("pipe syntax (|>)", span));
        }
        if query.fetch.is_some() || !query.locks.is_empty() || query.for_clause.is_some() {
            return Err(SqlError::new(span, "this is not BigQuery's syntax"));
        }
        check_body(&query.body)
    }

    fn check_expr(&self, expr: &Expr) -> Result<(), SqlError> {
        let span = expr.span();
        match expr {
            Expr::Identifier(ident) if ident.value.starts_with("@@") => {
                Err(unsupported("a system variable", span))
            }
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::InList { .. }
            | Expr::InUnnest { .. }
            | Expr::InSubquery { .. }
            | Expr::Nested(_)
            | Expr::Value(_)
            | Expr::Case { .. }
            | Expr::Exists { .. }
            | Expr::Subquery(_) => Ok(()),
            Expr::Like {
                any: false,
                escape_char: None,
                ..
            } => Ok(()),
            Expr::Like { any: true, .. } => Err(unsupported("LIKE ANY", span)),
            Expr::UnaryOp { op, .. } => match op {
                UnaryOperator::Not | UnaryOperator::Minus => Ok(()),
                other => Err(unsupported(&format!("operator {other}"), span)),
            },
            Expr::BinaryOp { op, .. } => match op {
                BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::StringConcat
                | BinaryOperator::Gt
                | BinaryOperator::Lt
                | BinaryOperator::GtEq
                | BinaryOperator::LtEq
                | BinaryOperator::Eq
                | BinaryOperator::NotEq
                | BinaryOperator::And
                | BinaryOperator::Or => Ok(()),
                BinaryOperator::Modulo => {
                    Err(SqlError::new(span, "BigQuery has no operator %").help("write MOD(a, b)"))
                }
                other => Err(unsupported(&format!("operator {other}"), span)),
            },
            Expr::Function(function) => self.check_function(function),
            Expr::Array(_) => Err(unsupported("an array", span)),
            Expr::Struct { .. } | Expr::Tuple(_) => Err(unsupported("STRUCT", span)),
            Expr::CompoundFieldAccess { .. } => Err(unsupported("an array's element", span)),
            Expr::Interval(_) => Err(unsupported("an INTERVAL of its own", span).help(
                "write it in DATE_ADD, DATE_SUB, TIMESTAMP_ADD, TIMESTAMP_SUB or after + and -",
            )),
            other => Err(unsupported(&format!("`{}`", excerpt(other)), span)),
        }
    }

    fn check_function(&self, function: &Function) -> Result<(), SqlError> {
        let name = function.name.to_string();
        let shown = name.trim_start_matches('$').to_ascii_uppercase();
        let span = function.name.span();
        let of = |list: &[&str]| list.contains(&name.as_str());
        let aggregate = of(&AGGREGATES);
        let windowed = of(&WINDOWS);
        if !(aggregate || windowed || functions::is_known(&name) || of(&CLOCK) || of(&SHARED)) {
            return Err(unsupported(&format!("function {shown}"), span)
                .did_you_mean(&name.to_ascii_lowercase(), known()));
        }
        if self.scalar && (aggregate || windowed) {
            return Err(SqlError::new(
                span,
                format!("{shown} has no place here: the expression is about one row"),
            ));
        }
        if windowed && function.over.is_none() {
            return Err(SqlError::new(span, format!("{shown} needs OVER (...)")));
        }
        if !aggregate && !windowed && function.over.is_some() {
            return Err(SqlError::new(span, format!("{shown} takes no OVER")));
        }
        if function.filter.is_some() || !function.within_group.is_empty() {
            return Err(
                SqlError::new(span, "BigQuery has no FILTER and no WITHIN GROUP")
                    .help("write COUNTIF(x) or an aggregate of IF(x, value, NULL)"),
            );
        }
        if function.null_treatment.is_some() && !of(&NULL_TREATMENT) {
            return Err(unsupported(&format!("IGNORE NULLS in {shown}"), span));
        }
        let list = match &function.args {
            FunctionArguments::List(list) => list,
            FunctionArguments::None if of(&CLOCK) => return Ok(()),
            _ => return Err(SqlError::new(span, format!("expected ( after {shown}"))),
        };
        if list.duplicate_treatment == Some(DuplicateTreatment::Distinct) && !of(&DISTINCT) {
            return Err(unsupported(&format!("DISTINCT in {shown}"), span));
        }
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::OrderBy(_) if name == "string_agg" => {}
                FunctionArgumentClause::IgnoreOrRespectNulls(_) if of(&NULL_TREATMENT) => {}
                other => {
                    return Err(unsupported(&format!("`{other}` in {shown}"), span));
                }
            }
        }
        for arg in &list.args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(_)) => {}
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if name == "count" => {}
                _ => return Err(unsupported(&format!("`{arg}` in {shown}"), span)),
            }
        }
        if name == "count" && list.args.len() != 1 {
            return Err(SqlError::new(span, "COUNT takes one argument"));
        }
        Ok(())
    }

    fn check_value(&self, value: &ValueWithSpan) -> Result<(), SqlError> {
        match &value.value {
            Value::Number(..) | Value::Boolean(_) | Value::Null => Ok(()),
            Value::SingleQuotedString(_) => {
                check_escapes(&written(self.sql, value.span), value.span)
            }
            other => Err(unsupported(&format!("the literal `{other}`"), value.span)),
        }
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    AGGREGATES
        .into_iter()
        .chain(WINDOWS)
        .chain(CLOCK)
        .chain(functions::names())
        .chain(REWRITTEN)
        .filter(|name| !name.starts_with('$'))
}

fn check_body(body: &SetExpr) -> Result<(), SqlError> {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) => Ok(()),
        SetExpr::SetOperation {
            op,
            set_quantifier,
            left,
            right,
        } => {
            let span = right.span();
            match (op, set_quantifier) {
                (SetOperator::Union, SetQuantifier::All | SetQuantifier::Distinct)
                | (SetOperator::Except | SetOperator::Intersect, SetQuantifier::Distinct) => {}
                (_, SetQuantifier::None) => {
                    return Err(SqlError::new(
                        span,
                        format!("expected DISTINCT or ALL after {op}"),
                    ));
                }
                _ => return Err(unsupported(&format!("{op} {set_quantifier}"), span)),
            }
            check_body(left)?;
            check_body(right)
        }
        other => Err(SqlError::new(other.span(), "expected SELECT")),
    }
}

fn check_select(select: &Select) -> Result<(), SqlError> {
    let span = select.select_token.0.span;
    if select.value_table_mode.is_some() {
        return Err(unsupported("SELECT AS STRUCT and SELECT AS VALUE", span));
    }
    if select.top.is_some()
        || select.into.is_some()
        || !select.lateral_views.is_empty()
        || select.prewhere.is_some()
        || !select.connect_by.is_empty()
        || !select.cluster_by.is_empty()
        || !select.distribute_by.is_empty()
        || !select.sort_by.is_empty()
        || select.exclude.is_some()
        || matches!(
            select.distinct,
            Some(datafusion::sql::sqlparser::ast::Distinct::On(_))
        )
    {
        return Err(SqlError::new(span, "this is not BigQuery's syntax"));
    }
    match &select.group_by {
        GroupByExpr::All(m) | GroupByExpr::Expressions(_, m) if !m.is_empty() => {
            return Err(unsupported("this form of GROUP BY", span));
        }
        _ => {}
    }
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. } => {}
            SelectItem::ExprWithAliases { .. } => {
                return Err(unsupported("more than one alias", span));
            }
            SelectItem::QualifiedWildcard(_, options) | SelectItem::Wildcard(options) => {
                if options.opt_ilike.is_some()
                    || options.opt_exclude.is_some()
                    || options.opt_rename.is_some()
                {
                    return Err(SqlError::new(span, "after * stand EXCEPT or REPLACE"));
                }
            }
        }
    }
    for join in select.from.iter().flat_map(|from| &from.joins) {
        check_join(&join.join_operator, join.relation.span())?;
    }
    Ok(())
}

fn check_join(join: &JoinOperator, span: Span) -> Result<(), SqlError> {
    match join {
        JoinOperator::Join(c)
        | JoinOperator::Inner(c)
        | JoinOperator::Left(c)
        | JoinOperator::LeftOuter(c)
        | JoinOperator::CrossJoin(c) => match c {
            JoinConstraint::Natural => Err(SqlError::new(span, "BigQuery has no NATURAL JOIN")),
            _ => Ok(()),
        },
        JoinOperator::Right(c) | JoinOperator::RightOuter(c) | JoinOperator::FullOuter(c) => {
            match c {
                JoinConstraint::On(_) => Ok(()),
                // DataFusion's column is the left one's, BigQuery's is COALESCE of both.
                _ => Err(unsupported("RIGHT or FULL JOIN with USING", span)
                    .help("write ON a.x = b.x, and COALESCE(a.x, b.x) for x")),
            }
        }
        _ => Err(SqlError::new(span, "this is not a join of BigQuery")),
    }
}

fn check_factor(factor: &TableFactor) -> Result<(), SqlError> {
    let span = factor.span();
    match factor {
        TableFactor::Table {
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
            name,
            ..
        } if with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty() => {
            if name.to_string().contains('*') {
                return Err(unsupported("a wildcard table", span));
            }
            Ok(())
        }
        TableFactor::Table {
            sample: Some(_), ..
        } => Err(unsupported("TABLESAMPLE", span)),
        TableFactor::Table {
            version: Some(_), ..
        } => Err(unsupported("FOR SYSTEM_TIME AS OF", span)),
        TableFactor::Table { name, .. } => {
            Err(unsupported(&format!("table function {name}"), span))
        }
        TableFactor::Derived {
            lateral: false,
            sample: None,
            ..
        }
        | TableFactor::NestedJoin { alias: None, .. } => Ok(()),
        TableFactor::UNNEST { .. } => Err(unsupported("UNNEST", span)),
        TableFactor::Pivot { .. } => Err(unsupported("PIVOT", span)),
        TableFactor::Unpivot { .. } => Err(unsupported("UNPIVOT", span)),
        _ => Err(unsupported("this kind of table", span)),
    }
}

/// The characters of `sql` from the span's start to its end.
fn written(sql: &str, span: Span) -> String {
    let (line, column) = position(span.start);
    let (last, end) = position(span.end);
    let mut text = String::new();
    for (number, row) in (1usize..).zip(sql.split('\n')) {
        if number < line || number > last {
            continue;
        }
        let from = if number == line { column - 1 } else { 0 };
        let to = if number == last { end - 1 } else { usize::MAX };
        text.extend(row.chars().take(to).skip(from));
        if number < last {
            text.push('\n');
        }
    }
    text
}

/// Refuses the escapes the parser reads in another way than BigQuery: hex, octal and Unicode ones, and a doubled quote.
fn check_escapes(written: &str, span: Span) -> Result<(), SqlError> {
    let raw = written.starts_with(['r', 'R']);
    let triple = written.starts_with("'''") || written.starts_with("\"\"\"");
    let Some(quote) = written.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
        return Ok(());
    };
    if raw || written.chars().count() < 2 {
        return Ok(());
    }
    let inside: Vec<char> = written.chars().skip(1).collect();
    let inside = inside.split_last().map_or(&[][..], |(_, rest)| rest);
    let mut chars = inside.iter().peekable();
    while let Some(&c) = chars.next() {
        if c == '\\' {
            match chars.next() {
                Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | '\\' | '?' | '"' | '\'' | '`') => {}
                Some(other) => {
                    return Err(
                        unsupported(&format!("the escape \\{other} in a string"), span)
                            .help("write a raw string, r'...', if the backslash is meant"),
                    );
                }
                None => {}
            }
        } else if c == quote && !triple {
            return Err(
                SqlError::new(span, "a doubled quote does not escape a quote in BigQuery")
                    .help("write \\' or use the other kind of quotes"),
            );
        }
    }
    Ok(())
}

/// The beginning of a node as SQL, for a message.
fn excerpt(expr: &Expr) -> String {
    let text = expr.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse, parse_expression};

    fn refused(sql: &str) -> String {
        parse(sql).map_or_else(|e| e.to_string(), |_| "accepted".to_owned())
    }

    #[test]
    fn names_what_it_refuses_and_where() {
        for (sql, says) in [
            (
                "SELECT x,\n  APPROX_TOP_SUM(x, 3) FROM ds.t",
                "2:3: function APPROX_TOP_SUM is not supported yet",
            ),
            (
                "SELECT APPROX_QUANTILES(x, 100)[OFFSET(50)] FROM ds.t",
                "1:8: an array's element is not supported yet",
            ),
            (
                "SELECT APPROX_QUANTILES(x, 4) FROM ds.t",
                "1:8: function APPROX_QUANTILES is not supported yet",
            ),
            (
                "SELECT 5 % 2",
                "1:8: BigQuery has no operator %; write MOD(a, b)",
            ),
            ("DELETE FROM ds.t WHERE TRUE", "1:1: only a query"),
            (
                "SELECT 1; SELECT 2",
                "1:11: expected the end of the query, found: SELECT",
            ),
            (
                "SELECT x FROM ds.t, UNNEST(a) x",
                "1:28: UNNEST is not supported yet",
            ),
            (
                "SELECT 'a\\x41'",
                "1:8: the escape \\x in a string is not supported yet",
            ),
            ("SELECT 'it''s'", "1:8: a doubled quote"),
            (
                "SELECT CAST(x AS JSON) FROM ds.t",
                "1:13: type JSON is not supported yet",
            ),
            (
                "SELECT 1 UNION SELECT 2",
                "1:16: expected DISTINCT or ALL after UNION",
            ),
            (
                "SELECT a FROM ds.t FULL JOIN ds.u USING (a)",
                "1:30: RIGHT or FULL JOIN with USING",
            ),
            ("SELECT COUNTIFS(x) FROM ds.t", "did you mean `countif`"),
            (
                "SELECT SUM(DISTINCT x) FROM ds.t",
                "1:8: DISTINCT in SUM is not supported yet",
            ),
            (
                "SELECT x FROM ds.t TABLESAMPLE SYSTEM (10 PERCENT)",
                "TABLESAMPLE is not supported yet",
            ),
            ("SELECT\n  x FORM ds.t", "2:10: expected"),
            ("", "1:1: there is no query"),
        ] {
            let said = refused(sql);
            assert!(said.contains(says), "{sql}\n said: {said}\n want: {says}");
        }
    }

    #[test]
    fn an_expression_is_about_one_row() {
        for (sql, says) in [
            ("COUNT(*) > 3", "1:1: COUNT has no place here"),
            (
                "x > (SELECT 1)",
                "a subquery in an expression is not supported yet",
            ),
            ("x > 1, y", "1:6: expected the end of the expression"),
        ] {
            let said =
                parse_expression(sql).map_or_else(|e| e.to_string(), |_| "accepted".to_owned());
            assert!(said.contains(says), "{sql}: {said}");
        }
        assert!(parse_expression("x BETWEEN 0 AND 1 OR y IS NULL").is_ok());
    }
}
