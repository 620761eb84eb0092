//! Rows of evidence as an aligned table: the key, the values looked at, the reason.

use anstyle::Style;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::line::{Line, fit};
use super::{DIM, PLAIN, grid};
use crate::finding::Evidence;

/// What a column shows, in the order in which columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Date,
    Key,
    Value,
    Reason,
}

#[derive(Debug)]
struct Column {
    role: Role,
    name: String,
    /// A cell a row, empty where the row has no such value.
    cells: Vec<String>,
}

/// A header and a line a row, none wider than `width`; `values` is the style of what is looked at,
/// `reasons` whether the rows differ in their reason.
///
/// Cells are cut to fit. Where so many columns can't, the last values are left out and named below.
pub(super) fn table(rows: &[&Evidence], width: usize, values: Style, reasons: bool) -> Vec<Line> {
    let columns = columns(rows, reasons).into_iter().map(|column| {
        let right = column.is_numeric();
        let style = |text: &str| match column.role {
            _ if text == NULL => DIM,
            Role::Value => values,
            Role::Date | Role::Key | Role::Reason => PLAIN,
        };
        let styles: Vec<Style> = column.cells.iter().map(|text| style(text)).collect();
        let spare = u8::from(column.role == Role::Value);
        grid::Column {
            right,
            ..grid::Column::new(&column.name, column.cells.into_iter().zip(styles)).spare(spare)
        }
    });
    let (mut lines, left_out) = grid::grid(columns.collect(), width, DIM);
    if !left_out.is_empty() {
        let names = format!("not shown: {}", left_out.join(", "));
        lines.push(Line::new(&fit(&names, width), DIM));
    }
    lines
}

const NULL: &str = "NULL";

fn columns(rows: &[&Evidence], reasons: bool) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    let mut put = |at: usize, role: Role, name: &str, cell: String| {
        let known = columns
            .iter()
            .position(|c| c.name == name && (c.role == role || c.role == Role::Key));
        let column = match known {
            // A key column among the values says nothing new.
            Some(i) if columns.get(i).is_some_and(|c| c.role != role) => return,
            Some(i) => columns.get_mut(i),
            None => {
                columns.push(Column {
                    role,
                    name: name.to_owned(),
                    cells: vec![String::new(); rows.len()],
                });
                columns.last_mut()
            }
        };
        if let Some(slot) = column.and_then(|c| c.cells.get_mut(at)) {
            *slot = cell;
        }
    };
    for (at, row) in rows.iter().enumerate() {
        let key = fields(&row.key, "key");
        let values = fields(&row.row, "row");
        let date = row.date.map(|d| d.to_string());
        let said = |d: &String| {
            let mut all = key.iter().chain(&values);
            all.any(|(_, raw)| text(raw).as_ref() == Some(d))
        };
        if let Some(date) = date.filter(|d| !said(d)) {
            put(at, Role::Date, "date", date);
        }
        for (name, raw) in key {
            let cell = text(&raw).unwrap_or(raw);
            put(at, Role::Key, &name, cell);
        }
        for (name, raw) in values {
            put(at, Role::Value, &name, shown(raw));
        }
        if reasons {
            put(at, Role::Reason, "reason", row.reason.clone());
        }
    }
    columns.sort_by_key(|c| c.role);
    columns
}

impl Column {
    fn is_numeric(&self) -> bool {
        let mut cells = self.cells.iter().filter(|c| *c != NULL && !c.is_empty());
        self.role == Role::Value
            && self.cells.iter().any(|c| c != NULL && !c.is_empty())
            && cells.all(|c| is_number(c.trim_matches('"')))
    }
}

/// The members of a JSON object in their order, values as they are written; the whole text under
/// `name` if it is none.
pub(in crate::report) fn fields(json: &str, name: &str) -> Vec<(String, String)> {
    members(json).unwrap_or_else(|| vec![(name.to_owned(), json.to_owned())])
}

fn members(json: &str) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    let mut rest = json.trim().strip_prefix('{')?.trim_start();
    if rest == "}" {
        return Some(fields);
    }
    loop {
        let (name, _, after) = value::<String>(rest)?;
        let (_, raw, after) = value::<IgnoredAny>(after.trim_start().strip_prefix(':')?)?;
        fields.push((name, raw.trim().to_owned()));
        match after.trim_start() {
            "}" => return Some(fields),
            more => rest = more.strip_prefix(',')?,
        }
    }
}

