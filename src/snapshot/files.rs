//! The files of a baseline: columns, and their bytes.
//!
//! Pages are SNAPPY, and nothing is in a file but what the baseline says, so equal baselines are equal bytes.

use std::sync::Arc;

use ::parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use ::parquet::basic::Compression;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray,
    RecordBatch, StringArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Date32Type, Field, Fields, Schema};
use bytes::Bytes;
use chrono::NaiveDate;

use super::DATASETS;
use super::model::{About, ColumnRow, QUANTILES, Snapshot, TopValue};

/// What stands before the name of each key in a footer.
pub(super) const KEY: &str = "lakeaudit.baseline.";

/// Rows of a row group: of `columns`, whose states are large, a group is some megabytes.
const GROUP_ROWS: usize = 16_384;

/// A file of a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// One of [`DATASETS`].
    pub dataset: &'static str,
    pub bytes: Bytes,
}

impl Encoded {
    /// What the file is called in the baseline's folder.
    pub fn file(&self) -> String {
        format!("{}.parquet", self.dataset)
    }
}

/// The files of a baseline in the order of [`DATASETS`]. Equal baselines give equal bytes.
pub fn encode(snapshot: &Snapshot) -> Result<Vec<Encoded>, ParquetError> {
    let batches = [
        files(snapshot)?,
        contract(snapshot)?,
        correlations(snapshot)?,
        columns(snapshot)?,
        tables(snapshot)?,
    ];
    let named = DATASETS.into_iter().zip(batches);
    named
        .map(|(dataset, batch)| {
            Ok(Encoded {
                dataset,
                bytes: write(&batch, &snapshot.about)?.into(),
            })
        })
        .collect()
}

fn write(batch: &RecordBatch, about: &About) -> Result<Vec<u8>, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_created_by("lakeaudit".to_owned())
        .set_key_value_metadata(Some(metadata(about)));
    for column in ["state", "frequencies"] {
        // No two are alike, and their least and greatest say nothing.
        properties = properties
            .set_column_dictionary_enabled(column.into(), false)
            .set_column_statistics_enabled(column.into(), EnabledStatistics::None);
    }
    let options = ArrowWriterOptions::new()
        .with_properties(properties.build())
        .with_skip_arrow_metadata(true)
        .with_schema_root("schema".to_owned());
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, batch.schema(), options)?;
    writer.write(batch)?;
    writer.close()?;
    Ok(bytes)
}

/// What is asked for, key by key.
fn metadata(about: &About) -> Vec<KeyValue> {
    let mut out = vec![
        KeyValue::new(format!("{KEY}format"), about.format.to_string()),
        KeyValue::new(format!("{KEY}lakeaudit"), about.lakeaudit.clone()),
    ];
    if let Some(suite) = &about.suite {
        out.push(KeyValue::new(format!("{KEY}suite"), suite.clone()));
    }
    // All of it once more, for a program.
    let all = serde_json::to_string(about).unwrap_or_default();
    out.push(KeyValue::new(format!("{KEY}asked"), all));
    out
}

/// Columns of a file as they are gathered.
#[derive(Default)]
struct Gathered {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Gathered {
    fn put(mut self, name: &str, required: bool, array: ArrayRef) -> Self {
        let field = Field::new(name, array.data_type().clone(), !required);
        self.fields.push(field);
        self.arrays.push(array);
        self
    }

    fn text<'a>(self, name: &str, values: impl Iterator<Item = &'a str>) -> Self {
        let array: StringArray = values.map(Some).collect();
        self.put(name, true, Arc::new(array))
    }

    fn maybe<'a>(self, name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Self {
        let array: StringArray = values.collect();
        self.put(name, false, Arc::new(array))
    }

    fn count(self, name: &str, values: impl Iterator<Item = u64>) -> Self {
        let array: Int64Array = values.map(|n| Some(int(n))).collect();
        self.put(name, true, Arc::new(array))
    }

    fn counts(self, name: &str, values: impl Iterator<Item = Option<u64>>) -> Self {
        let array: Int64Array = values.map(|n| n.map(int)).collect();
        self.put(name, false, Arc::new(array))
    }

    fn floats(self, name: &str, values: impl Iterator<Item = Option<f64>>) -> Self {
        // -0 + 0 is 0.
        let array: Float64Array = values.map(|x| x.map(|x| x + 0.0)).collect();
        self.put(name, false, Arc::new(array))
    }

    fn dates(self, name: &str, values: impl Iterator<Item = Option<NaiveDate>>) -> Self {
        let days = values.map(|day| day.map(Date32Type::from_naive_date));
        let array: Date32Array = days.collect();
        self.put(name, false, Arc::new(array))
    }

    fn bytes<'a>(self, name: &str, values: impl Iterator<Item = Option<&'a [u8]>>) -> Self {
        let array: BinaryArray = values.collect();
        self.put(name, false, Arc::new(array))
    }

    fn batch(self) -> Result<RecordBatch, ParquetError> {
        let schema = Arc::new(Schema::new(self.fields));
        Ok(RecordBatch::try_new(schema, self.arrays)?)
    }
}

fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The name of a period; the whole has none.
fn named(name: &str) -> Option<&str> {
    (!name.is_empty()).then_some(name)
}

