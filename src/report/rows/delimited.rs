//! Rows as CSV and as a Markdown table.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::{Failed, RowWriter};
use crate::value::cell::{is_number, push_text};

/// RFC 4180: fields between commas, quoted where they hold a comma, a quote or a line end; lines end in CR LF.
pub(super) struct Csv<'a> {
    out: Box<dyn Write + Send + 'a>,
}

impl<'a> Csv<'a> {
    pub(super) fn new(schema: &Schema, mut out: Box<dyn Write + Send + 'a>) -> io::Result<Self> {
        let mut line = String::new();
        for (at, field) in schema.fields().iter().enumerate() {
            push_comma(&mut line, at);
            push_field(&mut line, field.name());
        }
        line.push_str("\r\n");
        out.write_all(line.as_bytes())?;
        Ok(Self { out })
    }
}

impl RowWriter for Csv<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failed> {
        let (mut line, mut cell) = (String::new(), String::new());
        for row in 0..batch.num_rows() {
            line.clear();
            for (at, column) in batch.columns().iter().enumerate() {
                push_comma(&mut line, at);
                cell.clear();
                if push_text(&mut cell, column, row) {
                    push_field(&mut line, &cell);
                }
            }
            line.push_str("\r\n");
            self.out.write_all(line.as_bytes())?;
        }
        Ok(self.out.flush()?)
    }

    fn end(mut self: Box<Self>) -> Result<(), Failed> {
        Ok(self.out.flush()?)
    }
}

fn push_comma(line: &mut String, at: usize) {
    if at > 0 {
        line.push(',');
    }
}

fn push_field(line: &mut String, text: &str) {
    // Nothing at all is NULL, so an empty text has its quotes.
    if !text.is_empty() && !text.contains(['"', ',', '\r', '\n']) {
        line.push_str(text);
        return;
    }
    line.push('"');
    for c in text.chars() {
        if c == '"' {
            line.push('"');
        }
        line.push(c);
    }
    line.push('"');
}

/// Cells between pipes, as GitHub and most renderers read them.
pub(super) struct Markdown<'a> {
    out: Box<dyn Write + Send + 'a>,
}

impl<'a> Markdown<'a> {
    pub(super) fn new(schema: &Schema, mut out: Box<dyn Write + Send + 'a>) -> io::Result<Self> {
        let (mut names, mut rule) = ("|".to_owned(), "|".to_owned());
        for field in schema.fields() {
            push_cell(&mut names, field.name());
            rule.push_str(match is_number(field.data_type()) {
                true => " ---: |",
                false => " --- |",
            });
        }
        out.write_all(format!("{names}\n{rule}\n").as_bytes())?;
        Ok(Self { out })
    }
}

impl RowWriter for Markdown<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failed> {
        let (mut line, mut cell) = (String::new(), String::new());
        for row in 0..batch.num_rows() {
            line.clear();
            line.push('|');
            for column in batch.columns() {
                cell.clear();
                match push_text(&mut cell, column, row) {
                    true => push_cell(&mut line, &cell),
                    false => line.push_str(" NULL |"),
                }
            }
            line.push('\n');
            self.out.write_all(line.as_bytes())?;
        }
        Ok(self.out.flush()?)
    }

    fn end(mut self: Box<Self>) -> Result<(), Failed> {
        Ok(self.out.flush()?)
    }
}

/// Appends a cell with what Markdown would take for its own escaped.
fn push_cell(line: &mut String, text: &str) {
    line.push(' ');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '<' | '[' | ']' => line.extend(['\\', c]),
            '&' => line.push_str("&amp;"),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' | '\r' => line.push_str("<br>"),
            c => line.push(c),
        }
    }
    line.push_str(" |");
}