/// The JSON value at the start of `text`: read, as it is written, and what follows it.
fn value<T: DeserializeOwned>(text: &str) -> Option<(T, &str, &str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let value = values.next()?.ok()?;
    let (raw, rest) = text.split_at_checked(values.byte_offset())?;
    Some((value, raw, rest))
}

/// The text of a JSON string.
pub(in crate::report) fn text(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

/// A JSON value as a cell: a string without quotes, unless it could be taken for another value.
pub(in crate::report) fn shown(raw: String) -> String {
    match text(&raw) {
        Some(text) => {
            let plain = text.trim() == text && !text.is_empty();
            let other = is_number(&text)
                || ["null", "true", "false"].contains(&text.to_lowercase().as_str());
            if plain && !other { text } else { raw }
        }
        None if raw == "null" => NULL.to_owned(),
        None => raw,
    }
}

pub(in crate::report) fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, row: &str) -> Evidence {
        Evidence {
            check: String::new(),
            table: None,
            rank: 1,
            date: chrono::NaiveDate::from_ymd_opt(2026, 1, 25),
            reason: "missing key".to_owned(),
            key: key.to_owned(),
            row: row.to_owned(),
            source: None,
        }
    }

    fn printed(rows: &[Evidence], width: usize) -> Vec<String> {
        let rows: Vec<&Evidence> = rows.iter().collect();
        let lines = table(&rows, width, PLAIN, true);
        assert!(lines.iter().all(|l| l.width() <= width));
        let mut out = String::new();
        lines.iter().for_each(|l| l.print(false, &mut out));
        out.lines().map(str::to_owned).collect()
    }

    #[test]
    fn aligns_and_keeps_the_order_of_columns() {
        let rows = [
            row(r#"{"z":"b","a":1}"#, r#"{"n":0,"m":"95","z":"b"}"#),
            row(r#"{"z":"longer","a":2}"#, r#"{"n":-12.50,"m":null,"o":""}"#),
        ];
        assert_eq!(
            printed(&rows, 80),
            [
                "date        z       a       n     m  o   reason",
                "2026-01-25  b       1       0  \"95\"      missing key",
                "2026-01-25  longer  2  -12.50  NULL  \"\"  missing key",
            ]
        );
    }

    #[test]
    fn a_date_that_is_in_the_row_stands_once() {
        let date = r#"{"game_date":"2026-01-25"}"#;
        for one in [row(date, "{}"), row("{}", date)] {
            assert_eq!(
                printed(&[one], 40),
                ["game_date   reason", "2026-01-25  missing key"]
            );
        }
    }

    #[test]
    fn what_is_no_object_is_shown_as_it_is() {
        let rows = [row("{\"a\":", "[1]")];
        assert_eq!(
            printed(&rows, 80),
            [
                "date        key    row  reason",
                "2026-01-25  {\"a\":  [1]  missing key"
            ]
        );
    }

    #[test]
    fn members_keep_their_order_and_their_text() {
        let members = |json| {
            members(json).map(|fields| {
                let fields = fields.into_iter().map(|(name, raw)| name + "=" + &raw);
                fields.collect::<Vec<_>>().join(" ")
            })
        };
        let all =
            r#" { "b\u0021" : 1.50 , "a":[1, {"c":"},"}],"a":12345678901234567890123,"n":null} "#;
        let text = r#"b!=1.50 a=[1, {"c":"},"}] a=12345678901234567890123 n=null"#;
        assert_eq!(members(all).as_deref(), Some(text));
        assert_eq!(members("{ }").as_deref(), Some(""));
        for broken in [
            "",
            "{",
            "[]",
            "1",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1}}",
            "{a:1}",
        ] {
            assert_eq!(members(broken), None, "{broken}");
        }
    }

    #[test]
    fn cuts_cells_and_leaves_columns_out_to_fit() {
        let many: Vec<String> = (0..12)
            .map(|i| format!(r#""column_{i}":"some text {i}""#))
            .collect();
        let rows = [row(
            r#"{"player":"長い名前長い名前"}"#,
            &format!("{{{}}}", many.join(",")),
        )];
        let lines = printed(&rows, 60);
        assert_eq!(lines.len(), 3);
        assert!(lines[1].contains('…'), "{lines:?}");
        assert!(
            lines[2].starts_with("not shown: column_3, column_4,"),
            "{lines:?}"
        );
    }
}
