//! A check that failed, as a block of lines.

use anstyle::Style as Ansi;
use unicode_width::UnicodeWidthStr;

use super::fact::{INDENT, LABEL, indented, labelled};
use super::line::{Line, fit, flow, wrap};
use super::number::{bar, count, exact, figure, percent};
use super::table::table;
use super::{BOLD, Check, DIM, PLAIN, RED, Section, dot};
use crate::finding::{Evidence, Finding, Severity, Status};
use crate::value::text::counted;

/// A column, and its values that fail, each with its finding.
type Group<'a> = (&'a str, Vec<(&'a str, &'a Finding)>);

/// Rows of evidence shown, in short and at length.
const ROWS: usize = 3;
const ROWS_VERBOSE: usize = 10;
/// Lines of segments shown in short.
const SEGMENT_LINES: usize = 2;
/// Episodes told in short.
const EPISODES: usize = 6;
/// The kind of check whose segments are episodes, each of which has more to tell than a share.
const EPISODIC: &str = "drift";
/// The message's longest; one sentence fits, a document that slipped into it does not.
const MESSAGE: usize = 400;
/// The widest reason said before the evidence.
const REASON: usize = 60;

/// The block: title, message, facts, segments, evidence, meaning, action, and in verbose the SQL.
pub(super) fn block(check: &Check, width: usize, verbose: bool) -> Vec<Line> {
    let verdict = check.verdict;
    let style = Section::of(check.worst).style();
    let groups = segment_groups(check);
    let most = if verbose { ROWS_VERBOSE } else { ROWS };
    let rows = check.evidence.get(..most).unwrap_or(&check.evidence);

    let columns = groups.iter().map(|(column, _)| fit(column, LABEL).width());
    let label = columns.fold("threshold".len(), usize::max);
    let at = INDENT + label + 2;
    let room = width.saturating_sub(at);

    let mut lines = title(check, width);
    lines.extend(message(verdict, width.saturating_sub(INDENT)));
    lines.extend(labelled("affected", at, affected(verdict, style)));
    lines.extend(labelled("value", at, measured(verdict, style)));
    lines.extend(labelled("dates", at, dates(check, &groups)));
    lines.extend(labelled("threshold", at, thresholds(verdict, room)));
    let episodes = verdict.kind == EPISODIC;
    if episodes {
        lines.extend(labelled("episodes", at, told(check, room, verbose)));
    }
    for (column, segments) in groups.iter().filter(|_| !episodes) {
        lines.extend(labelled(column, at, grid(segments, verdict, room, verbose)));
    }
    if let Some(caption) = caption(check, rows) {
        let inner = width.saturating_sub(INDENT * 2);
        let table = table(rows, inner, style, reasons_differ(rows));
        lines.extend(labelled("evidence", at, [caption]));
        lines.extend(indented(table, INDENT * 2));
    }
    for (label, text) in [("meaning", &verdict.meaning), ("do", &verdict.action)] {
        let wrapped = text.as_deref().map(|t| wrap(t, room)).unwrap_or_default();
        let text = wrapped.iter().map(|l| Line::new(l, PLAIN));
        lines.extend(labelled(label, at, text));
    }
    if verbose {
        let place = verdict.defined_at.as_deref();
        lines.extend(labelled("defined", at, place.map(|p| Line::new(p, PLAIN))));
        // As it is, however long, so that it can be copied.
        let sql = verdict.sql.as_deref().map(|sql| sql.replace('\t', "    "));
        let sql = sql.as_deref().unwrap_or_default().trim_end();
        let head = (!sql.is_empty()).then(|| Line::new("sql", DIM));
        lines.extend(indented(head, INDENT));
        lines.extend(indented(
            sql.lines().map(|l| Line::new(l, PLAIN)),
            INDENT * 2,
        ));
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
    let mark = format!("{} {gravity}  ", section.mark());
    let name = Line::new(&mark, section.style().bold()).and(&check.verdict.check, BOLD);
    let gap = Line::new("  ", PLAIN);
    let room = width.saturating_sub(gap.width());
    let target = Line::new(&fit(&target(check.verdict), room), DIM);
    match name.width() + gap.width() + target.width() <= width {
        true => vec![name.join(gap).join(target)],
        false => vec![name, gap.join(target)],
    }
}

/// The message, cut where it is not the sentence it should be.
fn message(finding: &Finding, room: usize) -> Vec<Line> {
    let words = finding
        .message
        .split_whitespace()
        .map(|word| fit(word, room));
    let sentence = fit(&words.collect::<Vec<_>>().join(" "), MESSAGE);
    let lines = wrap(&sentence, room);
    indented(lines.iter().map(|l| Line::new(l, PLAIN)), INDENT)
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

/// The first and last date, and how many segments fail.
fn dates(check: &Check, groups: &[Group]) -> Option<Line> {
    let verdict = check.verdict;
    let text = match (verdict.since, verdict.until) {
        (Some(since), Some(until)) if since == until => since.to_string(),
        (Some(since), Some(until)) => format!("{since}..{until}"),
        (Some(since), None) => format!("since {since}"),
        (None, Some(until)) => format!("until {until}"),
        (None, None) => return None,
    };
    let line = Line::new(&text, PLAIN);
    let failing = groups
        .iter()
        .map(|(_, segments)| segments.len())
        .sum::<usize>() as u64;
    if failing == 0 {
        return Some(line);
    }
    let days = groups
        .iter()
        .flat_map(|(_, segments)| segments)
        .all(|(value, _)| is_date(value));
    let (at, noun) = if days {
        ("on", "day")
    } else {
        ("in", "segment")
    };
    let all = check.segments.len() as u64;
    let text = match failing == all {
        true => format!("{at} {}", counted(all, noun)),
        false => format!("{at} {} of {}", count(failing), counted(all, noun)),
    };
    Some(line.join(dot()).and(&text, PLAIN))
}

fn thresholds(finding: &Finding, room: usize) -> Vec<Line> {
    let side = finding.direction.as_deref().unwrap_or("past");
    let limits = [
        ("warning", finding.warning_threshold),
        ("critical", finding.critical_threshold),
    ];
    let said = limits.iter().filter_map(|(name, limit)| {
        let limit = with_unit(exact((*limit)?), finding);
        Some(Line::new(&format!("{name} {side} {limit}"), PLAIN))
    });
    flow(said.collect(), &dot(), room)
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
fn segment_groups<'a>(check: &Check<'a>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
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

/// The episodes of a check, each with its message; the gravest, in the order of their days.
fn told(check: &Check, room: usize, verbose: bool) -> Vec<Line> {
    let failing = check.segments.iter().copied().filter(|s| is_failing(s));
    let mut all: Vec<&Finding> = failing.collect();
    let more = all
        .len()
        .saturating_sub(if verbose { all.len() } else { EPISODES });
    all.sort_by(|a, b| {
        let value = |f: &Finding| f.value.unwrap_or_default();
        b.severity
            .cmp(&a.severity)
            .then(value(b).total_cmp(&value(a)))
    });
    all.truncate(all.len() - more);
    all.sort_by_key(|finding| finding.since);
    let mut lines = Vec::new();
    for finding in all {
        let days = finding.segment.as_deref().unwrap_or_default();
        let style = Section::of(finding).style();
        lines.push(Line::new(days, style));
        let words = wrap(&fit(&finding.message, MESSAGE), room.saturating_sub(INDENT));
        lines.extend(indented(words.iter().map(|l| Line::new(l, PLAIN)), INDENT));
    }
    if more > 0 {
        let text = format!("and {} more, less grave", count(more as u64));
        lines.push(Line::new(&text, DIM));
    }
    lines
}

/// The segments in a grid, each with its share: as many of the worst as fit, dates in their order.
fn grid(values: &[(&str, &Finding)], verdict: &Finding, room: usize, verbose: bool) -> Vec<Line> {
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
    let names = values
        .iter()
        .map(|(value, _)| label(value).width())
        .max()
        .unwrap_or(0);
    let shares = values
        .iter()
        .map(|(_, f)| share(f).width())
        .max()
        .unwrap_or(0);
    let cell = |value: &str, finding: &Finding| {
        let style = Section::of(finding).style();
        label(value)
            .padded(names, false)
            .and(&format!(" {} ", finding.percent.map_or('·', bar)), style)
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

/// What the rows of evidence have in common, and how many there are.
fn caption(check: &Check, rows: &[&Evidence]) -> Option<Line> {
    let reason = rows.first().map(|row| fit(&row.reason, REASON))?;
    let (shown, all) = (rows.len() as u64, check.evidence.len() as u64);
    let number = match shown == all {
        true => counted(all, "row"),
        false => format!("first {} of {}", count(shown), counted(all, "row")),
    };
    Some(match reasons_differ(rows) {
        true => Line::new(&number, PLAIN),
        false => Line::new(&reason, PLAIN).join(dot()).and(&number, PLAIN),
    })
}

fn reasons_differ(rows: &[&Evidence]) -> bool {
    rows.windows(2)
        .any(|pair| matches!(pair, [a, b] if a.reason != b.reason))
}
