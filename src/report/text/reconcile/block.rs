//! A pair that disagrees, as a block of lines.

use anstyle::Style as Ansi;
use serde_json::{Map, Value};

use super::super::line::{Line, fit, flow};
use super::super::number::count;
use super::super::{BOLD, DIM, PLAIN, RED, YELLOW, dot};
use super::{dates, path};
use crate::reconcile::{Explanation, Pair, Reconciliation, Sample};
use crate::value::text::counted;

/// Rows shown, in short and at length.
const ROWS: usize = 3;
const ROWS_VERBOSE: usize = 20;
/// Spellings shown of a map.
const SPELLINGS: usize = 8;
const EXAMPLES: usize = 3;
/// The widest label.
const LABEL: usize = 10;

/// A pair that disagrees: how, since when, what explains it, and rows.
pub(super) fn block(pair: &Pair, found: &Reconciliation, width: usize, verbose: bool) -> Vec<Line> {
    let several = found.documents.len() > 1;
    let json = if several {
        format!("{} ", pair.json)
    } else {
        String::new()
    };
    let name = format!("{json}{} = {}", path(pair), pair.told_column(&found.table));
    let told = format!(
        "{} of {}",
        count(pair.apart()),
        counted(pair.tested() - pair.without_document(), "row")
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
    for how in pair
        .disagreements
        .iter()
        .filter(|how| !how.kind.of_document())
    {
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
    let shown: Vec<&Sample> = pair
        .samples
        .iter()
        .filter(|row| !row.kind.of_document())
        .take(most)
        .collect();
    lines.extend(labelled("shown", samples(&shown, pair, room)));
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
    // A function says it all, and some examples show it.
    let most = match explanation.formula.starts_with("column = ") {
        true => EXAMPLES,
        false => SPELLINGS,
    };
    let all = &explanation.spellings;
    let spellings = all.get(..most).unwrap_or(all);
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
        .checked_sub(most)
        .filter(|more| *more > 0)
    {
        lines.push(Line::new(&format!("and {more} more"), DIM));
    }
    lines
}

/// A name, a cell a row, and the style of the cells.
type Column = (String, Vec<String>, Ansi);

/// Rows side by side: date, key, what the JSON says, what the column holds.
fn samples(rows: &[&Sample], pair: &Pair, room: usize) -> Vec<Line> {
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
    let mut table: Vec<Column> = Vec::new();
    if dated {
        let day = |row: &&Sample| {
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
    let json = |row: &&Sample| match row.json.as_str() {
        "" => "no such key".to_owned(),
        json => json.to_owned(),
    };
    let column = |row: &&Sample| match row.column.as_str() {
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
    let line = |cell: &dyn Fn(&Column) -> (String, Ansi)| {
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
