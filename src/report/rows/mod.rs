//! The rows of a query, for a person, a spreadsheet, a page or another program.
//!
//! Every writer takes batches as they come; what a value is as text [`cell`](crate::value::cell) alone says. All but the
//! table, whose columns are as wide as their widest cell, write a batch at once and keep nothing of it.

mod delimited;
mod parquet;

use std::fmt;
use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::text::rows::Table;
use crate::value::cell::{push_json, push_text};
use crate::value::text::push_quoted;

pub use super::text::rows::Screen;
use delimited::{Csv, Markdown};

/// How the rows of a query are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RowFormat {
    /// Aligned columns, for a person.
    #[default]
    Table,
    /// An object a line, keys in column order.
    Jsonl,
    /// RFC 4180 with a header. NULL is empty, an empty STRING is `""`.
    Csv,
    /// What BigQuery would export.
    Parquet,
    /// A table of a Markdown page.
    Markdown,
}

impl RowFormat {
    pub const ALL: [Self; 5] = [
        Self::Table,
        Self::Jsonl,
        Self::Csv,
        Self::Parquet,
        Self::Markdown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Markdown => "markdown",
        }
    }
}

/// Why rows could not be written.
#[derive(Debug)]
pub enum Failed {
    /// Where they go takes no more.
    Io(io::Error),
    /// They can't be written in this format.
    Format(String),
}

impl Failed {
    /// Whether who read the rows has gone away, which is no error.
    pub fn is_hang_up(&self) -> bool {
        matches!(self, Self::Io(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Format(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Failed {}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Takes the rows of one query, batch by batch.
pub trait RowWriter: Send {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failed>;

    /// What comes after the last row. Without it what was written is not whole.
    fn end(self: Box<Self>) -> Result<(), Failed>;
}

/// A writer of rows of `schema` to `out`; a table is fitted to `screen`, if it goes to one.
pub fn writer<'a>(
    format: RowFormat,
    schema: &Schema,
    screen: Option<Screen>,
    out: Box<dyn Write + Send + 'a>,
) -> Result<Box<dyn RowWriter + 'a>, Failed> {
    Ok(match format {
        RowFormat::Table => Box::new(Aligned {
            table: Table::new(schema),
            screen,
            out,
        }),
        RowFormat::Jsonl => Box::new(Jsonl {
            keys: keys(schema),
            out,
        }),
        RowFormat::Csv => Box::new(Csv::new(schema, out)?),
        RowFormat::Markdown => Box::new(Markdown::new(schema, out)?),
        RowFormat::Parquet => Box::new(parquet::File::new(schema, out)?),
    })
}

/// `"name":` of each column.
fn keys(schema: &Schema) -> Vec<String> {
    let key = |name: &str| {
        let mut key = String::new();
        push_quoted(&mut key, name);
        key.push(':');
        key
    };
    schema.fields().iter().map(|f| key(f.name())).collect()
}

struct Jsonl<'a> {
    keys: Vec<String>,
    out: Box<dyn Write + Send + 'a>,
}

impl RowWriter for Jsonl<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failed> {
        let mut line = String::new();
        for row in 0..batch.num_rows() {
            line.clear();
            let mut before = '{';
            for (key, column) in self.keys.iter().zip(batch.columns()) {
                line.push(before);
                before = ',';
                line.push_str(key);
                push_json(&mut line, column, row);
            }
            line.push_str("}\n");
            self.out.write_all(line.as_bytes())?;
        }
        // Who follows the rows sees them as they come.
        Ok(self.out.flush()?)
    }

    fn end(mut self: Box<Self>) -> Result<(), Failed> {
        Ok(self.out.flush()?)
    }
}

/// A table is written at the end, when its widths are known.
struct Aligned<'a> {
    table: Table,
    screen: Option<Screen>,
    out: Box<dyn Write + Send + 'a>,
}

impl RowWriter for Aligned<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failed> {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| {
                let mut text = String::new();
                push_text(&mut text, column, row).then_some(text)
            });
            self.table.push(cells);
        }
        Ok(())
    }

    fn end(mut self: Box<Self>) -> Result<(), Failed> {
        let text = self.table.render(self.screen);
        self.out.write_all(text.as_bytes())?;
        Ok(self.out.flush()?)
    }
}
