//! The cases of `tests/cases/<kind>/*.md`: small tables, a suite, and the report it must give.
//!
//! A file is prose with fenced blocks. What stands before the first `## ` heading is shared by all
//! cases, each of which begins with one:
//!
//! | block | content |
//! |---|---|
//! | ```` ```parquet ds/t/000000000000.parquet ```` | a table in text, see `table` |
//! | ```` ```yaml ```` | the suite |
//! | ```` ```sql name.sql ```` | a file of `queries/` |
//! | ```` ```window ```` | the first and the last day |
//! | ```` ```report ```` | what the audit says |
//!
//! `LAKEAUDIT_BLESS=1 cargo test cases` writes the reports anew; read them before committing.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use lakeaudit::command::{self, Opened};
use lakeaudit::finding::{Finding, Report, Severity, Status};
use lakeaudit::{dialect, scan};

use super::audit::Folder;

#[tokio::test(flavor = "multi_thread")]
async fn every_case() {
    // The one thing a test is told from outside.
    #[allow(clippy::disallowed_methods)]
    let bless = std::env::var("LAKEAUDIT_BLESS").is_ok();
    let mut wrong = String::new();
    for path in files() {
        let text = fs::read_to_string(&path).expect("a case");
        let mut blessed = String::new();
        let mut shared: &[Block<'_>] = &[];
        let sections = sections(&text);
        for section in &sections {
            if !section.text.starts_with("## ") {
                shared = &section.blocks;
                blessed.push_str(section.text);
                continue;
            }
            let title = section.text.lines().next().unwrap_or_default();
            let got = run(shared.iter().chain(&section.blocks)).await;
            let report = section.blocks.iter().find(|b| b.kind == "report");
            let want = report.map_or("", |b| b.body);
            if got != want {
                let _ = writeln!(
                    wrong,
                    "{}: {title}\n--- want\n{want}--- got\n{got}",
                    path.display()
                );
            }
            match report {
                Some(block) => {
                    let start = block.body.as_ptr() as usize - section.text.as_ptr() as usize;
                    blessed.push_str(&section.text[..start]);
                    blessed.push_str(&got);
                    blessed.push_str(&section.text[start + block.body.len()..]);
                }
                None => {
                    let _ = write!(
                        blessed,
                        "{}\n\n```report\n{got}```\n\n",
                        section.text.trim_end()
                    );
                }
            }
        }
        if bless && blessed != text {
            fs::write(&path, blessed.trim_end().to_owned() + "\n").expect("a case blessed");
        }
    }
    assert!(
        bless || wrong.is_empty(),
        "{wrong}LAKEAUDIT_BLESS=1 accepts what was got"
    );
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for kind in fs::read_dir(root()).expect("tests/cases") {
        for case in fs::read_dir(kind.expect("a kind").path()).expect("its cases") {
            found.push(case.expect("a case").path());
        }
    }
    found.sort();
    found
}

struct Section<'a> {
    text: &'a str,
    blocks: Vec<Block<'a>>,
}

struct Block<'a> {
    kind: &'a str,
    name: &'a str,
    body: &'a str,
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut starts: Vec<usize> = text.match_indices("\n## ").map(|(at, _)| at + 1).collect();
    starts.insert(0, 0);
    starts.push(text.len());
    let texts = starts.windows(2).map(|w| &text[w[0]..w[1]]);
    texts
        .map(|text| Section {
            text,
            blocks: blocks(text),
        })
        .collect()
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (info, after) = after.split_once('\n').expect("a line after the fence");
        let end = if after.starts_with("```") {
            0
        } else {
            after.find("\n```").expect("a closing fence") + 1
        };
        let (kind, name) = info.split_once(' ').unwrap_or((info, ""));
        found.push(Block {
            kind,
            name,
            body: &after[..end],
        });
        rest = &after[end + 3..];
    }
    found
}

async fn run<'a>(blocks: impl Iterator<Item = &'a Block<'a>>) -> String {
    let folder = Folder::new();
    let mut request = folder.request();
    for block in blocks {
        match block.kind {
            "parquet" => folder.table(block.name, block.body),
            "yaml" => {
                folder.write("lakeaudit.yaml", block.body);
            }
            "sql" => {
                folder.write(&format!("queries/{}", block.name), block.body);
            }
            "window" => {
                let mut days = block
                    .body
                    .split_whitespace()
                    .map(|d| d.parse().expect("a day"));
                (request.from, request.to) = (days.next(), days.next());
            }
            "report" => {}
            other => panic!("no block of a case is called `{other}`"),
        }
    }
    let text = match command::open(&request).await {
        Ok(opened) => {
            let report = command::audit::audit(&opened, &|_| {}).await;
            render(&opened, &report).await
        }
        Err(error) => format!("error: {error}\n"),
    };
    folder.plain(&text)
}

/// The report as a case shows it: a line a finding, then the rows that show it.
async fn render(opened: &Opened, report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let _ = write!(out, "{} {}", verdict(finding), finding.check);
        if let Some(segment) = &finding.segment {
            let _ = write!(out, " [{segment}]");
        }
        let _ = write!(out, ": {}", finding.message);
        if let (Some(affected), Some(tested)) = (finding.affected_rows, finding.tested_rows) {
            let _ = write!(out, " ({affected}/{tested})");
        }
        if let (Some(since), Some(until)) = (finding.since, finding.until) {
            let _ = write!(out, " {since}..{until}");
        }
        out.push('\n');
        if finding.status == Status::Fail && finding.is_summary() {
            for row in report.evidence.iter().filter(|e| e.check == finding.check) {
                let _ = write!(out, "    {}. {}", row.rank, row.reason);
                for text in [&row.key, &row.row].into_iter().filter(|t| *t != "{}") {
                    let _ = write!(out, " {text}");
                }
                if let Some(source) = &row.source {
                    let _ = write!(
                        out,
                        " @ {}:{}:{}",
                        source.file, source.row_group, source.row
                    );
                }
                out.push('\n');
            }
            out.push_str(&shown_by_sql(opened, finding).await);
        }
    }
    let run = &report.run;
    let _ = writeln!(
        out,
        "{} rows read, {} files and {} checks proved by footers",
        run.rows_read, run.files_proved, run.checks_proved
    );
    out
}

fn verdict(finding: &Finding) -> &'static str {
    match (finding.status, finding.severity) {
        (Status::Errored, _) => "ERRORED",
        (Status::Fail, Severity::Critical) => "CRITICAL",
        (Status::Fail, Severity::Warning) => "WARNING",
        (Status::Accepted, _) => "accepted",
        (Status::Pass, _) => "pass",
        (Status::NotApplicable, _) => "not applicable",
    }
}

/// The finding's SQL, and whether it returns as many rows as the finding says.
async fn shown_by_sql(opened: &Opened, finding: &Finding) -> String {
    let Some(sql) = finding
        .sql
        .as_ref()
        .filter(|_| !finding.kind.starts_with("sql"))
    else {
        return String::new();
    };
    let planned = match dialect::parse(sql) {
        Ok(query) => opened.session.plan(&query, &BTreeMap::new()).await,
        Err(e) => Err(e),
    };
    let found = match planned {
        Ok(plan) => scan::violations(&opened.session, &plan, None, 0).await,
        Err(e) => Err(e.to_string()),
    };
    let told = match found {
        Ok(found) if finding.affected_rows == Some(found.rows) => "shown by".to_owned(),
        Ok(found) => format!("{} rows of", found.rows),
        Err(why) => format!("not run here ({why}):"),
    };
    format!("    {told} {sql}\n")
}
