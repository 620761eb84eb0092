//! The report for a person at a terminal.
//!
//! First what was audited, then what failed, gravest first, then what did not; the last line sums up.
//! A failing check is a block that can be read top-down: what is wrong, how much of it and since when,
//! rows that show it, what it means and what to do.

mod block;
pub(in crate::report) mod fact;
pub(in crate::report) mod grid;
pub(in crate::report) mod line;
pub(in crate::report) mod number;
pub(in crate::report) mod reconcile;
pub(in crate::report) mod rows;
pub(in crate::report) mod table;

use std::collections::HashMap;

use anstyle::{AnsiColor, Style as Ansi};

use self::block::block;
use self::line::{Line, fit, fit_end, flow, wrap};
use self::number::{bytes, count, duration};
use crate::finding::{Evidence, Finding, Report, Run, Severity, Status};
use crate::value::text::counted;

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// The terminal's columns. Fewer than 60 count as 60, more than 120 as 120.
    pub width: usize,
    /// Whether to list what passed, all segments, more evidence, the BigQuery SQL, where a check is
    /// defined and the time taken.
    pub verbose: bool,
    /// The code the command is about to exit with, for the last line.
    pub exit_code: Option<u8>,
}

pub(in crate::report) const PLAIN: Ansi = Ansi::new();
pub(in crate::report) const BOLD: Ansi = Ansi::new().bold();
pub(in crate::report) const DIM: Ansi = Ansi::new().dimmed();
pub(in crate::report) const RED: Ansi = AnsiColor::Red.on_default();
pub(in crate::report) const YELLOW: Ansi = AnsiColor::Yellow.on_default();
pub(in crate::report) const GREEN: Ansi = AnsiColor::Green.on_default();

/// A check with all that was found of it.
#[derive(Debug)]
struct Check<'a> {
    /// The verdict over the whole window; if there is none, its worst.
    verdict: &'a Finding,
    /// The gravest of its verdicts.
    worst: &'a Finding,
    /// The verdicts over segments, worst first.
    segments: Vec<&'a Finding>,
    evidence: Vec<&'a Evidence>,
}

/// The report as lines of text, each ending in a newline.
pub fn render(report: &Report, style: Style) -> String {
    let width = style.width.clamp(60, 120);
    let checks = checks(report);
    let of = |wanted: Section| {
        checks
            .iter()
            .filter(move |c| Section::of(c.worst) == wanted)
    };

    let mut lines = header(report, width, style.verbose);
    for section in [Section::Failures, Section::Warnings] {
        if of(section).next().is_some() {
            lines.extend(heading(section, of(section).count(), width));
        }
        for (i, check) in of(section).enumerate() {
            if i > 0 {
                lines.push(Line::default());
            }
            lines.extend(block(check, width, style.verbose));
        }
    }
    lines.extend(accepted(report, width));
    for section in [Section::Passed, Section::NotApplicable] {
        let listed: Vec<_> = of(section).collect();
        if listed.is_empty() {
            continue;
        }
        lines.extend(heading(section, listed.len(), width));
        if style.verbose || section == Section::NotApplicable {
            lines.extend(list(section, &listed, width));
        } else {
            // What passes with violations is worth a line.
            let some = |c: &&Check| c.verdict.affected_rows.is_some_and(|rows| rows > 0);
            let (tolerated, clean): (Vec<_>, Vec<_>) = listed.into_iter().partition(some);
            lines.extend(list(section, &tolerated, width));
            let names = clean.iter().map(|c| Line::new(&c.verdict.check, DIM));
            lines.extend(names_in_short(names.collect(), width));
        }
    }
    lines.extend(inferred(report, width, style.verbose));
    lines.push(Line::default());
    lines.extend(footer(report, &checks, width, style));

    let mut out = String::new();
    lines
        .iter()
        .for_each(|line| line.print(style.color, &mut out));
    out
}

/// The parts of the report, by what a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Failures,
    Warnings,
    Passed,
    Accepted,
    NotApplicable,
    /// Of tables, not of checks.
    Inferred,
}

impl Section {
    fn of(finding: &Finding) -> Self {
        match (finding.status, finding.severity) {
            (Status::Errored, _) | (Status::Fail, Severity::Critical) => Self::Failures,
            (Status::Fail, Severity::Warning) => Self::Warnings,
            (Status::Pass, _) => Self::Passed,
            (Status::Accepted, _) => Self::Accepted,
            (Status::NotApplicable, _) => Self::NotApplicable,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Failures => "FAILURES",
            Self::Warnings => "WARNINGS",
            Self::Passed => "PASSED",
            Self::Accepted => "ACCEPTED",
            Self::NotApplicable => "NOT APPLICABLE",
            Self::Inferred => "INFERRED",
        }
    }

