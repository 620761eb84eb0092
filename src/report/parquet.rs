//! The report as Parquet, for BigQuery, pandas and DuckDB.
//!
//! Four datasets: `<folder>/<dataset>/run=<run id>/000000000000.parquet`, and more such files of many figures. `runs`
//! appears last, so a run counts once its row is there; writing a run again replaces it whole. In a
//! bucket, readers that do not ask for the row first may see files of a run that is being written. A
//! dataset without rows is a file with its schema.
//!
//! The id stands in the file as `run_id`, the way BigQuery exports a partition's column. The folder
//! is called `run=` and not `run_id=`, because readers that find a column both in the path and in
//! the file either refuse it (pyarrow, and pandas with it) or take the path's, which is a number if
//! all digits of the id happen to be decimal (DuckDB).
//!
//! Pages are SNAPPY: every reader has it, and it is what BigQuery itself exports. Nothing but the
//! report's content is in a file, no Arrow schema and no clock, so equal reports are equal bytes;
//! only `runs` holds durations.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ::parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use ::parquet::basic::Compression;
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Date32Type, Field, Fields, Schema};
use arrow::error::ArrowError;
use bytes::Bytes;
use object_store::path::Path as StorePath;

use super::columns::{
    Column, EVIDENCE_ROW, FINDING, METRIC, RUN, SUMMARY, TIMING, Values, canonical, int64,
};
use super::{EVIDENCE, FINDINGS, METRICS, RUNS};
use crate::diagnostic::Diagnostic;
use crate::finding::Report;
use crate::lake::{self, Address, Root, Staged};

/// Figures of a file of `metrics`, about; files are encoded side by side.
const FILE_FIGURES: usize = 500_000;

/// Columns of figures: no two are alike, so a dictionary of them is work for nothing.
const UNLIKE: [&str; 3] = ["value", "low", "high"];

/// Rows turned into arrays at a time.
const BATCH_ROWS: usize = 8_192;

/// Rows of a row group; what is encoded of one is all that is held beside the report.
const GROUP_ROWS: usize = 131_072;

/// Writes the report to `reports`, all of it or nothing; a folder is made if there is none.
///
/// The same report gives the same bytes, but for the durations in `runs`.
pub async fn publish(report: &Report, reports: &Address) -> Result<(), Diagnostic> {
    place(encoded(report), &report.run.run_id, reports).await
}

/// Puts the files of a run in their places, in their order, all of them or none.
pub(super) async fn place(
    files: Result<Vec<Encoded>, ParquetError>,
    id: &str,
    reports: &Address,
) -> Result<(), Diagnostic> {
    let failed = |why: &dyn std::fmt::Display| {
        Diagnostic::new(format!("failed to write the report to {reports}: {why}"))
            .help("--reports DIR names another folder")
    };
    let files = files.map_err(|e| failed(&e))?;
    match reports {
        Address::Folder(folder) => staged(files, id, folder).map(drop).map_err(|e| failed(&e)),
        Address::Bucket(_) => {
            let root = Root::open(&reports.to_string())?;
            let files: Vec<_> = files
                .into_iter()
                .map(|file| (StorePath::from(file.folder).join(file.name), file.bytes))
                .collect();
            lake::publish(&root, &files).await
        }
    }
}

/// Writes the report below `folder`, all of it or nothing, and returns the file of its `runs` row.
pub fn write(report: &Report, folder: &Path) -> io::Result<PathBuf> {
    let files = encoded(report).map_err(io::Error::other)?;
    staged(files, &report.run.run_id, folder)
}

fn staged(files: Vec<Encoded>, id: &str, folder: &Path) -> io::Result<PathBuf> {
    let mut staged = Staged::begin(folder, id)?;
    let mut last = folder.to_owned();
    for file in files {
        staged.file(Path::new(&file.folder), &file.name, &file.bytes)?;
        last = folder.join(file.folder).join(file.name);
    }
    staged.commit()?;
    Ok(last)
}

/// A file of a report.
pub(super) struct Encoded {
    /// `<dataset>/run=<run id>`.
    folder: String,
    name: String,
    bytes: Bytes,
}

