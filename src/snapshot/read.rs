//! Reads the files of a baseline.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type};
use bytes::Bytes;
use chrono::NaiveDate;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::FORMAT;
use super::files::{Encoded, KEY};
use super::model::{
    About, ColumnRow, ContractRow, Correlation, FileRow, Kind, Period, QUANTILES, Snapshot,
    TableRow, TopValue,
};

/// A baseline of the bytes of its files, whatever their order; says what is wrong with them.
pub fn decode(files: &[Encoded]) -> Result<Snapshot, String> {
    let of = |dataset: &str| {
        let file = files.iter().find(|file| file.dataset == dataset);
        let file = file.ok_or_else(|| format!("{dataset}.parquet is missing"))?;
        Ok::<_, String>(&file.bytes)
    };
    let rows = |dataset: &'static str| {
        batches(of(dataset)?).map_err(|why| format!("{dataset}.parquet: {why}"))
    };
    Ok(Snapshot {
        about: about(of("tables")?).map_err(|why| format!("tables.parquet: {why}"))?,
        tables: each(&rows("tables")?, table)?,
        contract: each(&rows("schema")?, contract)?,
        columns: each(&rows("columns")?, column)?,
        correlations: each(&rows("correlations")?, correlation)?,
        files: each(&rows("files")?, file)?,
    })
}

/// What was asked for, by the footer of any file of a baseline. A format of another version is an error.
pub fn about(bytes: &Bytes) -> Result<About, String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone());
    let reader = reader.map_err(|e| e.to_string())?;
    let pairs = reader.metadata().file_metadata().key_value_metadata();
    let value = |name: &str| {
        let wanted = format!("{KEY}{name}");
        let pair = pairs
            .iter()
            .flat_map(|p| p.iter())
            .find(|p| p.key == wanted);
        pair.and_then(|pair| pair.value.as_deref())
    };
    let format = value("format").ok_or("it is no file of a baseline")?;
    if format != FORMAT.to_string() {
        return Err(format!(
            "it has format {format}, and this lakeaudit reads {FORMAT}"
        ));
    }
    let asked = value("asked").unwrap_or_default();
    serde_json::from_str(asked).map_err(|e| format!("what was asked can't be read: {e}"))
}

/// The rows of `tables.parquet`.
pub fn tables(bytes: &Bytes) -> Result<Vec<TableRow>, String> {
    each(&batches(bytes)?, table)
}

/// The rows of a file as they are.
pub fn batches(bytes: &Bytes) -> Result<Vec<RecordBatch>, String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone());
    let reader = reader.and_then(|reader| reader.build());
    let reader = reader.map_err(|e| e.to_string())?;
    reader
        .map(|batch| batch.map_err(|e| e.to_string()))
        .collect()
}

fn each<T>(
    batches: &[RecordBatch],
    row: impl Fn(&Row<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let mut out = Vec::new();
    for batch in batches {
        for at in 0..batch.num_rows() {
            out.push(row(&Row { batch, at })?);
        }
    }
    Ok(out)
}

/// A row of a file.
struct Row<'a> {
    batch: &'a RecordBatch,
    at: usize,
}

