//! A check that failed, as a block of lines.

use anstyle::Style as Ansi;

use super::line::{Line, fit, flow, wrap};
use super::number::{count, counted, exact, figure, percent};
use super::table::table;
use super::{BOLD, Check, DIM, PLAIN, RED, Section, dot};
use crate::finding::{Finding, Severity, Status};

/// Everything under the first line is this far in.
const INDENT: usize = 2;
/// Rows of evidence shown, in short and at length.
const ROWS: usize = 3;
const ROWS_VERBOSE: usize = 10;
/// Lines of segments shown in short.
const SEGMENT_LINES: usize = 2;
/// The message's longest; one sentence fits, a document that slipped into it does not.
const MESSAGE: usize = 400;
/// The widest label of facts, such as a segment's column.
const LABEL: usize = 24;

/// The block: title, message, facts, segments, evidence, meaning, action, and in verbose the SQL.
pub(super) fn block(check: &Check, width: usize, verbose: bool) -> Vec<Line> {
    let verdict = check.verdict;
    let style = Section::of(check.worst).style();
    let mut lines = title(check, width);
    let prose = |text: &str, room: usize| -> Vec<Line> {
        wrap(text, room).iter().map(|l| Line::new(l, PLAIN)).collect()
    };
    let inner = width.saturating_sub(INDENT);
    lines.extend(indented(prose(&fit(&verdict.message, MESSAGE), inner), INDENT));

    // Facts are collected first, so that their values align under each other.
    let mut facts: Vec<(String, Vec<Line>)> = Vec::new();
    facts.extend(affected(verdict, style).map(|l| ("affected".to_owned(), vec![l])));
    facts.extend(measured(verdict, style).map(|l| ("value".to_owned(), vec![l])));
    facts.extend(dates(check).map(|l| ("dates".to_owned(), vec![l])));
    facts.extend(threshold(verdict).map(|l| ("threshold".to_owned(), vec![l])));
    let groups = segment_groups(check);
    let text = [("meaning", &verdict.meaning), ("do", &verdict.action)];
    let labels = facts.iter().map(|(label, _)| label.as_str());
    let labels = labels.chain(groups.iter().map(|(name, _)| *name));
    let labels = labels.chain(text.iter().filter(|(_, t)| t.is_some()).map(|(l, _)| *l));
    let label = labels
        .map(|l| Line::new(&fit(l, LABEL), DIM).width())
        .max()
        .unwrap_or(0);
    let at = INDENT + label + 2;
    let room = width.saturating_sub(at).max(20);

    for (name, values) in groups {
        facts.push((name.to_owned(), segments(&values, verdict, room, verbose)));
    }
    for (name, values) in facts {
        lines.extend(labelled(&name, DIM, values, at));
    }
    lines.extend(evidence(check, width, style, verbose));
    for (name, text) in text {
        if let Some(text) = text {
            let (name_style, lead) = if name == "do" { (BOLD, BOLD) } else { (DIM, PLAIN) };
            let wrapped = wrap(text, room);
            let values = wrapped.iter().map(|l| Line::new(l, lead)).collect();
            lines.extend(labelled(name, name_style, values, at));
        }
    }
    if let Some(sql) = verdict.sql.as_deref().filter(|_| verbose) {
        // As it is, however long, so that it can be copied.
        let sql = sql.trim_end().replace('\t', "    ");
        lines.push(Line::new("  sql", DIM));
        lines.extend(indented(sql.lines().map(|l| Line::new(l, PLAIN)).collect(), 4));
    }
    if let Some(place) = verdict.defined_at.as_deref().filter(|_| verbose) {
        lines.extend(labelled("defined", DIM, vec![Line::new(place, DIM)], at.max(11)));
    }
    lines
}

/// What a check looks at: `dataset.table.column`, or with several columns in brackets.
pub(super) fn target(finding: &Finding) -> String {
    match (&finding.table, &finding.column) {
        (Some(table), Some(columns)) if columns.contains(',') => format!("{table} ({columns})"),
        (Some(table), Some(column)) => format!("{table}.{column}"),
        (Some(only), None) | (None, Some(only)) => only.clone(),
        (None, None) => finding.kind.clone(),
    }
}

