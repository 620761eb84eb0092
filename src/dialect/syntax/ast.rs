//! The tree of a query.

use super::Span;

/// A name as written, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dialect) struct Ident {
    pub(in crate::dialect) text: String,
    pub(in crate::dialect) quoted: bool,
    pub(in crate::dialect) span: Span,
}

impl Ident {
    pub(in crate::dialect) fn lower(&self) -> String {
        self.text.to_lowercase()
    }

    pub(in crate::dialect) fn is(&self, name: &str) -> bool {
        self.text.eq_ignore_ascii_case(name)
    }
}

/// `dataset.table`; parts may hold dots, inside of backticks.
pub(in crate::dialect) type Path = Vec<Ident>;

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Expr {
    pub(in crate::dialect) kind: ExprKind,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum ExprKind {
    Null,
    Bool(bool),
    /// The digits as written.
    Integer(String),
    /// The number as written.
    Float(String),
    String(String),
    Bytes(Vec<u8>),
    /// `DATE '2026-01-31'`.
    Typed(Type, String),
    /// `INTERVAL n DAY`, `INTERVAL '1-2' YEAR TO MONTH`.
    Interval {
        value: Box<Expr>,
        from: String,
        to: Option<String>,
    },
    /// A name without its `@`.
    Parameter(String),
    SystemVariable(String),
    Name(Ident),
    Dot(Box<Expr>, Ident),
    Index(Box<Expr>, Box<Expr>),
    Array {
        element: Option<Type>,
        items: Vec<Expr>,
    },
    ArrayOf(Box<Query>),
    Struct {
        fields: Option<Vec<Field>>,
        items: Vec<(Expr, Option<Ident>)>,
    },
    /// `(a, b)`.
    Tuple(Vec<Expr>),
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x IS [NOT] NULL`, `TRUE`, `FALSE`, `UNKNOWN`.
    Is {
        value: Box<Expr>,
        what: Truth,
        not: bool,
    },
    IsDistinct {
        left: Box<Expr>,
        right: Box<Expr>,
        not: bool,
    },
    Between {
        value: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
        not: bool,
    },
    In {
        value: Box<Expr>,
        list: List,
        not: bool,
    },
    Like {
        value: Box<Expr>,
        pattern: Box<Expr>,
        not: bool,
    },
    /// `x LIKE ANY (..)`, `LIKE SOME`, `LIKE ALL`.
    LikeMany {
        value: Box<Expr>,
        all: bool,
        patterns: List,
        not: bool,
    },
    Case {
        operand: Option<Box<Expr>>,
        whens: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Cast {
        value: Box<Expr>,
        to: Type,
        safe: bool,
        format: Option<Box<Expr>>,
        zone: Option<Box<Expr>>,
    },
    Extract {
        part: Ident,
        /// The day in `WEEK(MONDAY)`.
        of: Option<Ident>,
        from: Box<Expr>,
        zone: Option<Box<Expr>>,
    },
    Call(Box<Call>),
    Exists(Box<Query>),
    Subquery(Box<Query>),
    Lambda(Vec<Ident>, Box<Expr>),
    /// `name => value` among the arguments of a call.
    Named(Ident, Box<Expr>),
    /// `WITH(a AS 1, a + 1)`.
    With(Vec<(Ident, Expr)>, Box<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum Truth {
    Null,
    True,
    False,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum UnaryOp {
    Not,
    Minus,
    Plus,
    BitNot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    BitOr,
    BitXor,
    BitAnd,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    Concat,
}

/// What stands after `IN` or `LIKE ANY`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum List {
    Values(Vec<Expr>),
    Query(Box<Query>),
    Unnest(Box<Expr>),
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Call {
    /// One part, or a first `SAFE`, or the name of a namespace.
    pub(in crate::dialect) name: Path,
    pub(in crate::dialect) args: Vec<Expr>,
    /// `COUNT(*)`.
    pub(in crate::dialect) star: bool,
    pub(in crate::dialect) distinct: bool,
    /// `IGNORE NULLS` or `RESPECT NULLS`.
    pub(in crate::dialect) ignore_nulls: Option<bool>,
    /// `HAVING MAX x` (true) or `HAVING MIN x`.
    pub(in crate::dialect) having: Option<(bool, Expr)>,
    pub(in crate::dialect) filter: Option<Expr>,
    pub(in crate::dialect) order: Vec<OrderItem>,
    pub(in crate::dialect) limit: Option<Expr>,
    pub(in crate::dialect) over: Option<Window>,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum Window {
    Named(Ident),
    Spec(Box<WindowSpec>),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::dialect) struct WindowSpec {
    pub(in crate::dialect) base: Option<Ident>,
    pub(in crate::dialect) partition: Vec<Expr>,
    pub(in crate::dialect) order: Vec<OrderItem>,
    pub(in crate::dialect) frame: Option<Frame>,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Frame {
    pub(in crate::dialect) rows: bool,
    pub(in crate::dialect) start: Bound,
    pub(in crate::dialect) end: Bound,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum Bound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct OrderItem {
    pub(in crate::dialect) expr: Expr,
    pub(in crate::dialect) descending: bool,
    pub(in crate::dialect) nulls_first: Option<bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Type {
    pub(in crate::dialect) kind: TypeKind,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum TypeKind {
    /// A name in upper case, and its parameters: `NUMERIC(10, 2)`.
    Simple(String, Vec<i64>),
    Array(Box<Type>),
    Struct(Vec<Field>),
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Field {
    pub(in crate::dialect) name: Option<Ident>,
    pub(in crate::dialect) of: Type,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Query {
    pub(in crate::dialect) recursive: bool,
    pub(in crate::dialect) with: Vec<Cte>,
    pub(in crate::dialect) body: Body,
    pub(in crate::dialect) order: Vec<OrderItem>,
    pub(in crate::dialect) limit: Option<Limit>,
    pub(in crate::dialect) pipes: Vec<Pipe>,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Cte {
    pub(in crate::dialect) name: Ident,
    pub(in crate::dialect) query: Query,
    pub(in crate::dialect) depth: Option<Depth>,
}

/// `WITH DEPTH AS depth BETWEEN 0 AND 3`: which repetitions of a recursive query are kept, and the column of their
/// number.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Depth {
    pub(in crate::dialect) alias: Option<Ident>,
    pub(in crate::dialect) low: Option<Expr>,
    pub(in crate::dialect) high: Option<Expr>,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Limit {
    pub(in crate::dialect) count: Expr,
    pub(in crate::dialect) offset: Option<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum Body {
    Select(Box<Select>),
    Query(Box<Query>),
    Set(Box<SetOperation>),
    /// `FROM t`, what pipes begin with.
    From(Box<From>),
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct SetOperation {
    pub(in crate::dialect) op: SetOp,
    pub(in crate::dialect) all: bool,
    /// Columns meet by their names, not by their places.
    pub(in crate::dialect) by_name: Option<ByName>,
    /// At least two.
    pub(in crate::dialect) parts: Vec<Body>,
    pub(in crate::dialect) span: Span,
}

/// `BY NAME`, `CORRESPONDING`: which columns of both parts the result has.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct ByName {
    pub(in crate::dialect) keeps: Keeps,
    /// `ON (a, b)`, `BY (a, b)`: these and no others.
    pub(in crate::dialect) columns: Vec<Ident>,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum Keeps {
    /// Both have the same.
    Same,
    /// `INNER`: those both have.
    Common,
    /// `LEFT`: those of the first.
    Left,
    /// `FULL`: those of either.
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum SetOp {
    Union,
    Intersect,
    Except,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Select {
    pub(in crate::dialect) distinct: bool,
    pub(in crate::dialect) shape: Shape,
    pub(in crate::dialect) items: Vec<Item>,
    pub(in crate::dialect) from: Option<From>,
    pub(in crate::dialect) filter: Option<Expr>,
    pub(in crate::dialect) group: Option<GroupBy>,
    pub(in crate::dialect) having: Option<Expr>,
    pub(in crate::dialect) qualify: Option<Expr>,
    pub(in crate::dialect) windows: Vec<(Ident, Window)>,
    pub(in crate::dialect) span: Span,
}

/// What a row of the query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum Shape {
    Columns,
    /// `SELECT AS STRUCT`.
    Struct,
    /// `SELECT AS VALUE`.
    Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum Item {
    Expr {
        expr: Expr,
        alias: Option<Ident>,
    },
    Star(Star),
    /// `t.*`, `(a struct).*`.
    DotStar(Expr, Star),
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Star {
    pub(in crate::dialect) except: Vec<Ident>,
    pub(in crate::dialect) replace: Vec<(Expr, Ident)>,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum GroupBy {
    All(Span),
    Items(Vec<GroupItem>),
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum GroupItem {
    /// One key; the alias is that of a pipe's `GROUP BY x AS y`.
    Expr(Expr, Option<Ident>),
    /// Keys that go together; none is `()`.
    Tuple(Vec<Expr>),
    Rollup(Vec<GroupItem>),
    Cube(Vec<GroupItem>),
    Sets(Vec<GroupItem>),
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct From {
    pub(in crate::dialect) kind: FromKind,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum FromKind {
    /// A table, a name of a `WITH`, or an array of what stands before it: `t.xs`.
    Path {
        path: Path,
        alias: Option<Ident>,
        offset: Option<Offset>,
    },
    Unnest {
        array: Expr,
        alias: Option<Ident>,
        offset: Option<Offset>,
    },
    Query {
        query: Box<Query>,
        alias: Option<Ident>,
    },
    Join(Box<Join>),
    Pivot(Box<Pivot>),
    Unpivot(Box<Unpivot>),
}

/// `WITH OFFSET [AS name]`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Offset {
    pub(in crate::dialect) alias: Option<Ident>,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Join {
    pub(in crate::dialect) kind: JoinKind,
    pub(in crate::dialect) left: From,
    pub(in crate::dialect) right: From,
    pub(in crate::dialect) on: Option<Expr>,
    pub(in crate::dialect) using: Vec<Ident>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum JoinKind {
    Comma,
    Cross,
    Inner,
    Left,
    Right,
    Full,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Pivot {
    pub(in crate::dialect) input: From,
    pub(in crate::dialect) aggregates: Vec<(Expr, Option<Ident>)>,
    pub(in crate::dialect) by: Expr,
    pub(in crate::dialect) values: Vec<(Expr, Option<Ident>)>,
    pub(in crate::dialect) alias: Option<Ident>,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Unpivot {
    pub(in crate::dialect) input: From,
    pub(in crate::dialect) include_nulls: bool,
    /// The columns that values go to.
    pub(in crate::dialect) values: Vec<Ident>,
    /// The column that tells which columns they came from.
    pub(in crate::dialect) name: Ident,
    /// Columns, as many as values each, and what the name column says of them.
    pub(in crate::dialect) columns: Vec<(Vec<Ident>, Option<Expr>)>,
    pub(in crate::dialect) alias: Option<Ident>,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) struct Pipe {
    pub(in crate::dialect) kind: PipeKind,
    pub(in crate::dialect) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum PipeKind {
    Where(Expr),
    /// Also `WINDOW`, which adds columns as `EXTEND` does.
    Extend(Vec<Item>),
    Select(Box<Select>),
    Set(Vec<(Ident, Expr)>),
    Drop(Vec<Ident>),
    Rename(Vec<(Ident, Ident)>),
    As(Ident),
    Aggregate {
        items: Vec<(Expr, Option<Ident>, Option<OrderItem>)>,
        group: Vec<GroupItem>,
        /// The order of keys, where `GROUP BY` says one or `AND ORDER BY` asks for it.
        key_order: Vec<Option<OrderItem>>,
    },
    Distinct,
    OrderBy(Vec<OrderItem>),
    Limit(Limit),
    Set_(SetOp, bool, Vec<Query>),
    Join(Box<Join>),
    Pivot(Box<Pivot>),
    Unpivot(Box<Unpivot>),
    Assert(Expr, Vec<Expr>),
    /// `IF c THEN (|> ..) ELSE (|> ..)`: what follows each condition, and what follows none.
    If(Vec<(Expr, Vec<Pipe>)>, Vec<Pipe>),
}

/// What a text asks to be done.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::dialect) enum Statement {
    Query(Query),
    /// `DECLARE a, b INT64 DEFAULT 1`.
    Declare {
        names: Vec<Ident>,
        of: Option<Type>,
        default: Option<Expr>,
    },
    /// `SET a = 1`, `SET (a, b) = (1, 2)`.
    Set(Vec<Ident>, Expr),
    /// `SET @@time_zone = 'America/New_York'`.
    SetSystem(String, Expr, Span),
    /// `CREATE [TEMP] TABLE name [(column type, ..)] AS query`.
    CreateTable(Path, Vec<(Ident, Type)>, Query),
}
