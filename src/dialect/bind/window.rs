//! Window functions.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::expr::{NullTreatment, Sort, WindowFunction};
use datafusion::logical_expr::{
    Expr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition,
};

use super::expr::of_column;
use super::{Bind, Binder, Bound, column};
use crate::dialect::aggregate as functions;
use crate::dialect::syntax::ast::{self, Bound as Edge, Window, WindowSpec};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::ties::depends_on_ties;
use crate::dialect::types::Kind;

/// A window function, and the column it becomes.
#[derive(Debug, Clone)]
pub(in crate::dialect) struct Windowed {
    pub(super) expr: Expr,
    pub(super) column: Column,
    /// What it is here, where DataFusion gives something like it.
    pub(super) returns: DataType,
}

/// The windows, where rows that are equal in their order, or in none, come as the query itself places them.
pub(super) fn placed(windows: Vec<Windowed>, position: Option<&[Column]>) -> Vec<Windowed> {
    let Some(position) = position.filter(|p| !p.is_empty()) else {
        return windows;
    };
    let place = |mut windowed: Windowed| {
        if let Expr::WindowFunction(function) = &mut windowed.expr
            && depends_on_ties(function)
        {
            let places = position.iter().cloned().map(Expr::Column);
            let order = places.map(|c| Sort::new(c, true, true));
            function.params.order_by.extend(order);
        }
        windowed
    };
    windows.into_iter().map(place).collect()
}

/// Functions whose frame is the whole partition, whatever they say.
const NUMBERING: [&str; 8] = [
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
];
/// Those that need an order.
const ORDERED: [&str; 7] = [
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
];
/// Those that look for a value, and may pass over NULL.
const LOOKING: [&str; 3] = ["first_value", "last_value", "nth_value"];

