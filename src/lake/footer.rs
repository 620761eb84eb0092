//! A file's footer: schema, row groups and their statistics, read once.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use bytes::Bytes;
use parquet::DecodeResult;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::file::metadata::{
    FileMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder, RowGroupMetaData,
};
use parquet::file::statistics::Statistics;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};
use twox_hash::XxHash3_128;

use super::fetch::Tail;
use super::{Fetch, LakeFile};
use crate::schema::column_index;

/// The most digits Arrow's widest decimal holds; BigQuery's BIGNUMERIC may say 77.
const MOST_DIGITS: u8 = 76;

/// What a file says of itself.
#[derive(Debug)]
pub struct Footer {
    metadata: Arc<ParquetMetaData>,
    schema: SchemaRef,
    /// The leaf column of each top-level column, or `None` for a nested one.
    leaves: Vec<Option<usize>>,
    digest: u128,
    version: Option<Arc<str>>,
}

/// What statistics say of one column in a row group or a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bounds {
    /// INT64, DATE (days), TIMESTAMP (microseconds) and NUMERIC (unscaled).
    Int { min: i128, max: i128 },
    /// FLOAT64; statistics leave NaN out, and -0 stands for either zero.
    Float { min: f64, max: f64 },
}

impl Footer {
    /// Reads the footer of `file`: of a folder the last eight bytes, then the metadata they measure,
    /// so that no byte of data is fetched; of a store the file's end, which holds both but for the
    /// longest footers, in one request.
    ///
    /// Returns its bytes as well, from where it begins to the file's end.
    pub(super) async fn read(fetch: &Fetch, file: &LakeFile) -> Result<(Self, Bytes), String> {
        let tail = fetch.tail(file).await.map_err(|e| unread(&e))?;
        Self::decode(fetch, file, tail).await
    }

    /// The footer of `file` whose bytes were kept.
    pub(super) async fn kept(fetch: &Fetch, file: &LakeFile, bytes: Bytes) -> Option<Self> {
        let tail = Tail::kept(fetch, file, bytes)?;
        let read = Self::decode(fetch, file, Some(tail)).await;
        read.ok().map(|(footer, _)| footer)
    }

    async fn decode(
        fetch: &Fetch,
        file: &LakeFile,
        tail: Option<Tail>,
    ) -> Result<(Self, Bytes), String> {
        let size = file.meta.size;
        let mut decoder = ParquetMetaDataPushDecoder::try_new(size)
            .map_err(|_| format!("not a Parquet file: {size} bytes, fewer than a footer has"))?
            .with_page_index_policy(PageIndexPolicy::Skip);
        let version = tail.as_ref().and_then(|tail| tail.version.clone());
        let mut digest: u128 = 0;
        let mut fetched: Vec<Range<u64>> = Vec::new();
        let mut pieces: Vec<(u64, Bytes)> = Vec::new();
        loop {
            match decoder.try_decode().map_err(|e| plain(&e))? {
                DecodeResult::NeedsData(ranges) => {
                    if ranges.iter().all(|r| fetched.contains(r)) {
                        return Err("the footer asks for the same bytes for ever".to_owned());
                    }
                    let buffers = match tail.as_ref().and_then(|tail| tail.ranges(&ranges)) {
                        Some(buffers) => buffers,
                        None => fetch
                            .ranges(file.path(), &ranges, version.as_deref())
                            .await
                            .map_err(|e| unread(&e))?,
                    };
                    for bytes in &buffers {
                        digest = chained(digest, bytes);
                    }
                    fetched.extend(ranges.iter().cloned());
                    let starts = ranges.iter().map(|range| range.start);
                    pieces.extend(starts.zip(buffers.iter().cloned()));
                    decoder
                        .push_ranges(ranges, buffers)
                        .map_err(|e| plain(&e))?;
                }
                DecodeResult::Data(metadata) => {
                    let footer = Self::new(metadata, size, digest, version)?;
                    return Ok((footer, joined(pieces, size)));
                }
                DecodeResult::Finished => return Err("the footer is empty".to_owned()),
            }
        }
    }

