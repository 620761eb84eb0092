//! The columns that differ: a table of all, and a block for each that does not follow another.

use std::collections::BTreeMap;

use super::days::bars;
use super::phrase::{chance, explained, few, of_rows, place, prose, sided, when, witnesses};
use super::rows::{PLACES, common, number};
use super::samples::{excerpts, shown};
use super::{BLOCKS, LEFT, NAMES, Page, RIGHT, headline, phrase};
use crate::diff::{ColumnDifference, Paths};
use crate::report::diff::facts::{self, Leader, column_span, frequent, percent_of};
use crate::report::text::fact::{INDENT, indented, labelled};
use crate::report::text::grid::{Column, grid};
use crate::report::text::line::{Line, fit, flow};
use crate::report::text::number::{bar, count, figure, percent};
use crate::report::text::{BOLD, DIM, PLAIN, RED, dot};
use crate::value::text::counted;

/// Columns listed, in short.
const LISTED: usize = 20;
/// Days a bar stands for are put together where there are more.
const BARS: usize = 12;
/// Patterns of a column, and pairs of values, that are told.
const PATTERNS: usize = 3;
const PAIRS: usize = 4;
/// Pairs of values told at most, however much is asked for: the reports hold them all.
const MOST_PAIRS: usize = 100;
/// How wide a value may be to be told in line.
const VALUE: usize = 24;
/// Floats this near, as a power of two of representable numbers, differ by the order of a sum at most.
const NOISE: u32 = 6;

/// All differing columns, each below the one it follows.
pub(super) fn table(page: &Page<'_>) -> Vec<Line> {
    let difference = page.difference;
    let all = difference.differing().count();
    if all == 0 {
        return Vec::new();
    }
    // What follows one leader takes no other leader's place.
    let of_each = match all > page.most(LISTED) {
        true => LISTED.saturating_sub(page.leaders.len()) / page.leaders.len().max(1),
        false => all,
    };
    let listed: Vec<(&ColumnDifference, &str)> = page
        .leaders
        .iter()
        .flat_map(|leader| {
            let followers = leader.followers.iter().map(|column| (*column, "└ "));
            std::iter::once((leader.column, "")).chain(followers.take(of_each))
        })
        .take(page.most(LISTED))
        .collect();
    let of = |cell: &dyn Fn(&ColumnDifference) -> (String, anstyle::Style)| {
        listed
            .iter()
            .map(|(column, _)| cell(column))
            .collect::<Vec<_>>()
    };
    let plain = |text: String| (text, PLAIN);
    let any = |which: &dyn Fn(&ColumnDifference) -> bool| listed.iter().any(|(c, _)| which(c));
    let names = listed.iter().map(|(column, branch)| {
        let style = if branch.is_empty() { BOLD } else { PLAIN };
        (format!("{branch}{}", column.name), style)
    });
    let mut columns = vec![
        Column {
            least: 16,
            ..Column::new("column", names)
        },
        Column::new("type", of(&|c| (c.bq_type.clone(), DIM))).spare(5),
        Column::of_numbers("differ", of(&|c| number(c.differing, PLAIN))),
        Column::of_numbers(
            "",
            of(&|c| {
                let share = percent_of(c.differing, difference.rows.common);
                plain(percent(share, 1))
            }),
        ),
    ];
    if any(&|c| c.null_left + c.null_right > 0) {
        let left = of(&|c| number(c.null_left, LEFT));
        let right = of(&|c| number(c.null_right, RIGHT));
        columns.push(Column::of_numbers("NULL left", left).spare(3));
        columns.push(Column::of_numbers("NULL right", right).spare(3));
    }
    if any(&|c| c.largest.is_some()) {
        let largest = of(&|c| match c.largest {
            Some(by) => plain(figure(by)),
            None => ("–".to_owned(), DIM),
        });
        columns.push(Column::of_numbers("largest", largest).spare(4));
    }
    if difference.days.keys().flatten().count() > 1 {
        let days = of(&|c| {
            let differing = |day, _: &_| c.days.get(&Some(day)).copied().unwrap_or(0);
            (bars(difference, BARS, differing, common), RED)
        });
        columns.push(
            Column {
                least: BARS,
                ..Column::new("by day", days)
            }
            .spare(2),
        );
    }
    let spans: Vec<_> = listed
        .iter()
        .map(|(c, _)| column_span(difference, c))
        .collect();
    // One span for all stands in the verdict.
    if spans.windows(2).any(|pair| pair.first() != pair.last()) {
        let since = spans.iter().map(|span| {
            plain(
                span.as_ref()
                    .map_or("–".to_owned(), |s| s.since.to_string()),
            )
        });
        columns.push(
            Column {
                least: 10,
                ..Column::new("since", since)
            }
            .spare(6),
        );
        let until = spans.iter().map(|span| {
            plain(
                span.as_ref()
                    .map_or("–".to_owned(), |s| s.until.to_string()),
            )
        });
        columns.push(
            Column {
                least: 10,
                ..Column::new("until", until)
            }
            .spare(7),
        );
    }
    if any(&|c| !explained(c).is_empty()) {
        let told = of(&|c| match &c.follows {
            Some(_) => (explained(c), DIM),
            None => plain(explained(c)),
        });
        columns.push(
            Column {
                least: 20,
                most: 60,
                ..Column::new("what explains it", told)
            }
            .spare(1),
        );
    }
    let title = format!(
        "COLUMNS {} of {}",
        count(all as u64),
        count(facts::both(difference))
    );
    let mut lines = page.heading(&title, None).to_vec();
    lines.extend(indented(grid(columns, page.room(), DIM).0, INDENT));
    let more = all - listed.len();
    if more > 0 {
        let told = format!(
            "… {} more, --verbose lists them",
            counted(more as u64, "column")
        );
        lines.extend(indented([Line::new(&told, DIM)], INDENT));
    }
    lines
}

