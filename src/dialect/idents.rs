//! Names without case.
//!
//! To BigQuery `GAME_ID`, `game_id` and `Game_Id` are one column, one alias, one name of a `WITH`. To DataFusion they are
//! three. Resolving each name against the columns in its scope would repeat DataFusion's planner, so names lose their case
//! instead, on both sides:
//!
//! - every identifier in the query is written in lower case, except the names of tables, whose case means something to
//!   BigQuery too; a table without an alias gets its own name in lower case as one;
//! - every table whose columns are not in lower case is shown to the planner through a projection that renames them (see
//!   [`plan`](super::plan()));
//! - at the end the columns of the result get their spelling back: that of the outermost `SELECT` if it names the column,
//!   else that of the first alias in the query, else the table's ([`Spelling`]).
//!
//! Case is that of ASCII, as in [`crate::schema::column_index`]. Columns without a name become `f0_`, `f1_` as in BigQuery.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, JoinConstraint, JoinOperator, NamedWindowExpr, ObjectName,
    ObjectNamePart, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    TableAlias, TableFactor, Value, VisitorMut, WildcardAdditionalOptions, WindowType,
};

use super::tables::Scopes;
use super::walk::walk_mut;

/// Writes every name in `query` but those of tables in lower case.
pub(super) fn lowercase(query: &mut Query) -> Spelling {
    let mut spelling = Spelling::default();
    spelling.outermost(&query.body);
    let mut lower = Lower {
        scopes: Scopes::default(),
        spelling,
    };
    let _ = walk_mut(query, &mut lower);
    lower.spelling
}

/// Writes every name in `expr` in lower case.
pub(super) fn lowercase_expression(expr: &mut Expr) {
    let mut lower = Lower {
        scopes: Scopes::default(),
        spelling: Spelling::default(),
    };
    let _ = walk_mut(expr, &mut lower);
}

/// How names were written before they lost their case.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    outermost: HashMap<String, String>,
    aliases: HashMap<String, String>,
    columns: HashMap<String, String>,
}

impl Spelling {
    /// The spelling of a column of the result.
    pub(super) fn of<'a>(&'a self, lower: &'a str) -> &'a str {
        [&self.outermost, &self.aliases, &self.columns]
            .into_iter()
            .find_map(|names| names.get(lower))
            .map_or(lower, String::as_str)
    }

    /// Notes how a table spells a column; the first table that has it counts.
    pub(super) fn column(&mut self, name: &str) {
        note(&mut self.columns, name);
    }

    fn outermost(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => {
                for item in &select.projection {
                    match item {
                        SelectItem::ExprWithAlias { alias, .. } => {
                            note(&mut self.outermost, &alias.value);
                        }
                        SelectItem::UnnamedExpr(expr) => {
                            if let Some(ident) = last_name(expr) {
                                note(&mut self.outermost, &ident.value);
                            }
                        }
                        _ => {}
                    }
                }
            }
            // The first SELECT names the columns.
            SetExpr::SetOperation { left, .. } => self.outermost(left),
            SetExpr::Query(query) => self.outermost(&query.body),
            _ => {}
        }
    }
}

fn note(names: &mut HashMap<String, String>, name: &str) {
    names
        .entry(name.to_ascii_lowercase())
        .or_insert_with(|| name.to_owned());
}

/// The name a column gets from an expression: the last part of a path.
fn last_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(ident) => Some(ident),
        Expr::CompoundIdentifier(parts) => parts.last(),
        Expr::Nested(inner) => last_name(inner),
        _ => None,
    }
}

struct Lower {
    scopes: Scopes,
    spelling: Spelling,
}

