//! A reconciliation for a person at a terminal: the headline, the pairs, what disagrees, what no column says, the checks.

use std::collections::BTreeMap;
use std::path::Path;

use anstyle::Style as Ansi;
use serde_json::{Map, Value};

use super::line::{Line, fit, fit_end, flow, wrap};
use super::number::{count, percent};
use super::{BOLD, DIM, GREEN, PLAIN, RED, Style, YELLOW, dot};
use crate::reconcile::{
    Basis, Coercion, Counted, Explanation, Pair, Reconciliation, Sample, SourceTold, short,
};
use crate::value::text::{counted, few};

/// Rows shown of a pair, in short and at length.
const ROWS: usize = 3;
const ROWS_VERBOSE: usize = 20;
/// Spellings shown of a map.
const SPELLINGS: usize = 8;
/// Lines of keys without a column.
const KEY_LINES: usize = 6;
/// The widest label of a block.
const LABEL: usize = 10;

pub(in crate::report) fn render(
    found: &Reconciliation,
    style: Style,
    written: Option<&Path>,
) -> String {
    let width = style.width.clamp(60, 120);
    let mut lines = header(found, width);
    lines.extend(pairs(found, width));
    for pair in found.pairs.iter().filter(|pair| pair.disagree > 0) {
        lines.push(Line::default());
        lines.extend(block(pair, found, width, style.verbose));
    }
    lines.extend(unreached(found, width, style.verbose));
    lines.extend(joinable(found, width));
    lines.extend(checks(found, width, written));
    let mut out = String::new();
    lines
        .iter()
        .for_each(|line| line.print(style.color, &mut out));
    out
}

fn header(found: &Reconciliation, width: usize) -> Vec<Line> {
    let mut what = vec![
        Line::new(&found.table, BOLD),
        Line::new(&counted(found.table_rows, "row"), PLAIN),
    ];
    if let (Some(from), Some(to)) = (found.from, found.to) {
        what.push(Line::new(&format!("{from}..{to}"), PLAIN));
    }
    for document in &found.documents {
        let more = match document.paths_left_out {
            0 => String::new(),
            more => format!(" and {} more", count(more)),
        };
        let told = format!(
            "{}: {}{more}",
            document.column,
            counted(document.paths, "path")
        );
        what.push(Line::new(&told, DIM));
    }
    let mut lines = flow(what, &dot(), width);
    lines.push(Line::default());
    lines.push(headline(found));
    lines
}

/// `7 pairs: 6 agree on all 785 rows, 1 differs`
fn headline(found: &Reconciliation) -> Line {
    let pairs = found.pairs.len() as u64;
    let wrong = found.pairs.iter().filter(|pair| pair.disagree > 0).count() as u64;
    let good = pairs - wrong;
    let mut line = Line::new(&counted(pairs, "pair"), BOLD);
    if pairs == 0 {
        return line.and(": no path says what a column says", YELLOW);
    }
    line = line.and(": ", BOLD);
    if good > 0 {
        let rows: Vec<u64> = {
            let agree = found.pairs.iter().filter(|pair| pair.disagree == 0);
            agree.map(|pair| pair.rows).collect()
        };
        let all = match rows.iter().min() == rows.iter().max() {
            true => format!("all {}", counted(rows.first().copied().unwrap_or(0), "row")),
            false => "all their rows".to_owned(),
        };
        let verb = if good == 1 { "agrees" } else { "agree" };
        line = line.and(&format!("{} {verb} on {all}", count(good)), GREEN.bold());
    }
    if good > 0 && wrong > 0 {
        line = line.and(", ", BOLD);
    }
    if wrong > 0 {
        let verb = if wrong == 1 { "disagrees" } else { "disagree" };
        line = line.and(&format!("{} {verb}", count(wrong)), RED.bold());
    }
    line
}

/// The cells of a pair's line.
struct Cells {
    path: String,
    column: String,
    rows: String,
    agree: String,
    disagree: String,
    dates: String,
    note: String,
}

const NAMES: [&str; 7] = ["PATH", "COLUMN", "ROWS", "AGREE", "DISAGREE", "DATES", ""];

impl Cells {
    fn of(pair: &Pair, narrow: bool) -> Self {
        let share = pair.agree as f64 * 100.0 / pair.tested().max(1) as f64;
        Self {
            path: path(pair),
            column: pair.column.clone(),
            rows: count(pair.tested()),
            agree: match pair.tested() {
                0 => "-".to_owned(),
                _ => percent(share, 1),
            },
            disagree: match pair.disagree {
                0 => String::new(),
                rows => count(rows),
            },
            dates: dates(pair.since, pair.until, narrow),
            note: note(pair),
        }
    }

