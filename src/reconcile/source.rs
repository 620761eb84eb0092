//! Where columns come from: the documents' own table, or another one joined by a key; and the queries over both.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::Array;

use crate::diagnostic::Diagnostic;
use crate::lake::{Column, Table};
use crate::scan::{self, Key, Window, quoted, row_hashes};
use crate::schema::BqType;
use crate::session::Session;

/// How many sets of columns are tried as a key on all rows.
const TRIED: usize = 6;
/// A key names rows of a table if it names others with them in so many percent of the rows at most.
const DUPLICATES: u64 = 1;

/// A table whose columns are reconciled with the documents.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The documents' table.
    pub(super) table: Arc<Table>,
    pub(super) with: Option<Joined>,
}

/// Another table and how its rows belong to those with the documents.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    pub(super) table: Arc<Table>,
    /// Columns of the documents' table and of the other.
    pub(super) key: Vec<(String, String)>,
    pub(super) suggested: bool,
    /// Whether each row of the other table has one document, and not each document one row there.
    pub(super) theirs_lead: bool,
    /// Whether keys of the side that is looked up name several rows.
    pub(super) ambiguous: bool,
}

/// What a query over a source gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted<'a> {
    /// JSON columns, as `j0`, `j1`, ..
    pub(super) documents: Vec<&'a str>,
    /// The source's columns, as `c0`, `c1`, ..
    pub(super) columns: Vec<&'a str>,
    /// What names a row, columns of the side whose rows are counted, as `k0`, `k1`, ..
    pub(super) named_by: Vec<&'a str>,
    pub(super) window: Window,
}

/// The day of a row, whether it has a partner, and whether it has several.
pub(super) const DAY: &str = "_day";
pub(super) const THERE: &str = "_there";
pub(super) const MANY: &str = "_many";

impl Source {
    /// The table whose columns are compared.
    pub(super) fn of(&self) -> &Arc<Table> {
        self.with.as_ref().map_or(&self.table, |with| &with.table)
    }

    /// The table whose rows are counted.
    pub(super) fn lead(&self) -> &Arc<Table> {
        match &self.with {
            Some(with) if with.theirs_lead => &with.table,
            _ => &self.table,
        }
    }

    /// The columns that may be compared: those of types JSON can say, but the key's of another table, which are equal by
    /// the join.
    pub(super) fn columns(&self, documents: &[&str]) -> Vec<&Column> {
        let is_key = |name: &str| {
            let key = self.with.iter().flat_map(|with| &with.key);
            key.into_iter()
                .any(|(_, theirs)| theirs.eq_ignore_ascii_case(name))
        };
        let is_document = |name: &str| self.with.is_none() && documents.contains(&name);
        let columns = self.of().columns().iter();
        columns
            .filter(|c| is_compared(c) && !is_key(&c.name) && !is_document(&c.name))
            .collect()
    }