/// A block a column that leads.
pub(super) fn blocks(page: &Page<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for leader in page.leaders.iter().take(page.most(BLOCKS)) {
        lines.push(Line::default());
        lines.extend(block(page, leader));
    }
    let more = page.leaders.len().saturating_sub(page.most(BLOCKS));
    if more > 0 {
        lines.push(Line::default());
        let told = format!(
            "… and {} more that follow none, --verbose tells of them",
            counted(more as u64, "column")
        );
        lines.extend(prose(&told, page.width, DIM));
    }
    lines
}

fn block(page: &Page<'_>, leader: &Leader<'_>) -> Vec<Line> {
    let difference = page.difference;
    let column = leader.column;
    let at = phrase::column_at(["followed"].into_iter());
    let room = page.width.saturating_sub(at);
    let sign = Line::new("✗ ", RED.bold());
    let bq_type = Line::new(&column.bq_type, DIM);
    let name = fit(
        &column.name,
        page.room().saturating_sub(bq_type.width().min(24) + 2),
    );
    let mut title = vec![
        sign.and(&name, BOLD)
            .and("  ", PLAIN)
            .and(&fit(&column.bq_type, 24), DIM),
    ];
    if let Some(rule) = &column.rule {
        title.push(Line::new(&format!("equal {rule}"), DIM));
    }
    let mut lines = flow(title, &dot(), page.width);

    let share = percent(percent_of(column.differing, difference.rows.common), 1);
    let mut differs = vec![
        Line::new(
            &of_rows(column.differing, difference.rows.common, "row"),
            PLAIN,
        ),
        Line::new(&share, RED),
    ];
    for (n, side) in [(column.null_left, "left"), (column.null_right, "right")] {
        if n > 0 {
            differs.push(sided(&format!("{} {side} NULL", count(n)), PLAIN));
        }
    }
    if let Some(by) = column.largest {
        let unit = match column.bq_type.as_str() {
            "DATETIME" | "TIMESTAMP" | "TIME" => " s",
            _ => "",
        };
        differs.push(Line::new(
            &format!("by {}{unit} at most", figure(by)),
            PLAIN,
        ));
    }
    let mut put = |label, told: Vec<Line>| lines.extend(labelled(label, at, told));
    put("differs", flow(differs, &dot(), room));
    put("dates", dates(page, column, room));
    for pattern in column.patterns.iter().take(page.most(PATTERNS)) {
        put("pattern", prose(&phrase::pattern(pattern), room, PLAIN));
        let mechanism = pattern.mechanism.name();
        let told = format!("{mechanism}, {}", chance(pattern.chance));
        put("", prose(&told, room, DIM));
    }
    if let Some(usual) = headline::usual(page, column) {
        put("mostly", prose(&usual, room, PLAIN));
    }
    put("values", pairs(page, column, room));
    for told in witnesses(&column.witnesses) {
        put("witness", prose(&told, room, PLAIN));
    }
    for found in column.places.iter().take(page.most(PLACES)) {
        let (have, of_those) = place(found, "differing", "differ");
        put("where", prose(&have, room, PLAIN));
        put("", prose(&of_those, room, DIM));
    }
    put("paths", paths(page, &column.paths, room));
    put("ulps", ulps(&column.ulps, room));
    let followers: Vec<String> = leader
        .followers
        .iter()
        .map(|column| match column.differing == leader.column.differing {
            true => column.name.clone(),
            false => format!("{} in {}", column.name, count(column.differing)),
        })
        .collect();
    let followers: Vec<&str> = followers.iter().map(String::as_str).collect();
    let told = page.few(followers, 2 * NAMES);
    put(
        "followed",
        match told.is_empty() {
            true => Vec::new(),
            false => prose(&format!("by {told}"), room, PLAIN),
        },
    );
    lines
}

fn dates(page: &Page<'_>, column: &ColumnDifference, room: usize) -> Vec<Line> {
    let Some(span) = column_span(page.difference, column) else {
        return Vec::new();
    };
    let mut told = vec![Line::new(&when(&span), PLAIN)];
    if span.all > 1 {
        let differing = |day, _: &_| column.days.get(&Some(day)).copied().unwrap_or(0);
        let most = (room / 2).min(62);
        told.push(Line::new(
            &bars(page.difference, most, differing, common),
            RED,
        ));
    }
    flow(told, &dot(), room)
}