    fn style(self) -> Ansi {
        match self {
            Self::Failures => RED,
            Self::Warnings => YELLOW,
            Self::Passed => GREEN,
            Self::Accepted | Self::NotApplicable | Self::Inferred => PLAIN,
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Self::Failures => "✗",
            Self::Warnings => "▲",
            Self::Passed => "✓",
            Self::Accepted => "≈",
            Self::NotApplicable | Self::Inferred => "○",
        }
    }
}

/// The findings by check, in the order of each check's worst.
fn checks(report: &Report) -> Vec<Check<'_>> {
    let mut checks: Vec<Check> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let told_apart = |f: &&Finding| f.status == Status::Accepted && !f.is_summary();
    for finding in report.findings.iter().filter(|f| !told_apart(f)) {
        let known = places.get(finding.check.as_str());
        match known.and_then(|i| checks.get_mut(*i)) {
            Some(check) => {
                if finding.is_summary() {
                    check.verdict = finding;
                } else {
                    check.segments.push(finding);
                }
            }
            None => {
                places.insert(&finding.check, checks.len());
                checks.push(Check {
                    verdict: finding,
                    worst: finding,
                    segments: Vec::from_iter(Some(finding).filter(|f| !f.is_summary())),
                    evidence: Vec::new(),
                });
            }
        }
    }
    for check in &mut checks {
        // A segment without a row is nothing worse than a pass.
        if check.worst.status == Status::NotApplicable {
            check.worst = check.verdict;
        }
    }
    for evidence in &report.evidence {
        let place = places.get(evidence.check.as_str());
        if let Some(check) = place.and_then(|i| checks.get_mut(*i)) {
            check.evidence.push(evidence);
        }
    }
    checks
}

fn header(report: &Report, width: usize, verbose: bool) -> Vec<Line> {
    let run = &report.run;
    let name = format!("lakeaudit {}", run.lakeaudit_version);
    let mut what = vec![Line::new(&name, BOLD), Line::new(&run.lake, BOLD)];
    what.extend(run.suite.as_deref().map(|s| Line::new(s, PLAIN)));

    let mut how = vec![
        match run.as_of {
            Some(day) => format!("as of {day}"),
            None => "as of no date".to_owned(),
        },
        window(run),
        counted(run.tables, "table"),
        format!(
            "read {}, {}, {}",
            counted(run.files_read, "file"),
            counted(run.rows_read, "row"),
            bytes(run.bytes_read)
        ),
    ];
    if run.files_proved + run.checks_proved > 0 {
        how.push(format!(
            "footers proved {}, {}",
            counted(run.checks_proved, "check"),
            counted(run.files_proved, "file")
        ));
    }
    how.push(format!("run {}", run.run_id));
    if verbose {
        let t = &report.timing;
        how.push(format!(
            "{}: open {}, scan {}, checks {}",
            duration(t.total_ms),
            duration(t.open_ms),
            duration(t.scan_ms),
            duration(t.checks_ms)
        ));
    }
    let mut lines = flow(what, &dot(), width);
    let how = how.iter().map(|fact| Line::new(fact, DIM)).collect();
    lines.extend(flow(how, &dot(), width));
    lines
}

fn window(run: &Run) -> String {
    match (run.from, run.to) {
        (Some(from), Some(to)) => format!("window {from}..{to}"),
        (Some(from), None) => format!("window from {from}"),
        (None, Some(to)) => format!("window to {to}"),
        (None, None) => "all dates".to_owned(),
    }
}

/// An empty line, and the section's name with a rule to the margin.
fn heading(section: Section, checks: usize, width: usize) -> [Line; 2] {
    let title = format!("{} {}", section.title(), count(checks as u64));
    ruled(&title, section.style(), width)
}

/// An empty line, and a title with a rule to the margin.
pub(in crate::report) fn ruled(title: &str, style: Ansi, width: usize) -> [Line; 2] {
    let title = Line::new(&format!("{title} "), style.bold());
    let rule = "─".repeat(width.saturating_sub(title.width()));
    [Line::default(), title.and(&rule, DIM)]
}