    fn new(
        metadata: ParquetMetaData,
        size: u64,
        digest: u128,
        version: Option<Arc<str>>,
    ) -> Result<Self, String> {
        let (metadata, schema) = readable(metadata)?;
        let descriptor = metadata.file_metadata().schema_descr();
        let mut leaves = vec![None; schema.fields().len()];
        for leaf in 0..descriptor.num_columns() {
            let root = descriptor.get_column_root_idx(leaf);
            if let Some(slot) = leaves.get_mut(root)
                && !schema.field(root).data_type().is_nested()
            {
                *slot = Some(leaf);
            }
        }
        let footer = Self {
            schema: Arc::new(schema),
            leaves,
            digest,
            version,
            metadata: Arc::new(metadata),
        };
        footer.check(size)?;
        Ok(footer)
    }

    /// Refuses a footer whose numbers can't be true of a file of `size` bytes, so that later
    /// arithmetic and requests need not doubt them.
    fn check(&self, size: u64) -> Result<(), String> {
        let mut rows: i64 = 0;
        for (i, group) in self.metadata.row_groups().iter().enumerate() {
            let count = group.num_rows();
            rows = rows
                .checked_add(count)
                .filter(|_| count >= 0)
                .ok_or_else(|| format!("row group {i} claims {count} rows"))?;
            for column in group.columns() {
                let (start, length) = column_range(column)
                    .ok_or_else(|| format!("row group {i}: a column chunk has no valid place"))?;
                if start.checked_add(length).is_none_or(|end| end > size) {
                    return Err(format!(
                        "row group {i}: column `{}` claims bytes {start}..{} of a file of {size}",
                        column.column_path(),
                        start.saturating_add(length)
                    ));
                }
            }
        }
        let claimed = self.metadata.file_metadata().num_rows();
        if claimed != rows {
            return Err(format!(
                "the footer claims {claimed} rows, its row groups {rows}"
            ));
        }
        Ok(())
    }

    /// What the session reads the file with; its column names are lower case.
    pub fn metadata(&self) -> &Arc<ParquetMetaData> {
        &self.metadata
    }

    /// The file's columns under their own names, with Parquet's own types: an embedded Arrow schema
    /// is ignored, so that the same Parquet reads the same whoever wrote it.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// A hash of the footer's bytes, the part of a file's content that names the rest.
    pub fn digest(&self) -> u128 {
        self.digest
    }

    /// What the store calls the content the footer is of, if it names it: the file's data is asked
    /// for under this name.
    pub fn version(&self) -> Option<&Arc<str>> {
        self.version.as_ref()
    }

    pub fn rows(&self) -> u64 {
        self.row_group_rows().sum()
    }

    /// The row count of each row group.
    pub fn row_group_rows(&self) -> impl Iterator<Item = u64> + '_ {
        self.metadata
            .row_groups()
            .iter()
            .map(|g| u64::try_from(g.num_rows()).unwrap_or(0))
    }

    /// How many NULLs a column holds, if every row group says so; a column the file lacks is all
    /// NULL.
    pub fn nulls(&self, column: &str) -> Option<u64> {
        let Some(index) = column_index(&self.schema, column) else {
            return Some(self.rows());
        };
        if !self.schema.field(index).is_nullable() {
            return Some(0);
        }
        let leaf = (*self.leaves.get(index)?)?;
        self.groups()
            .map(|g| g.columns().get(leaf)?.statistics()?.null_count_opt())
            .sum()
    }

    /// The least and greatest value of a column, if every row group with a value says so.
    ///
    /// The outer `None` means that the statistics don't tell, the inner one that there is no value.
    pub fn bounds(&self, column: &str) -> Option<Option<Bounds>> {
        let mut all = None;
        for group in 0..self.metadata.num_row_groups() {
            all = match (all, self.group_bounds(group, column)?) {
                (None, one) | (one, None) => one,
                (Some(a), Some(b)) => Some(join(a, b)?),
            };
        }
        Some(all)
    }

    /// [`Self::bounds`] of one row group.
    pub fn group_bounds(&self, group: usize, column: &str) -> Option<Option<Bounds>> {
        let Some(index) = column_index(&self.schema, column) else {
            return Some(None);
        };
        let group = self.metadata.row_groups().get(group)?;
        let leaf = (*self.leaves.get(index)?)?;
        let statistics = group.columns().get(leaf)?.statistics();
        let rows = u64::try_from(group.num_rows()).ok()?;
        if rows == 0 || statistics.and_then(Statistics::null_count_opt) == Some(rows) {
            return Some(None);
        }
        bounds_of(statistics?, self.schema.field(index).data_type()).map(Some)
    }

    /// The compressed bytes of the top-level columns, by lower-case name, that `used` accepts.
    pub fn bytes_of(&self, used: impl Fn(&str) -> bool) -> u64 {
        self.groups()
            .flat_map(RowGroupMetaData::columns)
            .filter(|c| {
                c.column_path()
                    .parts()
                    .first()
                    .is_some_and(|name| used(&name.to_lowercase()))
            })
            .filter_map(column_range)
            .map(|(_, length)| length)
            .sum()
    }

    fn groups(&self) -> impl Iterator<Item = &RowGroupMetaData> {
        self.metadata.row_groups().iter()
    }
}

