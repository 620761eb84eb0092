//! Which columns of two tables are compared, and as what.

use globset::{GlobBuilder, GlobMatcher};

use super::options::Options;
use super::rule::{Rule, Tolerance};
use super::volatile;
use crate::diagnostic::Diagnostic;
use crate::lake::{Column, Table};
use crate::scan::quoted;
use crate::schema::BqType;

/// The columns of two tables side by side.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    /// Those of the key, in its order.
    pub(super) key: Vec<Common>,
    /// Those that are compared, in the left side's order.
    pub(super) compared: Vec<Common>,
    /// Those both sides have that are not compared, in the left side's order.
    pub(super) ignored: Vec<Common>,
    /// Those both sides have that can't be compared.
    pub(super) uncompared: Vec<Common>,
    /// Those by whose values rows are counted, as they are asked for.
    pub(super) by: Vec<Common>,
    /// Those one side has alone, with their types.
    pub(super) only_left: Vec<(String, BqType)>,
    pub(super) only_right: Vec<(String, BqType)>,
}

/// A column both sides have.
#[derive(Debug, Clone)]
pub(super) struct Common {
    /// As the left side spells it.
    pub(super) name: String,
    pub(super) left: BqType,
    pub(super) right: BqType,
    /// What both are read as.
    pub(super) bq_type: BqType,
    /// How each side is read, in SQL.
    pub(super) left_sql: String,
    pub(super) right_sql: String,
    pub(super) rule: Rule,
    /// Why it is not compared, or how it is where that is not as it stands.
    pub(super) note: Option<String>,
}

impl Columns {
    /// Aligns the columns of two tables by their names. Without a key, rows are compared whole.
    pub(super) fn of(
        left: &Table,
        right: &Table,
        key: &[String],
        options: &Options,
    ) -> Result<Self, Diagnostic> {
        let mut all = Vec::new();
        let mut columns = Self::default();
        for ours in left.columns() {
            if let Some(theirs) = right.column(&ours.name) {
                all.push((ours, theirs));
            }
        }
        if all.is_empty() {
            return Err(no_common(left, right));
        }
        for name in key {
            let ours = left.require(name)?;
            let theirs = right.require(name)?;
            columns.key.push(key_column(ours, theirs, left, right)?);
        }
        for name in &options.by {
            let (ours, theirs) = (left.require(name)?, right.require(name)?);
            columns.by.push(segment_column(ours, theirs)?);
        }
        let chosen = Chosen::new(options, left, right)?;
        let lacks = |of: &Table, column: &&Column| of.column(&column.name).is_none();
        let wanted = |column: &&Column| chosen.left_out(&column.name).is_none();
        let typed = |c: &Column| (c.name.clone(), c.bq_type.clone());
        let ours = left.columns().iter().filter(|c| lacks(right, c));
        columns.only_left = ours.filter(wanted).map(typed).collect();
        let theirs = right.columns().iter().filter(|c| lacks(left, c));
        columns.only_right = theirs.filter(wanted).map(typed).collect();
        for (ours, theirs) in all {
            if key.iter().any(|name| name.eq_ignore_ascii_case(&ours.name)) {
                continue;
            }
            let mut common = common(ours, theirs, options);
            let why = chosen.left_out(&ours.name);
            if let Some(why) = why {
                common.note = Some(why);
                columns.ignored.push(common);
            } else if common.left_sql.is_empty() {
                columns.uncompared.push(common);
            } else {
                columns.compared.push(common);
            }
        }
        if columns.key.is_empty() {
            compared_whole(&mut columns.compared, options)?;
        }
        let asked = !options.columns.is_empty() || !options.ignore.is_empty();
        let left_out = asked && !columns.ignored.is_empty();
        if columns.compared.is_empty() && (columns.key.is_empty() || left_out) {
            return Err(Diagnostic::new("no column is left to compare")
                .help("--ignore and --columns leave out every column both sides have"));
        }
        Ok(columns)
    }
}