impl Encoded {
    /// The only file of a dataset.
    pub(super) fn new(dataset: &str, id: &str, bytes: Vec<u8>) -> Self {
        Self::numbered(dataset, id, 0, bytes)
    }

    fn numbered(dataset: &str, id: &str, number: usize, bytes: Vec<u8>) -> Self {
        Self {
            folder: format!("{dataset}/run={id}"),
            name: format!("{number:012}.parquet"),
            bytes: bytes.into(),
        }
    }
}

/// All files of the report in the order in which they are to appear, that of `runs` last.
fn encoded(report: &Report) -> Result<Vec<Encoded>, ParquetError> {
    let id = &report.run.run_id;
    let file = |dataset: &str, number: usize, bytes: Result<Vec<u8>, ParquetError>| {
        Ok::<_, ParquetError>(Encoded::numbered(dataset, id, number, bytes?))
    };
    let evidence = encode(&[&EVIDENCE_ROW], id, report.evidence.chunks(BATCH_ROWS));
    let findings = encode(&[&FINDING], id, report.findings.chunks(BATCH_ROWS));
    let mut files = vec![file(EVIDENCE, 0, evidence)?, file(FINDINGS, 0, findings)?];
    for (number, bytes) in figures(report).into_iter().enumerate() {
        files.push(file(METRICS, number, bytes)?);
    }
    let run = std::iter::once(std::slice::from_ref(report));
    files.push(file(RUNS, 0, encode(&[&RUN, &SUMMARY, &TIMING], id, run))?);
    Ok(files)
}

/// A file of rows that belong to no run.
pub(super) fn file<R: 'static>(
    columns: &'static [Column<R>],
    rows: &[R],
) -> Result<Vec<u8>, ParquetError> {
    of_run(columns, "", rows)
}

/// A file of rows of a run.
pub(super) fn of_run<R: 'static>(
    columns: &'static [Column<R>],
    id: &str,
    rows: &[R],
) -> Result<Vec<u8>, ParquetError> {
    encode(&[columns], id, rows.chunks(BATCH_ROWS))
}

/// The files of `metrics`, encoded on all cores.
fn figures(report: &Report) -> Vec<Result<Vec<u8>, ParquetError>> {
    let parts = report.metrics.parts(FILE_FIGURES);
    let mut files: Vec<_> = parts.iter().map(|_| None).collect();
    let work = Mutex::new(parts.into_iter().zip(&mut files));
    let next = || work.lock().unwrap_or_else(PoisonError::into_inner).next();
    let encode_some = || {
        while let Some((mut figures, file)) = next() {
            let batches = std::iter::from_fn(|| {
                let batch: Vec<_> = figures.by_ref().take(BATCH_ROWS).collect();
                (!batch.is_empty()).then_some(batch)
            });
            *file = Some(encode(&[&METRIC], &report.run.run_id, batches));
        }
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (1..cores).for_each(|_| drop(scope.spawn(encode_some)));
        encode_some();
    });
    drop(work);
    let missing = || Err(ParquetError::General("no file was encoded".to_owned()));
    let files = files.into_iter();
    files.map(|file| file.unwrap_or_else(missing)).collect()
}

/// One file with the columns of all `groups`.
fn encode<R: 'static, B: AsRef<[R]>>(
    groups: &[&[Column<R>]],
    run_id: &str,
    batches: impl Iterator<Item = B>,
) -> Result<Vec<u8>, ParquetError> {
    let columns = || groups.iter().copied().flatten();
    let schema = Arc::new(Schema::new(columns().map(field).collect::<Fields>()));
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_created_by("lakeaudit".to_owned());
    for column in UNLIKE {
        properties = properties.set_column_dictionary_enabled(column.into(), false);
    }
    let options = ArrowWriterOptions::new()
        .with_properties(properties.build())
        .with_skip_arrow_metadata(true)
        .with_schema_root("schema".to_owned());
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, Arc::clone(&schema), options)?;
    for batch in batches {
        let rows: Vec<Option<&R>> = batch.as_ref().iter().map(Some).collect();
        let arrays = columns()
            .map(|column| array(column, run_id, &rows))
            .collect::<Result<Vec<_>, _>>()?;
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), arrays)?)?;
    }
    writer.close()?;
    Ok(bytes)
}