    fn get(&self, at: usize) -> &str {
        match at {
            0 => &self.path,
            1 => &self.column,
            2 => &self.rows,
            3 => &self.agree,
            4 => &self.disagree,
            5 => &self.dates,
            _ => &self.note,
        }
    }
}

fn path(pair: &Pair) -> String {
    match pair.length {
        true => format!("length of {}", pair.path),
        false => pair.path.clone(),
    }
}

fn dates(
    since: Option<chrono::NaiveDate>,
    until: Option<chrono::NaiveDate>,
    narrow: bool,
) -> String {
    match (since, until) {
        (Some(since), Some(until)) if since == until => since.to_string(),
        (Some(since), Some(until))
            if narrow && since.format("%Y").to_string() == until.format("%Y").to_string() =>
        {
            format!("{since}..{}", until.format("%m-%d"))
        }
        (Some(since), Some(until)) if narrow => {
            format!("{}..{}", since.format("%y-%m-%d"), until.format("%y-%m-%d"))
        }
        (Some(since), Some(until)) => format!("{since}..{until}"),
        _ => String::new(),
    }
}

/// What makes the pair agree, or why it is one.
fn note(pair: &Pair) -> String {
    let mut notes = Vec::new();
    notes.extend(pair.form.clone());
    notes.extend(pair.coercions.iter().filter_map(coercion));
    if pair.explanations.iter().any(|e| !e.spellings.is_empty()) {
        notes.push("spelling".to_owned());
    } else if pair.basis == Basis::Names {
        notes.push("paired by name".to_owned());
    }
    notes.join(", ")
}

/// What the form does not say already.
fn coercion(coercion: &Counted<Coercion>) -> Option<String> {
    let in_form = matches!(
        coercion.kind,
        Coercion::Rounded | Coercion::Truncated | Coercion::Scaled
    );
    (!in_form).then(|| coercion.kind.told().to_owned())
}

/// The pairs as a table, in groups of one JSON column and one table.
fn pairs(found: &Reconciliation, width: usize) -> Vec<Line> {
    let narrow = width < 100;
    let cells: Vec<Cells> = found
        .pairs
        .iter()
        .map(|pair| Cells::of(pair, narrow))
        .collect();
    let shown: Vec<usize> = (0..NAMES.len())
        .filter(|at| cells.iter().any(|c| !c.get(*at).is_empty()))
        // Where there is no room, the blocks below tell of these.
        .filter(|at| !narrow || *at != 2)
        .collect();
    let mut widths: BTreeMap<usize, usize> = shown
        .iter()
        .map(|at| {
            let all = cells
                .iter()
                .map(|c| c.get(*at))
                .chain(NAMES.get(*at).copied());
            let widest = all.map(|cell| Line::new(cell, PLAIN).width()).max();
            (*at, widest.unwrap_or(0))
        })
        .collect();
    // The mark, and two spaces between columns; the note comes last and is wrapped by its own line if it must be.
    let fixed = 4 + 2 * shown.len().saturating_sub(1);
    while widths.values().sum::<usize>() + fixed > width {
        let cut = [6, 0, 1]
            .into_iter()
            .filter(|at| widths.get(at).is_some_and(|w| *w > 12));
        match cut
            .max_by_key(|at| widths.get(at).copied())
            .and_then(|at| widths.get_mut(&at))
        {
            Some(widest) => *widest -= 1,
            None => break,
        }
    }
    let of = |at: usize| widths.get(&at).copied().unwrap_or(0);
    let line = |mark: Line, cell: &dyn Fn(usize) -> (String, Ansi)| {
        let mut line = mark;
        for (i, at) in shown.iter().enumerate() {
            let (text, style) = cell(*at);
            let text = if *at < 2 {
                fit_end(&text, of(*at))
            } else {
                fit(&text, of(*at))
            };
            let right = (2..=4).contains(at);
            let gap = if i == 0 { "" } else { "  " };
            line = line
                .and(gap, PLAIN)
                .join(Line::new(&text, style).padded(of(*at), right));
        }
        line
    };
    let mut lines = Vec::new();
    let mut last: Option<(&str, &str)> = None;
    for (pair, cells) in found.pairs.iter().zip(&cells) {
        let group = (pair.json.as_str(), pair.table.as_str());
        if last != Some(group) {
            lines.push(Line::default());
            lines.extend(title(pair, found, width));
            if last.is_none() {
                lines.push(line(Line::new("    ", PLAIN), &|at| {
                    (NAMES.get(at).copied().unwrap_or_default().to_owned(), DIM)
                }));
            }
            last = Some(group);
        }
        let good = pair.disagree == 0;
        let mark = if good {
            Line::new("  ✓ ", GREEN)
        } else {
            Line::new("  ✗ ", RED.bold())
        };
        lines.push(line(mark, &|at| {
            let style = match at {
                0 | 1 if !good => BOLD,
                3 if good => GREEN,
                3..=5 if !good => RED,
                2 | 6 => DIM,
                _ => PLAIN,
            };
            (cells.get(at).to_owned(), style)
        }));
        if !pair.also.is_empty() {
            let also = format!("also {}", few(&pair.also, 6, ", "));
            let also = fit(&also, width.saturating_sub(6));
            lines.push(Line::new("      ", PLAIN).and(&also, DIM));
        }
    }
    for source in &found.sources {
        let empty = !source.key.is_empty() && found.pairs.iter().all(|p| p.table != source.table);
        if empty {
            lines.push(Line::default());
            lines.push(Line::new(&fit(&source.table, width), BOLD).and("  no pair", YELLOW));
            lines.extend(partners(source, width));
        }
    }
    lines
}

