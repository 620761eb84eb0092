//! Tables written down as text, and Parquet files made of them the way BigQuery exports them.
//!
//! ```text
//! game_id STRING | score NUMERIC(4, 1) | game_date DATE
//! g1             | 0.5                 | 2026-01-25
//! g2             | NULL                | 2026-01-25
//! ```
//!
//! A cell is the value's text, `NULL`, or text in double quotes where blanks or the word NULL matter.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, RecordBatch, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{Field, Schema};
use lakeaudit::schema::BqType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

/// The rows of a table in text; what is wrong with it is a panic that quotes the line.
pub(crate) fn batch(text: &str) -> RecordBatch {
    let mut lines = text.lines().filter(|l| !l.trim().is_empty());
    let header = lines.next().expect("a header line");
    let columns: Vec<(&str, BqType)> = header
        .split('|')
        .map(|cell| {
            let (name, bq_type) = cell.trim().split_once(' ').expect("`name TYPE`");
            (name, bq_type.parse().expect("a BigQuery type"))
        })
        .collect();
    let rows: Vec<Vec<Option<&str>>> = lines
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(cell).collect();
            assert_eq!(cells.len(), columns.len(), "{line}");
            cells
        })
        .collect();
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .iter()
        .enumerate()
        .map(|(i, (name, bq_type))| {
            let texts = StringArray::from_iter(rows.iter().map(|row| row[i]));
            let array = typed(&texts, bq_type);
            (Field::new(*name, array.data_type().clone(), true), array)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("columns of equal length")
}

fn cell(text: &str) -> Option<&str> {
    let text = text.trim();
    if text == "NULL" {
        return None;
    }
    Some(
        text.strip_prefix('"')
            .and_then(|t| t.strip_suffix('"'))
            .unwrap_or(text),
    )
}

fn typed(texts: &StringArray, bq_type: &BqType) -> ArrayRef {
    if let BqType::Array(of) = bq_type {
        return list(texts, of);
    }
    let to = bq_type.to_arrow().expect("a type that is exported");
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(texts, &to, &strict).expect("values of the column's type")
}

/// Arrays, written `[1, 2.5, NaN]`; a REPEATED column has neither NULL nor NULL elements.
fn list(texts: &StringArray, of: &BqType) -> ArrayRef {
    let mut lengths = Vec::new();
    let mut elements = Vec::new();
    for text in texts {
        let inner = text
            .and_then(|t| t.strip_prefix('['))
            .and_then(|t| t.strip_suffix(']'))
            .expect("an array in brackets");
        let before = elements.len();
        elements.extend(inner.split(',').map(str::trim).filter(|e| !e.is_empty()));
        lengths.push(elements.len() - before);
    }
    let elements = typed(&StringArray::from(elements), of);
    let field = Field::new("element", elements.data_type().clone(), false);
    let offsets = OffsetBuffer::from_lengths(lengths);
    Arc::new(ListArray::new(Arc::new(field), offsets, elements, None))
}

/// The file of some rows, cut into row groups of at most `group` rows.
pub(crate) fn parquet(batch: &RecordBatch, group: usize) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(group))
        .set_created_by("tests".to_owned())
        .build();
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let mut file = Vec::new();
    let mut writer =
        ArrowWriter::try_new_with_options(&mut file, batch.schema(), options).expect("a writer");
    writer.write(batch).expect("rows written");
    writer.close().expect("a footer");
    file
}