    pub(super) fn sql(&self, wanted: &Wanted<'_>) -> String {
        let list = |from: &str, names: &[&str], mark: &str| -> Vec<String> {
            let names = names.iter().enumerate();
            names
                .map(|(at, name)| format!("{from}.{} AS {mark}{at}", quoted(name)))
                .collect()
        };
        let passed_on = |mark: &str, names: &[&str]| -> Vec<String> {
            (0..names.len())
                .map(|at| format!("b.{mark}{at} AS {mark}{at}"))
                .collect()
        };
        let lead = self.lead();
        let own_day = day(lead, "a");
        let mut select = Vec::new();
        let Some(with) = &self.with else {
            select.push(format!(
                "{} AS {DAY}",
                own_day.as_deref().unwrap_or("CAST(NULL AS DATE)")
            ));
            select.push(format!("TRUE AS {THERE}, CAST(NULL AS BOOL) AS {MANY}"));
            select.extend(list("a", &wanted.named_by, "k"));
            select.extend(list("a", &wanted.documents, "j"));
            select.extend(list("a", &wanted.columns, "c"));
            let filter = filter(own_day.as_deref(), wanted.window);
            return format!(
                "SELECT {} FROM {} AS a{filter}",
                select.join(", "),
                lead.name()
            );
        };
        let (found, ours, theirs) = match with.theirs_lead {
            true => (&self.table, 1, 0),
            false => (&with.table, 0, 1),
        };
        let side = |pair: &(String, String), side: usize| match side {
            0 => quoted(&pair.0),
            _ => quoted(&pair.1),
        };
        // The side that is looked up is held in memory, so it comes first.
        let mut there: Vec<String> = vec![format!("TRUE AS {THERE}")];
        let keys: Vec<String> = with.key.iter().map(|pair| side(pair, theirs)).collect();
        there.extend(
            keys.iter()
                .enumerate()
                .map(|(at, key)| format!("{key} AS _k{at}")),
        );
        let (mine, others) = match with.theirs_lead {
            true => (("c", &wanted.columns), ("j", &wanted.documents)),
            false => (("j", &wanted.documents), ("c", &wanted.columns)),
        };
        there.extend(list("x", others.1, others.0));
        let their_day = day(found, "x").filter(|_| own_day.is_none());
        there.extend(their_day.as_ref().map(|day| format!("{day} AS {DAY}")));
        let once = match with.ambiguous {
            true => format!(
                " WHERE TRUE QUALIFY COUNT(*) OVER (PARTITION BY {}) = 1",
                keys.join(", ")
            ),
            false => String::new(),
        };
        let joined = |alias: &str, mark: &str| {
            let on = with.key.iter().enumerate();
            let on: Vec<String> = on
                .map(|(at, pair)| format!("a.{} = {alias}.{mark}{at}", side(pair, ours)))
                .collect();
            on.join(" AND ")
        };
        select.push(match (&own_day, &their_day) {
            (Some(day), _) => format!("{day} AS {DAY}"),
            (None, Some(_)) => format!("b.{DAY} AS {DAY}"),
            (None, None) => format!("CAST(NULL AS DATE) AS {DAY}"),
        });
        select.push(format!("b.{THERE} AS {THERE}"));
        select.push(match with.ambiguous {
            true => format!("a.{MANY} AS {MANY}"),
            false => format!("CAST(NULL AS BOOL) AS {MANY}"),
        });
        select.extend(list("a", &wanted.named_by, "k"));
        select.extend(list("a", mine.1, mine.0));
        select.extend(passed_on(others.0, others.1));
        let lead_rows = match with.ambiguous {
            false => lead.name().to_string(),
            true => {
                let counted: Vec<String> = keys
                    .iter()
                    .enumerate()
                    .map(|(at, key)| format!("{key} AS _m{at}"))
                    .collect();
                format!(
                    "(SELECT a.*, m.{MANY} AS {MANY} FROM (SELECT {}, TRUE AS {MANY} FROM {} GROUP BY {} \
                     HAVING COUNT(*) > 1) AS m RIGHT JOIN {} AS a ON {})",
                    counted.join(", "),
                    found.name(),
                    keys.join(", "),
                    lead.name(),
                    joined("m", "_m"),
                )
            }
        };
        format!(
            "SELECT {} FROM (SELECT {} FROM {} AS x{once}) AS b RIGHT JOIN {lead_rows} AS a ON {}{}",
            select.join(", "),
            there.join(", "),
            found.name(),
            joined("b", "_k"),
            filter(own_day.as_deref(), wanted.window),
        )
    }

    /// Of each row that is looked up, whether it is not found.
    pub(super) fn left_sql(&self) -> Option<String> {
        let with = self.with.as_ref()?;
        let (found, lead) = match with.theirs_lead {
            true => (&self.table, &with.table),
            false => (&with.table, &self.table),
        };
        let side = |pair: &(String, String), lead: bool| match lead != with.theirs_lead {
            true => quoted(&pair.0),
            false => quoted(&pair.1),
        };
        let keys = with.key.iter().enumerate();
        let keys: Vec<String> = keys
            .map(|(at, pair)| format!("{} AS _k{at}", side(pair, true)))
            .collect();
        let on = with.key.iter().enumerate();
        let on: Vec<String> = on
            .map(|(at, pair)| format!("x.{} = a._k{at}", side(pair, false)))
            .collect();
        Some(format!(
            "SELECT a.{THERE} AS {THERE} FROM (SELECT DISTINCT {}, TRUE AS {THERE} FROM {}) AS a RIGHT JOIN {} AS x ON {}",
            keys.join(", "),
            lead.name(),
            found.name(),
            on.join(" AND "),
        ))
    }
}

