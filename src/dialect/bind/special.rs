//! Calls with a syntax of their own: conditions, date parts, intervals, the clock.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::Expr;

use super::{Bind, Binder, Bound, failed};
use crate::dialect::functions;
use crate::dialect::parameters;
use crate::dialect::syntax::ast::{self, BinaryOp, ExprKind, Ident};
use crate::dialect::syntax::{Fault, Span};
use crate::dialect::types::Kind;

/// Functions whose arguments are not values like others, or that are no functions of values.
const SPECIAL: [&str; 27] = [
    "flatten",
    "regexp_extract_groups",
    "array_filter",
    "array_find",
    "array_includes",
    "array_transform",
    "bool",
    "coalesce",
    "current_date",
    "current_datetime",
    "current_time",
    "current_timestamp",
    "double",
    "error",
    "float64",
    "grouping",
    "if",
    "iferror",
    "ifnull",
    "int64",
    "iserror",
    "nullif",
    "nulliferror",
    "nullifzero",
    "offset",
    "ordinal",
    "zeroifnull",
];

/// Whether a call of `name` has a meaning of its own.
pub(in crate::dialect) fn is_special(name: &str) -> bool {
    SPECIAL.contains(&name)
        || matches!(
            name,
            "safe_offset"
                | "safe_ordinal"
                | "week"
                | "collate"
                | "rand"
                | "generate_uuid"
                | "session_user"
        )
}

/// The names of all functions a query can call.
pub(in crate::dialect) fn function_names() -> impl Iterator<Item = &'static str> {
    use crate::dialect::{aggregate, functions};
    SPECIAL
        .into_iter()
        .chain(functions::names())
        .chain(aggregate::names())
        .filter(|n| !n.starts_with('$'))
}

/// Functions of a value and an `INTERVAL`.
const WITH_INTERVAL: [&str; 8] = [
    "date_add",
    "date_sub",
    "datetime_add",
    "datetime_sub",
    "time_add",
    "time_sub",
    "timestamp_add",
    "timestamp_sub",
];
/// Functions with a date part or another word as an argument, and which one it is.
const WITH_WORD: [(&str, usize); 13] = [
    ("date_diff", 2),
    ("datetime_diff", 2),
    ("time_diff", 2),
    ("timestamp_diff", 2),
    ("date_trunc", 1),
    ("datetime_trunc", 1),
    ("time_trunc", 1),
    ("timestamp_trunc", 1),
    ("last_day", 1),
    ("normalize", 1),
    ("normalize_and_casefold", 1),
    ("generate_date_array", 3),
    ("generate_timestamp_array", 3),
];
/// Functions of a range and an `INTERVAL` after it, and of how many buckets an interval makes.
const GENERATING: [&str; 2] = ["generate_date_array", "generate_timestamp_array"];

