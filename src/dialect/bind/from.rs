//! `FROM`: tables, names of a `WITH`, arrays.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, NullHandling, TableReference, UnnestOptions};
use datafusion::logical_expr::{Cast, Expr, LogicalPlanBuilder};

use super::names::{Entry, Names, Range};
use super::query::all_columns;
use super::{Bind, Binder, Block, Bound, Relation, column, construct, failed, project};
use crate::dialect::syntax::ast::{self, From, FromKind, Ident, Offset, Path};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, array_of, element, name as type_name};

impl Binder<'_> {
    #[recursive::recursive]
    pub(super) fn from(&mut self, from: &From) -> Bind<Relation> {
        let span = from.span;
        match &from.kind {
            FromKind::Path {
                path,
                alias,
                offset,
            } => {
                if let Some(array) = self.array_path(path, None)? {
                    let input = self.one_row(span)?;
                    let alias = alias.as_ref().or(path.last());
                    return self.unnested(
                        input,
                        &array,
                        alias,
                        offset.as_ref(),
                        Keep::Elements,
                        span,
                    );
                }
                if let Some(offset) = offset {
                    return Err(Fault::new(offset.span, "WITH OFFSET is for arrays"));
                }
                self.table(path, alias.as_ref(), span)
            }
            FromKind::Unnest {
                array,
                alias,
                offset,
            } => {
                let input = self.one_row(span)?;
                self.unnested(
                    input,
                    array,
                    alias.as_ref(),
                    offset.as_ref(),
                    Keep::Elements,
                    span,
                )
            }
            FromKind::Query { query, alias } => {
                let relation = self.query(query)?;
                let relation = self.settled(relation, span)?;
                Ok(self.named(relation, alias.as_ref()))
            }
            FromKind::Join(join) => self.join(join, span),
            FromKind::Pivot(pivot) => {
                let input = self.from(&pivot.input)?;
                self.pivot(input, pivot)
            }
            FromKind::Unpivot(unpivot) => {
                let input = self.from(&unpivot.input)?;
                self.unpivot(input, unpivot)
            }
        }
    }

    /// A relation under an alias; of values, the alias is the value.
    pub(super) fn named(&mut self, mut relation: Relation, alias: Option<&Ident>) -> Relation {
        let name = alias.map(|a| a.text.clone()).unwrap_or_default();
        let value = self.value_of(&relation);
        relation.names = match value {
            Some(value) => value_names(&value, &name, relation.names),
            None => relation.names.under(&name, None),
        };
        relation.is_value = false;
        relation
    }

    /// What holds bare NULLs as INT64.
    pub(super) fn settled(&mut self, mut relation: Relation, span: Span) -> Bind<Relation> {
        for entry in &mut relation.names.entries {
            entry.literal = None;
        }
        let untyped = |e: &Entry| super::expr::settled_type(&e.data_type) != e.data_type;
        if !relation.names.entries.iter().any(untyped) {
            return Ok(relation);
        }
        let mut columns = all_columns(&relation.plan);
        for entry in &mut relation.names.entries {
            let to = super::expr::settled_type(&entry.data_type);
            if entry.data_type == to {
                continue;
            }
            let id = self.fresh(&entry.name);
            let cast = Expr::Cast(Cast::new(Box::new(entry.expr.clone()), to.clone()));
            columns.push(cast.alias(id.clone()));
            entry.expr = Expr::Column(column(id));
            entry.data_type = to;
        }
        relation.plan = project(relation.plan, columns, span)?;
        Ok(relation)
    }

    /// A path that begins with a name of this query or a query around: an array, as an expression.
    pub(super) fn array_path(
        &mut self,
        path: &Path,
        left: Option<&Names>,
    ) -> Bind<Option<ast::Expr>> {
        let [first, _, ..] = path.as_slice() else {
            return Ok(None);
        };
        if first.text.contains('.') || first.text.contains('-') {
            return Ok(None);
        }
        let known = |names: &Names| {
            names
                .ranges
                .iter()
                .any(|r| !r.name.is_empty() && first.is(&r.name))
                || names.entries.iter().any(|e| {
                    e.bare
                        && first.is(&e.name)
                        && matches!(Kind::of(&e.data_type), Kind::Struct | Kind::Array)
                })
        };
        let here = left.is_some_and(known) || self.blocks.iter().any(|b| known(&b.names));
        if !here {
            return Ok(None);
        }
        let mut parts = path.iter();
        let mut expr = parts.next().map(|first| ast::Expr {
            kind: ast::ExprKind::Name(first.clone()),
            span: first.span,
        });
        for part in parts {
            expr = expr.map(|of| ast::Expr {
                span: of.span.to(part.span),
                kind: ast::ExprKind::Dot(Box::new(of), part.clone()),
            });
        }
        Ok(expr)
    }

    fn table(&mut self, path: &Path, alias: Option<&Ident>, span: Span) -> Bind<Relation> {
        if let [only] = path.as_slice()
            && !only.text.contains('.')
        {
            let lower = only.lower();
            let known = self
                .ctes
                .iter()
                .rev()
                .find(|(n, _)| *n == lower)
                .map(|(_, r)| r.clone());
            let known = known.or_else(|| self.tables.made.get(&lower).cloned());
            if let Some(relation) = known {
                let relation = self.refreshed(&relation, span)?;
                return Ok(self.named(relation, Some(alias.unwrap_or(only))));
            }
        }
        let parts = super::super::tables::split(path);
        let (dataset, table) = match parts.as_slice() {
            [dataset, table] | [_, dataset, table] => (dataset.clone(), table.clone()),
            parts => {
                let message = format!("`{}` is not the name of a table", parts.join("."));
                return Err(
                    Fault::new(span, message).help("write dataset.table or project.dataset.table")
                );
            }
        };
        let key = (dataset, table);
        let Some(found) = self.tables.lake.get(&key).cloned() else {
            let message = format!("there is no table `{}.{}`", key.0, key.1);
            return Err(Fault::new(span, message));
        };
        let (dataset, table) = key;
        let reference = TableReference::partial(dataset, table.clone());
        let schema = found.source.schema();
        let plan = LogicalPlanBuilder::scan(reference, found.source, None)
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed(span))?;
        let mut columns = Vec::new();
        let mut entries = Vec::new();
        for (qualified, field) in plan.schema().columns().into_iter().zip(schema.fields()) {
            // A column with another name has the metadata of what it was made of.
            let stored = field
                .metadata()
                .get(super::super::SPELLING)
                .filter(|s| s.eq_ignore_ascii_case(field.name()));
            let name = stored.unwrap_or_else(|| field.name());
            if entries
                .iter()
                .any(|e: &Entry| e.name.eq_ignore_ascii_case(name))
            {
                let message = format!("columns of `{table}` differ only in case: `{name}`");
                return Err(Fault::new(span, message));
            }
            let id = self.fresh(name);
            let read = Expr::Column(qualified);
            let to = computed_as(field.data_type());
            let read = match &to {
                Some(to) => Expr::Cast(Cast::new(Box::new(read), to.clone())),
                None => read,
            };
            columns.push(read.alias(id.clone()));
            let data_type = to.unwrap_or_else(|| field.data_type().clone());
            entries.push(Entry::column(name, &id, data_type));
        }
        let relation = Relation {
            plan: project(plan, columns, span)?,
            names: Names::of(entries),
            is_value: false,
            row: None,
            order: Vec::new(),
            position: None,
        };
        let name = Ident {
            text: table,
            quoted: false,
            span,
        };
        Ok(self.named(relation, Some(alias.unwrap_or(&name))))
    }

    /// Each row once for every element of an array it has.
    pub(super) fn unnested(
        &mut self,
        input: Relation,
        array: &ast::Expr,
        alias: Option<&Ident>,
        offset: Option<&Offset>,
        keep: Keep<'_>,
        span: Span,
    ) -> Bind<Relation> {
        let block = || Block {
            names: input.names.clone(),
            clause: "in UNNEST",
            ..Block::default()
        };
        let (mut bound, _) = self.within(block(), |b| b.expr(array))?;
        if bound.data_type == DataType::Null {
            let to = array_of(DataType::Int64);
            bound = Bound::new(self.as_type(&bound, &to, "UNNEST", array.span)?, to);
        }
        let Some(mut of) = element(&bound.data_type).cloned() else {
            let given = type_name(&bound.data_type);
            return Err(Fault::new(
                array.span,
                format!("UNNEST takes an ARRAY, not {given}"),
            ));
        };
        if of == DataType::Null {
            of = DataType::Int64;
            let to = array_of(of.clone());
            bound = Bound::new(self.as_type(&bound, &to, "UNNEST", array.span)?, to);
        }
        let alias_name = alias.map_or("", |a| a.text.as_str()).to_owned();
        let id = self.fresh(&alias_name);
        // Where rows are in a known order, elements are.
        let placed = input.position.is_some();
        let paired = offset.is_some() || placed || matches!(keep, Keep::Matching(_));
        let exploded = match keep {
            Keep::Matching(on) => {
                let query = matching(array, alias, offset, on, span);
                self.within(block(), |b| b.array_subquery(&query, span))?.0
            }
            _ if paired => self.function("$with_offset", vec![bound], span)?,
            _ => bound,
        };
        let input = self.with_named(input, [&exploded.expr], span)?;
        let before = all_columns(&input.plan);
        let exploded_of = element(&exploded.data_type)
            .cloned()
            .unwrap_or(DataType::Null);
        let mut columns = before.clone();
        columns.push(exploded.expr.alias(id.clone()));
        let null_handling = match keep {
            Keep::Elements => NullHandling::Drop,
            Keep::All | Keep::Matching(_) => NullHandling::PreserveAndExpandEmpty,
        };
        let options = UnnestOptions {
            null_handling,
            recursions: Vec::new(),
        };
        let plan = project(input.plan, columns, span)?;
        let mut plan = LogicalPlanBuilder::from(plan)
            .unnest_column_with_options(column(id.clone()), options)
            .and_then(LogicalPlanBuilder::build)
            .map_err(failed(span))?;
        let mut value_id = id.clone();
        let mut offset_entry = None;
        let mut position = input.position;
        if paired {
            let pair = Expr::Column(column(id));
            let named = offset.and_then(|o| o.alias.as_ref());
            let name = named.map_or("offset", |a| a.text.as_str());
            value_id = self.fresh(&alias_name);
            let offset_id = self.fresh(name);
            let mut columns = before;
            columns.push(construct::field(pair.clone(), 0, &exploded_of).alias(value_id.clone()));
            columns.push(construct::field(pair, 1, &exploded_of).alias(offset_id.clone()));
            plan = project(plan, columns, span)?;
            if let Some(position) = &mut position {
                position.push(column(offset_id.clone()));
            }
            offset_entry = offset.map(|_| Entry::column(name, &offset_id, DataType::Int64));
        }
        let value = Bound::new(Expr::Column(Column::new_unqualified(value_id)), of);
        let mut names = value_names(&value, &alias_name, Names::default());
        names.entries.extend(offset_entry);
        Ok(Relation {
            plan,
            names: input.names.and(names),
            is_value: false,
            row: input.row,
            order: Vec::new(),
            position,
        })
    }
}

