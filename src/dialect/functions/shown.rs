//! What a call's column is called in a plan.
//!
//! DataFusion asks for the name of every part of an expression over and over. A name that holds all of the expression
//! made a chain of calls take the cube of its length, so a longer one is told by its first parts. Names are only there to
//! tell columns of one plan from each other; two that agree are an error of DataFusion's, and those the binder makes have
//! aliases.

use std::fmt::Write as _;

use datafusion::logical_expr::Expr;

/// How many parts of an expression are in its name.
const PARTS: usize = 24;

pub(in crate::dialect) fn name(function: &str, args: &[Expr]) -> String {
    let mut name = format!("{function}/{}(", args.len());
    let mut open: Vec<&Expr> = args.iter().rev().collect();
    let mut parts = 0;
    while let Some(part) = open.pop() {
        parts += 1;
        if parts > PARTS {
            name.push('\u{2026}');
            break;
        }
        // Nothing is written that can fail.
        let _ = match part {
            Expr::Column(column) => write!(name, "{},", column.flat_name()),
            Expr::Literal(value, _) => write!(name, "{value:?},"),
            Expr::ScalarFunction(call) => {
                open.extend(call.args.iter().rev());
                write!(name, "{}/{} ", call.name(), call.args.len())
            }
            Expr::Cast(cast) => {
                open.push(&cast.expr);
                write!(name, "CAST {} ", cast.field.data_type())
            }
            Expr::BinaryExpr(binary) => {
                open.extend([&*binary.right, &*binary.left]);
                write!(name, "{} ", binary.op)
            }
            Expr::Not(inner) | Expr::IsNull(inner) | Expr::IsNotNull(inner) => {
                open.push(inner);
                write!(name, "{} ", part.variant_name())
            }
            other => write!(name, "{},", other.schema_name()),
        };
    }
    name.push(')');
    name
}