/// The pairs of values that are there most often, `87 → 0`.
fn pairs(page: &Page<'_>, column: &ColumnDifference, room: usize) -> Vec<Line> {
    let Some(cells) = page.cells.get(column.name.as_str()) else {
        return Vec::new();
    };
    let pairs = cells
        .iter()
        .map(|cell| (cell.left.as_deref(), cell.right.as_deref()));
    let pairs = frequent(pairs);
    let told = pairs
        .iter()
        .take(page.most(PAIRS).min(MOST_PAIRS))
        .map(|((left, right), n)| {
            let (left, right) = excerpts(*left, *right, VALUE);
            let pair = shown(left, LEFT, VALUE)
                .and(" → ", DIM)
                .join(shown(right, RIGHT, VALUE));
            match n {
                1 => pair,
                n => pair.and(&format!(" ×{}", count(*n)), DIM),
            }
        });
    let mut told: Vec<Line> = told.collect();
    let more = pairs.len() - told.len();
    if more > 0 {
        told.push(Line::new(&counted(more as u64, "more pair"), DIM));
    }
    flow(told, &dot(), room)
}

/// What of documents differs where.
fn paths(page: &Page<'_>, paths: &Paths, room: usize) -> Vec<Line> {
    let mut found: Vec<_> = paths.iter().collect();
    found.sort_by_key(|(_, counts)| {
        std::cmp::Reverse((counts.values, counts.only_left + counts.only_right))
    });
    let told = found
        .iter()
        .take(page.most(2 * NAMES))
        .map(|(path, counts)| {
            let parts = [
                (counts.values, ""),
                (counts.only_left, " only left"),
                (counts.only_right, " only right"),
            ];
            let parts: Vec<String> = parts
                .iter()
                .filter(|(n, _)| *n > 0)
                .map(|(n, side)| format!("{}{side}", counted(*n, "row")))
                .collect();
            let rows = parts.join(", ");
            let path = fit(path, room.saturating_sub(rows.len() + 2));
            Line::new(&path, PLAIN)
                .and("  ", PLAIN)
                .join(sided(&rows, DIM))
        });
    let mut lines: Vec<Line> = told.collect();
    let more = found.len() - lines.len();
    if more > 0 {
        lines.push(Line::new(
            &format!("… {} more paths", count(more as u64)),
            DIM,
        ));
    }
    lines
}

/// How far floats are apart.
fn ulps(ulps: &BTreeMap<u32, u64>, room: usize) -> Vec<Line> {
    let all: u64 = ulps.values().sum();
    let Some((most, _)) = ulps.last_key_value() else {
        return Vec::new();
    };
    let apart = |power: &u32| match *power {
        0 => "1".to_owned(),
        power @ 1..20 => format!("{}..{}", count(1 << power), count((2 << power) - 1)),
        power => format!("2^{power}.."),
    };
    let steps = ulps.iter().map(|(power, rows)| {
        Line::new(&format!("{} ", apart(power)), PLAIN)
            .and(&bar(percent_of(*rows, all)).to_string(), RED)
            .and(&format!(" {}", counted(*rows, "row")), DIM)
    });
    let mut lines = flow(steps.collect(), &dot(), room);
    if *most <= NOISE {
        let far = (2u64 << most) - 1;
        let told = format!(
            "no more than {} apart, as sums in another order are; --tolerance FLOAT64={far}ulp takes them as equal",
            counted(far, "representable number")
        );
        lines.extend(prose(&told, room, DIM));
    }
    lines
}

/// Documents that say the same in another shape.
pub(super) fn shape(page: &Page<'_>) -> Vec<Line> {
    let columns = facts::shape_only(page.difference);
    if columns.is_empty() {
        return Vec::new();
    }
    let mut lines = page
        .heading("JSON SHAPE ONLY", Some(columns.len() as u64))
        .to_vec();
    let listed = page.most(LISTED);
    let label = phrase::column_at(["only right"].into_iter()) + INDENT;
    let room = page.width.saturating_sub(label);
    for column in columns.iter().take(listed) {
        let rows = of_rows(column.shape, page.difference.rows.common, "row");
        let name = fit(&column.name, page.room().saturating_sub(rows.len() + 2));
        let title = Line::new(&name, BOLD).and("  ", PLAIN).and(&rows, DIM);
        lines.extend(indented([title], INDENT));
        let left = column
            .paths
            .iter()
            .filter(|(_, counts)| counts.only_left > 0);
        let right = column
            .paths
            .iter()
            .filter(|(_, counts)| counts.only_right > 0);
        let names = [
            (
                "only left",
                left.map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
            ),
            ("only right", right.map(|(path, _)| path.as_str()).collect()),
        ];
        for (side, paths) in names {
            if !paths.is_empty() {
                let told = prose(&few(&paths, page.most(2 * NAMES)), room, PLAIN);
                lines.extend(indented(labelled(side, label - INDENT, told), INDENT));
            }
        }
    }
    let more = columns.len().saturating_sub(listed);
    if more > 0 {
        let told = format!("… {} more", counted(more as u64, "column"));
        lines.extend(indented([Line::new(&told, DIM)], INDENT));
    }
    lines
}