/// The day of a row of a table.
pub(super) fn day(table: &Table, alias: &str) -> Option<String> {
    let date = table.date()?;
    let name = format!("{alias}.{}", quoted(&date.name));
    Some(match date.bq_type {
        BqType::Date => name,
        _ => format!("CAST({name} AS DATE)"),
    })
}

fn filter(day: Option<&str>, window: Window) -> String {
    match (day, window) {
        (Some(day), Some((from, to))) => {
            format!(" WHERE {day} BETWEEN DATE '{from}' AND DATE '{to}'")
        }
        _ => String::new(),
    }
}

/// Whether JSON can say the values of a column.
fn is_compared(column: &Column) -> bool {
    use BqType::{
        Bool, Date, Datetime, DatetimeOrTimestamp, Float64, Int64, Numeric, String, Timestamp,
    };
    column.unreadable.is_none()
        && matches!(
            column.bq_type,
            Int64
                | Float64
                | Numeric(..)
                | Bool
                | String
                | Date
                | Datetime
                | Timestamp
                | DatetimeOrTimestamp
        )
}

/// What keys of one kind compare with.
fn class(of: &BqType) -> Option<u8> {
    use BqType::{Bool, Date, Datetime, DatetimeOrTimestamp, Int64, Numeric, String, Timestamp};
    Some(match of {
        Int64 | Numeric(..) => 0,
        String => 1,
        Date => 2,
        Datetime => 3,
        Timestamp => 4,
        DatetimeOrTimestamp => 5,
        Bool => 6,
        _ => return None,
    })
}

/// Joins another table by the key that was asked for: a column's name in both, or `ours=theirs`.
pub(super) async fn by_key(
    session: &Session,
    table: &Arc<Table>,
    other: &Arc<Table>,
    asked: &[String],
) -> Result<Joined, Diagnostic> {
    let mut key = Vec::new();
    for name in asked {
        let (ours, theirs) = name.split_once('=').unwrap_or((name, name));
        let (ours, theirs) = (table.require(ours.trim())?, other.require(theirs.trim())?);
        let classes = (class(&ours.bq_type), class(&theirs.bq_type));
        if classes.0.is_none() || classes.0 != classes.1 {
            return Err(Diagnostic::new(format!(
                "`{}` is {} in {} and `{}` is {} in {}, which don't compare as keys",
                ours.name,
                ours.bq_type,
                table.name(),
                theirs.name,
                theirs.bq_type,
                other.name()
            ))
            .help("--key names columns of one type in both tables; `ours=theirs` where their names differ"));
        }
        key.push((ours.name.clone(), theirs.name.clone()));
    }
    let (ours, theirs) = sides(&key);
    let there = duplicates(session, other, &theirs).await?;
    // A few keys that come twice are a fault there; many are rows that share a document.
    let many = there * 100 > other.rows() * DUPLICATES;
    let theirs_lead = many && duplicates(session, table, &ours).await? == 0;
    Ok(Joined {
        table: Arc::clone(other),
        key,
        suggested: false,
        theirs_lead,
        ambiguous: there > 0 && !theirs_lead,
    })
}

fn sides(key: &[(String, String)]) -> (Vec<String>, Vec<String>) {
    key.iter().cloned().unzip()
}

/// Rows of a table that share their key with another.
async fn duplicates(
    session: &Session,
    table: &Arc<Table>,
    columns: &[String],
) -> Result<u64, Diagnostic> {
    let key = Key {
        columns: columns.to_vec(),
        filter: None,
        ignored: Vec::new(),
    };
    let found = scan::duplicates(session, table, &key, None, 0).await;
    found.map(|found| found.rows).map_err(Diagnostic::new)
}

