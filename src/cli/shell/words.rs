//! What Tab offers: commands, keywords, functions, tables, and the columns of tables that were named.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

use super::COMMANDS;
use crate::command::Opened;
use crate::dialect;
use crate::report::rows::RowFormat;
use crate::schema::TableName;

const KEYWORDS: &str = "ALL AND ANY ARRAY AS ASC BETWEEN BIGNUMERIC BOOL BY BYTES CASE CAST CROSS CURRENT DATE \
    DATETIME DECLARE DEFAULT DESC DISTINCT ELSE END EXCEPT EXISTS FALSE FIRST FLOAT64 FOLLOWING FROM FULL GROUP HAVING \
    IGNORE IN INNER INT64 INTERSECT INTERVAL IS JOIN JSON LAST LEFT LIKE LIMIT NOT NULL NULLS NUMERIC OFFSET ON OR \
    ORDER OUTER OVER PARTITION PIVOT PRECEDING QUALIFY RANGE RECURSIVE REPLACE RESPECT RIGHT ROLLUP ROWS SAFE_CAST \
    SELECT SET STRING STRUCT TABLESAMPLE THEN TIME TIMESTAMP TRUE UNBOUNDED UNION UNNEST UNPIVOT USING VALUE WHEN WHERE \
    WINDOW WITH";

/// All there is to complete with.
pub(super) struct Words {
    opened: Arc<Opened>,
    handle: Handle,
    tables: BTreeMap<String, TableName>,
    functions: BTreeSet<String>,
    /// Tables of earlier statements.
    named: Mutex<BTreeSet<TableName>>,
    /// Columns of the tables that were named, also of those whose columns can't be known.
    columns: Mutex<BTreeMap<TableName, Vec<String>>>,
}

impl Words {
    /// To be asked from a thread that may block: the columns of a table are read as it is named.
    pub(super) fn new(opened: Arc<Opened>, handle: Handle) -> Self {
        let lake = opened.session.lake();
        let names = lake.names().chain(lake.report_names()).cloned();
        let views = opened.session.views().map(|view| view.name.clone());
        let tables = names.chain(views).map(|n| (n.to_string(), n)).collect();
        let functions = dialect::function_names().map(str::to_ascii_uppercase);
        Self {
            tables,
            functions: functions.collect(),
            named: Mutex::default(),
            columns: Mutex::default(),
            handle,
            opened,
        }
    }

    /// Remembers the tables that `sql` names.
    pub(super) fn note(&self, sql: &str) {
        let words = sql.split(|c: char| !is_part(c));
        let tables = words.filter_map(|word| self.tables.get(word.trim_matches('`')));
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.extend(tables.cloned());
    }

    /// Learns the columns of the tables that were named so far.
    fn learn(&self) {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        for name in named.iter() {
            let mut known = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
            if known.contains_key(name) {
                continue;
            }
            // A table that can't be opened is told when it is queried.
            let columns = self.handle.block_on(self.opened.session.columns(name));
            known.insert(name.clone(), columns.unwrap_or_default());
        }
    }

    /// Where the word before the cursor begins, and what it could become; `all` is the whole of what is typed.
    pub(super) fn complete(&self, before: &str, all: &str) -> (usize, Vec<String>) {
        let start = before.rfind(|c: char| !is_part(c)).map_or(0, |at| {
            at + before
                .get(at..)
                .map_or(0, |rest| rest.chars().next().map_or(0, char::len_utf8))
        });
        let word = before.get(start..).unwrap_or_default();
        let first = before.trim_start();
        if first.starts_with('.') {
            let words = match first.split_once(' ') {
                None => starting(COMMANDS.iter().map(|(name, ..)| *name), word),
                Some((".format", _)) => starting(RowFormat::ALL.map(RowFormat::name), word),
                Some((".schema", _)) => starting(self.tables.keys().map(String::as_str), word),
                Some(_) => Vec::new(),
            };
            return (start, words);
        }
        self.note(all);
        self.learn();
        let known = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        let columns = known.values().flatten().map(String::as_str);
        let (quote, bare) = match word.strip_prefix('`') {
            Some(bare) => ("`", bare),
            None => ("", word),
        };
        let tables = self.tables.keys().map(String::as_str);
        let mut words = starting(tables, bare);
        words.iter_mut().for_each(|w| w.insert_str(0, quote));
        if let Some((alias, column)) = word.rsplit_once('.') {
            let found = starting(columns, column);
            words.extend(found.into_iter().map(|c| format!("{alias}.{c}")));
        } else if !word.is_empty() && quote.is_empty() {
            words.extend(starting(columns, word));
            // Written in small letters, they are completed so.
            let small = !word.contains(|c: char| c.is_uppercase());
            let case = |w: String| if small { w.to_lowercase() } else { w };
            let keywords = starting(KEYWORDS.split_whitespace(), word);
            words.extend(keywords.into_iter().map(case));
            let functions = starting(self.functions.iter().map(String::as_str), word);
            words.extend(functions.into_iter().map(|f| case(f) + "("));
        }
        words.sort();
        words.dedup();
        (start, words)
    }
}

/// What a name can be made of, with the dots and quotes between its parts.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '`' | '-')
}

/// Those of `words` that begin with `start`, whatever its case.
fn starting<'a>(words: impl IntoIterator<Item = &'a str>, start: &str) -> Vec<String> {
    let begins = |word: &&str| {
        let head = word.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    words
        .into_iter()
        .filter(begins)
        .map(str::to_owned)
        .collect()
}