fn tables(snapshot: &Snapshot) -> Result<RecordBatch, ParquetError> {
    let rows = || snapshot.tables.iter();
    Gathered::default()
        .text("table", rows().map(|r| r.table.as_str()))
        .text("segment", rows().map(|r| r.period.kind.name()))
        .maybe("period", rows().map(|r| named(&r.period.name)))
        .count("rows", rows().map(|r| r.rows))
        .count("days", rows().map(|r| r.days))
        .dates("first_date", rows().map(|r| r.first_date))
        .dates("last_date", rows().map(|r| r.last_date))
        .counts("files", rows().map(|r| r.files))
        .counts("bytes", rows().map(|r| r.bytes))
        .maybe("date_column", rows().map(|r| r.date_column.as_deref()))
        .batch()
}

fn contract(snapshot: &Snapshot) -> Result<RecordBatch, ParquetError> {
    let rows = || snapshot.contract.iter();
    let folder: BooleanArray = rows().map(|r| Some(r.from_folder)).collect();
    Gathered::default()
        .text("table", rows().map(|r| r.table.as_str()))
        .count("position", rows().map(|r| r.position))
        .text("column", rows().map(|r| r.column.as_str()))
        .text("type", rows().map(|r| r.bq_type.as_str()))
        .put("from_folder", true, Arc::new(folder))
        .count("absent_files", rows().map(|r| r.absent_files))
        .maybe("unreadable", rows().map(|r| r.unreadable.as_deref()))
        .batch()
}

fn correlations(snapshot: &Snapshot) -> Result<RecordBatch, ParquetError> {
    let rows = || snapshot.correlations.iter();
    Gathered::default()
        .text("table", rows().map(|r| r.table.as_str()))
        .text("a", rows().map(|r| r.a.as_str()))
        .text("b", rows().map(|r| r.b.as_str()))
        .count("pairs", rows().map(|r| r.pairs))
        .floats("r", rows().map(|r| r.r))
        .bytes("state", rows().map(|r| Some(r.state.as_slice())))
        .batch()
}

fn files(snapshot: &Snapshot) -> Result<RecordBatch, ParquetError> {
    let rows = || snapshot.files.iter();
    Gathered::default()
        .text("table", rows().map(|r| r.table.as_str()))
        .text("path", rows().map(|r| r.path.as_str()))
        .count("size", rows().map(|r| r.size))
        .count("rows", rows().map(|r| r.rows))
        .text("fingerprint", rows().map(|r| r.fingerprint.as_str()))
        .batch()
}

fn columns(snapshot: &Snapshot) -> Result<RecordBatch, ParquetError> {
    let rows = || snapshot.columns.iter();
    let mut out = Gathered::default()
        .text("table", rows().map(|r| r.table.as_str()))
        .text("column", rows().map(|r| r.column.as_str()))
        .text("type", rows().map(|r| r.bq_type.as_str()))
        .text("segment", rows().map(|r| r.period.kind.name()))
        .maybe("period", rows().map(|r| named(&r.period.name)))
        .count("rows", rows().map(|r| r.rows))
        .count("nulls", rows().map(|r| r.nulls))
        .counts("zeros", rows().map(|r| r.zeros))
        .counts("nan", rows().map(|r| r.nan))
        .counts("infinite", rows().map(|r| r.infinite))
        .counts("distinct", rows().map(|r| r.distinct))
        .floats("distinct_error", rows().map(|r| r.distinct_error))
        .floats("mean", rows().map(|r| r.mean))
        .floats("stddev", rows().map(|r| r.stddev))
        .floats("min", rows().map(|r| r.min))
        .floats("max", rows().map(|r| r.max))
        .maybe("min_text", rows().map(|r| r.min_text.as_deref()))
        .maybe("max_text", rows().map(|r| r.max_text.as_deref()));
    for (at, (_, name)) in QUANTILES.iter().enumerate() {
        let quantile = |row: &ColumnRow| row.quantiles.get(at).copied().flatten();
        out = out.floats(name, rows().map(quantile));
    }
    out.floats("rank_error", rows().map(|r| r.rank_error))
        .put("top_values", false, top_values(&snapshot.columns)?)
        .bytes("state", rows().map(|r| r.state.as_deref()))
        .bytes("frequencies", rows().map(|r| r.frequencies.as_deref()))
        .batch()
}

/// `ARRAY<STRUCT<value STRING, count INT64>>`.
fn top_values(rows: &[ColumnRow]) -> Result<ArrayRef, ParquetError> {
    let all = || rows.iter().flat_map(|row| row.top_values.iter().flatten());
    let fields: Fields = vec![
        Field::new("value", DataType::Utf8, false),
        Field::new("count", DataType::Int64, false),
    ]
    .into();
    let values: StringArray = all().map(|top: &TopValue| Some(&top.value)).collect();
    let counts: Int64Array = all().map(|top| Some(int(top.count))).collect();
    let arrays: Vec<ArrayRef> = vec![Arc::new(values), Arc::new(counts)];
    let elements = StructArray::try_new(fields.clone(), arrays, None)?;
    let lengths = rows
        .iter()
        .map(|r| r.top_values.as_ref().map_or(0, Vec::len));
    let nulls: NullBuffer = rows.iter().map(|row| row.top_values.is_some()).collect();
    let field = Arc::new(Field::new("element", DataType::Struct(fields), false));
    let list = ListArray::try_new(
        field,
        OffsetBuffer::from_lengths(lengths),
        Arc::new(elements),
        Some(nulls),
    )?;
    Ok(Arc::new(list))
}
