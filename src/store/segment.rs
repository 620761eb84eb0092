//! A segment: a Parquet file of records that is written once.
//!
//! | column | |
//! |---|---|
//! | `kind` | what the record is, see [`Kind::code`] |
//! | `table` | `dataset.table` |
//! | `file`, `what` | 16 bytes each, big-endian: the key |
//! | `value` | the bytes |
//! | `checksum` | XXH3 of all of these |
//!
//! Records are in the order of kind, table and key, and a row group holds records of one kind and table, so that the
//! records of a table are read without those of others. The file's metadata say which version of the store it is of.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryArray, Int64Array, RecordBatch,
    StringArray,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use object_store::path::Path;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use twox_hash::XxHash3_64;

use super::{Key, Kind, Record, VERSION};
use crate::lake::{Fetch, Root};

/// The entry of a file's metadata that says of which version of the store it is.
const MARK: &str = "lakeaudit.state";

/// What is said of a segment of another version.
pub(super) const OTHER_VERSION: &str = "it is of another version of the store";

/// Bytes of values in a row group, about.
const GROUP_BYTES: usize = 4 << 20;

/// The end of a segment that is asked for first, in bytes; few need more for their footer.
const TAIL: usize = 64 << 10;

/// Records decoded at a time.
const BATCH: usize = 1024;

const KIND: usize = 0;
const TABLE: usize = 1;
const FILE: usize = 2;
const WHAT: usize = 3;
const VALUE: usize = 4;
const CHECKSUM: usize = 5;

/// A segment that was opened.
#[derive(Debug)]
pub(super) struct Segment {
    object: ObjectMeta,
    metadata: ArrowReaderMetadata,
    /// By row group.
    tables: Vec<String>,
}

impl Segment {
    /// Opens a segment and reads its keys, each with its row group.
    pub(super) async fn open(
        root: Root,
        object: ObjectMeta,
    ) -> Result<(Self, Vec<(usize, Key)>), String> {
        let mut reader = reader(&root, &object);
        let metadata = ArrowReaderMetadata::load_async(&mut reader, ArrowReaderOptions::new())
            .await
            .map_err(|e| plain(&e))?;
        let file = metadata.metadata().file_metadata();
        let marks = file.key_value_metadata().into_iter().flatten();
        let mark = marks
            .filter(|entry| entry.key == MARK)
            .find_map(|entry| entry.value.clone());
        if mark.as_deref() != Some(VERSION.to_string().as_str()) {
            return Err(OTHER_VERSION.to_owned());
        }
        if metadata.schema().fields() != schema().fields() {
            return Err("its columns are not those of a segment".to_owned());
        }
        let mut segment = Self {
            object,
            metadata,
            tables: Vec::new(),
        };
        let mut keys = Vec::new();
        for group in 0..segment.metadata.metadata().num_row_groups() {
            let columns = [KIND, TABLE, FILE, WHAT];
            let mut batches = segment.stream(&root, vec![group], Some(&columns))?;
            let mut table = None;
            while let Some(batch) = batches.try_next().await? {
                for row in 0..batch.num_rows() {
                    let (of, key) = key_at(&batch, row).ok_or("a record without a key")?;
                    table.get_or_insert(of);
                    keys.push((group, key));
                }
            }
            segment.tables.push(table.unwrap_or_default());
        }
        Ok((segment, keys))
    }

    pub(super) fn path(&self) -> &Path {
        &self.object.location
    }

    pub(super) fn bytes(&self) -> u64 {
        self.object.size
    }

    pub(super) fn written(&self) -> DateTime<Utc> {
        self.object.last_modified
    }

    /// The table a row group is of.
    pub(super) fn table(&self, group: usize) -> Option<&str> {
        self.tables.get(group).map(String::as_str)
    }

    pub(super) fn groups(&self) -> usize {
        self.tables.len()
    }

    /// The records of row groups, some at a time; those that are not what was written are errors of their own.
    pub(super) fn batches(
        &self,
        root: Root,
        groups: Vec<usize>,
    ) -> BoxStream<'static, Result<Vec<Result<Record, String>>, String>> {
        match self.stream(&root, groups, None) {
            Ok(batches) => batches.map_ok(|batch| records(&batch)).boxed(),
            Err(why) => futures::stream::once(async { Err(why) }).boxed(),
        }
    }

    fn stream(
        &self,
        root: &Root,
        groups: Vec<usize>,
        columns: Option<&[usize]>,
    ) -> Result<BoxStream<'static, Result<RecordBatch, String>>, String> {
        let reader = reader(root, &self.object);
        let parquet = self.metadata.parquet_schema();
        let mask = match columns {
            Some(columns) => ProjectionMask::leaves(parquet, columns.iter().copied()),
            None => ProjectionMask::all(),
        };
        let stream =
            ParquetRecordBatchStreamBuilder::new_with_metadata(reader, self.metadata.clone())
                .with_row_groups(groups)
                .with_projection(mask)
                .with_batch_size(BATCH)
                .build()
                .map_err(|e| plain(&e))?;
        Ok(stream.map_err(|e| plain(&e)).boxed())
    }
}

fn reader(root: &Root, object: &ObjectMeta) -> Reader {
    Reader {
        fetch: root.fetch().clone(),
        path: object.location.clone(),
        size: object.size,
    }
}