/// What an array is unnested for.
#[derive(Clone, Copy)]
pub(super) enum Keep<'a> {
    /// Its elements.
    Elements,
    /// Its elements, or NULL where there is none.
    All,
    /// Its elements for which the condition is TRUE, or NULL where there is none.
    Matching(&'a ast::Expr),
}

/// `SELECT (element, offset) FROM UNNEST(array) WHERE on ORDER BY offset`.
fn matching(
    array: &ast::Expr,
    alias: Option<&Ident>,
    offset: Option<&Offset>,
    on: &ast::Expr,
    span: Span,
) -> ast::Query {
    let ident = |text: &str| Ident {
        text: text.to_owned(),
        quoted: true,
        span,
    };
    let named = |name: &Ident| ast::Expr {
        kind: ast::ExprKind::Name(name.clone()),
        span,
    };
    // What has no name here gets one that nobody writes.
    let element = alias.cloned().unwrap_or_else(|| ident("$element"));
    let place = match offset {
        None => ident("$offset"),
        Some(offset) => offset.alias.clone().unwrap_or_else(|| ident("offset")),
    };
    let item = ast::Expr {
        kind: ast::ExprKind::Struct {
            fields: None,
            items: vec![
                (named(&element), Some(ident("value"))),
                (named(&place), Some(ident("offset"))),
            ],
        },
        span,
    };
    let order = vec![ast::OrderItem {
        expr: named(&place),
        descending: false,
        nulls_first: None,
    }];
    let from = From {
        kind: FromKind::Unnest {
            array: array.clone(),
            alias: Some(element),
            offset: Some(Offset {
                alias: Some(place),
                span,
            }),
        },
        span,
    };
    super::arrays::query_of(item, from, Some(on.clone()), order, span)
}