/// Reads columns so that rows that are equal by the rules are equal whole.
fn compared_whole(compared: &mut [Common], options: &Options) -> Result<(), Diagnostic> {
    if !options.tolerances.is_empty() {
        return Err(Diagnostic::new(
            "a tolerance needs a key, and no columns name the rows of both sides",
        )
        .help("--key names them; without a tolerance, rows are compared whole"));
    }
    if !options.ignored_paths.globs().is_empty() {
        return Err(Diagnostic::new(
            "--ignore-path needs a key, and no columns name the rows of both sides",
        )
        .help("--key names them; without it, rows are compared whole"));
    }
    for common in compared.iter_mut().filter(|c| c.bq_type == BqType::String) {
        for sql in [&mut common.left_sql, &mut common.right_sql] {
            if options.ignore_space {
                *sql = format!("TRIM({sql})");
            }
            if options.ignore_case {
                *sql = format!("LOWER({sql})");
            }
        }
    }
    Ok(())
}

fn no_common(left: &Table, right: &Table) -> Diagnostic {
    let names = |table: &Table| {
        let names: Vec<&str> = table.columns().iter().map(|c| c.name.as_str()).collect();
        crate::value::text::few(&names, 6, ", ")
    };
    Diagnostic::new(format!(
        "`{}` and `{}` have no column in common",
        left.name(),
        right.name()
    ))
    .help(format!(
        "the left side has {}; the right side has {}",
        names(left),
        names(right)
    ))
}

fn key_column(
    ours: &Column,
    theirs: &Column,
    left: &Table,
    right: &Table,
) -> Result<Common, Diagnostic> {
    let column = common(ours, theirs, &Options::default());
    let comparable =
        ours.bq_type.widen(&theirs.bq_type).is_some() || both_times(&ours.bq_type, &theirs.bq_type);
    if !comparable || column.left_sql.is_empty() {
        return Err(Diagnostic::new(format!(
            "the key `{}` is {} in `{}` and {} in `{}`",
            ours.name,
            ours.bq_type,
            left.name(),
            theirs.bq_type,
            right.name()
        ))
        .help(format!(
            "keys of two types are not compared; a view with CAST({} AS ..) or `types:` in the suite makes them one",
            ours.name
        )));
    }
    Ok(column)
}

/// A column by whose values, as texts, rows are counted.
fn segment_column(ours: &Column, theirs: &Column) -> Result<Common, Diagnostic> {
    let mut column = common(ours, theirs, &Options::default());
    if column.left_sql.is_empty() || !is_scalar(&column.bq_type) {
        return Err(Diagnostic::new(format!(
            "rows can't be counted by `{}`, {}",
            ours.name, ours.bq_type
        ))
        .help("--by takes columns of texts, numbers, dates and BOOL"));
    }
    if column.bq_type != BqType::String {
        let read_as = column.bq_type.clone();
        (column.left, column.right) = (read_as.clone(), read_as);
        column.cast_to(BqType::String);
    }
    Ok(column)
}

fn both_times(a: &BqType, b: &BqType) -> bool {
    let is_time = |t: &BqType| {
        matches!(
            t,
            BqType::Date | BqType::Datetime | BqType::Timestamp | BqType::DatetimeOrTimestamp
        )
    };
    is_time(a) && is_time(b)
}

fn is_scalar(bq_type: &BqType) -> bool {
    !matches!(
        bq_type,
        BqType::Array(_) | BqType::Struct(_) | BqType::Foreign(_) | BqType::Geography
    )
}

/// A column of both sides as one type; without SQL where there is none.
fn common(ours: &Column, theirs: &Column, options: &Options) -> Common {
    let (left, right) = (ours.bq_type.clone(), theirs.bq_type.clone());
    let mut column = Common {
        name: ours.name.clone(),
        bq_type: left.clone(),
        left_sql: quoted(&ours.name),
        right_sql: quoted(&theirs.name),
        left,
        right,
        rule: Rule::default(),
        note: None,
    };
    let unread = ours.unreadable.as_ref().or(theirs.unreadable.as_ref());
    if let Some(why) = unread {
        return unreadable(column, why.clone());
    }
    if column.left != column.right {
        let told = format!("{} and {}", column.left, column.right);
        match column.left.widen(&column.right) {
            Some(wider) if is_scalar(&wider) => {
                column.note = match &wider {
                    BqType::String | BqType::Datetime | BqType::Timestamp => None,
                    wider => Some(format!("{told}, compared as {wider}")),
                };
                column.cast_to(wider);
            }
            _ if both_times(&column.left, &column.right) => {
                column.note = Some(format!("{told}, compared as TIMESTAMP"));
                column.cast_to(BqType::Timestamp);
            }
            _ if is_scalar(&column.left) && is_scalar(&column.right) => {
                column.note = Some(format!("{told}, compared as texts"));
                column.cast_to(BqType::String);
            }
            _ => return unreadable(column, format!("{told} can't be compared")),
        }
    }
    if let BqType::Foreign(name) = &column.bq_type {
        let why = format!("{name} is no type of BigQuery's");
        return unreadable(column, why);
    }
    column.rule = options.rule(&column.name, &column.bq_type);
    column
}

