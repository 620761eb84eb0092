//! The dialect by family: `tests/slt/**/*.slt`, in the format of sqllogictest.
//!
//! ```text
//! # A comment. `# known: why` marks a block that fails and is to hold one day; it fails the test when it holds.
//! control zone America/New_York        moments without a zone are of this one from here on
//! statement ok                         the text below runs
//! statement error <regex>              it fails, and says this
//! query ITR [rowsort] [header]         its columns' types; rows as below `----`, in that order unless `rowsort`
//! ```
//!
//! A block ends at an empty line. Types: I INT64, R FLOAT64, N NUMERIC, G BIGNUMERIC, B BOOL, T STRING, X BYTES, D DATE,
//! H TIME, C DATETIME, P TIMESTAMP, V INTERVAL, J JSON, A ARRAY, S STRUCT. Cells are joined by a space; `header` puts the
//! columns' names, joined by `|`, before the rows. `LAKEAUDIT_BLESS=1` writes the answers of blocks without `----`; an
//! answer comes from BigQuery's documentation, so what was written has to be read.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::FutureExt;
use regex::Regex;

use crate::answers::{Answer, Lake};

/// A record: the lines of one block of a file.
struct Block {
    line: usize,
    lines: Vec<String>,
}

impl Block {
    fn known(&self) -> bool {
        self.lines.iter().any(|l| l.starts_with("# known:"))
    }

    /// What is not comment before its first directive.
    fn split(&self) -> Option<(&str, String, Option<Vec<&str>>)> {
        let head = self.lines.iter().position(|l| !l.starts_with('#'))?;
        let body = &self.lines[head + 1..];
        let dashes = body.iter().position(|l| l == "----");
        let sql = body[..dashes.unwrap_or(body.len())].join("\n");
        let rows = dashes.map(|at| body[at + 1..].iter().map(String::as_str).collect());
        Some((&self.lines[head], sql, rows))
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt")
}

pub(crate) fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("tests/slt") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "slt") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (n, line) in text.lines().enumerate() {
        if line.is_empty() {
            open = false;
            continue;
        }
        if !open {
            blocks.push(Block {
                line: n + 1,
                lines: Vec::new(),
            });
            open = true;
        }
        if let Some(block) = blocks.last_mut() {
            block.lines.push(line.to_owned());
        }
    }
    blocks
}

/// Every SQL text of the files, but what is known to fail.
pub(crate) fn texts() -> Vec<String> {
    let mut texts = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(file).expect("a file of tests/slt");
        for block in blocks(&text) {
            if let Some((_, sql, _)) = block.split().filter(|_| !block.known()) {
                texts.push(sql);
            }
        }
    }
    texts
}

fn lines(answer: &Answer, header: bool, sorted: bool) -> Vec<String> {
    let mut rows: Vec<String> = answer.rows.iter().map(|row| row.join(" ")).collect();
    if sorted {
        rows.sort();
    }
    if header {
        rows.insert(0, answer.names.join("|"));
    }
    rows
}