/// What the suite accepts: the check, what was found, and why it is accepted.
fn accepted(report: &Report, width: usize) -> Vec<Line> {
    let findings = report.findings.iter();
    let all: Vec<&Finding> = findings.filter(|f| f.status == Status::Accepted).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let section = Section::Accepted;
    let mut lines = heading(section, all.len(), width).to_vec();
    for finding in all {
        let mark = format!("{} ", section.mark());
        let name = fit(&finding.check, width.saturating_sub(2));
        lines.push(Line::new(&mark, section.style()).and(&name, BOLD));
        for line in wrap(&finding.message, width.saturating_sub(2)) {
            lines.push(Line::new("  ", PLAIN).and(&line, DIM));
        }
    }
    lines
}

/// What was inferred of each table, in the section's own style.
fn inferred(report: &Report, width: usize, verbose: bool) -> Vec<Line> {
    if report.inferred.is_empty() {
        return Vec::new();
    }
    let mut lines = heading(Section::Inferred, report.inferred.len(), width).to_vec();
    for table in &report.inferred {
        lines.push(Line::new(&fit(&table.table, width), BOLD));
        let details = table.details.iter().filter(|_| verbose);
        for told in [&table.summary].into_iter().chain(details) {
            for line in wrap(told, width.saturating_sub(2)) {
                lines.push(Line::new("  ", PLAIN).and(&line, DIM));
            }
        }
    }
    let hint = "no suite was given, so the checks were inferred from the data; \
                --write-suite FILE keeps them";
    lines.extend(wrap(hint, width).iter().map(|l| Line::new(l, DIM)));
    lines
}

/// A line a check: name, what it looks at, what was found.
fn list(section: Section, checks: &[&Check], width: usize) -> Vec<Line> {
    let name = |c: &Check| Line::new(&fit(&c.verdict.check, width * 2 / 5), PLAIN);
    let target = |c: &Check| Line::new(&fit_end(&block::target(c.verdict), width / 3), DIM);
    let names = checks.iter().map(|c| name(c).width()).max().unwrap_or(0);
    let targets = checks.iter().map(|c| target(c).width()).max().unwrap_or(0);
    let line = |check: &&Check| {
        let line = Line::new(section.mark(), section.style())
            .and(" ", PLAIN)
            .join(name(check).padded(names + 2, false))
            .join(target(check).padded(targets + 2, false));
        let left = width.saturating_sub(line.width());
        line.and(&fit(&check.verdict.message, left), PLAIN)
    };
    checks.iter().map(line).collect()
}

/// Names side by side on two lines at most.
fn names_in_short(names: Vec<Line>, width: usize) -> Vec<Line> {
    const LINES: usize = 2;
    let mut lines = flow(names, &Line::new("  ", PLAIN), width.saturating_sub(2));
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines.push(Line::new("… --verbose lists them all", DIM));
    }
    lines
        .into_iter()
        .map(|l| Line::new("  ", PLAIN).join(l))
        .collect()
}

/// Where to find the rest, and the verdict in one line.
fn footer(report: &Report, checks: &[Check], width: usize, style: Style) -> Vec<Line> {
    let failed = checks
        .iter()
        .any(|c| matches!(Section::of(c.worst), Section::Failures | Section::Warnings));
    let mut lines = Vec::new();
    if failed && !style.verbose {
        let hint = "--verbose shows more evidence and the BigQuery sql of each finding; \
                    a Parquet report holds all of both (evidence, findings.sql)";
        lines.extend(wrap(hint, width).iter().map(|l| Line::new(l, DIM)));
    }
    let run = &report.run;
    let tally = [
        (run.errored, "errored", RED.bold()),
        (run.criticals, "critical", RED.bold()),
        (
            run.warnings,
            if run.warnings == 1 {
                "warning"
            } else {
                "warnings"
            },
            YELLOW,
        ),
        (run.passed, "passed", GREEN),
        (run.accepted, "accepted", PLAIN),
        (run.not_applicable, "n/a", DIM),
    ];
    let mut sum = Line::new(&format!("{}: ", counted(run.checks, "check")), BOLD);
    let some: Vec<_> = tally.into_iter().filter(|(n, ..)| *n > 0).collect();
    for (i, (n, what, style)) in some.into_iter().enumerate() {
        sum = sum
            .and(if i > 0 { ", " } else { "" }, PLAIN)
            .and(&format!("{} {what}", count(n)), style);
    }
    let mut items = vec![sum];
    if let Some(code) = style.exit_code {
        items.push(Line::new(&format!("exit {code}"), PLAIN));
    }
    lines.extend(flow(items, &dot(), width));
    lines
}

/// Between facts on one line.
pub(in crate::report) fn dot() -> Line {
    Line::new("  ·  ", DIM)
}

#[cfg(test)]
mod tests;