/// The place of a column chunk, `None` where the footer's offsets are negative.
pub(super) fn column_range(
    column: &parquet::file::metadata::ColumnChunkMetaData,
) -> Option<(u64, u64)> {
    let start = match column.dictionary_page_offset() {
        Some(offset) if offset > 0 => offset.min(column.data_page_offset()),
        _ => column.data_page_offset(),
    };
    Some((
        u64::try_from(start).ok()?,
        u64::try_from(column.compressed_size()).ok()?,
    ))
}

fn bounds_of(statistics: &Statistics, arrow: &DataType) -> Option<Bounds> {
    let bounds = raw_bounds(statistics, arrow)?;
    Some(match (arrow, bounds) {
        // As the session reads them: in microseconds.
        (DataType::Timestamp(TimeUnit::Millisecond, _), Bounds::Int { min, max }) => Bounds::Int {
            min: min * 1000,
            max: max * 1000,
        },
        (DataType::Timestamp(TimeUnit::Nanosecond, _), Bounds::Int { min, max }) => Bounds::Int {
            min: min.div_euclid(1000),
            max: max.div_euclid(1000),
        },
        (_, bounds) => bounds,
    })
}

fn raw_bounds(statistics: &Statistics, arrow: &DataType) -> Option<Bounds> {
    if !statistics.min_is_exact() || !statistics.max_is_exact() {
        return None;
    }
    let int = |min: i128, max: i128| Some(Bounds::Int { min, max });
    match (statistics, arrow) {
        (
            Statistics::Int32(s),
            DataType::Int32
            | DataType::Int16
            | DataType::Int8
            | DataType::Date32
            | DataType::Decimal128(..),
        ) => int(i128::from(*s.min_opt()?), i128::from(*s.max_opt()?)),
        (
            Statistics::Int64(s),
            DataType::Int64 | DataType::Timestamp(..) | DataType::Decimal128(..),
        ) => int(i128::from(*s.min_opt()?), i128::from(*s.max_opt()?)),
        // The order of a deprecated minimum of bytes is not that of numbers.
        (Statistics::FixedLenByteArray(s), DataType::Decimal128(..))
            if !statistics.is_min_max_deprecated() =>
        {
            int(
                big_endian(s.min_opt()?.data())?,
                big_endian(s.max_opt()?.data())?,
            )
        }
        (Statistics::Double(s), DataType::Float64) => {
            let (min, max) = (*s.min_opt()?, *s.max_opt()?);
            (!min.is_nan() && !max.is_nan()).then_some(Bounds::Float { min, max })
        }
        _ => None,
    }
}

/// The bytes from where the first of `pieces` begins to the end of a file of `size` bytes; empty where they leave a gap.
fn joined(mut pieces: Vec<(u64, Bytes)>, size: u64) -> Bytes {
    pieces.sort_by_key(|(start, _)| *start);
    let mut bytes = Vec::new();
    let mut end = pieces.first().map_or(size, |(start, _)| *start);
    for (start, piece) in &pieces {
        if *start != end {
            return Bytes::new();
        }
        bytes.extend_from_slice(piece);
        end += piece.len() as u64;
    }
    if end == size {
        bytes.into()
    } else {
        Bytes::new()
    }
}

fn unread(why: &str) -> String {
    format!("failed to read: {why}")
}

/// The hash of what came before, followed by `bytes`.
fn chained(before: u128, bytes: &[u8]) -> u128 {
    let next = XxHash3_128::oneshot(bytes);
    XxHash3_128::oneshot(&[before.to_le_bytes(), next.to_le_bytes()].concat())
}

/// A big-endian two's complement number of at most 16 bytes.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
    if bytes.is_empty() || bytes.len() > 16 {
        return None;
    }
    let start: i128 = if negative { -1 } else { 0 };
    Some(bytes.iter().fold(start, |n, b| (n << 8) | i128::from(*b)))
}