/// Runs a block: what is wrong with it, and its lines with the answer it lacked.
async fn run(block: &Block, lake: &Lake) -> (Option<String>, Option<Vec<String>>) {
    let Some((head, sql, want)) = block.split() else {
        return (None, None);
    };
    let answer = AssertUnwindSafe(lake.answer(&sql)).catch_unwind();
    let answer = match tokio::time::timeout(Duration::from_secs(20), answer).await {
        Err(_) => return (Some("it does not end".to_owned()), None),
        Ok(Err(_)) => return (Some("it panics".to_owned()), None),
        Ok(Ok(answer)) => answer,
    };
    if head == "statement ok" {
        return (answer.err(), None);
    }
    if let Some(said) = head.strip_prefix("statement error") {
        let said = Regex::new(said.trim()).expect("a regular expression");
        return match answer {
            Ok(answer) => (
                Some(format!("it answers {:?}", lines(&answer, false, false))),
                None,
            ),
            Err(error) if !said.is_match(&error) => (Some(format!("it says: {error}")), None),
            Err(_) => (None, None),
        };
    }
    let words: Vec<&str> = head.split_whitespace().collect();
    if words.first() != Some(&"query") {
        return (Some(format!("no directive: {head}")), None);
    }
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return (Some(format!("it says: {error}")), None),
    };
    let header = words.contains(&"header");
    let got = lines(&answer, header, words.contains(&"rowsort"));
    let Some(want) = want else {
        let mut filled = Vec::new();
        for line in &block.lines {
            if line == head {
                let options = words.iter().filter(|w| ["rowsort", "header"].contains(w));
                let options: String = options.map(|w| format!(" {w}")).collect();
                filled.push(format!("query {}{options}", answer.types));
            } else {
                filled.push(line.clone());
            }
        }
        filled.push("----".to_owned());
        filled.extend(got);
        return (Some("it has no answer yet".to_owned()), Some(filled));
    };
    let types = words.get(1).copied().unwrap_or_default();
    if types != answer.types {
        let why = format!("its types are {}, not {types}: {got:?}", answer.types);
        return (Some(why), None);
    }
    if got == want {
        return (None, None);
    }
    let (got, want) = (got.join("\n    "), want.join("\n    "));
    (
        Some(format!("it answers\n    {got}\n  and not\n    {want}")),
        None,
    )
}

async fn file(path: &Path, bless: bool) -> (usize, usize, Vec<String>) {
    let text = std::fs::read_to_string(path).expect("a file of tests/slt");
    let name = path.strip_prefix(folder()).expect("below tests/slt");
    let mut lake = Lake::new(chrono_tz::UTC).await;
    let mut zone = "UTC".to_owned();
    let (mut held, mut known) = (0, 0);
    let mut wrong = Vec::new();
    let mut out = String::new();
    let mut blessed = false;
    for block in blocks(&text) {
        let mut shown = block.lines.clone();
        let control = block
            .lines
            .iter()
            .find_map(|l| l.strip_prefix("control zone "));
        if let Some(to) = control {
            if to != zone {
                to.clone_into(&mut zone);
                lake = Lake::new(to.parse().expect("a time zone")).await;
            }
        } else {
            let (fault, filled) = run(&block, &lake).await;
            match (fault, filled) {
                (_, Some(filled)) if bless => {
                    shown = filled;
                    blessed = true;
                }
                (Some(_), _) if block.known() => known += 1,
                (None, _) if block.known() => wrong.push(format!(
                    "{}:{}: it is marked as known to fail, and holds",
                    name.display(),
                    block.line
                )),
                (Some(fault), _) => {
                    let sql = block.split().map(|(_, sql, _)| sql).unwrap_or_default();
                    wrong.push(format!(
                        "{}:{}: {sql}\n  {fault}",
                        name.display(),
                        block.line
                    ));
                }
                (None, _) => held += 1,
            }
        }
        if !out.is_empty() {
            out.push('\n');
        }
        for line in shown {
            out.push_str(&line);
            out.push('\n');
        }
    }
    if blessed {
        std::fs::write(path, out).expect("a file of tests/slt");
    }
    (held, known, wrong)
}

#[test]
fn the_dialect_answers_as_documented() {
    let bless = std::env::var_os("LAKEAUDIT_BLESS").is_some();
    let only = std::env::var_os("LAKEAUDIT_SLT").map(|o| o.to_string_lossy().into_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(8 << 20)
        .enable_time()
        .build()
        .unwrap();
    let (mut held, mut known) = (0, 0);
    let mut wrong = Vec::new();
    for path in files() {
        let shown = path.display().to_string();
        if only.as_ref().is_some_and(|only| !shown.contains(only)) {
            continue;
        }
        let one = runtime.block_on(runtime.spawn(async move { file(&path, bless).await }));
        let (h, k, w) = one.expect("a file that ends");
        held += h;
        known += k;
        wrong.extend(w);
    }
    eprintln!("{held} hold, {known} are known to fail");
    assert!(
        wrong.is_empty(),
        "{} do not hold\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}