impl Binder<'_> {
    /// A call with `OVER`: the column it becomes.
    pub(super) fn window_call(&mut self, name: &str, call: &ast::Call, span: Span) -> Bind<Bound> {
        let upper = super::arrays::written(call);
        let block = self.block()?;
        if block.in_aggregate || block.in_window {
            return Err(Fault::new(
                span,
                format!("{upper} OVER stands within another function"),
            ));
        }
        if block.windows.is_none() {
            let clause = block.clause;
            return Err(Fault::new(
                span,
                format!("{upper} OVER has no place {clause}"),
            ));
        }
        let Some(over) = &call.over else {
            return Err(Fault::new(span, format!("{upper} needs OVER (...)")));
        };
        block.in_window = true;
        let bound = self.window_bound(name, call, over, span);
        self.block()?.in_window = false;
        let (expr, returns) = bound?;
        let fresh = self.fresh(name);
        let block = self.block()?;
        let known = block
            .windows
            .iter()
            .flatten()
            .find(|w| w.expr == expr)
            .map(|w| w.column.clone());
        let column = known.unwrap_or_else(|| {
            let column = column(fresh);
            if let Some(all) = &mut block.windows {
                all.push(Windowed {
                    expr,
                    column: column.clone(),
                    returns: returns.clone(),
                });
            }
            column
        });
        Ok(of_column(&column, returns))
    }

    fn window_bound(
        &mut self,
        name: &str,
        call: &ast::Call,
        over: &Window,
        span: Span,
    ) -> Bind<(Expr, DataType)> {
        let upper = super::arrays::written(call);
        let spec = self.whole_window(over, 0)?;
        let (fun, args, returns, treatment) = if functions::is_known(name) {
            let arguments = self.aggregate_arguments(call)?;
            if !call.order.is_empty() || call.limit.is_some() {
                return Err(Fault::new(
                    span,
                    format!("{upper} OVER takes no ORDER BY or LIMIT in its brackets"),
                ));
            }
            if call.distinct && (!spec.order.is_empty() || spec.frame.is_some()) {
                let message = format!("{upper}(DISTINCT ..) OVER takes no ORDER BY and no frame");
                return Err(Fault::new(span, message));
            }
            if arguments.filter.is_some() {
                return Err(Fault::unsupported(span, "WHERE in a window function"));
            }
            let (udf, args, returns) = self.resolved(name, call, &arguments, true, span)?;
            (
                WindowFunctionDefinition::AggregateUDF(udf),
                args,
                returns,
                None,
            )
        } else if let Some(udf) = functions::window(name) {
            if call.star
                || call.distinct
                || !call.order.is_empty()
                || call.limit.is_some()
                || call.filter.is_some()
            {
                return Err(Fault::new(
                    span,
                    format!("{upper} takes plain arguments only"),
                ));
            }
            if call.ignore_nulls.is_some() && !LOOKING.contains(&name) {
                return Err(Fault::new(span, format!("{upper} takes no IGNORE NULLS")));
            }
            let mut args = Vec::new();
            for arg in &call.args {
                let bound = self.expr(arg)?;
                args.push(self.folded(bound.clone()).unwrap_or(bound));
            }
            let types: Vec<DataType> = args.iter().map(|a| a.data_type.clone()).collect();
            let literals: Vec<Option<ScalarValue>> =
                args.iter().map(|a| a.scalar().cloned()).collect();
            functions::window_literals(name, &literals).map_err(|m| Fault::new(span, m))?;
            let (takes, returns) = match functions::window_takes(name, &types) {
                Some(Ok(done)) => done,
                Some(Err(message)) => return Err(Fault::new(span, message)),
                None => return Err(Fault::unsupported(span, &format!("function {upper}"))),
            };
            let returns = match returns {
                DataType::UInt64 => DataType::Int64,
                other => other,
            };
            let mut exprs = Vec::new();
            for (arg, to) in args.iter().zip(&takes) {
                exprs.push(self.as_type(arg, to, &upper, span)?);
            }
            let treatment = (call.ignore_nulls == Some(true)).then_some(NullTreatment::IgnoreNulls);
            (
                WindowFunctionDefinition::WindowUDF(udf),
                exprs,
                returns,
                treatment,
            )
        } else {
            return Err(Fault::unsupported(span, &format!("function {upper} OVER")));
        };
        let mut partition = Vec::new();
        for key in &spec.partition {
            let bound = self.expr(key)?;
            partition.push(self.groupable(bound, key.span)?.expr);
        }
        let mut order = Vec::new();
        for item in &spec.order {
            let key = self.expr(&item.expr)?;
            let is_float = Kind::of(&key.data_type) == Kind::Float;
            let key = if is_float && spec.frame.as_ref().is_some_and(ranges) {
                self.function("$range_order", vec![key], item.expr.span)?
                    .expr
            } else {
                self.sort_key(key, item.expr.span)?
            };
            let nulls_first = item.nulls_first.unwrap_or(!item.descending);
            order.push(Sort::new(key, !item.descending, nulls_first));
        }
        if order.is_empty() && ORDERED.contains(&name) {
            return Err(Fault::new(
                span,
                format!("{upper} needs ORDER BY in its OVER"),
            ));
        }
        let frame = match &spec.frame {
            Some(frame) if NUMBERING.contains(&name) => {
                return Err(Fault::new(frame.span, format!("{upper} takes no frame")));
            }
            Some(frame) => self.frame(frame, &spec, span)?,
            None if order.is_empty() || NUMBERING.contains(&name) => WindowFrame::new(None),
            None => WindowFrame::new(Some(false)),
        };
        let mut function = WindowFunction::new(fun, args);
        function.params.partition_by = partition;
        function.params.order_by = order;
        function.params.window_frame = frame;
        function.params.null_treatment = treatment;
        Ok((Expr::WindowFunction(Box::new(function)), returns))
    }

    /// What a window says itself, and what the windows it builds on do.
    fn whole_window(&mut self, window: &Window, depth: usize) -> Bind<WindowSpec> {
        let (base, own) = match window {
            Window::Named(name) => (Some(name), None),
            Window::Spec(spec) => (spec.base.as_ref(), Some(spec)),
        };
        let base = match base {
            None => WindowSpec::default(),
            Some(name) => {
                let known = self
                    .block()?
                    .named_windows
                    .iter()
                    .find(|(n, _)| n.is(&name.text))
                    .map(|(_, w)| w.clone());
                let Some(known) = known else {
                    let message = format!("there is no window `{}`", name.text);
                    return Err(Fault::new(name.span, message));
                };
                if depth > 20 {
                    let message = format!("the window `{}` builds on itself", name.text);
                    return Err(Fault::new(name.span, message));
                }
                self.whole_window(&known, depth + 1)?
            }
        };
        let Some(own) = own else {
            return Ok(base);
        };
        let own_or = |own: &[ast::Expr], base: Vec<ast::Expr>| {
            if own.is_empty() { base } else { own.to_vec() }
        };
        Ok(WindowSpec {
            base: None,
            partition: own_or(&own.partition, base.partition),
            order: if own.order.is_empty() {
                base.order
            } else {
                own.order.clone()
            },
            frame: own.frame.clone().or(base.frame),
        })
    }

    fn frame(&mut self, frame: &ast::Frame, spec: &WindowSpec, span: Span) -> Bind<WindowFrame> {
        let units = if frame.rows {
            WindowFrameUnits::Rows
        } else {
            WindowFrameUnits::Range
        };
        let mut key_type = DataType::Int64;
        if ranges(frame) {
            let [key] = spec.order.as_slice() else {
                return Err(Fault::new(
                    frame.span,
                    "RANGE with a distance needs one ORDER BY",
                ));
            };
            let of = self.expr(&key.expr)?;
            if !Kind::of(&of.data_type).is_number() {
                let of = crate::dialect::types::name(&of.data_type);
                let message = format!("RANGE with a distance is of numbers, not of {of}");
                return Err(Fault::new(frame.span, message));
            }
            key_type = of.data_type;
        }
        let start = self.edge(&frame.start, frame.rows, &key_type)?;
        let end = self.edge(&frame.end, frame.rows, &key_type)?;
        if spec.order.is_empty()
            && !(matches!(frame.start, Edge::UnboundedPreceding)
                && matches!(frame.end, Edge::UnboundedFollowing))
            && !frame.rows
        {
            return Err(Fault::new(span, "RANGE needs ORDER BY"));
        }
        Ok(WindowFrame::new_bounds(units, start, end))
    }

    fn edge(&mut self, edge: &Edge, rows: bool, key_type: &DataType) -> Bind<WindowFrameBound> {
        let unbounded = if rows {
            ScalarValue::UInt64(None)
        } else {
            ScalarValue::Null
        };
        Ok(match edge {
            Edge::UnboundedPreceding => WindowFrameBound::Preceding(unbounded),
            Edge::UnboundedFollowing => WindowFrameBound::Following(unbounded),
            Edge::CurrentRow => WindowFrameBound::CurrentRow,
            Edge::Preceding(by) => WindowFrameBound::Preceding(self.distance(by, rows, key_type)?),
            Edge::Following(by) => WindowFrameBound::Following(self.distance(by, rows, key_type)?),
        })
    }

    /// How far a frame reaches: so many rows, or so much of what they are ordered by.
    fn distance(&mut self, by: &ast::Expr, rows: bool, key: &DataType) -> Bind<ScalarValue> {
        if rows {
            let n = self.count(by, "a frame's distance")?;
            return Ok(ScalarValue::UInt64(Some(n)));
        }
        let distance = self.expr(by)?;
        let distance = self.as_type(&distance, key, "a frame's distance", by.span)?;
        let distance = self.folded(Bound::new(distance, key.clone()));
        let Some(distance) = distance.as_ref().and_then(Bound::scalar) else {
            return Err(Fault::new(by.span, "a frame's distance must be a constant"));
        };
        let zero = ScalarValue::new_zero(key).map_err(super::failed(by.span))?;
        let is_infinite = matches!(distance, ScalarValue::Float64(Some(x)) if !x.is_finite());
        if distance.is_null() || is_infinite || *distance < zero {
            let message = "a frame's distance is a finite number that is not negative";
            return Err(Fault::new(by.span, message));
        }
        Ok(distance.clone())
    }

    /// A value whose equals DataFusion takes for equal.
    pub(super) fn groupable(&mut self, key: Bound, span: Span) -> Bind<Bound> {
        match Kind::of(&key.data_type) {
            Kind::Float => self.function("$canonical", vec![key], span),
            Kind::Json | Kind::Other => {
                let of = crate::dialect::types::name(&key.data_type);
                Err(Fault::new(span, format!("rows can't be grouped by {of}")))
            }
            Kind::Array | Kind::Struct if holds_inexact(&key.data_type) => {
                let of = crate::dialect::types::name(&key.data_type);
                Err(Fault::unsupported(span, &format!("grouping by {of}")))
            }
            Kind::Interval => Err(Fault::unsupported(span, "grouping by INTERVAL")),
            Kind::Null => {
                let expr = self.as_type(&key, &DataType::Int64, "a key", span)?;
                Ok(Bound::new(expr, DataType::Int64))
            }
            _ => Ok(key),
        }
    }

    /// What rows are sorted by, as DataFusion sorts.
    pub(super) fn sort_key(&mut self, key: Bound, span: Span) -> Bind<Expr> {
        let key = self.orderable(key, span)?;
        if Kind::of(&key.data_type) == Kind::Float {
            return Ok(self.function("$order", vec![key], span)?.expr);
        }
        if key.data_type == DataType::Null {
            return self.as_type(&key, &DataType::Int64, "a key", span);
        }
        Ok(key.expr)
    }
}

/// Whether a frame reaches as far as a distance in what rows are ordered by.
fn ranges(frame: &ast::Frame) -> bool {
    let offset = |edge: &Edge| matches!(edge, Edge::Preceding(_) | Edge::Following(_));
    !frame.rows && (offset(&frame.start) || offset(&frame.end))
}

/// Whether a type holds values that are equal in more than one form.
fn holds_inexact(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.iter().any(|f| holds_inexact(f.data_type())),
        other => match crate::dialect::types::element(other) {
            Some(element) => holds_inexact(element),
            None => matches!(
                Kind::of(other),
                Kind::Float | Kind::Interval | Kind::Json | Kind::Other
            ),
        },
    }
}
