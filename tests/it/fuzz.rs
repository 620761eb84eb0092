//! No text makes the dialect panic or hang: token soup, mutations of valid queries, and depth.
//!
//! `cargo test` tries a few hundred texts, always the same; `LAKEAUDIT_FUZZ_SECONDS=600 cargo test --test it fuzz` tries
//! others for that long. What fails is made smaller, and all that was found is told at the end.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use regex::Regex;

use crate::answers::Lake;
use crate::slt;

/// No text takes longer to answer or to refuse.
const BOUND: Duration = Duration::from_secs(30);
/// The stack of the program's threads.
const STACK: usize = 64 << 20;

/// Where the last panic was, and what it said.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Tokens that queries are made of, and some that nothing is made of.
const TOKENS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "QUALIFY",
    "LIMIT",
    "OFFSET",
    "WITH",
    "RECURSIVE",
    "AS",
    "JOIN",
    "LEFT JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "ON",
    "USING",
    "UNNEST",
    "UNION ALL",
    "UNION DISTINCT",
    "EXCEPT DISTINCT",
    "INTERSECT DISTINCT",
    "EXISTS",
    "IN",
    "NOT",
    "AND",
    "OR",
    "IS",
    "NULL",
    "TRUE",
    "BETWEEN",
    "LIKE",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "CAST",
    "SAFE_CAST",
    "DATE",
    "TIMESTAMP",
    "INTERVAL",
    "DAY",
    "EXTRACT",
    "ARRAY",
    "STRUCT",
    "ARRAY<INT64>",
    "STRUCT<a INT64, b STRING>",
    "COUNT(*)",
    "SUM",
    "ARRAY_AGG",
    "STRING_AGG",
    "IF",
    "COALESCE",
    "ROW_NUMBER()",
    "OVER",
    "OVER ()",
    "PARTITION BY",
    "ROWS",
    "RANGE",
    "UNBOUNDED PRECEDING",
    "CURRENT ROW",
    "1 FOLLOWING",
    "PIVOT",
    "UNPIVOT",
    "FOR",
    "EXCEPT",
    "REPLACE",
    "ROLLUP",
    "CUBE",
    "GROUPING SETS",
    "DISTINCT",
    "ALL",
    "ANY_VALUE",
    "IGNORE NULLS",
    "AT TIME ZONE",
    "WITH OFFSET",
    "DECLARE",
    "SET",
    "DEFAULT",
    "INT64",
    "STRING",
    "FLOAT64",
    "NUMERIC",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ",",
    ",",
    ".",
    ".*",
    "*",
    "+",
    "-",
    "/",
    "||",
    "|>",
    "=",
    "!=",
    "<=",
    ";",
    ":",
    "?",
    "@p",
    "@@time_zone",
    "$",
    "`",
    "\\",
    "=>",
    "->",
    "0",
    "1",
    "-1",
    "2",
    "1.5",
    ".5",
    "1e308",
    "0x",
    "0xFF",
    "9223372036854775807",
    "9223372036854775808",
    "1e999",
    "'a'",
    "\"b\"",
    "''",
    "r'\\'",
    "b'\\xff'",
    "'\\",
    "'''",
    "\"\"\"",
    "'é😀'",
    "'2024-01-31'",
    "NUMERIC '1'",
    "JSON '{}'",
    "--",
    "#",
    "/*",
    "*/",
    "\n",
    "\u{0}",
    "\u{feff}",
    "é",
    "😀",
    "ds.nums",
    "ds.Games",
    "ds.orders",
    "ds.moments",
    "ds.docs",
    "n",
    "x",
    "s",
    "id",
    "tags",
    "items",
    "Player",
    "points",
    "_TABLE_SUFFIX",
    "OFFSET(0)",
    "GENERATE_ARRAY(1, 3)",
    "DATE_ADD",
    "DATE_TRUNC",
    "JSON_VALUE",
    "REGEXP_EXTRACT",
    "FORMAT",
    "PARSE_DATE",
    "|> WHERE",
    "|> AGGREGATE",
    "|> EXTEND",
    "WINDOW w AS",
    "LAG",
    "TABLESAMPLE",
    "AS STRUCT",
    "AS VALUE",
    "SAFE.",
];

