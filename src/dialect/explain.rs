//! DataFusion's planning errors in plain words, at their place in the text.

use std::ops::ControlFlow;

use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Spanned, Visit, Visitor};
use datafusion::sql::sqlparser::tokenizer::{Location, Span};

use super::error::{NO_COLUMN, SqlError, lowercase_start};
use super::idents::Spelling;
use super::walk::walk;

/// Explains an error of planning `query`, which stands at `span`.
pub(super) fn explain(
    error: &DataFusionError,
    query: &Query,
    span: Span,
    spelling: &Spelling,
) -> SqlError {
    explain_in(error, query, span, spelling)
}

/// Explains an error of planning `expr`, which stands at `span`.
pub(super) fn explain_expression(
    error: &DataFusionError,
    expr: &Expr,
    span: Span,
    spelling: &Spelling,
) -> SqlError {
    explain_in(error, expr, span, spelling)
}

fn explain_in<N: Visit>(
    error: &DataFusionError,
    node: &N,
    span: Span,
    spelling: &Spelling,
) -> SqlError {
    let said = error.diagnostic().and_then(|d| d.span).map(|s| Span {
        start: Location::new(s.start.line, s.start.column),
        end: Location::new(s.end.line, s.end.column),
    });
    match error.find_root() {
        DataFusionError::SchemaError(schema, _) => match &**schema {
            SchemaError::FieldNotFound {
                field,
                valid_fields,
            } => {
                let place = said.or_else(|| find(node, field)).unwrap_or(span);
                let names = valid_fields.iter().map(|c| spelling.of(&c.name));
                SqlError::new(place, format!("{NO_COLUMN}{}`", shown(field, spelling)))
                    .did_you_mean(&field.name, names)
            }
            SchemaError::AmbiguousReference { field } => {
                let place = said.or_else(|| find(node, field)).unwrap_or(span);
                let name = spelling.of(&field.name);
                SqlError::new(place, format!("column `{name}` is in more than one table"))
                    .help(format!("write the table before it: t.{name}"))
            }
            SchemaError::DuplicateQualifiedField { name, .. }
            | SchemaError::DuplicateUnqualifiedField { name } => SqlError::new(
                said.unwrap_or(span),
                format!("two columns are called `{}`", spelling.of(name)),
            )
            .help("give one of them another name with AS"),
        },
        root => {
            let place = said.or_else(|| called(root, node)).unwrap_or(span);
            SqlError::new(place, plain(root))
        }
    }
}

fn shown(field: &Column, spelling: &Spelling) -> String {
    let name = spelling.of(&field.name);
    match &field.relation {
        Some(table) => format!("{}.{name}", table.table()),
        None => name.to_owned(),
    }
}

/// The message without DataFusion's names for kinds of errors.
fn plain(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    let text = text.trim();
    let kinds = [
        "Error during planning: ",
        "Execution error: ",
        "This feature is not implemented: ",
        "Internal error: ",
        "Schema error: ",
    ];
    let mut rest = text;
    while let Some(after) = kinds.iter().find_map(|kind| rest.strip_prefix(kind)) {
        rest = after;
    }
    // What a function said is wrapped: "Function 'f' user-defined coercion failed with: .. . No function matches ..".
    if let Some((_, said)) = rest.split_once("coercion failed with: ") {
        let said = said
            .split_once(" No function matches")
            .map_or(said, |(said, _)| said);
        rest = said.strip_prefix("Error during planning: ").unwrap_or(said);
    }
    let first = rest.lines().next().unwrap_or(rest);
    lowercase_start(first.trim_end_matches('.'))
}

/// The first call of the function an error is about.
fn called<N: Visit>(error: &DataFusionError, node: &N) -> Option<Span> {
    let text = error.strip_backtrace();
    let (_, rest) = text.split_once("unction '")?;
    let (name, _) = rest.split_once('\'')?;
    match walk(node, &mut Called(name)) {
        ControlFlow::Break(span) => Some(span),
        ControlFlow::Continue(()) => None,
    }
}

struct Called<'a>(&'a str);

impl Visitor for Called<'_> {
    type Break = Span;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Span> {
        match expr {
            Expr::Function(function) if function.name.to_string() == self.0 => {
                ControlFlow::Break(function.name.span())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The first place the column is named at.
fn find<N: Visit>(node: &N, field: &Column) -> Option<Span> {
    match walk(node, &mut Find(field)) {
        ControlFlow::Break(span) => Some(span),
        ControlFlow::Continue(()) => None,
    }
}

struct Find<'a>(&'a Column);

impl Visitor for Find<'_> {
    type Break = Span;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Span> {
        let is = |ident: &Ident, name: &str| ident.value.eq_ignore_ascii_case(name);
        let table = self.0.relation.as_ref().map(|t| t.table());
        match (expr, table) {
            (Expr::Identifier(ident), None) if is(ident, &self.0.name) => {
                ControlFlow::Break(ident.span)
            }
            (Expr::CompoundIdentifier(parts), _) => match (parts.as_slice(), table) {
                ([.., before, ident], Some(table))
                    if is(ident, &self.0.name) && is(before, table) =>
                {
                    ControlFlow::Break(before.span)
                }
                _ => ControlFlow::Continue(()),
            },
            _ => ControlFlow::Continue(()),
        }
    }
}