fn title(check: &Check, width: usize) -> Vec<Line> {
    let section = Section::of(check.worst);
    let gravity = match (check.worst.status, check.worst.severity) {
        (Status::Errored, _) => "ERRORED",
        (_, Severity::Critical) => "CRITICAL",
        (_, Severity::Warning) => "WARNING",
    };
    let name = Line::new(section.mark(), section.style())
        .and(&format!(" {gravity}  "), section.style())
        .and(&check.verdict.check, BOLD);
    let target = Line::new(&target(check.verdict), DIM);
    let gap = Line::new("  ", PLAIN);
    match name.width() + gap.width() + target.width() <= width {
        true => vec![name.join(gap).join(target)],
        false => vec![name, gap.join(target)],
    }
}

fn affected(finding: &Finding, style: Ansi) -> Option<Line> {
    let affected = finding.affected_rows?;
    let line = Line::new(&count(affected), style);
    Some(match finding.tested_rows {
        Some(tested) => {
            let line = line.and(&format!(" of {}", counted(tested, "row")), PLAIN);
            match finding.percent {
                Some(share) => line.join(dot()).and(&percent(share, 1), style),
                None => line,
            }
        }
        None => line.and(if affected == 1 { " row" } else { " rows" }, PLAIN),
    })
}

/// The value measured, unless the rows affected say the same.
fn measured(finding: &Finding, style: Ansi) -> Option<Line> {
    let value = finding.value?;
    let said = match finding.unit.as_deref() {
        Some("percent") => finding.percent,
        Some("rows") => finding.affected_rows.map(|n| n as f64),
        _ => None,
    };
    (said != Some(value)).then(|| Line::new(&with_unit(figure(value), finding), style))
}

fn dates(check: &Check) -> Option<Line> {
    let verdict = check.verdict;
    let mut line = match (verdict.since, verdict.until) {
        (Some(since), Some(until)) if since == until => Line::new(&since.to_string(), PLAIN),
        (Some(since), Some(until)) => Line::new(&format!("{since}..{until}"), PLAIN),
        (Some(since), None) => Line::new(&format!("since {since}"), PLAIN),
        (None, Some(until)) => Line::new(&format!("until {until}"), PLAIN),
        (None, None) => return None,
    };
    let failing = check.segments.iter().filter(|s| is_failing(s)).count();
    if failing > 0 {
        let all = check.segments.len();
        let text = match failing == all {
            true => format!("{} fail", counted(all as u64, "segment")),
            false => format!("{} of {} fail", count(failing as u64), counted(all as u64, "segment")),
        };
        line = line.join(dot()).and(&text, PLAIN);
    }
    Some(line)
}

fn threshold(finding: &Finding) -> Option<Line> {
    let side = finding.direction.as_deref().unwrap_or("past");
    let limits = [
        ("warning", finding.warning_threshold),
        ("critical", finding.critical_threshold),
    ];
    let said: Vec<String> = limits
        .iter()
        .filter_map(|(name, limit)| Some((name, (*limit)?)))
        .map(|(name, limit)| format!("{name} {side} {}", with_unit(exact(limit), finding)))
        .collect();
    (!said.is_empty()).then(|| Line::new(&said.join(", "), PLAIN))
}

fn with_unit(number: String, finding: &Finding) -> String {
    match finding.unit.as_deref() {
        Some("percent") => format!("{number} %"),
        Some(unit) => format!("{number} {unit}"),
        None => number,
    }
}

fn is_failing(finding: &Finding) -> bool {
    finding.is_failure_at(Severity::Warning)
}

/// The failing segments by the column they segment by, worst first.
fn segment_groups<'a>(check: &Check<'a>) -> Vec<(&'a str, Vec<(&'a str, &'a Finding)>)> {
    let mut groups: Vec<(&str, Vec<_>)> = Vec::new();
    for finding in check.segments.iter().copied().filter(|s| is_failing(s)) {
        let segment = finding.segment.as_deref().unwrap_or_default();
        let (column, value) = segment.split_once('=').unwrap_or(("segment", segment));
        match groups.iter_mut().find(|(name, _)| *name == column) {
            Some((_, values)) => values.push((value, finding)),
            None => groups.push((column, vec![(value, finding)])),
        }
    }
    groups
}

