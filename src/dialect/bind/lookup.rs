//! What a name means: a column, a table's row, an alias, a field, a variable; here or in a query around.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::logical_expr::Expr;

use super::expr::string;
use super::names::Meaning;
use super::{Bind, Binder, Bound, Construct, construct};
use crate::dialect::error::NO_COLUMN;
use crate::dialect::syntax::ast::{self, ExprKind, Ident};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, name};

impl Binder<'_> {
    /// What a name alone means: an alias, a column, a table's row, a variable; here or in a query around.
    pub(super) fn name(&mut self, name: &Ident) -> Bind<Bound> {
        let top = self.blocks.len();
        match self.lookup(name, top)? {
            Some(bound) => Ok(bound),
            None => match self.variables.get(&name.lower()) {
                Some(variable) => Ok(variable.clone()),
                None if is_clock(name) => self.clock(name, &[], name.span),
                None => Err(self.unknown(name)),
            },
        }
    }

    fn unknown(&self, name: &Ident) -> Fault {
        let fault = Fault::new(name.span, format!("{NO_COLUMN}{}`", name.text));
        let near = self
            .blocks
            .iter()
            .rev()
            .find_map(|b| b.names.nearest(&name.text));
        match near {
            Some(near) => fault.help(near),
            None => fault,
        }
    }

    /// Looks a name up in the innermost `depth` blocks.
    fn lookup(&mut self, name: &Ident, depth: usize) -> Bind<Option<Bound>> {
        let Some(at) = depth.checked_sub(1) else {
            return Ok(None);
        };
        let Some(block) = self.blocks.get(at) else {
            return Ok(None);
        };
        let lower = name.lower();
        if let Some((_, local)) = block.locals.iter().rev().find(|(n, _)| *n == lower) {
            return Ok(Some(local.clone()));
        }
        // An aggregate's arguments are rows of the FROM, which know no alias of the SELECT.
        let aliases = !block.in_aggregate;
        let alias = || {
            let mut found = block.aliases.iter().filter(|(n, _)| *n == lower);
            found.next().map(|(_, b)| b.clone())
        };
        if aliases
            && block.aliases_first
            && let Some(bound) = alias()
        {
            return Ok(Some(bound));
        }
        let found = match block.names.bare(name)? {
            Some(Meaning::Column(entry)) => Some(entry.bound()),
            Some(Meaning::Range(range)) => Some(self.row(at, range, name)?),
            None if aliases => alias(),
            None => None,
        };
        match found {
            Some(bound) => {
                self.note_place(at, &bound.expr, name.span);
                Ok(Some(bound))
            }
            None => match self.lookup_around(at, |b| b.lookup(name, at))? {
                Some(outer) => self.across(at, outer, name.span).map(Some),
                None => Ok(None),
            },
        }
    }

    /// Looks up in the block around the one at `at`, unless there is none or it hides what is around it.
    fn lookup_around(
        &mut self,
        at: usize,
        lookup: impl FnOnce(&mut Self) -> Bind<Option<Bound>>,
    ) -> Bind<Option<Bound>> {
        if at == 0 {
            return Ok(None);
        }
        lookup(self)
    }

    /// A value of the query around the block at `at`, as it is seen in that block.
    fn across(&mut self, at: usize, outer: Bound, span: Span) -> Bind<Bound> {
        if outer.scalar().is_some() {
            return Ok(outer);
        }
        let Some(block) = self.blocks.get_mut(at) else {
            return Ok(outer);
        };
        let Some(border) = &mut block.border else {
            // A derived table or a part of a set operation: it is around it too.
            return Ok(outer);
        };
        if !border.outer.iter().any(|(known, _)| *known == outer.expr) {
            border
                .outer
                .push((outer.expr.clone(), outer.data_type.clone()));
        }
        if let Some(params) = &border.params {
            let known = params.iter().find(|(expr, ..)| *expr == outer.expr);
            return match known {
                Some((_, column, data_type)) => {
                    Ok(Bound::new(Expr::Column(column.clone()), data_type.clone()))
                }
                None => Err(Fault::unsupported(span, "this reference to a query around")),
            };
        }
        // What DataFusion knows as a reference to the query around.
        let types = |column: &Column| self.column_type(column);
        let outer_expr = super::subquery::outer_reference(outer.expr, &types, span)?;
        Ok(Bound::new(outer_expr, outer.data_type))
    }

    /// The type of a column that some name stands for, or that an aggregate or window is.
    pub(super) fn column_type(&self, wanted: &Column) -> Option<DataType> {
        let is = |expr: &Expr| matches!(expr, Expr::Column(c) if c == wanted);
        self.blocks.iter().rev().find_map(|block| {
            let entries = block.names.entries.iter().map(|e| (&e.expr, &e.data_type));
            let ranges = block.names.ranges.iter().filter_map(|r| r.value.as_ref());
            let aliases = block.aliases.iter().chain(&block.locals).map(|(_, b)| b);
            let bounds = ranges.chain(aliases).map(|b| (&b.expr, &b.data_type));
            let named = entries
                .chain(bounds)
                .find(|(e, _)| is(e))
                .map(|(_, t)| t.clone());
            let aggregate = || {
                let mut all = block.aggregates.iter().flatten();
                all.find(|a| a.column == *wanted).map(|a| a.returns.clone())
            };
            let param = || {
                let params = block.border.as_ref().and_then(|b| b.params.as_ref())?;
                params
                    .iter()
                    .find(|(_, c, _)| c == wanted)
                    .map(|(.., t)| t.clone())
            };
            named.or_else(aggregate).or_else(param)
        })
    }

    pub(super) fn note_place(&mut self, at: usize, expr: &Expr, span: Span) {
        if let (Expr::Column(column), Some(block)) = (expr, self.blocks.get_mut(at))
            && !block.places.iter().any(|(c, _)| c == column)
        {
            block.places.push((column.clone(), span));
        }
    }

    /// A table's row as a value.
    fn row(&self, at: usize, range: usize, name: &Ident) -> Bind<Bound> {
        let names = &self.blocks.get(at).map(|b| &b.names);
        let Some(names) = names else {
            return Err(self.unknown(name));
        };
        if let Some(value) = names.ranges.get(range).and_then(|r| r.value.clone()) {
            return Ok(value);
        }
        let fields = names
            .of_range(range)
            .map(|e| (e.name.clone(), e.expr.clone(), e.data_type.clone()))
            .collect();
        Ok(Construct::call(fields))
    }

    pub(super) fn dot(&mut self, value: &ast::Expr, field: &Ident) -> Bind<Bound> {
        if let ExprKind::Name(table) = &value.kind
            && let Some(bound) = self.qualified(table, field, self.blocks.len())?
        {
            return Ok(bound);
        }
        let of = self.expr(value)?;
        self.field(&of, field)
    }

    /// `table.column`, where there is such a table.
    fn qualified(&mut self, table: &Ident, column: &Ident, depth: usize) -> Bind<Option<Bound>> {
        let Some(at) = depth.checked_sub(1) else {
            return Ok(None);
        };
        let Some(block) = self.blocks.get(at) else {
            return Ok(None);
        };
        if block.locals.iter().any(|(n, _)| *n == table.lower()) {
            return Ok(None);
        }
        let Some(range) = block.names.range(table)? else {
            // A column of that name is a struct; what is around does not matter then.
            if block.names.bare(table)?.is_some() {
                return Ok(None);
            }
            return match self.lookup_around(at, |b| b.qualified(table, column, at))? {
                Some(outer) => self.across(at, outer, column.span).map(Some),
                None => Ok(None),
            };
        };
        if let Some(entry) = block.names.in_range(range, column)? {
            let bound = entry.bound();
            self.note_place(at, &bound.expr, table.span.to(column.span));
            return Ok(Some(bound));
        }
        let names = &block.names;
        if let Some(value) = names.ranges.get(range).and_then(|r| r.value.clone()) {
            return self.field(&value, column).map(Some);
        }
        if names
            .bare(table)
            .is_ok_and(|m| matches!(m, Some(Meaning::Column(_))))
        {
            return Ok(None);
        }
        let known: Vec<String> = names.of_range(range).map(|e| e.name.clone()).collect();
        let fault = Fault::new(column.span, format!("{NO_COLUMN}{}`", column.text));
        let near = crate::diagnostic::near(&column.text, known.iter().map(String::as_str));
        Err(match crate::diagnostic::suggestion(&near) {
            Some(near) => fault.help(near),
            None => fault,
        })
    }

    /// A field of a struct, or of a JSON object.
    pub(super) fn field(&mut self, of: &Bound, field: &Ident) -> Bind<Bound> {
        if Kind::of(&of.data_type) == Kind::Json {
            let key = string(field.text.clone());
            return self.function("$json_field", vec![of.clone(), key], field.span);
        }
        let DataType::Struct(fields) = &of.data_type else {
            let given = name(&of.data_type);
            return Err(Fault::new(
                field.span,
                format!("{given} has no field `{}`", field.text),
            ));
        };
        let mut found = (0usize..)
            .zip(fields.iter())
            .filter(|(_, f)| !f.name().is_empty() && field.is(f.name()));
        let Some((place, first)) = found.next() else {
            let known: Vec<&str> = fields.iter().map(|f| f.name().as_str()).collect();
            let fault = Fault::new(field.span, format!("there is no field `{}`", field.text));
            let near = crate::diagnostic::near(&field.text, known);
            return Err(match crate::diagnostic::suggestion(&near) {
                Some(near) => fault.help(near),
                None => fault,
            });
        };
        if found.next().is_some() {
            let message = format!("more than one field is called `{}`", field.text);
            return Err(Fault::new(field.span, message));
        }
        let data_type = first.data_type().clone();
        let taken = construct::field(of.expr.clone(), place, &of.data_type);
        Ok(Bound::new(taken, data_type))
    }
}

/// The words that tell the time without brackets.
fn is_clock(name: &Ident) -> bool {
    !name.quoted
        && [
            "current_date",
            "current_datetime",
            "current_timestamp",
            "current_time",
        ]
        .iter()
        .any(|c| name.is(c))
}
