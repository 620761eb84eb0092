//! Walks syntax trees with a visitor behind a pointer.
//!
//! The walk over all kinds of nodes is generic over its visitor and large: compiled for each of our
//! visitors it took most of a release build, so it is compiled once, for [`Any`] and [`AnyMut`].

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, ObjectName, Query, Select, Statement, TableFactor, ValueWithSpan, Visit, VisitMut,
    Visitor, VisitorMut,
};

/// Visits `node` and all below it.
pub(super) fn walk<V: Visitor>(node: &impl Visit, visitor: &mut V) -> ControlFlow<V::Break> {
    let mut kept = Kept {
        visitor,
        broke: None,
    };
    let _ = node.visit(&mut Any(&mut kept));
    kept.flow()
}

/// Visits `node` and all below it, and changes them.
pub(super) fn walk_mut<V: VisitorMut>(
    node: &mut impl VisitMut,
    visitor: &mut V,
) -> ControlFlow<V::Break> {
    let mut kept = Kept {
        visitor,
        broke: None,
    };
    let _ = node.visit(&mut AnyMut(&mut kept));
    kept.flow()
}

/// A visitor, and what it broke off with: so that all visitors break off with the same nothing.
struct Kept<'a, V, B> {
    visitor: &'a mut V,
    broke: Option<B>,
}

impl<V, B> Kept<'_, V, B> {
    fn keep(&mut self, flow: ControlFlow<B>) -> ControlFlow<()> {
        flow.map_break(|broke| self.broke = Some(broke))
    }

    fn flow(self) -> ControlFlow<B> {
        match self.broke {
            Some(broke) => ControlFlow::Break(broke),
            None => ControlFlow::Continue(()),
        }
    }
}

/// Any visitor.
struct Any<'a>(&'a mut dyn Visitor<Break = ()>);

/// Any visitor that changes what it visits.
struct AnyMut<'a>(&'a mut dyn VisitorMut<Break = ()>);

type Ref<'a, T> = &'a T;
type RefMut<'a, T> = &'a mut T;

macro_rules! pass_on {
    ($trait:ident, $any:ident, $ref:ident, $($method:ident: $node:ty),+ $(,)?) => {
        impl<V: $trait> $trait for Kept<'_, V, V::Break> {
            type Break = ();

            $(fn $method(&mut self, node: $ref<'_, $node>) -> ControlFlow<()> {
                let flow = self.visitor.$method(node);
                self.keep(flow)
            })+
        }

        impl $trait for $any<'_> {
            type Break = ();

            $(fn $method(&mut self, node: $ref<'_, $node>) -> ControlFlow<()> {
                self.0.$method(node)
            })+
        }
    };
    ($trait:ident, $any:ident, $ref:ident) => {
        pass_on! {
            $trait, $any, $ref,
            pre_visit_query: Query,
            post_visit_query: Query,
            pre_visit_select: Select,
            post_visit_select: Select,
            pre_visit_relation: ObjectName,
            post_visit_relation: ObjectName,
            pre_visit_table_factor: TableFactor,
            post_visit_table_factor: TableFactor,
            pre_visit_expr: Expr,
            post_visit_expr: Expr,
            pre_visit_statement: Statement,
            post_visit_statement: Statement,
            pre_visit_value: ValueWithSpan,
            post_visit_value: ValueWithSpan,
        }
    };
}

pass_on!(Visitor, Any, Ref);
pass_on!(VisitorMut, AnyMut, RefMut);