impl Common {
    fn cast_to(&mut self, wider: BqType) {
        let cast = |sql: &mut String, from: &BqType| {
            // Two decimals of two scales are one only once both are cast.
            let is_decimal = matches!(wider, BqType::Numeric(..) | BqType::BigNumeric(..));
            let is_cast = *from != wider || is_decimal;
            if is_cast && !matches!((from, &wider), (BqType::Json, BqType::String)) {
                let name = match &wider {
                    BqType::Numeric(..) => "NUMERIC".to_owned(),
                    BqType::BigNumeric(..) => "BIGNUMERIC".to_owned(),
                    other => other.to_string(),
                };
                *sql = match (from, &wider) {
                    (BqType::Bytes, BqType::String) => format!("TO_BASE64({sql})"),
                    (BqType::Json, BqType::String) => format!("TO_JSON_STRING({sql})"),
                    _ => format!("CAST({sql} AS {name})"),
                };
            }
        };
        cast(&mut self.left_sql, &self.left);
        cast(&mut self.right_sql, &self.right);
        self.bq_type = wider;
    }
}

fn unreadable(mut column: Common, why: String) -> Common {
    column.left_sql.clear();
    column.right_sql.clear();
    column.note = Some(why);
    column
}

/// Which columns the options leave out.
struct Chosen {
    only: Vec<GlobMatcher>,
    ignore: Vec<(String, GlobMatcher)>,
    volatile: bool,
}

impl Chosen {
    fn new(options: &Options, left: &Table, right: &Table) -> Result<Self, Diagnostic> {
        let all = left.columns().iter().chain(right.columns());
        let names: Vec<String> = all.map(|column| column.name.to_lowercase()).collect();
        for pattern in options.tolerances.iter().filter_map(Tolerance::columns) {
            if !names.iter().any(|name| pattern.is_match(name)) {
                let text = pattern.glob().to_string();
                return Err(
                    Diagnostic::new(format!("no column `{text}` for a tolerance"))
                        .did_you_mean(&text, names.iter().map(String::as_str)),
                );
            }
        }
        let glob = |pattern: &String| {
            let matcher = GlobBuilder::new(&pattern.to_lowercase())
                .build()
                .map_err(|e| {
                    Diagnostic::new(format!("`{pattern}` is not a pattern: {}", e.kind()))
                })?
                .compile_matcher();
            if names.iter().any(|name| matcher.is_match(name)) {
                return Ok(matcher);
            }
            Err(
                Diagnostic::new(format!("no column `{pattern}` on either side"))
                    .did_you_mean(pattern, names.iter().map(String::as_str)),
            )
        };
        Ok(Self {
            only: options.columns.iter().map(glob).collect::<Result<_, _>>()?,
            ignore: options
                .ignore
                .iter()
                .map(|pattern| Ok((pattern.clone(), glob(pattern)?)))
                .collect::<Result<_, Diagnostic>>()?,
            volatile: !options.volatile,
        })
    }

    /// Why a column is left out, if it is.
    fn left_out(&self, name: &str) -> Option<String> {
        let lower = name.to_lowercase();
        if !self.only.is_empty() && !self.only.iter().any(|glob| glob.is_match(&lower)) {
            return Some("not asked for".to_owned());
        }
        if let Some((pattern, _)) = self.ignore.iter().find(|(_, glob)| glob.is_match(&lower)) {
            return Some(format!("--ignore {pattern}"));
        }
        let named = self.only.iter().any(|glob| glob.is_match(&lower));
        (self.volatile && !named && volatile::is_volatile(&lower)).then(|| volatile::WHY.to_owned())
    }
}