impl<'a> Row<'a> {
    fn array(&self, name: &str) -> Result<Option<&'a dyn Array>, String> {
        let array = self.batch.column_by_name(name);
        let array = array.ok_or_else(|| format!("there is no column `{name}`"))?;
        Ok(array.is_valid(self.at).then_some(array.as_ref()))
    }

    fn maybe(&self, name: &str) -> Result<Option<String>, String> {
        let Some(array) = self.array(name)? else {
            return Ok(None);
        };
        let text = array.as_string_opt::<i32>().ok_or_else(|| typed(name))?;
        Ok(Some(text.value(self.at).to_owned()))
    }

    fn text(&self, name: &str) -> Result<String, String> {
        self.maybe(name)?.ok_or_else(|| typed(name))
    }

    fn counts(&self, name: &str) -> Result<Option<u64>, String> {
        let Some(array) = self.array(name)? else {
            return Ok(None);
        };
        let ints = array
            .as_primitive_opt::<Int64Type>()
            .ok_or_else(|| typed(name))?;
        let count = u64::try_from(ints.value(self.at)).map_err(|_| typed(name))?;
        Ok(Some(count))
    }

    fn count(&self, name: &str) -> Result<u64, String> {
        self.counts(name)?.ok_or_else(|| typed(name))
    }

    fn float(&self, name: &str) -> Result<Option<f64>, String> {
        let Some(array) = self.array(name)? else {
            return Ok(None);
        };
        let floats = array.as_primitive_opt::<Float64Type>();
        Ok(Some(floats.ok_or_else(|| typed(name))?.value(self.at)))
    }

    fn date(&self, name: &str) -> Result<Option<NaiveDate>, String> {
        let Some(array) = self.array(name)? else {
            return Ok(None);
        };
        let days = array.as_primitive_opt::<Date32Type>();
        let days = days.ok_or_else(|| typed(name))?;
        Ok(days.value_as_date(self.at))
    }

    fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(array) = self.array(name)? else {
            return Ok(None);
        };
        let bytes = array.as_binary_opt::<i32>().ok_or_else(|| typed(name))?;
        Ok(Some(bytes.value(self.at).to_vec()))
    }

    fn bool(&self, name: &str) -> Result<bool, String> {
        let array = self.array(name)?.and_then(|array| array.as_boolean_opt());
        Ok(array.ok_or_else(|| typed(name))?.value(self.at))
    }

    fn period(&self) -> Result<Period, String> {
        let kind = self.text("segment")?;
        Ok(Period {
            kind: Kind::of(&kind).ok_or_else(|| format!("`{kind}` is no segment"))?,
            name: self.maybe("period")?.unwrap_or_default(),
        })
    }

    fn top_values(&self) -> Result<Option<Vec<TopValue>>, String> {
        const NAME: &str = "top_values";
        let Some(array) = self.array(NAME)? else {
            return Ok(None);
        };
        let list = array.as_list_opt::<i32>().ok_or_else(|| typed(NAME))?;
        let elements = list.value(self.at);
        let elements = elements.as_struct_opt().ok_or_else(|| typed(NAME))?;
        let part = |name: &str| elements.column_by_name(name).ok_or_else(|| typed(NAME));
        let (values, counts) = (part("value")?, part("count")?);
        let values = values.as_string_opt::<i32>().ok_or_else(|| typed(NAME))?;
        let counts = counts.as_primitive_opt::<Int64Type>();
        let counts = counts.ok_or_else(|| typed(NAME))?;
        let top = (0..elements.len()).map(|at| {
            Ok(TopValue {
                value: values.value(at).to_owned(),
                count: u64::try_from(counts.value(at)).map_err(|_| typed(NAME))?,
            })
        });
        top.collect::<Result<_, _>>().map(Some)
    }
}

fn typed(name: &str) -> String {
    format!("column `{name}` is not what it should be")
}

fn table(row: &Row<'_>) -> Result<TableRow, String> {
    Ok(TableRow {
        table: row.text("table")?,
        period: row.period()?,
        rows: row.count("rows")?,
        days: row.count("days")?,
        first_date: row.date("first_date")?,
        last_date: row.date("last_date")?,
        files: row.counts("files")?,
        bytes: row.counts("bytes")?,
        date_column: row.maybe("date_column")?,
    })
}

fn contract(row: &Row<'_>) -> Result<ContractRow, String> {
    Ok(ContractRow {
        table: row.text("table")?,
        position: row.count("position")?,
        column: row.text("column")?,
        bq_type: row.text("type")?,
        from_folder: row.bool("from_folder")?,
        absent_files: row.count("absent_files")?,
        unreadable: row.maybe("unreadable")?,
    })
}

fn column(row: &Row<'_>) -> Result<ColumnRow, String> {
    let mut quantiles = [None; QUANTILES.len()];
    for (slot, (_, name)) in quantiles.iter_mut().zip(QUANTILES) {
        *slot = row.float(name)?;
    }
    Ok(ColumnRow {
        table: row.text("table")?,
        column: row.text("column")?,
        bq_type: row.text("type")?,
        period: row.period()?,
        rows: row.count("rows")?,
        nulls: row.count("nulls")?,
        zeros: row.counts("zeros")?,
        nan: row.counts("nan")?,
        infinite: row.counts("infinite")?,
        distinct: row.counts("distinct")?,
        distinct_error: row.float("distinct_error")?,
        mean: row.float("mean")?,
        stddev: row.float("stddev")?,
        min: row.float("min")?,
        max: row.float("max")?,
        min_text: row.maybe("min_text")?,
        max_text: row.maybe("max_text")?,
        quantiles,
        rank_error: row.float("rank_error")?,
        top_values: row.top_values()?,
        state: row.bytes("state")?,
        frequencies: row.bytes("frequencies")?,
    })
}

fn correlation(row: &Row<'_>) -> Result<Correlation, String> {
    Ok(Correlation {
        table: row.text("table")?,
        a: row.text("a")?,
        b: row.text("b")?,
        pairs: row.count("pairs")?,
        r: row.float("r")?,
        state: row.bytes("state")?.unwrap_or_default(),
    })
}

fn file(row: &Row<'_>) -> Result<FileRow, String> {
    Ok(FileRow {
        table: row.text("table")?,
        path: row.text("path")?,
        size: row.count("size")?,
        rows: row.count("rows")?,
        fingerprint: row.text("fingerprint")?,
    })
}