/// Joins another table by columns of one name that name the rows of one of the two.
pub(super) async fn by_suggestion(
    session: &Session,
    table: &Arc<Table>,
    other: &Arc<Table>,
    documents: &[&str],
) -> Result<Joined, Diagnostic> {
    let shared = shared(table, other, documents);
    let none = |why: String| {
        Diagnostic::new(format!(
            "no key joins {} with {}: {why}",
            table.name(),
            other.name()
        ))
        .help("--key COLUMN, or --key OURS=THEIRS, names it")
    };
    if !shared.iter().any(|(_, _, date)| !date) {
        return Err(none("they share no column but dates".to_owned()));
    }
    for theirs_lead in [false, true] {
        let found = if theirs_lead { table } else { other };
        if let Some((columns, ambiguous)) = naming(session, found, &shared, theirs_lead).await? {
            let key = columns
                .iter()
                .filter_map(|at| shared.get(*at))
                .map(|(ours, theirs, _)| (ours.clone(), theirs.clone()))
                .collect();
            return Ok(Joined {
                table: Arc::clone(other),
                key,
                suggested: true,
                theirs_lead,
                ambiguous,
            });
        }
    }
    let names: Vec<&str> = shared.iter().map(|(ours, _, _)| ours.as_str()).collect();
    Err(none(format!(
        "the columns of both ({}) name the rows of neither",
        crate::value::text::few(&names, 8, ", ")
    )))
}

/// Columns that both tables have with one type: our name, theirs, and whether it is a date; what is called like an id
/// first.
pub(super) fn shared(
    table: &Table,
    other: &Table,
    documents: &[&str],
) -> Vec<(String, String, bool)> {
    let mut shared = Vec::new();
    for ours in table.columns() {
        if documents.contains(&ours.name.as_str()) {
            continue;
        }
        let Some(theirs) = other.column(&ours.name) else {
            continue;
        };
        let same =
            class(&ours.bq_type).is_some_and(|c| c <= 2 && Some(c) == class(&theirs.bq_type));
        let keyed = !matches!(ours.bq_type, BqType::Numeric(..));
        if same && keyed && ours.unreadable.is_none() && theirs.unreadable.is_none() {
            shared.push((
                ours.name.clone(),
                theirs.name.clone(),
                ours.bq_type == BqType::Date,
            ));
        }
    }
    shared.sort_by_key(|(name, _, date)| if is_id(name) { 0 } else { 1 + u8::from(*date) });
    shared
}

/// Whether a column is called as what names something.
pub(super) fn is_id(name: &str) -> bool {
    let name = name.to_lowercase();
    ["id", "key", "lookup", "code", "uuid"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// The fewest shared columns that name the rows of a table, and whether some rows are named twice.
async fn naming(
    session: &Session,
    table: &Arc<Table>,
    shared: &[(String, String, bool)],
    ours: bool,
) -> Result<Option<(Vec<usize>, bool)>, Diagnostic> {
    if table.rows() == 0 {
        return Ok(None);
    }
    let sample = scan::sampled(session, table)
        .await
        .map_err(Diagnostic::new)?;
    let name = |at: usize| {
        shared
            .get(at)
            .map(|(a, b, _)| if ours { a.clone() } else { b.clone() })
            .unwrap_or_default()
    };
    let mut sets: Vec<Vec<usize>> = Vec::new();
    let all = 0..shared.len().min(12);
    let is_date = |at: usize| shared.get(at).is_some_and(|(_, _, date)| *date);
    for a in all.clone() {
        sets.push(vec![a]);
        for b in a + 1..all.end {
            sets.push(vec![a, b]);
            sets.extend((b + 1..all.end).map(|c| vec![a, b, c]));
        }
    }
    sets.retain(|set| !set.iter().all(|at| is_date(*at)));
    sets.sort_by_key(Vec::len);
    let mut tried = 0;
    let mut nearly = None;
    for set in sets {
        let columns: Vec<String> = set.iter().map(|at| name(*at)).collect();
        let arrays: Vec<_> = columns
            .iter()
            .filter_map(|name| sample.batch.column_by_name(name).cloned())
            .collect();
        if arrays.len() < columns.len() || arrays.iter().any(|a| a.null_count() == a.len()) {
            continue;
        }
        let hashes = row_hashes(&arrays).map_err(|e| Diagnostic::new(e.to_string()))?;
        let distinct = hashes.iter().collect::<BTreeSet<_>>().len();
        if distinct * 100 < hashes.len() * 99 {
            continue;
        }
        tried += 1;
        let rows = duplicates(session, table, &columns).await?;
        if rows == 0 {
            return Ok(Some((set, false)));
        }
        if rows * 100 <= table.rows() * DUPLICATES && nearly.is_none() {
            nearly = Some((set, true));
        }
        if tried == TRIED {
            break;
        }
    }
    Ok(nearly)
}