impl VisitorMut for Lower {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(with) = &mut query.with {
            for cte in &mut with.cte_tables {
                self.alias(&mut cte.alias);
            }
        }
        self.scopes.enter(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.scopes.leave();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let mut unnamed = 0;
        for item in &mut select.projection {
            self.item(item, &mut unnamed);
        }
        group_by_aliases(select);
        for window in &mut select.named_window {
            lower(&mut window.0);
            match &mut window.1 {
                NamedWindowExpr::NamedWindow(name) => lower(name),
                NamedWindowExpr::WindowSpec(spec) => spec.window_name.iter_mut().for_each(lower),
            }
        }
        for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
            join_names(&mut join.join_operator);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                if self.scopes.defines(name) {
                    object(name);
                } else if alias.is_none()
                    && let Some(last) = name.0.last().and_then(ObjectNamePart::as_ident)
                {
                    *alias = Some(TableAlias {
                        explicit: true,
                        name: last.clone(),
                        columns: Vec::new(),
                        at: None,
                    });
                }
                alias.iter_mut().for_each(|alias| self.alias(alias));
            }
            TableFactor::Derived { alias, .. } => {
                alias.iter_mut().for_each(|alias| self.alias(alias));
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => {
                for join in &mut table_with_joins.joins {
                    join_names(&mut join.join_operator);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) => lower(ident),
            Expr::CompoundIdentifier(parts) => parts.iter_mut().for_each(lower),
            Expr::Function(function) => match &mut function.over {
                Some(WindowType::NamedWindow(name)) => lower(name),
                Some(WindowType::WindowSpec(spec)) => spec.window_name.iter_mut().for_each(lower),
                None => {}
            },
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Lower {
    fn alias(&mut self, alias: &mut TableAlias) {
        lower(&mut alias.name);
        for column in &mut alias.columns {
            note(&mut self.spelling.aliases, &column.name.value);
            lower(&mut column.name);
        }
    }

    fn item(&mut self, item: &mut SelectItem, unnamed: &mut usize) {
        match item {
            SelectItem::ExprWithAlias { alias, .. } => {
                note(&mut self.spelling.aliases, &alias.value);
                lower(alias);
            }
            SelectItem::UnnamedExpr(expr) => {
                let name = match last_name(expr) {
                    // A column keeps its qualifier, which HAVING and ORDER BY may use; `a.s.x` would be called `a.s[x]`.
                    Some(ident) => match &*expr {
                        Expr::CompoundIdentifier(parts) if parts.len() > 2 => {
                            Ident::with_span(ident.span, ident.value.to_ascii_lowercase())
                        }
                        _ => return,
                    },
                    None => {
                        *unnamed += 1;
                        Ident::new(format!("f{}_", *unnamed - 1))
                    }
                };
                let expr = std::mem::replace(expr, Expr::Identifier(Ident::new("")));
                *item = SelectItem::ExprWithAlias { expr, alias: name };
            }
            SelectItem::QualifiedWildcard(kind, options) => {
                if let SelectItemQualifiedWildcardKind::ObjectName(name) = kind {
                    object(name);
                }
                wildcard(options);
            }
            SelectItem::Wildcard(options) => wildcard(options),
            SelectItem::ExprWithAliases { .. } => {}
        }
    }
}

/// `GROUP BY name` to the position of the column called so, which to BigQuery hides a column of the tables with that name;
/// to DataFusion it is the other way round.
fn group_by_aliases(select: &mut Select) {
    let GroupByExpr::Expressions(keys, _) = &mut select.group_by else {
        return;
    };
    let star = |item: &SelectItem| {
        matches!(
            item,
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
        )
    };
    let positioned = !select.projection.iter().any(star);
    for key in keys {
        let Expr::Identifier(name) = &*key else {
            continue;
        };
        let called = |item: &SelectItem| match item {
            SelectItem::ExprWithAlias { alias, .. } => {
                alias.value.eq_ignore_ascii_case(&name.value)
            }
            _ => false,
        };
        let Some(index) = select.projection.iter().position(called) else {
            continue;
        };
        *key = match select.projection.get(index) {
            _ if positioned => {
                let number = Value::Number((index + 1).to_string(), false);
                Expr::Value(number.with_span(name.span))
            }
            // The position a column has after a * is not known here.
            Some(SelectItem::ExprWithAlias { expr, .. }) => expr.clone(),
            _ => continue,
        };
    }
}

fn wildcard(options: &mut WildcardAdditionalOptions) {
    if let Some(except) = &mut options.opt_except {
        lower(&mut except.first_element);
        except.additional_elements.iter_mut().for_each(lower);
    }
    if let Some(replace) = &mut options.opt_replace {
        for item in &mut replace.items {
            lower(&mut item.column_name);
        }
    }
}

fn join_names(join: &mut JoinOperator) {
    if let JoinOperator::Join(constraint)
    | JoinOperator::Inner(constraint)
    | JoinOperator::Left(constraint)
    | JoinOperator::LeftOuter(constraint) = join
        && let JoinConstraint::Using(names) = constraint
    {
        names.iter_mut().for_each(object);
    }
}

fn object(name: &mut ObjectName) {
    for part in &mut name.0 {
        if let ObjectNamePart::Identifier(ident) = part {
            lower(ident);
        }
    }
}

fn lower(ident: &mut Ident) {
    ident.value.make_ascii_lowercase();
}
