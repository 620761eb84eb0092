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
const BOUND: Duration = Duration::from_secs(10);
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

/// Valid queries: those of `tests/slt` and of the dialect's own tests.
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
}

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
        1 => (n.clone(), n).prop_map(|(a, b)| Change::Cut(a, b)),
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
            // A binary tree of set operations takes the cube of its length; see the ignored test below.
            format!("SELECT 1{}", times(" UNION ALL SELECT 1", n.min(30))),
            format!("FROM ds.nums {}", times("|> WHERE n > 1 ", n.min(200))),
            format!("FROM ds.nums {}", times("|> EXTEND 1 AS a ", n.min(80))),
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

/// Long chains that are deep only in the plan.
#[test]
#[ignore = "known: 200 set operations take minutes"]
fn long_chains_end_in_an_answer_or_an_error() {
    remember_panics();
    let mut worker = Worker::new();
    for n in [200, 1_000] {
        let text = format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(n));
        assert_eq!(worker.try_text(&text), Ok(()), "{n} set operations");
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