/// The segments in a grid, each with its share: as many of the worst as fit, dates in their order.
fn segments(
    values: &[(&str, &Finding)],
    verdict: &Finding,
    room: usize,
    verbose: bool,
) -> Vec<Line> {
    const VALUE: usize = 24;
    let dates = values.iter().all(|(value, _)| is_date(value));
    // The year is said once, in the line of dates.
    let years = [verdict.since, verdict.until].map(|d| d.map(|d| d.format("%Y-").to_string()));
    let year = match years {
        [Some(since), Some(until)] if since == until => since,
        _ => String::new(),
    };
    let short = dates && !year.is_empty() && values.iter().all(|(v, _)| v.starts_with(&year));
    let name = |value: &str| match short {
        true => value.get(year.len()..).unwrap_or(value).to_owned(),
        false => fit(value, VALUE),
    };
    let label = |value: &str| Line::new(&name(value), PLAIN);
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let names = widest(&mut values.iter().map(|(value, _)| label(value).width()));
    let shares = widest(&mut values.iter().map(|(_, f)| share(f).width()));
    let cell = |value: &str, finding: &Finding| {
        let style = Section::of(finding).style();
        label(value)
            .padded(names, false)
            .and(&format!(" {} ", bar(finding)), style)
            .join(share(finding).padded(shares, true))
    };

    let gap = Line::new("   ", PLAIN);
    let cell_width = names + 3 + shares;
    let a_line = ((room + gap.width()) / (cell_width + gap.width())).max(1);
    let most = match verbose {
        true => values.len(),
        false => a_line * SEGMENT_LINES,
    };
    let mut shown: Vec<_> = values.iter().take(most).collect();
    if dates {
        shown.sort_by_key(|(value, _)| *value);
    }
    let cells = shown.iter().map(|(value, f)| cell(value, f)).collect();
    let mut lines = flow(cells, &gap, room);
    let more = values.len() - shown.len();
    if more > 0 {
        let text = format!("and {} more, less affected", count(more as u64));
        lines.push(Line::new(&text, DIM));
    }
    lines
}

fn is_date(text: &str) -> bool {
    text.parse::<chrono::NaiveDate>().is_ok()
}

fn share(finding: &Finding) -> Line {
    match (finding.status, finding.percent, finding.value) {
        (Status::Errored, ..) => Line::new("errored", RED),
        (_, Some(share), _) => Line::new(&percent(share, 0), PLAIN),
        (_, None, Some(value)) => Line::new(&with_unit(figure(value), finding), PLAIN),
        (_, None, None) => Line::default(),
    }
}

/// A bar one column wide, as high as the share.
fn bar(finding: &Finding) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let share = finding.percent.unwrap_or(0.0).clamp(0.0, 100.0);
    match finding.percent {
        Some(_) => BARS.get((share / 12.5) as usize).copied().unwrap_or('█'),
        None => '·',
    }
}

fn evidence(check: &Check, width: usize, style: Ansi, verbose: bool) -> Vec<Line> {
    let most = if verbose { ROWS_VERBOSE } else { ROWS };
    let rows = check.evidence.get(..most).unwrap_or(&check.evidence);
    if rows.is_empty() {
        return Vec::new();
    }
    let inner = width.saturating_sub(INDENT * 2);
    let mut lines = table(rows, inner, style, verbose);
    let more = check.evidence.len() - rows.len();
    if more > 0 {
        let text = format!("{} in the report's evidence", counted(more as u64, "more row"));
        lines.push(Line::new(&text.replacen("more rows", "more rows", 1), DIM));
    }
    let mut framed = vec![Line::default()];
    framed.extend(indented(lines, INDENT * 2));
    framed.push(Line::default());
    framed
}

fn indented(lines: Vec<Line>, by: usize) -> Vec<Line> {
    let indent = Line::new(&" ".repeat(by), PLAIN);
    lines.into_iter().map(|l| indent.clone().join(l)).collect()
}

/// `values` from column `at` on, with the label before the first.
fn labelled(label: &str, style: Ansi, values: Vec<Line>, at: usize) -> Vec<Line> {
    let label = Line::new(&" ".repeat(INDENT), PLAIN)
        .and(&fit(label, LABEL), style)
        .padded(at, false);
    let mut heads = std::iter::once(label).chain(std::iter::repeat(
        Line::new(&" ".repeat(at), PLAIN),
    ));
    values
        .into_iter()
        .map(|value| heads.next().unwrap_or_default().join(value))
        .collect()
}