/// The heading of a group: what is compared with what, by which key.
fn title(pair: &Pair, found: &Reconciliation, width: usize) -> Vec<Line> {
    let own = pair.table == found.table;
    let source = found
        .sources
        .iter()
        .find(|s| s.table == pair.table && s.key.is_empty() == own);
    let mut items = vec![Line::new(&pair.json, BOLD).and(" against ", PLAIN).and(
        if own { "its own row" } else { &pair.table },
        if own { PLAIN } else { BOLD },
    )];
    if let Some(source) = source.filter(|source| !source.key.is_empty()) {
        let last = items.pop().unwrap_or_default();
        let suggested = if source.key_suggested {
            " (suggested)"
        } else {
            ""
        };
        let by = Line::new(&format!(" by {}", key(source)), PLAIN).and(suggested, DIM);
        items = vec![last.join(by)];
        let mut lines = flow(items, &dot(), width);
        lines.extend(partners(source, width));
        return lines;
    }
    flow(items, &dot(), width)
}

fn key(source: &SourceTold) -> String {
    let columns = source.key.iter().map(|k| match k.document == k.column {
        true => k.document.clone(),
        false => format!("{} = {}", k.document, k.column),
    });
    columns.collect::<Vec<_>>().join(" + ")
}

/// Which rows have a partner.
fn partners(source: &SourceTold, width: usize) -> Vec<Line> {
    let of = short(&source.rows_of);
    let theirs = source.rows_of == source.table;
    let (one, other) = match theirs {
        true => ("document", "documents"),
        false => ("row there", "rows there"),
    };
    let compared = source.rows - source.without_partner - source.ambiguous;
    let all = format!("{} of {}", count(compared), counted(source.rows, "row"));
    let mut items = vec![match compared == source.rows {
        true => Line::new(
            &format!("all {} of {of} have a {one}", counted(source.rows, "row")),
            DIM,
        ),
        false => Line::new(&format!("{all} of {of} have one {one}"), YELLOW),
    }];
    if source.ambiguous > 0 {
        let told = format!(
            "{} have several and are not compared",
            count(source.ambiguous)
        );
        items.push(Line::new(&told, YELLOW));
    }
    if let Some(left) = source.never_joined.filter(|left| *left > 0) {
        let told = match theirs {
            true => format!("{} without a row there", counted(left, "document")),
            false => format!("{} {other} without a document", count(left)),
        };
        items.push(Line::new(&told, DIM));
    }
    let lines = flow(items, &Line::new(", ", DIM), width.saturating_sub(2));
    lines
        .into_iter()
        .map(|line| Line::new("  ", PLAIN).join(line))
        .collect()
}

