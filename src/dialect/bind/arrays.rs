//! Elements of arrays, and functions of arrays with a lambda, which are queries over their elements.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Cast, Expr, lit};

use super::expr::negated;
use super::{Bind, Binder, Bound};
use crate::dialect::syntax::ast::{
    self, Call, ExprKind, From, FromKind, Ident, Item, Offset, OrderItem, Query, Select, Shape,
};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::{Kind, array_of, name};

impl Binder<'_> {
    /// `a[OFFSET(0)]`, `json['key']`.
    pub(super) fn index(
        &mut self,
        array: &ast::Expr,
        index: &ast::Expr,
        span: Span,
    ) -> Bind<Bound> {
        let of = self.expr(array)?;
        if Kind::of(&of.data_type) == Kind::Struct {
            return self.place(&of, index, span);
        }
        if let ExprKind::Call(call) = &index.kind
            && let ([how], [at]) = (call.name.as_slice(), call.args.as_slice())
        {
            let function = match how.lower().as_str() {
                "offset" => Some("$offset"),
                "safe_offset" => Some("$safe_offset"),
                "ordinal" => Some("$ordinal"),
                "safe_ordinal" => Some("$safe_ordinal"),
                _ => None,
            };
            if let Some(function) = function {
                let at = self.expr(at)?;
                return self.function(function, vec![of, at], span);
            }
        }
        let at = self.expr(index)?;
        match Kind::of(&of.data_type) {
            Kind::Json => self.function("$json_element", vec![of, at], span),
            Kind::Array | Kind::Null => self.function("$offset", vec![of, at], span),
            _ => {
                let given = name(&of.data_type);
                Err(Fault::new(span, format!("{given} has no elements")))
            }
        }
    }

    /// `s[OFFSET(0)]`: the field at a place of a struct.
    fn place(&mut self, of: &Bound, index: &ast::Expr, span: Span) -> Bind<Bound> {
        let (at, first) = match &index.kind {
            ExprKind::Call(call) => match (call.name.as_slice(), call.args.as_slice()) {
                ([how], [at]) if how.is("OFFSET") => (at, 0),
                ([how], [at]) if how.is("ORDINAL") => (at, 1),
                _ => {
                    return Err(Fault::unsupported(
                        index.span,
                        "this access of a struct's field",
                    ));
                }
            },
            _ => (index, 0),
        };
        let DataType::Struct(fields) = &of.data_type else {
            return Err(Fault::new(span, "expected a struct"));
        };
        let fields = fields.clone();
        let place = match self.constant(at, "a field's place")? {
            ScalarValue::Int64(Some(n)) => {
                n.checked_sub(first).and_then(|n| usize::try_from(n).ok())
            }
            _ => None,
        };
        let field = place.and_then(|n| fields.get(n).map(|f| (n, f.data_type().clone())));
        let Some((place, data_type)) = field else {
            return Err(Fault::new(at.span, "the struct has no such field"));
        };
        let taken = super::construct::field(of.expr.clone(), place, &of.data_type);
        Ok(Bound::new(taken, data_type))
    }

    /// Each element as one of another type that differs in names alone.
    pub(super) fn each_element(&mut self, value: &Bound, to: &DataType, _: Span) -> Bind<Expr> {
        let to = array_of(to.clone());
        Ok(Expr::Cast(Cast::new(Box::new(value.expr.clone()), to)))
    }

    /// `x LIKE ANY UNNEST(patterns)`: three-valued, as the comparisons of all elements are.
    pub(super) fn like_each(
        &mut self,
        value: &ast::Expr,
        patterns: &ast::Expr,
        all: bool,
        not: bool,
        span: Span,
    ) -> Bind<Bound> {
        let array = self.expr(patterns)?;
        if array.data_type == DataType::Null || self.folded(array.clone()).is_some() {
            let of = self.expr(value)?;
            return self.like_elements(of, array, all, not, span);
        }
        let element = Ident {
            text: "element of the patterns".to_owned(),
            quoted: true,
            span,
        };
        let at = |kind| ast::Expr { kind, span };
        let like = at(ExprKind::Like {
            value: Box::new(value.clone()),
            pattern: Box::new(at(ExprKind::Name(element.clone()))),
            not,
        });
        let lambda = at(ExprKind::Lambda(vec![element], Box::new(like)));
        let likes = self.with_lambda("array_transform", &[patterns.clone(), lambda], span)?;
        // What one TRUE decides, and what one FALSE does, IN decides as well, NULL beside it or not.
        let decides = Bound::constant(ScalarValue::Boolean(Some(!all)));
        let decided = self.function("$in_array", vec![decides, likes], span)?;
        Ok(negated(decided, all))
    }

    /// [`like_each`](Self::like_each) of patterns that are known.
    fn like_elements(
        &mut self,
        value: Bound,
        patterns: Bound,
        all: bool,
        not: bool,
        span: Span,
    ) -> Bind<Bound> {
        // The elements are known where the array is a constant.
        let constant = self.folded(patterns.clone());
        let elements = match constant.as_ref().and_then(Bound::scalar) {
            Some(ScalarValue::List(list))
                if datafusion::arrow::array::Array::len(list.as_ref()) == 1 =>
            {
                if datafusion::arrow::array::Array::is_null(list.as_ref(), 0) {
                    Vec::new()
                } else {
                    let values = list.value(0);
                    (0..datafusion::arrow::array::Array::len(&values))
                        .map(|n| ScalarValue::try_from_array(&values, n))
                        .collect::<Result<Vec<_>, _>>()
                        .map_err(super::failed(span))?
                }
            }
            _ => {
                return Err(Fault::unsupported(
                    span,
                    "LIKE ANY of an array that is not a constant",
                ));
            }
        };
        let mut whole: Option<Expr> = None;
        for element in elements {
            let like =
                self.function("$like", vec![value.clone(), Bound::constant(element)], span)?;
            let like = negated(like, not);
            whole = Some(match whole {
                Some(before) if all => before.and(like.expr),
                Some(before) => before.or(like.expr),
                None => like.expr,
            });
        }
        let whole = whole.unwrap_or_else(|| lit(all));
        Ok(super::expr::boolean(whole))
    }

    /// `CAST(xs AS ARRAY<T>)`: each element cast.
    pub(super) fn cast_elements(
        &mut self,
        array: &ast::Expr,
        to: &ast::Type,
        safe: bool,
        span: Span,
    ) -> Bind<Bound> {
        let ast::TypeKind::Array(of) = &to.kind else {
            return Err(Fault::new(span, "expected an ARRAY"));
        };
        if let ExprKind::Array { items, .. } = &array.kind
            && items.is_empty()
        {
            let plain = match &of.kind {
                ast::TypeKind::Simple(name, _) => ast::TypeKind::Simple(name.clone(), Vec::new()),
                nested => nested.clone(),
            };
            let of = self.data_type(&ast::Type {
                kind: plain,
                span: of.span,
            })?;
            return self.array_call(Vec::new(), of, span);
        }
        let element = Ident {
            text: "element of the array".to_owned(),
            quoted: true,
            span,
        };
        let cast = ast::Expr {
            kind: ExprKind::Cast {
                value: Box::new(ast::Expr {
                    kind: ExprKind::Name(element.clone()),
                    span,
                }),
                to: (**of).clone(),
                safe,
                format: None,
                zone: None,
            },
            span,
        };
        let lambda = ast::Expr {
            kind: ExprKind::Lambda(vec![element], Box::new(cast)),
            span,
        };
        self.with_lambda("array_transform", &[array.clone(), lambda], span)
    }

    /// `FLATTEN(a.b.c)`: what the fields of all elements hold, in one array.
    pub(super) fn flatten(&mut self, path: &ast::Expr, span: Span) -> Bind<Bound> {
        let mut fields = Vec::new();
        let mut base = path.clone();
        // The longest beginning that is a value by itself.
        let of = loop {
            match (self.expr(&base), &base.kind) {
                (Ok(of), _) => break of,
                (Err(_), ExprKind::Dot(inner, field)) => {
                    fields.push(field.clone());
                    base = (**inner).clone();
                }
                (Err(fault), _) => return Err(fault),
            }
        };
        if Kind::of(&of.data_type) != Kind::Array {
            let given = name(&of.data_type);
            return Err(Fault::new(
                span,
                format!("FLATTEN takes an ARRAY, not {given}"),
            ));
        }
        let ident = |text: &str| Ident {
            text: text.to_owned(),
            quoted: true,
            span,
        };
        let named = |text: &str| ast::Expr {
            kind: ExprKind::Name(ident(text)),
            span,
        };
        let unnest = |array: ast::Expr, alias: &str| From {
            kind: FromKind::Unnest {
                array,
                alias: Some(ident(alias)),
                offset: None,
            },
            span,
        };
        let mut current = base;
        let mut bound = of;
        for field in fields.into_iter().rev() {
            let taken = ast::Expr {
                kind: ExprKind::Dot(Box::new(named("an element")), field.clone()),
                span: field.span,
            };
            let element = crate::dialect::types::element(&bound.data_type).cloned();
            let of_field = match &element {
                Some(DataType::Struct(all)) => all
                    .iter()
                    .find(|f| field.is(f.name()))
                    .map(|f| f.data_type().clone()),
                _ => None,
            };
            let Some(of_field) = of_field else {
                return Err(Fault::new(
                    field.span,
                    format!("there is no field `{}`", field.text),
                ));
            };
            let elements = unnest(current, "an element");
            let (item, from) = if Kind::of(&of_field) == Kind::Array {
                let join = ast::Join {
                    kind: ast::JoinKind::Cross,
                    left: elements,
                    right: unnest(taken, "an inner element"),
                    on: None,
                    using: Vec::new(),
                };
                let joined = From {
                    kind: FromKind::Join(Box::new(join)),
                    span,
                };
                (named("an inner element"), joined)
            } else {
                (taken, elements)
            };
            let query = query_of(item, from, None, Vec::new(), span);
            current = ast::Expr {
                kind: ExprKind::ArrayOf(Box::new(query)),
                span,
            };
            bound = self.expr(&current)?;
        }
        Ok(bound)
    }

    /// `ARRAY_FILTER(xs, x -> x > 1)` as `ARRAY(SELECT x FROM UNNEST(xs) x WITH OFFSET o WHERE x > 1 ORDER BY o)`.
    pub(super) fn with_lambda(
        &mut self,
        function: &str,
        args: &[ast::Expr],
        span: Span,
    ) -> Bind<Bound> {
        let [
            array,
            ast::Expr {
                kind: ExprKind::Lambda(names, body),
                ..
            },
        ] = args
        else {
            let what = format!("this form of {}", function.to_uppercase());
            return Err(Fault::unsupported(span, &what));
        };
        let ident = |text: &str| Ident {
            text: text.to_owned(),
            quoted: true,
            span,
        };
        let (element, offset) = match names.as_slice() {
            [element] => (element.clone(), ident("offset of the element")),
            [element, offset] => (element.clone(), offset.clone()),
            _ => {
                return Err(Fault::new(
                    span,
                    "a lambda of an array has one or two arguments",
                ));
            }
        };
        let named = |name: &Ident| ast::Expr {
            kind: ExprKind::Name(name.clone()),
            span,
        };
        let (item, filter) = match function {
            "array_transform" => ((**body).clone(), None),
            "array_filter" | "array_includes" => (named(&element), Some((**body).clone())),
            _ => {
                let what = format!("function {} with a lambda", function.to_uppercase());
                return Err(Fault::unsupported(span, &what));
            }
        };
        let from = From {
            kind: FromKind::Unnest {
                array: array.clone(),
                alias: Some(element),
                offset: Some(Offset {
                    alias: Some(offset.clone()),
                    span,
                }),
            },
            span,
        };
        let order = vec![OrderItem {
            expr: named(&offset),
            descending: false,
            nulls_first: None,
        }];
        let query = query_of(item, from, filter, order, span);
        // NULL stays NULL.
        let of = self.expr(array)?;
        let null = of.expr.is_null();
        let answer = if function == "array_includes" {
            self.exists(
                &Query {
                    order: Vec::new(),
                    ..query
                },
                span,
            )?
        } else {
            self.array_subquery(&query, span)?
        };
        self.choose(
            vec![null],
            &[Bound::null(), answer],
            &function.to_uppercase(),
            &[],
            span,
        )
    }
}

/// `SELECT item FROM from WHERE filter ORDER BY order`.
pub(super) fn query_of(
    item: ast::Expr,
    from: From,
    filter: Option<ast::Expr>,
    order: Vec<OrderItem>,
    span: Span,
) -> Query {
    let select = Select {
        distinct: false,
        shape: Shape::Columns,
        items: vec![Item::Expr {
            expr: item,
            alias: None,
        }],
        from: Some(from),
        filter,
        group: None,
        having: None,
        qualify: None,
        windows: Vec::new(),
        span,
    };
    Query {
        recursive: false,
        with: Vec::new(),
        body: ast::Body::Select(Box::new(select)),
        order,
        limit: None,
        pipes: Vec::new(),
        span,
    }
}

/// What is written for a call in an error.
pub(super) fn written(call: &Call) -> String {
    let parts: Vec<String> = call.name.iter().map(|n| n.text.to_uppercase()).collect();
    parts.join(".")
}