/// The names of a value of each row: its own, and those of its fields.
fn value_names(value: &Bound, name: &str, others: Names) -> Names {
    let mut entries = Vec::new();
    match &value.data_type {
        DataType::Struct(fields) => {
            for (n, field) in fields.iter().enumerate() {
                let taken = construct::field(value.expr.clone(), n, &value.data_type);
                entries.push(Entry::new(field.name(), taken, field.data_type().clone()));
            }
        }
        _ => entries.push(Entry::new(
            name,
            value.expr.clone(),
            value.data_type.clone(),
        )),
    }
    for entry in &mut entries {
        entry.range = Some(0);
    }
    // What is hidden stays so, and is not the value's.
    entries.extend(others.entries.into_iter().filter(|e| !e.star));
    Names {
        entries,
        ranges: vec![Range {
            name: name.to_owned(),
            value: Some(value.clone()),
        }],
    }
}

/// The type a table's column is computed as, if it is stored as another.
fn computed_as(stored: &DataType) -> Option<DataType> {
    match Kind::of(stored) {
        Kind::Int if *stored != DataType::Int64 => Some(DataType::Int64),
        Kind::Float if *stored != DataType::Float64 => Some(DataType::Float64),
        Kind::Other => None,
        _ => match stored {
            DataType::Dictionary(_, value) => {
                Some(computed_as(value).unwrap_or_else(|| (**value).clone()))
            }
            _ => None,
        },
    }
}