/// A pair that disagrees: how, since when, what explains it, and rows.
fn block(pair: &Pair, found: &Reconciliation, width: usize, verbose: bool) -> Vec<Line> {
    let several = found.documents.len() > 1;
    let json = if several {
        format!("{} ", pair.json)
    } else {
        String::new()
    };
    let name = format!("{json}{} = {}", path(pair), pair.told_column(&found.table));
    let told = format!(
        "{} of {}",
        count(pair.disagree),
        counted(pair.tested(), "row")
    );
    let mut items = vec![
        Line::new("✗ ", RED.bold()).and(&fit(&name, width.saturating_sub(2)), BOLD),
        Line::new(&told, RED),
    ];
    if pair.all_days > 0 && pair.days > 0 {
        let days = format!(
            "on {} of {}",
            count(pair.days),
            counted(pair.all_days, "day")
        );
        items.push(Line::new(&days, PLAIN));
    }
    let mut lines = flow(items, &Line::new("  ", PLAIN), width);
    let room = width.saturating_sub(LABEL + 4);
    for how in &pair.disagreements {
        let mut items = vec![Line::new(
            &format!("{} {}", count(how.rows), how.kind.told()),
            RED,
        )];
        if how.since.is_some() {
            let on = match how.days {
                1 => String::new(),
                days => format!(" on {}", counted(days, "day")),
            };
            items.push(Line::new(
                &format!("{}{on}", dates(how.since, how.until, false)),
                PLAIN,
            ));
        }
        lines.extend(labelled("rows", flow(items, &dot(), room)));
    }
    if pair.wide_integers > 0 {
        let told = format!(
            "{} of the JSON beyond 2^53, {} of them no double",
            counted(pair.wide_integers, "integer"),
            count(pair.inexact_integers)
        );
        lines.extend(labelled(
            "digits",
            vec![Line::new(&fit(&told, room), YELLOW)],
        ));
    }
    for explanation in &pair.explanations {
        lines.extend(labelled("explained", explained(explanation, room)));
    }
    let most = if verbose { ROWS_VERBOSE } else { ROWS };
    let shown = pair.samples.get(..most).unwrap_or(&pair.samples);
    lines.extend(labelled("shown", samples(shown, pair, room)));
    lines
}

fn labelled(label: &str, text: Vec<Line>) -> Vec<Line> {
    let text = text.into_iter().enumerate();
    text.map(|(at, line)| {
        let label = if at == 0 { label } else { "" };
        Line::new("  ", PLAIN)
            .join(Line::new(label, DIM).padded(LABEL + 2, false))
            .join(line)
    })
    .collect()
}

fn explained(explanation: &Explanation, room: usize) -> Vec<Line> {
    let share = match explanation.rows == explanation.of {
        true => "all of them".to_owned(),
        false => format!("{} of {}", count(explanation.rows), count(explanation.of)),
    };
    let formula = Line::new(&fit(&explanation.formula, room), BOLD);
    let mut lines = flow(vec![formula, Line::new(&share, PLAIN)], &dot(), room);
    let spellings = explanation
        .spellings
        .get(..SPELLINGS)
        .unwrap_or(&explanation.spellings);
    let widest = spellings.iter().map(|(said, held, _)| {
        (
            Line::new(&fit(said, room / 3), PLAIN).width(),
            Line::new(&fit(held, room / 3), PLAIN).width(),
        )
    });
    let (said, held) = widest.fold((0, 0), |a, b| (a.0.max(b.0), a.1.max(b.1)));
    for (json, column, rows) in spellings {
        lines.push(
            Line::new(&fit(json, room / 3), PLAIN)
                .padded(said, false)
                .and(" → ", DIM)
                .join(Line::new(&fit(column, room / 3), PLAIN).padded(held, false))
                .and("  ", PLAIN)
                .join(Line::new(&count(*rows), DIM).padded(5, true)),
        );
    }
    if let Some(more) = explanation
        .spellings
        .len()
        .checked_sub(SPELLINGS)
        .filter(|more| *more > 0)
    {
        lines.push(Line::new(&format!("and {more} more"), DIM));
    }
    lines
}

