//! `PIVOT` and `UNPIVOT`.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, LogicalPlan, Union, lit};

use super::expr::string;
use super::names::{Entry, Names};
use super::query::filter;
use super::{Bind, Binder, Block, Bound, Relation, failed, project};
use crate::dialect::syntax::ast::{
    self, ExprKind, GroupBy, GroupItem, Ident, Item, Pivot, Select, Shape, Unpivot,
};
use crate::dialect::syntax::walk::{Visitor, walk_expr};
use crate::dialect::syntax::{Fault, Span};

impl Binder<'_> {
    /// An aggregate of the rows of each value, by all columns that neither names.
    pub(super) fn pivot(&mut self, input: Relation, pivot: &Pivot) -> Bind<Relation> {
        let span = pivot.span;
        let mut used = Used(Vec::new());
        walk_expr(&pivot.by, &mut used);
        pivot
            .aggregates
            .iter()
            .for_each(|(e, _)| walk_expr(e, &mut used));
        let mut items = Vec::new();
        let mut group = Vec::new();
        let star: Vec<String> = input.names.star().map(|e| e.name.clone()).collect();
        for name in star {
            if name.is_empty() {
                return Err(Fault::new(span, "PIVOT takes columns with names"));
            }
            if used.0.iter().any(|u| u.eq_ignore_ascii_case(&name)) {
                continue;
            }
            let ident = Ident {
                text: name,
                quoted: true,
                span,
            };
            let expr = ast::Expr {
                kind: ExprKind::Name(ident.clone()),
                span,
            };
            group.push(GroupItem::Expr(expr.clone(), None));
            items.push(Item::Expr {
                expr,
                alias: Some(ident),
            });
        }
        let named = pivot.aggregates.len() > 1;
        for (value, value_alias) in &pivot.values {
            let of_value = match value_alias {
                Some(alias) => alias.text.clone(),
                None => self.name_of_value(value)?,
            };
            for (aggregate, alias) in &pivot.aggregates {
                let ExprKind::Call(call) = &aggregate.kind else {
                    return Err(Fault::new(
                        aggregate.span,
                        "PIVOT takes calls of aggregates",
                    ));
                };
                let mut call = call.clone();
                let same = ast::Expr {
                    kind: ExprKind::IsDistinct {
                        left: Box::new(pivot.by.clone()),
                        right: Box::new(value.clone()),
                        not: true,
                    },
                    span: value.span,
                };
                call.filter = Some(match call.filter.take() {
                    None => same,
                    Some(own) => ast::Expr {
                        span: own.span,
                        kind: ExprKind::Binary(ast::BinaryOp::And, Box::new(own), Box::new(same)),
                    },
                });
                let name = match alias {
                    Some(alias) => {
                        let of_value = if value_alias.is_none() {
                            of_value.trim_start_matches('_')
                        } else {
                            &of_value
                        };
                        format!("{}_{of_value}", alias.text)
                    }
                    None if named => {
                        return Err(Fault::new(
                            aggregate.span,
                            "of more than one aggregate each has an alias",
                        ));
                    }
                    None => of_value.clone(),
                };
                items.push(Item::Expr {
                    expr: ast::Expr {
                        kind: ExprKind::Call(call),
                        span: aggregate.span,
                    },
                    alias: Some(Ident {
                        text: name,
                        quoted: true,
                        span: value.span,
                    }),
                });
            }
        }
        let select = Select {
            distinct: false,
            shape: Shape::Columns,
            items,
            from: None,
            filter: None,
            group: (!group.is_empty()).then_some(GroupBy::Items(group)),
            having: None,
            qualify: None,
            windows: Vec::new(),
            span,
        };
        let relation = self.select_from(&select, input, &[], None)?;
        Ok(self.named(relation, pivot.alias.as_ref()))
    }

    /// What BigQuery calls the columns of a value that has no alias.
    fn name_of_value(&mut self, value: &ast::Expr) -> Bind<String> {
        let block = Block::default();
        let (constant, _) = self.within(block, |b| b.constant(value, "a value of PIVOT"))?;
        Ok(match constant {
            ScalarValue::Utf8View(Some(text)) | ScalarValue::Utf8(Some(text)) => text,
            ScalarValue::Int64(Some(n)) if n < 0 => format!("_minus_{}", n.unsigned_abs()),
            ScalarValue::Int64(Some(n)) => format!("_{n}"),
            ScalarValue::Boolean(Some(b)) => b.to_string(),
            value if value.is_null() => "NULL".to_owned(),
            _ => {
                return Err(
                    Fault::new(value.span, "a value of this type needs an alias")
                        .help("write value AS name"),
                );
            }
        })
    }

    /// A row for each set of columns of each row.
    pub(super) fn unpivot(&mut self, input: Relation, unpivot: &Unpivot) -> Bind<Relation> {
        let span = unpivot.span;
        let width = unpivot.values.len();
        let mut sets = Vec::new();
        let mut taken: Vec<Expr> = Vec::new();
        for (columns, label) in &unpivot.columns {
            if columns.len() != width {
                let message = format!("{} columns for {width} values", columns.len());
                return Err(Fault::new(span, message));
            }
            let mut values = Vec::new();
            for name in columns {
                let mut found = input.names.star().filter(|e| name.is(&e.name));
                let Some(entry) = found.next() else {
                    let message = format!("{}{}`", crate::dialect::error::NO_COLUMN, name.text);
                    return Err(Fault::new(name.span, message));
                };
                taken.push(entry.expr.clone());
                values.push(entry.bound());
            }
            let label = match label {
                Some(label) => {
                    let block = Block::default();
                    let (constant, _) =
                        self.within(block, |b| b.constant(label, "a label of UNPIVOT"))?;
                    Bound::constant(constant)
                }
                None => {
                    let names: Vec<&str> = columns.iter().map(|c| c.text.as_str()).collect();
                    string(names.join("_"))
                }
            };
            sets.push((values, label));
        }
        let kept: Vec<Entry> = input
            .names
            .star()
            .filter(|e| !taken.contains(&e.expr))
            .cloned()
            .collect();
        let (mut types, label_type) = self.unpivoted_types(&sets, width, span)?;
        let mut entries = Vec::new();
        let mut ids = Vec::new();
        for entry in &kept {
            let id = self.fresh(&entry.name);
            entries.push(Entry::column(&entry.name, &id, entry.data_type.clone()));
            ids.push(id);
        }
        for (name, data_type) in unpivot.values.iter().zip(types.drain(..)) {
            let id = self.fresh(&name.text);
            entries.push(Entry::column(&name.text, &id, data_type));
            ids.push(id);
        }
        let id = self.fresh(&unpivot.name.text);
        entries.push(Entry::column(&unpivot.name.text, &id, label_type.clone()));
        ids.push(id);
        let rows = self.row_columns(input.row);
        let mut parts = Vec::new();
        for (values, label) in sets {
            let mut columns: Vec<Expr> = kept.iter().map(|e| e.expr.clone()).collect();
            let wanted = entries.iter().skip(kept.len());
            for (value, entry) in values.iter().zip(wanted) {
                columns.push(self.as_type(value, &entry.data_type, "UNPIVOT", span)?);
            }
            columns.push(self.as_type(&label, &label_type, "UNPIVOT", span)?);
            let columns = columns
                .into_iter()
                .zip(&ids)
                .map(|(e, id)| e.alias(id.clone()))
                .chain(rows.iter().cloned().map(Expr::Column));
            let mut part = project(input.plan.clone(), columns, span)?;
            if !unpivot.include_nulls {
                let some = ids
                    .iter()
                    .skip(kept.len())
                    .take(width)
                    .map(|id| Expr::Column(super::column(id.clone())).is_not_null())
                    .reduce(Expr::or);
                part = filter(part, some.unwrap_or_else(|| lit(true)), span)?;
            }
            parts.push(Arc::new(part));
        }
        let plan = match (parts.pop(), parts.is_empty()) {
            (Some(only), true) => Arc::unwrap_or_clone(only),
            (Some(last), false) => {
                parts.push(last);
                LogicalPlan::Union(Union::try_new_with_loose_types(parts).map_err(failed(span))?)
            }
            (None, _) => return Err(Fault::new(span, "UNPIVOT of no columns")),
        };
        let relation = Relation {
            plan,
            names: Names::of(entries),
            is_value: false,
            row: input.row,
            order: Vec::new(),
            position: None,
        };
        Ok(self.named(relation, unpivot.alias.as_ref()))
    }

    fn unpivoted_types(
        &mut self,
        sets: &[(Vec<Bound>, Bound)],
        width: usize,
        span: Span,
    ) -> Bind<(Vec<DataType>, DataType)> {
        let refused = || Fault::new(span, "UNPIVOT takes columns of one type");
        let mut types = Vec::new();
        for n in 0..width {
            let of: Vec<&Bound> = sets.iter().filter_map(|(v, _)| v.get(n)).collect();
            types.push(self.supertype(&of).ok_or_else(refused)?);
        }
        let labels: Vec<&Bound> = sets.iter().map(|(_, label)| label).collect();
        Ok((types, self.supertype(&labels).ok_or_else(refused)?))
    }
}

/// The columns an expression names.
struct Used(Vec<String>);

impl Visitor for Used {
    fn expr(&mut self, expr: &ast::Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.0.push(name.text.clone()),
            ExprKind::Dot(of, field) if matches!(of.kind, ExprKind::Name(_)) => {
                self.0.push(field.text.clone());
            }
            _ => {}
        }
    }
}