fn field<R>(column: &Column<R>) -> Field {
    let data_type = match column.values {
        Values::RunId | Values::Text(_) | Values::Json(_) => DataType::Utf8,
        Values::Date(_) => DataType::Date32,
        Values::Float64(_) => DataType::Float64,
        Values::Int64(_) => DataType::Int64,
        Values::Struct(columns, _) => DataType::Struct(columns.iter().map(field).collect()),
    };
    Field::new(column.name, data_type, !column.required)
}

/// The column's values; NULL where there is no row.
fn array<R>(column: &Column<R>, run_id: &str, rows: &[Option<&R>]) -> Result<ArrayRef, ArrowError> {
    let rows = rows.iter().copied();
    Ok(match column.values {
        Values::RunId => Arc::new(rows.map(|r| r.map(|_| run_id)).collect::<StringArray>()),
        Values::Text(get) => Arc::new(rows.map(|r| get(r?)).collect::<StringArray>()),
        Values::Json(get) => Arc::new(rows.map(|r| r.map(get)).collect::<StringArray>()),
        Values::Date(get) => Arc::new(
            rows.map(|r| get(r?).map(Date32Type::from_naive_date))
                .collect::<Date32Array>(),
        ),
        Values::Float64(get) => Arc::new(
            rows.map(|r| get(r?).map(canonical))
                .collect::<Float64Array>(),
        ),
        Values::Int64(get) => Arc::new(rows.map(|r| get(r?).map(int64)).collect::<Int64Array>()),
        Values::Struct(columns, get) => {
            let rows: Vec<_> = rows.map(|r| get(r?)).collect();
            let arrays = columns
                .iter()
                .map(|column| array(column, run_id, &rows))
                .collect::<Result<_, _>>()?;
            let nulls: NullBuffer = rows.iter().map(Option::is_some).collect();
            let fields = columns.iter().map(field).collect();
            Arc::new(StructArray::try_new(fields, arrays, Some(nulls))?)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::report::columns::documentation;
    use crate::report::sample;
    use ::parquet::basic::{LogicalType, Repetition, Type as Physical};
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::{Field, RowAccessor};
    use ::parquet::schema::types::Type;

    const FILE: &str = "000000000000.parquet";

    fn reader(folder: &Path, dataset: &str) -> SerializedFileReader<Bytes> {
        let file = folder.join(dataset).join("run=3f9a1c0b7d24e685").join(FILE);
        SerializedFileReader::new(Bytes::from(fs::read(file).unwrap())).unwrap()
    }

    /// Name, BigQuery type and whether it is required, of the columns as BigQuery loads them.
    fn loaded(prefix: &str, node: &Type, columns: &mut Vec<(String, &'static str, bool)>) {
        for field in node.get_fields() {
            let info = field.get_basic_info();
            let name = format!("{prefix}{}", field.name());
            let required = info.repetition() == Repetition::REQUIRED;
            if field.is_group() {
                columns.push((name.clone(), "STRUCT", required));
                loaded(&format!("{name}."), field, columns);
                continue;
            }
            let logical = info.logical_type_ref();
            let bigquery_type = match (field.get_physical_type(), logical) {
                (Physical::BYTE_ARRAY, Some(LogicalType::String)) => "STRING",
                (Physical::INT32, Some(LogicalType::Date)) => "DATE",
                (Physical::INT64, None) => "INT64",
                (Physical::DOUBLE, None) => "FLOAT64",
                other => panic!("{name} is {other:?}"),
            };
            columns.push((name, bigquery_type, required));
        }
    }

    #[test]
    fn files_have_the_documented_columns_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        write(&sample::report(), folder.path()).unwrap();
        for dataset in [RUNS, FINDINGS, EVIDENCE, METRICS] {
            let reader = reader(folder.path(), dataset);
            let meta = reader.metadata().file_metadata();
            let mut columns = vec![];
            loaded("", meta.schema(), &mut columns);
            let documented: Vec<_> = documentation()
                .into_iter()
                .filter(|d| d.dataset == dataset)
                .map(|d| (d.column, d.bigquery_type, d.required))
                .collect();
            assert_eq!(columns, documented);
            assert_eq!(meta.created_by(), Some("lakeaudit"));
            assert_eq!(meta.key_value_metadata(), None);
        }
    }

    #[test]
    fn reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let report = sample::report();
        let last = write(&report, folder.path()).unwrap();
        assert!(last.ends_with("runs/run=3f9a1c0b7d24e685/000000000000.parquet"));

        let runs: Vec<_> = rows(folder.path(), RUNS);
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].get_string(0).unwrap(), "3f9a1c0b7d24e685");
        assert_eq!(runs[0].get_column_iter().count(), 25);

        let findings = rows(folder.path(), FINDINGS);
        let read: Vec<_> = findings.iter().map(|r| r.get_string(1).unwrap()).collect();
        let written: Vec<_> = report.findings.iter().map(|f| &f.check).collect();
        assert_eq!(read, written);
        assert_eq!(findings[1].get_string(6).unwrap(), "fail");
        assert_eq!(findings[1].get_long(13).unwrap(), 870);
        // 2026-01-25, in days since 1970.
        assert_eq!(
            findings[1].get_column_iter().nth(16).unwrap().1,
            &Field::Date(20_478)
        );

        let evidence = rows(folder.path(), EVIDENCE);
        let source = evidence[0].get_group(8).unwrap();
        assert_eq!(source.get_long(2).unwrap(), 4_212);
        assert!(evidence[5].get_group(8).is_err());
        assert_eq!(evidence[0].get_string(7).unwrap(), &report.evidence[0].row);

        let metrics = rows(folder.path(), METRICS);
        assert_eq!(metrics.len(), 5);
        let nan = metrics.iter().find(|m| m.get_double(5).unwrap().is_nan());
        assert_eq!(nan.unwrap().get_string(4).unwrap(), "mean");
    }

    #[test]
    fn equal_reports_are_equal_bytes_and_durations_are_in_runs_alone() {
        let [a, b] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let mut report = sample::report();
        write(&report, a.path()).unwrap();
        report.timing.total_ms += 1;
        let last = write(&report, b.path()).unwrap();
        write(&report, b.path()).unwrap();
        for dataset in [FINDINGS, EVIDENCE, METRICS] {
            let file = |root: &Path| {
                fs::read(root.join(dataset).join("run=3f9a1c0b7d24e685").join(FILE)).unwrap()
            };
            assert!(file(a.path()) == file(b.path()), "{dataset}");
        }
        let other = a.path().join(last.strip_prefix(b.path()).unwrap());
        assert!(fs::read(last).unwrap() != fs::read(other).unwrap());
    }

    #[test]
    fn a_dataset_without_rows_is_a_file_with_its_schema() {
        let folder = tempfile::tempdir().unwrap();
        let mut report = sample::report();
        report.findings.clear();
        report.evidence.clear();
        report.metrics.clear();
        write(&report, folder.path()).unwrap();
        for dataset in [FINDINGS, EVIDENCE, METRICS] {
            let reader = reader(folder.path(), dataset);
            let meta = reader.metadata().file_metadata();
            assert_eq!(meta.num_rows(), 0);
            assert!(meta.schema().get_fields().len() > 8);
        }
    }

    #[test]
    fn a_report_that_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(RUNS), b"in the way").unwrap();
        assert!(write(&sample::report(), folder.path()).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1 + 3);
        assert!(
            !folder
                .path()
                .join(FINDINGS)
                .join("run=3f9a1c0b7d24e685")
                .exists()
        );
    }

    fn rows(folder: &Path, dataset: &str) -> Vec<::parquet::record::Row> {
        reader(folder, dataset)
            .get_row_iter(None)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }
}