/// A thread that reads, plans and runs texts.
struct Worker {
    texts: Sender<String>,
    said: Receiver<Result<(), String>>,
}

impl Worker {
    fn new() -> Self {
        static LAKE: OnceLock<Lake> = OnceLock::new();
        let (texts, given) = channel::<String>();
        let (say, said) = channel();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            let lake = LAKE.get_or_init(|| runtime.block_on(Lake::new(chrono_tz::UTC)));
            for text in given {
                let one = || runtime.block_on(lake.answer(&text));
                let said = match catch_unwind(AssertUnwindSafe(one)) {
                    Err(_) => Err(format!("it panics: {}", PANIC.lock().unwrap())),
                    Ok(Err(error)) => clear(&error, &text),
                    Ok(Ok(_)) => Ok(()),
                };
                if say.send(said).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(work)
            .unwrap();
        Self { texts, said }
    }

    /// What is wrong with what a text does.
    fn try_text(&mut self, text: &str) -> Result<(), String> {
        self.texts.send(text.to_owned()).unwrap();
        match self.said.recv_timeout(BOUND) {
            Ok(said) => said,
            Err(_) => {
                // The thread stays behind.
                *self = Self::new();
                self.texts.send("SELECT 1".to_owned()).unwrap();
                let _ = self.said.recv();
                Err("it does not end".to_owned())
            }
        }
    }
}

/// An error says where in the text, if it says where, and is no panic of a thread below.
fn clear(error: &str, text: &str) -> Result<(), String> {
    // What a subquery's thread panics with is not told.
    let broken = ["panick", "Internal error", "a subquery could not be run"];
    if broken.iter().any(|b| error.contains(b)) {
        return Err(format!("it says: {error}"));
    }
    if error.trim().is_empty() {
        return Err("its error is empty".to_owned());
    }
    static PLACE: OnceLock<Regex> = OnceLock::new();
    let place = PLACE.get_or_init(|| Regex::new(r"^(\d+):(\d+): ").unwrap());
    let Some(found) = place.captures(error) else {
        return Ok(());
    };
    let number = |n: usize| found[n].parse::<usize>().unwrap();
    let (line, column) = (number(1), number(2));
    let lines: Vec<&str> = text.split('\n').collect();
    let width = line
        .checked_sub(1)
        .and_then(|n| lines.get(n))
        .map(|l| l.chars().count());
    match width {
        Some(width) if column >= 1 && column <= width + 1 => Ok(()),
        _ => Err(format!("its place is outside: {error}")),
    }
}

/// Valid queries: those of `tests/slt`, of `queries/`, of the documentation and of the dialect's own tests.
fn corpus() -> &'static Vec<Vec<String>> {
    static CORPUS: OnceLock<Vec<Vec<String>>> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let mut texts = slt::texts();
        let quoted = Regex::new(r#""((?:SELECT|WITH|FROM|DECLARE)\b(?:[^"\\]|\\.)*)""#).unwrap();
        for (name, text) in crate::rooms::files() {
            if name.starts_with("dialect/") && name.contains("tests") {
                let found = quoted.captures_iter(&text);
                texts.extend(found.map(|c| c[1].replace("\\n", "\n").replace("\\\"", "\"")));
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        texts.extend(sql_below(&root.join("queries")));
        texts.extend(FEATURES.iter().map(|&text| text.to_owned()));
        let token = Regex::new(r#"(?s)\s+|\w+|'[^'\n]*'|"[^"\n]*"|`[^`\n]*`|."#).unwrap();
        let cut = |text: &String| {
            let parts = token.find_iter(text);
            parts.map(|m| m.as_str().to_owned()).collect::<Vec<_>>()
        };
        texts
            .iter()
            .map(cut)
            .filter(|tokens| !tokens.is_empty())
            .collect()
    })
}

/// The files of SQL below a folder.
fn sql_below(folder: &std::path::Path) -> Vec<String> {
    let mut texts = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            texts.extend(sql_below(&path));
        } else if path.extension().is_some_and(|e| e == "sql") {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
    texts
}

/// Queries of many features at once, over the tables of `tests/slt`.
const FEATURES: &[&str] = &[
    "WITH a AS (SELECT n, s FROM ds.nums), b AS (SELECT n, COUNT(*) AS c FROM a GROUP BY n HAVING c > 0) \
     SELECT a.s, b.c, ROW_NUMBER() OVER (PARTITION BY b.c ORDER BY a.n DESC) AS r FROM a LEFT JOIN b USING (n) \
     QUALIFY r <= 2 ORDER BY 1 NULLS LAST LIMIT 5 OFFSET 1",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT SUM(n) FROM t",
    "SELECT (SELECT SUM(x) FROM UNNEST([1, 2, n]) AS x WITH OFFSET AS o WHERE o > 0), \
     ARRAY(SELECT AS STRUCT s, x FROM UNNEST(GENERATE_ARRAY(1, 3)) AS x ORDER BY x DESC) FROM ds.nums",
    "FROM ds.nums |> WHERE n > 0 |> EXTEND n * 2 AS m |> SET n = n + 1 |> AGGREGATE SUM(m) AS m, COUNT(*) AS c GROUP BY n \
     |> ORDER BY n DESC |> LIMIT 3 |> RENAME m AS total |> DROP c |> AS t |> SELECT t.*",
    "SELECT * FROM (SELECT n, s FROM ds.nums) PIVOT (SUM(n) AS t, COUNT(*) AS c FOR s IN ('a', 'b' AS bb))",
    "SELECT s, GROUPING(s), SUM(n), ARRAY_AGG(n IGNORE NULLS ORDER BY n LIMIT 2), STRING_AGG(DISTINCT s, '-' ORDER BY s) \
     FROM ds.nums GROUP BY ROLLUP (s)",
    "SELECT COUNT(*) FROM ds.nums AS a WHERE EXISTS (SELECT 1 FROM ds.nums AS b WHERE b.n = a.n AND b.s IS NOT NULL) \
     AND a.n NOT IN (SELECT n FROM ds.nums WHERE n IS NOT NULL)",
    "SELECT SUM(n) OVER (w ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), LAST_VALUE(n IGNORE NULLS) OVER w \
     FROM ds.nums WINDOW w AS (PARTITION BY s ORDER BY n)",
    "SELECT CAST(NULL AS ARRAY<STRUCT<a INT64, b STRING>>), SAFE_CAST('x' AS NUMERIC), \
     FORMAT('%t %d', DATE '2024-01-31', 5), CASE WHEN TRUE THEN 1.5 ELSE 2 END, [STRUCT(1 AS a, 'b' AS b)][OFFSET(0)].b",
    "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2.5, NULL UNION ALL (SELECT 3, 'z' ORDER BY 1 LIMIT 1) ORDER BY a DESC",
    "SELECT n FROM ds.nums EXCEPT DISTINCT SELECT 1 EXCEPT DISTINCT (SELECT 2 INTERSECT DISTINCT SELECT 2)",
    "DECLARE d DATE DEFAULT DATE '2024-01-31'; SELECT DATE_ADD(d, INTERVAL 1 MONTH), EXTRACT(ISOWEEK FROM d), \
     DATE_TRUNC(d, WEEK(MONDAY)), TIMESTAMP_DIFF(TIMESTAMP '2024-01-31 00:00:00+02', TIMESTAMP(d), HOUR)",
    "SELECT JSON_VALUE(JSON '{\"a\": [1, {\"b\": null}]}', '$.a[1].b'), PARSE_JSON('[1]')[0], TO_JSON_STRING(STRUCT(1 AS a)), \
     REGEXP_EXTRACT_ALL('a1b2', r'[a-z](\\d)'), SPLIT('a,b', ',')[SAFE_OFFSET(5)]",
];

/// The tokens from the bracket at or after a place up to the one that closes it.
fn bracketed(tokens: &[String], from: usize) -> Option<std::ops::Range<usize>> {
    let opens = |t: &String| matches!(t.as_str(), "(" | "[");
    let closes = |t: &String| matches!(t.as_str(), ")" | "]");
    let start = from + tokens.get(from..)?.iter().position(opens)?;
    let mut open = 0usize;
    for (n, token) in tokens.iter().enumerate().skip(start) {
        if opens(token) {
            open += 1;
        } else if closes(token) {
            open = open.saturating_sub(1);
            if open == 0 {
                return Some(start..n + 1);
            }
        }
    }
    None
}

#[derive(Debug, Clone)]
enum Change {
    Delete(usize),
    Double(usize),
    Swap(usize, usize),
    Put(usize, &'static str),
    Insert(usize, &'static str),
    /// The rest of another query from some token on.
    Splice(usize, usize, usize),
    /// The tokens from here to there within brackets, as a subquery or not.
    Wrap(usize, usize, bool),
    /// A token of another query.
    Take(usize, usize, usize),
    /// Only the first characters of a token.
    Cut(usize, usize),
    /// What is in brackets here, in place of what is in brackets there: a part of the tree for another.
    Graft(usize, usize, usize),
    /// What is in brackets, within itself some times.
    Nest(usize, usize),
    /// A pipe, or a part of a set operation, at the end.
    Append(&'static str),
}

/// What may follow a query.
const ENDS: &[&str] = &[
    " |> WHERE TRUE",
    " |> EXTEND 1 AS x, COUNT(*) OVER () AS y",
    " |> SELECT *, 1 AS z",
    " |> AGGREGATE COUNT(*) AS c",
    " |> DISTINCT",
    " |> AS t |> SELECT t",
    " |> ORDER BY 1 |> LIMIT 2",
    " |> UNION ALL (SELECT 1)",
    " |> CROSS JOIN ds.nums",
    " UNION ALL SELECT 1",
    " EXCEPT DISTINCT SELECT NULL",
    " LIMIT 1",
    " ORDER BY 1",
];

fn change() -> impl Strategy<Value = Change> {
    let token = || prop::sample::select(TOKENS);
    let n = 0usize..10_000;
    prop_oneof![
        2 => n.clone().prop_map(Change::Delete),
        1 => n.clone().prop_map(Change::Double),
        2 => (n.clone(), n.clone()).prop_map(|(a, b)| Change::Swap(a, b)),
        3 => (n.clone(), token()).prop_map(|(a, t)| Change::Put(a, t)),
        3 => (n.clone(), token()).prop_map(|(a, t)| Change::Insert(a, t)),
        2 => (n.clone(), n.clone(), n.clone()).prop_map(|(a, b, c)| Change::Splice(a, b, c)),
        1 => (n.clone(), n.clone(), any::<bool>()).prop_map(|(a, b, s)| Change::Wrap(a, b, s)),
        4 => (n.clone(), n.clone(), n.clone()).prop_map(|(a, b, c)| Change::Take(a, b, c)),
        1 => (n.clone(), n.clone()).prop_map(|(a, b)| Change::Cut(a, b)),
        4 => (n.clone(), n.clone(), n.clone()).prop_map(|(a, b, c)| Change::Graft(a, b, c)),
        1 => (n, 1usize..20).prop_map(|(a, b)| Change::Nest(a, b)),
        1 => prop::sample::select(ENDS).prop_map(Change::Append),
    ]
}

fn mutated() -> impl Strategy<Value = String> {
    (0usize..10_000, vec(change(), 1..5)).prop_map(|(which, changes)| {
        let corpus = corpus();
        let mut tokens = corpus[which % corpus.len()].clone();
        for change in changes {
            let len = tokens.len();
            if len == 0 {
                break;
            }
            match change {
                Change::Delete(a) => drop(tokens.remove(a % len)),
                Change::Double(a) => tokens.insert(a % len, tokens[a % len].clone()),
                Change::Swap(a, b) => tokens.swap(a % len, b % len),
                Change::Put(a, t) => t.clone_into(&mut tokens[a % len]),
                Change::Insert(a, t) => tokens.insert(a % len, format!(" {t} ")),
                Change::Splice(a, which, b) => {
                    let other = &corpus[which % corpus.len()];
                    tokens.truncate(a % len);
                    tokens.extend_from_slice(&other[b % other.len()..]);
                }
                Change::Wrap(a, b, query) => {
                    let (a, b) = (a % len, b % len);
                    tokens.insert(a.max(b), ")".to_owned());
                    let open = if query { "(SELECT " } else { "(" };
                    tokens.insert(a.min(b), open.to_owned());
                }
                Change::Take(a, which, b) => {
                    let other = &corpus[which % corpus.len()];
                    other[b % other.len()].clone_into(&mut tokens[a % len]);
                }
                Change::Graft(a, which, b) => {
                    let other = &corpus[which % corpus.len()];
                    let there = bracketed(other, b % other.len());
                    if let (Some(here), Some(there)) = (bracketed(&tokens, a % len), there) {
                        tokens.splice(here, other[there].iter().cloned());
                    }
                }
                Change::Nest(a, times) => {
                    if let Some(here) = bracketed(&tokens, a % len) {
                        let whole = tokens[here.clone()].to_vec();
                        let inner: Vec<String> = whole[1..whole.len() - 1].to_vec();
                        let mut nested = inner.clone();
                        for _ in 0..times {
                            nested = [&whole[..1], &nested, &whole[whole.len() - 1..]].concat();
                        }
                        tokens.splice(here, nested);
                    }
                }
                Change::Append(end) => tokens.push(end.to_owned()),
                Change::Cut(a, b) => {
                    let token = &tokens[a % len];
                    let keep = b % (token.chars().count() + 1);
                    tokens[a % len] = token.chars().take(keep).collect();
                }
            }
        }
        tokens.concat()
    })
}

fn soup() -> impl Strategy<Value = String> {
    let head =
        prop::sample::select(&["", "SELECT", "SELECT 1 FROM", "WITH a AS (SELECT 1 AS n)"][..]);
    let tokens = vec(prop::sample::select(TOKENS), 1..30);
    (head, tokens, any::<bool>()).prop_map(|(head, tokens, apart)| {
        let tokens = tokens.join(if apart { " " } else { "" });
        format!("{head} {tokens}")
    })
}

fn any_text() -> impl Strategy<Value = String> {
    "\\PC{0,40}"
}

/// Tries texts: so many, or for so long. What fails, by what is wrong, with the smallest text of it.
fn hunt<S: Strategy<Value = String>>(
    strategy: &S,
    few: usize,
    share: f64,
) -> BTreeMap<String, String> {
    let seconds = std::env::var_os("LAKEAUDIT_FUZZ_SECONDS")
        .and_then(|s| s.to_string_lossy().parse::<f64>().ok());
    remember_panics();
    let mut runner = match seconds {
        None => TestRunner::deterministic(),
        Some(_) => TestRunner::default(),
    };
    let mut worker = Worker::new();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let began = Instant::now();
    let mut tried = 0;
    loop {
        let done = match seconds {
            None => tried >= few,
            Some(seconds) => began.elapsed().as_secs_f64() > seconds * share,
        };
        if done {
            break;
        }
        tried += 1;
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        let Err(why) = worker.try_text(&tree.current()) else {
            continue;
        };
        let kind = sort(&why);
        let mut smallest = tree.current();
        if found.contains_key(&kind) {
            continue;
        }
        if kind != "it does not end" {
            for _ in 0..200 {
                if worker
                    .try_text(&tree.current())
                    .is_err_and(|w| sort(&w) == kind)
                {
                    smallest = tree.current();
                    if !tree.simplify() {
                        break;
                    }
                } else if !tree.complicate() {
                    break;
                }
            }
        }
        eprintln!("{why}\n  {smallest:?}");
        found.insert(kind, smallest);
    }
    eprintln!("{tried} texts in {:.0} s", began.elapsed().as_secs_f64());
    found
}

/// What is wrong, without what hangs on the text.
fn sort(why: &str) -> String {
    let numbers = Regex::new(r"\d+").unwrap();
    let first = why.lines().next().unwrap_or_default();
    numbers.replace_all(first, "n").chars().take(160).collect()
}

fn remember_panics() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if let Ok(mut last) = PANIC.lock() {
                *last = info.to_string();
            }
            before(info);
        }));
    });
}