/// Rows side by side: date, key, what the JSON says, what the column holds.
fn samples(rows: &[Sample], pair: &Pair, room: usize) -> Vec<Line> {
    if rows.is_empty() {
        return Vec::new();
    }
    let keys: Vec<Map<String, Value>> = rows
        .iter()
        .map(|row| serde_json::from_str(&row.key).unwrap_or_default())
        .collect();
    let mut names: Vec<String> = Vec::new();
    for key in &keys {
        for name in key.keys() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let dated = rows.iter().any(|row| row.date.is_some());
    // A date that the key has, too, stands once.
    names.retain(|name| {
        !rows.iter().zip(&keys).all(|(row, key)| {
            row.date
                .is_some_and(|date| text(key.get(name)) == date.to_string())
        })
    });
    let mut table: Vec<(String, Vec<String>, Ansi)> = Vec::new();
    if dated {
        let day = |row: &Sample| {
            row.date
                .map_or_else(|| "NULL".to_owned(), |date| date.to_string())
        };
        table.push(("date".to_owned(), rows.iter().map(day).collect(), PLAIN));
    }
    for name in &names {
        table.push((
            name.clone(),
            keys.iter().map(|key| text(key.get(name))).collect(),
            PLAIN,
        ));
    }
    let json = |row: &Sample| match row.json.as_str() {
        "" => "no such key".to_owned(),
        json => json.to_owned(),
    };
    let column = |row: &Sample| match row.column.as_str() {
        "null" => "NULL".to_owned(),
        column => column.to_owned(),
    };
    table.push(("JSON".to_owned(), rows.iter().map(json).collect(), RED));
    table.push((pair.column.clone(), rows.iter().map(column).collect(), RED));
    let mut widths: Vec<usize> = table
        .iter()
        .map(|(name, cells, _)| {
            let all = cells.iter().chain([name]);
            all.map(|cell| Line::new(cell, PLAIN).width())
                .max()
                .unwrap_or(0)
        })
        .collect();
    while widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1) > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 6 => *widest -= 1,
            _ => break,
        }
    }
    let line = |cell: &dyn Fn(&(String, Vec<String>, Ansi)) -> (String, Ansi)| {
        let mut line = Line::default();
        for (at, (column, width)) in table.iter().zip(&widths).enumerate() {
            let (text, style) = cell(column);
            let gap = if at == 0 { "" } else { "  " };
            let text = Line::new(&fit(&text, *width), style).padded(*width, false);
            line = line.and(gap, PLAIN).join(text);
        }
        line
    };
    let mut lines = vec![line(&|(name, ..)| (name.clone(), DIM))];
    for row in 0..rows.len() {
        lines.push(line(&|(_, cells, style)| {
            (cells.get(row).cloned().unwrap_or_default(), *style)
        }));
    }
    lines
}

/// Keys that no column says, by what they are members of.
fn unreached(found: &Reconciliation, width: usize, verbose: bool) -> Vec<Line> {
    if found.unreached.is_empty() {
        return Vec::new();
    }
    let several = found.documents.len() > 1;
    let mut groups: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for key in &found.unreached {
        let (above, name) = match key.path.rsplit_once('.') {
            Some((above, name)) => (above.to_owned(), name.to_owned()),
            None => ("$".to_owned(), key.path.trim_start_matches('$').to_owned()),
        };
        let name = if key.length {
            format!("{name} (length)")
        } else {
            name
        };
        let json = if several {
            format!("{} ", key.json)
        } else {
            String::new()
        };
        let names = groups.entry((json, without_indexes(&above))).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let title = format!(
        "{} without a column",
        counted(found.unreached.len() as u64, "key")
    );
    let mut lines = vec![Line::default(), Line::new(&title, BOLD)];
    let most = if verbose { usize::MAX } else { KEY_LINES };
    let total = groups.len();
    for ((json, above), names) in groups.into_iter().take(most) {
        let head = format!("{json}{above}: ");
        let shown = if verbose { names.len() } else { 8 };
        let text = format!("{head}{}", few(&names, shown, ", "));
        let text = match verbose {
            true => wrap(&text, width.saturating_sub(2)),
            false => vec![fit(&text, width.saturating_sub(2))],
        };
        lines.extend(
            text.iter()
                .map(|text| Line::new("  ", PLAIN).and(text, DIM)),
        );
    }
    if total > most {
        let told = format!(
            "  and below {} more; --verbose lists all",
            counted((total - most) as u64, "key")
        );
        lines.push(Line::new(&told, DIM));
    }
    lines
}

/// `$.a[0].b` as `$.a[*].b`
fn without_indexes(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((index, after)) = after.split_once(']') else {
            break;
        };
        out.push_str(before);
        let plain = index.bytes().all(|b| b.is_ascii_digit());
        out.push_str(&if plain {
            "[*]".to_owned()
        } else {
            format!("[{index}]")
        });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn joinable(found: &Reconciliation, width: usize) -> Vec<Line> {
    if found.joinable.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        Line::default(),
        Line::new("Other tables that share a key", BOLD),
    ];
    for table in &found.joinable {
        let text = format!("--with {}  ({})", table.table, few(&table.columns, 4, ", "));
        lines.push(Line::new("  ", PLAIN).and(&fit(&text, width.saturating_sub(2)), DIM));
    }
    lines
}

/// The checks as they are, so that they can be copied.
fn checks(found: &Reconciliation, width: usize, written: Option<&Path>) -> Vec<Line> {
    if found.checks.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default()];
    if let Some(file) = written {
        lines.push(Line::new("checks: ", BOLD).and(&file.display().to_string(), PLAIN));
        return lines;
    }
    let title = Line::new("Checks for the suite ", BOLD);
    let rule = "─".repeat(width.saturating_sub(title.width()));
    lines.push(title.and(&rule, DIM));
    lines.extend(found.checks.lines().map(|line| Line::new(line, PLAIN)));
    lines
}