impl Binder<'_> {
    /// A call with a meaning of its own, if it is one.
    pub(super) fn special(
        &mut self,
        name: &str,
        call: &ast::Call,
        span: Span,
    ) -> Bind<Option<Bound>> {
        let args = call.args.as_slice();
        Ok(Some(match (name, args) {
            ("if", [condition, then, otherwise]) => {
                let condition = self.condition(condition, "IF")?;
                let results = [self.expr(then)?, self.expr(otherwise)?];
                self.choose(
                    vec![condition],
                    &results,
                    "IF",
                    &[then.span, otherwise.span],
                    span,
                )?
            }
            ("ifnull", [_, _]) => self.coalesce(args, "IFNULL", span)?,
            ("coalesce", [_, ..]) => self.coalesce(args, "COALESCE", span)?,
            ("nullif", [a, b]) => {
                let (left, right) = (self.expr(a)?, self.expr(b)?);
                let equal = self.compare(BinaryOp::Equal, &left, &right, span)?;
                if left.data_type == DataType::Null {
                    let to = super::expr::settled(&right);
                    let null = self.as_type(&Bound::null(), &to, "NULLIF", span)?;
                    return Ok(Some(Bound::new(null, to)));
                }
                let results = [Bound::null(), left];
                self.choose(vec![equal.expr], &results, "NULLIF", &[], span)?
            }
            ("nullifzero", [a]) => {
                let value = self.expr(a)?;
                let zero = Bound::constant(datafusion::common::ScalarValue::Int64(Some(0)));
                let equal = self.compare(BinaryOp::Equal, &value, &zero, span)?;
                self.choose(
                    vec![equal.expr],
                    &[Bound::null(), value],
                    "NULLIFZERO",
                    &[],
                    span,
                )?
            }
            ("zeroifnull", [a]) => {
                let value = self.expr(a)?;
                let mut zero = Bound::constant(datafusion::common::ScalarValue::Int64(Some(0)));
                zero.literal = super::Literal::Integer;
                let null = value.expr.clone().is_null();
                self.choose(vec![null], &[zero, value], "ZEROIFNULL", &[], span)?
            }
            ("if" | "ifnull" | "nullif" | "coalesce", _) => {
                let upper = name.to_uppercase();
                return Err(Fault::new(
                    span,
                    format!("{upper} does not take {} arguments", args.len()),
                ));
            }
            ("current_date" | "current_time" | "current_datetime" | "current_timestamp", _) => {
                let ident = Ident {
                    text: name.to_owned(),
                    quoted: false,
                    span,
                };
                self.clock(&ident, args, span)?
            }
            ("error", [message]) => self.raise(message, span)?,
            ("iferror" | "iserror" | "nulliferror", _) => self.guarded(name, args, span)?,
            ("grouping", [key]) => self.grouping(key, span)?,
            (
                "array_filter" | "array_transform" | "array_find" | "array_find_all"
                | "array_offset" | "array_offsets" | "array_includes",
                [_, .., last],
            )
            | ("array_includes", [_, last])
                if matches!(last.kind, ExprKind::Lambda(..)) =>
            {
                self.with_lambda(name, args, span)?
            }
            ("string" | "bool" | "int64" | "float64" | "double", [_, ..]) => {
                let name = if name == "double" { "float64" } else { name };
                // Bound once: twice at each level is too often where they stand within each other.
                let bound = self.arguments(name, args)?;
                let first = bound.first().map(|b| Kind::of(&b.data_type));
                if first == Some(Kind::Json) {
                    self.function(&format!("$json_{name}"), bound, span)?
                } else if functions::is_known(name) {
                    self.zoned_function(name, bound, span)?
                } else {
                    return Ok(None);
                }
            }
            ("regexp_extract_groups", [text, pattern]) => {
                self.regexp_groups(text, pattern, span)?
            }
            ("flatten", [path]) => self.flatten(path, span)?,
            ("collate", _) => return Err(Fault::unsupported(span, "COLLATE")),
            ("rand" | "generate_uuid" | "session_user", _) => {
                return Err(
                    Fault::unsupported(span, &format!("function {}", name.to_uppercase()))
                        .help("its answer is another each time"),
                );
            }
            _ if WITH_INTERVAL.contains(&name) => self.with_interval(name, args, span)?,
            _ if GENERATING.contains(&name) => self.generate(name, args, span)?,
            _ => match WITH_WORD.iter().find(|(f, _)| *f == name) {
                Some((_, at)) => self.with_word(name, *at, args, span)?,
                None => return Ok(None),
            },
        }))
    }

    fn coalesce(&mut self, args: &[ast::Expr], what: &str, span: Span) -> Bind<Bound> {
        let values = args
            .iter()
            .map(|a| self.expr(a))
            .collect::<Bind<Vec<_>>>()?;
        let spans: Vec<Span> = args.iter().map(|a| a.span).collect();
        let (exprs, data_type) = self.united(&values, what, &spans, span)?;
        let mut bounds = exprs.into_iter();
        // As a CASE, so that what is not needed is not computed.
        let Some(last) = bounds.next_back() else {
            return Err(Fault::new(span, format!("{what} takes a value")));
        };
        let pairs: Vec<_> = bounds
            .map(|e| (Box::new(e.clone().is_not_null()), Box::new(e)))
            .collect();
        if pairs.is_empty() {
            return Ok(Bound::new(last, data_type));
        }
        let case = datafusion::logical_expr::expr::Case::new(None, pairs, Some(Box::new(last)));
        Ok(Bound::new(Expr::Case(case), data_type))
    }

    /// `CURRENT_DATE()` and its kin: what the session is pinned to.
    pub(super) fn clock(&mut self, name: &Ident, args: &[ast::Expr], span: Span) -> Bind<Bound> {
        let lower = name.lower();
        // The day is the same in every zone; one that there is not is still an error.
        match args {
            [] => {}
            [zone] if lower != "current_timestamp" => {
                let value = self.constant(zone, "a time zone")?;
                let text = value.try_as_str().flatten().unwrap_or_default();
                functions::known_zone(text).map_err(failed(zone.span))?;
            }
            _ => {
                let upper = name.text.to_uppercase();
                return Err(Fault::new(span, format!("{upper} takes no such arguments")));
            }
        }
        parameters::reading(self.env, &lower)
            .map(Bound::constant)
            .map_err(|(message, help)| {
                let fault = Fault::new(span, message);
                match help {
                    Some(help) => fault.help(help),
                    None => fault,
                }
            })
    }

    pub(super) fn system_variable(&mut self, name: &str, span: Span) -> Bind<Bound> {
        if name.eq_ignore_ascii_case("time_zone") {
            return Ok(self.text(self.env.default_zone.name()));
        }
        Err(Fault::unsupported(span, "a system variable"))
    }

    pub(super) fn extract(
        &mut self,
        part: &Ident,
        of: Option<&Ident>,
        from: &ast::Expr,
        zone: Option<&ast::Expr>,
        span: Span,
    ) -> Bind<Bound> {
        let value = self.expr(from)?;
        let zone = zone.map(|z| self.expr(z)).transpose()?;
        let upper = part.text.to_uppercase();
        let function = match upper.as_str() {
            "DATE" => "date",
            "TIME" => "time",
            "DATETIME" => "datetime",
            _ => {
                let part = match of {
                    Some(day) => format!("{upper}({})", day.text.to_uppercase()),
                    None => upper,
                };
                known_part(&part, span)?;
                let mut args = vec![value, self.text(part)];
                args.extend(zone);
                return self.zoned_function("extract", args, span);
            }
        };
        let mut args = vec![value];
        args.extend(zone);
        self.zoned_function(function, args, span)
    }

    /// `INTERVAL n DAY` as a value.
    pub(super) fn interval(
        &mut self,
        value: &ast::Expr,
        from: &str,
        to: Option<&str>,
        span: Span,
    ) -> Bind<Bound> {
        for part in std::iter::once(from).chain(to) {
            known_part(&part.to_uppercase(), span)?;
        }
        let bound = self.expr(value)?;
        let mut args = vec![bound, self.text(from)];
        match to {
            Some(to) => {
                args.push(self.text(to));
                self.function("$parse_interval", args, span)
            }
            None if Kind::of(&args.first().map_or(DataType::Null, |a| a.data_type.clone()))
                == Kind::String =>
            {
                self.function("$parse_interval", args, span)
            }
            None => self.function("$interval", args, span),
        }
    }

    /// A value and what an `INTERVAL` moves it by: a number and a part, or the interval.
    pub(super) fn shift_by(
        &mut self,
        value: Bound,
        by: &ast::Expr,
        from: &str,
        to: Option<&str>,
        span: Span,
    ) -> Bind<Vec<Bound>> {
        let count = self.expr(by)?;
        if to.is_none() && matches!(Kind::of(&count.data_type), Kind::Int | Kind::Null) {
            return Ok(vec![value, count, self.text(from)]);
        }
        Ok(vec![value, self.interval(by, from, to, span)?])
    }

    fn with_interval(&mut self, name: &str, args: &[ast::Expr], span: Span) -> Bind<Bound> {
        let upper = name.to_uppercase();
        let [value, by] = args else {
            return Err(
                Fault::new(span, format!("{upper} takes a value and an INTERVAL"))
                    .help(format!("write {upper}(x, INTERVAL 7 DAY)")),
            );
        };
        let ExprKind::Interval {
            value: count,
            from,
            to,
        } = &by.kind
        else {
            return Err(
                Fault::new(by.span, format!("{upper} takes a value and an INTERVAL"))
                    .help(format!("write {upper}(x, INTERVAL 7 DAY)")),
            );
        };
        let of = self.expr(value)?;
        let args = self.shift_by(of, count, from, to.as_deref(), by.span)?;
        if args.len() == 2 {
            return Err(Fault::unsupported(
                by.span,
                "an INTERVAL that is not a whole number of one part",
            ));
        }
        self.function(name, args, span)
    }

    fn generate(&mut self, name: &str, args: &[ast::Expr], span: Span) -> Bind<Bound> {
        let (ends, step) = match args {
            [_, _] => (args, None),
            [ends @ .., step] if ends.len() == 2 => (ends, Some(step)),
            _ => {
                let upper = name.to_uppercase();
                return Err(Fault::new(
                    span,
                    format!("{upper} takes a first value, a last one and an INTERVAL"),
                ));
            }
        };
        let mut bound = ends
            .iter()
            .map(|e| self.expr(e))
            .collect::<Bind<Vec<_>>>()?;
        if let Some(step) = step {
            let ExprKind::Interval {
                value,
                from,
                to: None,
            } = &step.kind
            else {
                return Err(Fault::new(
                    step.span,
                    "expected an INTERVAL of one part, such as INTERVAL 1 DAY",
                ));
            };
            bound.push(self.expr(value)?);
            bound.push(self.text(from));
        }
        self.function(name, bound, span)
    }

    /// A function one of whose arguments is a word: `DATE_TRUNC(d, WEEK(MONDAY))`.
    fn with_word(&mut self, name: &str, at: usize, args: &[ast::Expr], span: Span) -> Bind<Bound> {
        let mut bound = Vec::new();
        for (n, arg) in args.iter().enumerate() {
            if n != at {
                let value = self.expr(arg)?;
                bound.push(self.folded(value.clone()).unwrap_or(value));
                continue;
            }
            let word = match &arg.kind {
                ExprKind::Name(word) => word.text.to_uppercase(),
                ExprKind::Call(call) => match (call.name.as_slice(), call.args.as_slice()) {
                    (
                        [part],
                        [
                            ast::Expr {
                                kind: ExprKind::Name(day),
                                ..
                            },
                        ],
                    ) => {
                        format!("{}({})", part.text.to_uppercase(), day.text.to_uppercase())
                    }
                    _ => return Err(Fault::new(arg.span, "expected a date part, such as DAY")),
                },
                _ => return Err(Fault::new(arg.span, "expected a date part, such as DAY")),
            };
            if !name.starts_with("normalize") {
                known_part(&word, arg.span)?;
            }
            bound.push(self.text(word));
        }
        self.zoned_function(name, bound, span)
    }

    /// `REGEXP_EXTRACT_GROUPS(text, pattern)`: the groups of the first match as a struct, NULL without a match.
    fn regexp_groups(&mut self, text: &ast::Expr, pattern: &ast::Expr, span: Span) -> Bind<Bound> {
        let value = self.expr(text)?;
        let constant = self.constant(pattern, "the pattern")?;
        let Some(source) = constant.try_as_str().flatten().map(str::to_owned) else {
            return Err(Fault::new(pattern.span, "the pattern is a STRING literal"));
        };
        let names = crate::dialect::functions::groups(&source)
            .map_err(|why| Fault::new(pattern.span, why))?;
        if names.is_empty() || names.iter().any(|n| n.contains("__")) {
            return Err(Fault::unsupported(
                pattern.span,
                "a pattern without groups or with types in their names",
            ));
        }
        let pattern = self.text(source);
        let mut fields = Vec::new();
        for (n, name) in (1i64..).zip(names) {
            let number = Bound::constant(datafusion::common::ScalarValue::Int64(Some(n)));
            let args = vec![value.clone(), pattern.clone(), number];
            let group = self.function("$regexp_group", args, span)?;
            fields.push((name, group.expr, group.data_type));
        }
        let found = self.function("regexp_contains", vec![value, pattern], span)?;
        let groups = super::Construct::call(fields);
        self.choose(
            vec![found.expr],
            &[groups, Bound::null()],
            "REGEXP_EXTRACT_GROUPS",
            &[],
            span,
        )
    }

    /// `ERROR(message)`.
    fn raise(&mut self, message: &ast::Expr, span: Span) -> Bind<Bound> {
        let message = self.expr(message)?;
        let text = self.as_type(&message, &DataType::Utf8View, "ERROR", span)?;
        let raised = super::guard::raise(text);
        Ok(Bound::new(raised, DataType::Null))
    }
}

/// Refuses a word that is no date part.
fn known_part(word: &str, span: Span) -> Bind<()> {
    use crate::dialect::functions::DATE_PARTS;
    if crate::dialect::functions::is_date_part(word) {
        return Ok(());
    }
    let fault = Fault::new(span, format!("{word} is not a date part"));
    let near = crate::diagnostic::near(word, DATE_PARTS);
    Err(match crate::diagnostic::suggestion(&near) {
        Some(near) => fault.help(near),
        None => fault,
    })
}
