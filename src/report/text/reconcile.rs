//! A reconciliation for a person at a terminal: the headline, the pairs, what disagrees, what no column says, the checks.

mod block;

use std::collections::BTreeMap;
use std::path::Path;

use anstyle::Style as Ansi;
use chrono::{Datelike, NaiveDate};

use self::block::block;
use super::line::{Line, fit, fit_end, flow, wrap};
use super::number::{count, percent};
use super::{BOLD, DIM, GREEN, PLAIN, RED, Style, YELLOW, dot};
use crate::reconcile::{
    Basis, Coercion, Counted, HowDisagrees, Pair, Reconciliation, SourceTold, short,
};
use crate::value::text::{counted, few};

/// Lines of keys without a column.
const KEY_LINES: usize = 6;

pub(in crate::report) fn render(
    found: &Reconciliation,
    style: Style,
    written: Option<&Path>,
) -> String {
    let width = style.width.clamp(60, 120);
    let mut lines = header(found, width);
    lines.extend(pairs(found, width));
    for pair in found.pairs.iter().filter(|pair| pair.apart() > 0) {
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
    let wrong = found.pairs.iter().filter(|pair| pair.apart() > 0).count() as u64;
    let good = pairs - wrong;
    let mut line = Line::new(&counted(pairs, "pair"), BOLD);
    if pairs == 0 {
        line = line.and(": no path says what a column says", YELLOW);
    }
    if pairs > 0 {
        line = line.and(": ", BOLD);
    }
    if good > 0 {
        let rows: Vec<u64> = {
            let agree = found.pairs.iter().filter(|pair| pair.apart() == 0);
            agree.map(compared).collect()
        };
        let all = match (rows.iter().min(), rows.iter().max()) {
            (Some(1), Some(1)) => "one row".to_owned(),
            (Some(least), Some(most)) if least == most => format!("all {}", counted(*most, "row")),
            _ => "all their rows".to_owned(),
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
    for alone in found.sources.iter().filter(|source| source.is_alone()) {
        let told = format!(", no row has a partner in {}", short(&alone.table));
        line = line.and(&told, RED.bold());
    }
    line
}

/// The cells of a pair's line.
struct Cells([String; COLUMNS]);

const COLUMNS: usize = 7;
const NAMES: [&str; COLUMNS] = ["PATH", "COLUMN", "ROWS", "AGREE", "DIFFER", "DATES", "HOW"];
/// The columns that go to a line of their own where the others leave no room.
const BELOW: [usize; 2] = [5, 6];

impl Cells {
    fn of(pair: &Pair) -> Self {
        let tested = compared(pair);
        let share = pair.agree as f64 * 100.0 / tested.max(1) as f64;
        Self([
            path(pair),
            pair.column.clone(),
            count(tested),
            match tested {
                0 => "-".to_owned(),
                _ => percent(share, 1),
            },
            match pair.apart() {
                0 => String::new(),
                rows => count(rows),
            },
            match pair.apart() {
                0 => String::new(),
                _ => dates(pair.since, pair.until, true),
            },
            note(pair),
        ])
    }

    fn get(&self, at: usize) -> &str {
        self.0.get(at).map_or("", String::as_str)
    }
}

/// Rows with a document that can be read, in which some side has a value.
fn compared(pair: &Pair) -> u64 {
    pair.tested() - pair.without_document()
}

fn path(pair: &Pair) -> String {
    match pair.length {
        true => format!("length of {}", pair.path),
        false => pair.path.clone(),
    }
}

/// A span of days; in short the year stands once where it can.
fn dates(since: Option<NaiveDate>, until: Option<NaiveDate>, short: bool) -> String {
    match (since, until) {
        (Some(since), Some(until)) if since == until => since.to_string(),
        (Some(since), Some(until)) if short && since.year() == until.year() => {
            format!("{since}..{}", until.format("%m-%d"))
        }
        (Some(since), Some(until)) => format!("{since}..{until}"),
        _ => String::new(),
    }
}

/// What makes the pair agree and since when, or why it is one.
fn note(pair: &Pair) -> String {
    let mut notes: Vec<String> = pair.coercions.iter().map(|c| coercion(pair, c)).collect();
    // A form that no row needs is still how the rest was compared.
    if notes.is_empty() {
        notes.extend(pair.form.clone());
    }
    if pair.explanations.iter().any(|e| !e.spellings.is_empty()) {
        notes.push("spelling".to_owned());
    } else if pair.basis == Basis::Names {
        notes.push("paired by name".to_owned());
    }
    notes.join(", ")
}

fn coercion(pair: &Pair, coercion: &Counted<Coercion>) -> String {
    let of_form = matches!(
        coercion.kind,
        Coercion::Rounded | Coercion::Truncated | Coercion::Scaled
    );
    let told = match (&pair.form, of_form) {
        (Some(form), true) => form.as_str(),
        _ => coercion.kind.told(),
    };
    match coercion.since {
        Some(since) => format!("{told} since {since}"),
        None => told.to_owned(),
    }
}

/// How wide each column of the pairs is.
struct Layout {
    /// By column; the columns that are not there have none.
    widths: BTreeMap<usize, usize>,
    /// Whether dates and notes stand below their pair.
    below: bool,
}

impl Layout {
    fn of(cells: &[Cells], width: usize) -> Self {
        let wide = |text: &str| Line::new(text, PLAIN).width();
        let needs = |at: usize| {
            let all = cells
                .iter()
                .map(|c| c.get(at))
                .chain(NAMES.get(at).copied());
            all.map(wide).max().unwrap_or(0)
        };
        let is_there = |at: &usize| cells.iter().any(|c| !c.get(*at).is_empty());
        let mut widths: BTreeMap<usize, usize> = (0..COLUMNS)
            .filter(is_there)
            .map(|at| (at, needs(at)))
            .collect();
        let total =
            |widths: &BTreeMap<usize, usize>| widths.values().map(|w| w + GAP).sum::<usize>();
        let below = total(&widths) > width;
        if below {
            widths.retain(|at, _| !BELOW.contains(at));
        }
        while total(&widths) > width {
            let widest = [0, 1].into_iter().max_by_key(|at| widths.get(at).copied());
            match widest.and_then(|at| widths.get_mut(&at)) {
                Some(widest) if *widest > 8 => *widest -= 1,
                _ => break,
            }
        }
        Self { widths, below }
    }

    fn line(&self, mark: Line, cell: impl Fn(usize) -> (String, Ansi)) -> Line {
        let mut line = mark;
        for (i, (at, width)) in self.widths.iter().enumerate() {
            let (text, style) = cell(*at);
            let text = if *at == 0 {
                fit_end(&text, *width)
            } else {
                fit(&text, *width)
            };
            let gap = if i == 0 { "" } else { "  " };
            let right = (2..=4).contains(at);
            line = line
                .and(gap, PLAIN)
                .join(Line::new(&text, style).padded(*width, right));
        }
        line
    }
}

/// Between columns; the mark before the first takes as much.
const GAP: usize = 2;

/// The pairs as a table, in groups of one JSON column and one table.
fn pairs(found: &Reconciliation, width: usize) -> Vec<Line> {
    let cells: Vec<Cells> = found.pairs.iter().map(Cells::of).collect();
    let layout = Layout::of(&cells, width);
    let mut lines = Vec::new();
    let mut last: Option<(&str, &str)> = None;
    for (pair, cells) in found.pairs.iter().zip(&cells) {
        let group = (pair.json.as_str(), pair.table.as_str());
        if last != Some(group) {
            lines.push(Line::default());
            lines.extend(title(pair, found, width));
            lines.extend(without_document(found, group, width));
            if last.is_none() {
                lines.push(layout.line(Line::new("  ", PLAIN), |at| {
                    (NAMES.get(at).copied().unwrap_or_default().to_owned(), DIM)
                }));
            }
            last = Some(group);
        }
        lines.extend(row(pair, cells, &layout, width));
    }
    for source in &found.sources {
        let empty = !source.key.is_empty() && found.pairs.iter().all(|p| p.table != source.table);
        if empty {
            lines.push(Line::default());
            let by = format!(" by {}", key(source));
            lines.push(Line::new(&source.table, BOLD).and(&by, PLAIN));
            lines.extend(partners(source, width));
            if source.compared() > 0 {
                lines.push(Line::new("  no path says what a column says", YELLOW));
            }
        }
    }
    lines
}

/// What is wrong with the documents of a group as a whole, said of the column that misses most.
fn without_document(found: &Reconciliation, group: (&str, &str), width: usize) -> Vec<Line> {
    let pairs = || {
        found
            .pairs
            .iter()
            .filter(|p| (p.json.as_str(), p.table.as_str()) == group)
    };
    let mut items = Vec::new();
    for kind in [HowDisagrees::DocumentNull, HowDisagrees::Malformed] {
        let all = pairs().filter_map(|pair| pair.counted(kind));
        if let Some(most) = all.max_by_key(|counted| counted.rows) {
            let rows = counted(most.rows, "row");
            let when = dates(most.since, most.until, true);
            let when = if when.is_empty() {
                when
            } else {
                format!(", {when}")
            };
            items.push(Line::new(&format!("{rows} {}{when}", kind.told()), RED));
        }
    }
    let lines = flow(items, &dot(), width.saturating_sub(2));
    lines
        .into_iter()
        .map(|line| Line::new("  ", PLAIN).join(line))
        .collect()
}

/// A pair's line, and what did not fit on it below.
fn row(pair: &Pair, cells: &Cells, layout: &Layout, width: usize) -> Vec<Line> {
    let good = pair.apart() == 0;
    let mark = match good {
        true => Line::new("✓ ", GREEN),
        false => Line::new("✗ ", RED.bold()),
    };
    let style = |at: usize| match at {
        0 | 1 if !good => BOLD,
        3 if good => GREEN,
        3..=5 if !good => RED,
        2 | 6 => DIM,
        _ => PLAIN,
    };
    let mut lines = vec![layout.line(mark, |at| (cells.get(at).to_owned(), style(at)))];
    let mut more: Vec<Line> = Vec::new();
    if layout.below {
        let told = BELOW.iter().filter(|at| !cells.get(**at).is_empty());
        more.extend(told.map(|at| Line::new(cells.get(*at), style(*at))));
    }
    if !pair.also.is_empty() {
        more.push(Line::new(
            &fit(&format!("also {}", few(&pair.also, 6, ", ")), width - 4),
            DIM,
        ));
    }
    let below = flow(more, &dot(), width.saturating_sub(4));
    lines.extend(
        below
            .into_iter()
            .map(|line| Line::new("    ", PLAIN).join(line)),
    );
    lines
}

/// The heading of a group: what is compared with what, by which key.
fn title(pair: &Pair, found: &Reconciliation, width: usize) -> Vec<Line> {
    let own = pair.table == found.table;
    let source = found
        .sources
        .iter()
        .find(|s| s.table == pair.table && s.key.is_empty() == own);
    let mut items = vec![
        Line::new(&pair.json, BOLD)
            .and(" against ", PLAIN)
            .and(if own { "its own row" } else { &pair.table }, BOLD),
    ];
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
    let compared = source.compared();
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
        let name = if key.length && name.is_empty() {
            "length".to_owned()
        } else if key.length {
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
            "  and {} more; --verbose lists all",
            counted((total - most) as u64, "group")
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