fn nothing(found: &BTreeMap<String, String>) {
    let told: Vec<String> = found
        .iter()
        .map(|(why, sql)| format!("{why}\n  {sql:?}"))
        .collect();
    assert!(found.is_empty(), "{}", told.join("\n\n"));
}

#[test]
fn mutations_of_queries_are_answered_or_refused() {
    nothing(&hunt(&mutated(), 300, 0.7));
}

#[test]
fn token_soup_is_answered_or_refused() {
    nothing(&hunt(&soup(), 300, 0.25));
}

#[test]
fn any_text_is_refused() {
    nothing(&hunt(&any_text(), 200, 0.05));
}

/// Depth and size end in an answer or in one clear error.
#[test]
fn depth_ends_in_one_error() {
    let times = |text: &str, n: usize| text.repeat(n);
    let around = |open: &str, within: &str, close: &str, n: usize| {
        format!("SELECT {}{within}{}", times(open, n), times(close, n))
    };
    let mut cases = Vec::new();
    for n in [60, 200, 1_000, 10_000] {
        let last = n.min(100);
        let chain: String = (1..=last)
            .map(|i| format!(", a{i} AS (SELECT x + 1 AS x FROM a{})", i - 1))
            .collect();
        cases.extend([
            around("(", "1", ")", n),
            around("[", "1", "]", n),
            around("NOT ", "TRUE", "", n),
            around("- ", "1", "", n),
            around("~", "1", "", n),
            around("ABS(", "1", ")", n),
            around("IF(TRUE, ", "1", ", 2)", n),
            around("CASE WHEN TRUE THEN ", "1", " END", n),
            around("STRUCT(", "1", ")", n),
            around("CAST(", "1", " AS INT64)", n),
            around("(1 + ", "1", ")", n),
            around("1 IN (", "1", ")", n),
            around("", "1", " + 1", n),
            around("", "1", " || 'a'", n),
            around("", "TRUE", " AND TRUE", n),
            around("", "FALSE", " OR FALSE", n),
            around("", "TRUE", " IS TRUE", n),
            around("", "[1]", "[0]", n),
            around("", "x", ".x", n),
            around("", "1", ", 1", n.min(1_000)),
            around("", "'a", "a'", n),
            around("(", "1", "", n),
            around("", "1", ")", n),
            format!(
                "SELECT CAST(NULL AS {}INT64{})",
                times("ARRAY<STRUCT<", n),
                times(">>", n)
            ),
            format!(
                "SELECT * FROM {}SELECT 1{}",
                times("(SELECT * FROM (", n),
                times("))", n)
            ),
            format!("{}SELECT 1{}", times("(", n), times(")", n)),
            around("(", "SELECT 1", ")", n),
            // Each LIMIT of a subquery for many rows is a window that is planned: 60 of them take 4 s.
            around("(", "SELECT 1 UNION ALL SELECT 2", " LIMIT 1)", n.min(20)),
            around("1 IN (", "SELECT 1", ")", n),
            format!("SELECT 1{}", times(" UNION ALL SELECT 1", n)),
            format!("FROM ds.nums {}", times("|> WHERE n > 1 ", n)),
            format!("FROM ds.nums {}", times("|> EXTEND 1 AS a ", n)),
            format!(
                "SELECT 1 FROM ds.nums a0{}",
                times(" JOIN ds.players USING (n)", n.min(1_000))
            ),
            format!(
                "SELECT COUNT(*) FROM ds.nums WHERE n IN (1{})",
                times(", 2", n)
            ),
            format!("SELECT CASE {}END", times("WHEN FALSE THEN 1 ", n)),
            format!("SELECT '{}'", times("é😀", n)),
            format!("SELECT JSON '{}1{}'", times("[", n), times("]", n)),
            format!("SELECT PARSE_JSON('{}1{}')", times("[", n), times("]", n)),
            format!(
                "SELECT JSON_VALUE('{}1{}', '$')",
                times("[", n),
                times("]", n)
            ),
            format!(
                "SELECT REGEXP_CONTAINS('a', r'{}a{}')",
                times("(", n),
                times(")", n)
            ),
            format!("SELECT {}", times("9", n)),
            format!("SELECT 1e{}", times("9", n)),
            format!("SELECT 0x{}", times("F", n)),
            format!("SELECT NUMERIC '{}'", times("9", n)),
            format!("SELECT x{}", times("x", n)),
            format!("SELECT /*{}", times("*", n)),
            format!("SELECT{}", times("\n", n)),
            format!("{}SELECT 1", times(";", n)),
            format!("{}SELECT 1", times("DECLARE x INT64;", n.min(200))),
            format!("WITH a0 AS (SELECT 1 AS x){chain} SELECT * FROM a{last}"),
        ]);
    }
    remember_panics();
    let mut worker = Worker::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let began = Instant::now();
        let start: String = case.chars().take(60).collect();
        // A stack that overflows ends the process: this is then the last line.
        eprintln!("{start} ({} bytes)", case.len());
        if let Err(why) = worker.try_text(case) {
            let why: String = why.chars().take(300).collect();
            wrong.push(format!("{start} ({} bytes): {why}", case.len()));
        }
        if began.elapsed() > Duration::from_secs(2) {
            let took = began.elapsed().as_secs_f64();
            eprintln!("{start} ({} bytes) takes {took:.1} s", case.len());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Long chains that are deep only in the plan: near what they may be, and far beyond.
#[test]
fn long_chains_end_in_an_answer_or_an_error() {
    remember_panics();
    let mut worker = Worker::new();
    let steps = |n: usize, step: &dyn Fn(usize) -> String| (1..=n).map(step).collect::<String>();
    let mut cases = Vec::new();
    for n in [200, 10_000] {
        let text = |start: &str, step: &str| format!("{start}{}", step.repeat(n));
        let with = |of: &dyn Fn(usize) -> String| {
            let chain = steps(n, &|i| format!(", a{i} AS ({})", of(i - 1)));
            format!("WITH a0 AS (SELECT 1 AS x){chain} SELECT * FROM a{n}")
        };
        cases.extend([
            (
                "UNION ALL",
                n,
                text("SELECT 1", " UNION ALL SELECT n FROM ds.nums"),
            ),
            (
                "UNION DISTINCT",
                n,
                text("SELECT 1", " UNION DISTINCT SELECT 2"),
            ),
            ("EXCEPT", n, text("SELECT 1", " EXCEPT DISTINCT SELECT 2")),
            ("WHERE", n, text("FROM ds.nums", " |> WHERE TRUE")),
            ("LIMIT", n, text("FROM ds.nums", " |> LIMIT 5")),
            ("SELECT", n, text("FROM ds.nums", " |> SELECT n + 1 AS n")),
            ("SET", n, text("FROM ds.nums", " |> SET n = n + 1")),
            (
                "EXTEND",
                n,
                format!(
                    "FROM ds.nums{}",
                    steps(n, &|i| format!(" |> EXTEND n + {i} AS e{i}"))
                ),
            ),
            ("WITH", n, with(&|i| format!("SELECT x + 1 AS x FROM a{i}"))),
            (
                "WITH *",
                n,
                with(&|i| format!("SELECT *, {i} AS y{i} FROM a{i}")),
            ),
            (
                "WITH twice",
                n,
                with(&|i| format!("SELECT l.x FROM a{i} AS l CROSS JOIN a{i} AS r")),
            ),
            (
                "AND",
                n,
                text("SELECT COUNT(*) FROM ds.nums WHERE TRUE", " AND n > 1"),
            ),
            (
                "OR",
                n,
                text("SELECT COUNT(*) FROM ds.nums WHERE FALSE", " OR n = 1"),
            ),
            ("||", n, text("SELECT 'a'", " || 'a'") + " FROM ds.nums"),
            ("+", n, text("SELECT n", " + n") + " FROM ds.nums"),
        ]);
    }
    cases.push((
        "columns",
        3_000,
        format!(
            "SELECT 1{} FROM ds.nums",
            steps(3_000, &|i| format!(", n + {i}"))
        ),
    ));
    let mut wrong = Vec::new();
    for (what, n, text) in &cases {
        let began = Instant::now();
        let said = worker.try_text(text);
        eprintln!("{n} {what}: {:.1} s", began.elapsed().as_secs_f64());
        if let Err(why) = said {
            wrong.push(format!(
                "{n} {what}: {}",
                why.chars().take(300).collect::<String>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What names its argument more than once in what it becomes, within itself.
#[test]
fn what_doubles_ends_in_one_error() {
    remember_panics();
    let mut worker = Worker::new();
    for (open, close) in [
        ("NULLIF(", ", 2)"),
        ("IFNULL(", ", 2)"),
        ("COALESCE(", ", 2, 3)"),
        ("IF(1 = ", ", 1, 2)"),
        ("CASE ", " WHEN 1 THEN 1 ELSE 2 END"),
        ("WITH(a AS ", ", a + a)"),
        ("SAFE_DIVIDE(", ", 2)"),
        ("STRING(TO_JSON(", "))"),
        ("INT64(TO_JSON(", "))"),
        ("FLOAT64(", ")"),
        ("(1 BETWEEN 1 AND ", ") IS TRUE"),
        ("(SELECT x FROM UNNEST([", "]) AS x)"),
    ] {
        for n in [10, 25, 50, 200] {
            let text = format!("SELECT {}n{} FROM ds.nums", open.repeat(n), close.repeat(n));
            eprintln!("{n} {open}");
            assert_eq!(worker.try_text(&text), Ok(()), "{n} {open}");
        }
    }
}

/// What would take more memory than there is.
#[test]
fn what_is_huge_is_refused() {
    remember_panics();
    let mut worker = Worker::new();
    for text in [
        "SELECT GENERATE_ARRAY(1, 10000000000)",
        "SELECT GENERATE_ARRAY(0.1, 1e300, 1e-300)",
        "SELECT ARRAY_LENGTH(GENERATE_DATE_ARRAY('0001-01-01', '9999-12-31'))",
        "SELECT GENERATE_TIMESTAMP_ARRAY('0001-01-01', '9999-12-31', INTERVAL 1 MICROSECOND)",
        "SELECT REPEAT('a', 1000000000000)",
        "SELECT LPAD('a', 9223372036854775807), RPAD('a', 1000000000000, 'bc')",
        "SELECT REPEAT(REPEAT(REPEAT('abc', 1000000), 1000), 1000)",
        "SELECT LENGTH(REPEAT('a', 50000000)) FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS x WHERE x = 0",
        "SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS x LIMIT 9223372036854775807",
        "SELECT FORMAT('%1000000000d', 1)",
        "SELECT NUMERIC '1e1000000000'",
        "SELECT TO_CODE_POINTS(REPEAT('a', 1000000000000))",
        "SELECT RPAD(b'a', 1000000000000)",
        "SELECT 1 << 1000000000000, FACTORIAL(1000000000)",
    ] {
        assert_eq!(worker.try_text(text), Ok(()), "{text}");
    }
}

/// Subqueries within subqueries, as deep as the parser lets them be and deeper.
#[test]
fn depth_of_subqueries_ends_in_one_error() {
    remember_panics();
    let mut worker = Worker::new();
    for n in [10, 30, 60, 100, 1_000] {
        for (open, close) in [
            ("(SELECT ", ")"),
            ("EXISTS (SELECT ", ")"),
            ("1 IN (SELECT ", ")"),
        ] {
            let text = format!("SELECT {}1{}", open.repeat(n), close.repeat(n));
            eprintln!("{n} {open}");
            assert_eq!(worker.try_text(&text), Ok(()), "{n} {open}");
        }
    }
}

/// Lines and columns count characters, whatever they take in bytes.
#[test]
fn places_count_characters() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let lake = runtime.block_on(Lake::new(chrono_tz::UTC));
    for (sql, place) in [
        ("SELECT 'é' + nothing", "1:14: "),
        ("SELECT '😀', ~", "1:14: "),
        ("SELECT 'é\n", "1:8: "),
        ("-- é😀\nSELECT é FROM ds.nums", "2:8: "),
        ("/* é\n😀 */ SELECT x y z", "2:17: "),
        ("SELECT '''é\n😀''', nothing", "2:7: "),
        ("SELECT \"é\" AS `é`, nothing", "1:20: "),
        ("SELECT 1\r\nFROM nothing", "2:6: "),
        ("SELECT\tnothing", "1:8: "),
        ("SELECT 'e\u{301}', nothing", "1:14: "),
        ("SELECT /* é", "1:8: "),
        ("SELECT (1", "1:10: "),
        ("", "1:1: "),
    ] {
        let said = runtime.block_on(lake.answer(sql)).unwrap_err();
        assert!(
            said.starts_with(place),
            "{sql}\n said: {said}\n want: {place}"
        );
    }
}