/// Reads the bytes of a segment.
struct Reader {
    fetch: Fetch,
    path: Path,
    size: u64,
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        async move {
            let read = self.get_byte_ranges(vec![range]).await?;
            let one = read.into_iter().next();
            one.ok_or_else(|| ParquetError::General("nothing was read".to_owned()))
        }
        .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        async move {
            let read = self.fetch.ranges(&self.path, &ranges, None).await;
            read.map_err(ParquetError::General)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        async move {
            let size = self.size;
            let reader = ParquetMetaDataReader::new().with_prefetch_hint(Some(TAIL));
            let metadata = reader.load_and_finish(self, size).await?;
            Ok(Arc::new(metadata))
        }
        .boxed()
    }
}

/// Encodes records as a segment. They are sorted, and of equal keys one is kept, so that equal sets of records are equal
/// bytes.
pub(super) fn encode(mut records: Vec<Record>) -> Result<Vec<u8>, ParquetError> {
    let order = |r: &Record| (r.key.kind.code(), r.table.clone(), r.key);
    records.sort_by_cached_key(order);
    records.dedup_by(|a, b| a.key == b.key);
    let uncoded = |column: &str| ColumnPath::from(column);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_dictionary_enabled(uncoded("value"), false)
        .set_column_dictionary_enabled(uncoded("checksum"), false)
        .set_created_by("lakeaudit".to_owned())
        .set_key_value_metadata(Some(vec![KeyValue::new(
            MARK.to_owned(),
            VERSION.to_string(),
        )]))
        .build();
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut out, schema(), options)?;
    for of_table in records.chunk_by(|a, b| a.key.kind == b.key.kind && a.table == b.table) {
        let mut rest = of_table;
        while !rest.is_empty() {
            let mut bytes = 0;
            let group = rest
                .iter()
                .take_while(|record| {
                    bytes += record.value.len();
                    bytes <= GROUP_BYTES
                })
                .count();
            let (group, after) = rest.split_at(group.clamp(1, rest.len()));
            writer.write(&batch(group)?)?;
            writer.flush()?;
            rest = after;
        }
    }
    writer.close()?;
    Ok(out)
}

fn schema() -> Arc<Schema> {
    let field = |name: &str, data_type| Field::new(name, data_type, false);
    Arc::new(Schema::new(vec![
        field("kind", DataType::Int64),
        field("table", DataType::Utf8),
        field("file", DataType::FixedSizeBinary(16)),
        field("what", DataType::FixedSizeBinary(16)),
        field("value", DataType::Binary),
        field("checksum", DataType::Int64),
    ]))
}

fn batch(records: &[Record]) -> Result<RecordBatch, ParquetError> {
    let hashes = |of: fn(&Key) -> u128| {
        FixedSizeBinaryArray::try_from_iter(records.iter().map(|r| of(&r.key).to_be_bytes()))
    };
    let values = records.iter().map(|r| r.value.as_ref());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(
            records.iter().map(|r| r.key.kind.code()),
        )),
        Arc::new(StringArray::from_iter_values(
            records.iter().map(|r| r.table.as_str()),
        )),
        Arc::new(hashes(|key| key.file)?),
        Arc::new(hashes(|key| key.what)?),
        Arc::new(BinaryArray::from_iter_values(values)),
        Arc::new(Int64Array::from_iter_values(records.iter().map(checksum))),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

fn checksum(record: &Record) -> i64 {
    let mut bytes = Vec::with_capacity(record.value.len() + record.table.len() + 48);
    bytes.extend_from_slice(&record.key.kind.code().to_le_bytes());
    bytes.extend_from_slice(&record.key.file.to_le_bytes());
    bytes.extend_from_slice(&record.key.what.to_le_bytes());
    bytes.extend_from_slice(&(record.table.len() as u64).to_le_bytes());
    bytes.extend_from_slice(record.table.as_bytes());
    bytes.extend_from_slice(&record.value);
    XxHash3_64::oneshot(&bytes) as i64
}

fn records(batch: &RecordBatch) -> Vec<Result<Record, String>> {
    let record = |row| {
        let (table, key) = key_at(batch, row).ok_or("a record without a key")?;
        let values = batch
            .columns()
            .get(VALUE)
            .and_then(|c| c.as_binary_opt::<i32>());
        let sums = batch.columns().get(CHECKSUM);
        let sums = sums.and_then(|c| c.as_primitive_opt::<Int64Type>());
        let (Some(values), Some(sums)) = (values, sums) else {
            return Err("a record without a value".to_owned());
        };
        let value = Bytes::copy_from_slice(values.value(row));
        let record = Record { table, key, value };
        if checksum(&record) != sums.value(row) {
            return Err("a record is not what was written".to_owned());
        }
        Ok(record)
    };
    (0..batch.num_rows()).map(record).collect()
}

/// The table and the key of a row.
fn key_at(batch: &RecordBatch, row: usize) -> Option<(String, Key)> {
    let hash = |column: usize| {
        let hashes = batch.columns().get(column)?;
        let hashes = hashes.as_fixed_size_binary_opt()?;
        let bytes: [u8; 16] = hashes.value(row).try_into().ok()?;
        Some(u128::from_be_bytes(bytes))
    };
    let kinds = batch.columns().get(KIND)?.as_primitive_opt::<Int64Type>()?;
    let tables = batch.columns().get(TABLE)?.as_string_opt::<i32>()?;
    if row >= kinds.len() || row >= tables.len() {
        return None;
    }
    let key = Key {
        kind: Kind::of(kinds.value(row))?,
        file: hash(FILE)?,
        what: hash(WHAT)?,
    };
    Some((tables.value(row).to_owned(), key))
}

/// The error without the type's name that the crate puts before it.
fn plain(error: &ParquetError) -> String {
    match error {
        ParquetError::General(m) | ParquetError::EOF(m) | ParquetError::NYI(m) => m.clone(),
        other => other.to_string(),
    }
}