fn join(a: Bounds, b: Bounds) -> Option<Bounds> {
    match (a, b) {
        (Bounds::Int { min: a, max: b }, Bounds::Int { min: c, max: d }) => Some(Bounds::Int {
            min: a.min(c),
            max: b.max(d),
        }),
        (Bounds::Float { min: a, max: b }, Bounds::Float { min: c, max: d }) => {
            Some(Bounds::Float {
                min: a.min(c),
                max: b.max(d),
            })
        }
        _ => None,
    }
}

/// The metadata as the session reads it, and the file's own schema as Arrow.
///
/// Read are lower-case column names, as BigQuery's columns ignore case; Parquet's own types, not an
/// embedded Arrow schema's; and the bare bytes of a decimal with more digits than Arrow knows,
/// which the session makes a BIGNUMERIC.
fn readable(metadata: ParquetMetaData) -> Result<(ParquetMetaData, Schema), String> {
    let file = metadata.file_metadata();
    let root = file.schema_descr().root_schema();
    let own = root.get_fields();
    let read = own
        .iter()
        .map(readable_field)
        .collect::<Result<Vec<_>, String>>()?;
    let mut names: Vec<&str> = read.iter().map(|f| f.name()).collect();
    names.sort_unstable();
    if let Some([name, _]) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!(
            "two columns are called `{name}`, ignoring case as BigQuery does"
        ));
    }
    let read = Type::group_type_builder(root.name())
        .with_fields(read)
        .build()
        .map_err(|e| plain(&e))?;
    let read = Arc::new(SchemaDescriptor::new(Arc::new(read)));
    let arrow = parquet_to_arrow_schema(&read, None).map_err(|e| plain(&e))?;
    let fields: Vec<_> = own
        .iter()
        .zip(arrow.fields())
        .map(|(own, arrow)| {
            let data_type = match wide_scale(own) {
                Some(scale) => DataType::Decimal256(MOST_DIGITS, scale),
                None => arrow.data_type().clone(),
            };
            Field::new(own.name(), data_type, arrow.is_nullable())
        })
        .collect();
    let file = FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(str::to_owned),
        None,
        read,
        file.column_orders().cloned(),
    );
    let groups = metadata.into_builder().take_row_groups();
    Ok((ParquetMetaData::new(file, groups), Schema::new(fields)))
}

/// The field under its lower-case name, and without the annotation of a wide decimal.
fn readable_field(field: &TypePtr) -> Result<TypePtr, String> {
    let name = field.name().to_lowercase();
    let wide = wide_scale(field).is_some();
    if name == field.name() && !wide {
        return Ok(Arc::clone(field));
    }
    let info = field.get_basic_info();
    let id = info.has_id().then(|| info.id());
    let renamed = match field.as_ref() {
        Type::PrimitiveType {
            physical_type,
            type_length,
            scale,
            precision,
            ..
        } => {
            let bare = Type::primitive_type_builder(&name, *physical_type)
                .with_repetition(info.repetition())
                .with_length(*type_length)
                .with_id(id);
            if wide {
                bare.build()
            } else {
                bare.with_logical_type(info.logical_type_ref().cloned())
                    .with_converted_type(info.converted_type())
                    .with_precision(*precision)
                    .with_scale(*scale)
                    .build()
            }
        }
        Type::GroupType { fields, .. } => Type::group_type_builder(&name)
            .with_repetition(info.repetition())
            .with_logical_type(info.logical_type_ref().cloned())
            .with_converted_type(info.converted_type())
            .with_fields(fields.clone())
            .with_id(id)
            .build(),
    };
    renamed.map(Arc::new).map_err(|e| plain(&e))
}

/// The scale of a decimal with more digits than Arrow's widest.
fn wide_scale(field: &Type) -> Option<i8> {
    match field {
        Type::PrimitiveType {
            precision, scale, ..
        } if *precision > i32::from(MOST_DIGITS) => i8::try_from(*scale).ok(),
        _ => None,
    }
}

/// The error without the type's name that the crate puts before it.
fn plain(error: &parquet::errors::ParquetError) -> String {
    use parquet::errors::ParquetError::{EOF, General, NYI};
    match error {
        General(m) | EOF(m) | NYI(m) => m.clone(),
        other => other.to_string(),
    }
}
