//! A table whose footers were read: its columns, dates and how its schema changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use chrono::NaiveDate;

use super::column::{Column, Origin, contradicts, date_of, parse_date, resolve};
use super::{Bounds, DateGap, Footer, LakeFile, date_gaps};
use crate::diagnostic::Diagnostic;
use crate::schema::{BqType, TableName};

/// Microseconds of a day.
const DAY_MICROS: i128 = 86_400_000_000;

/// A table of the lake.
#[derive(Debug)]
pub struct Table {
    name: TableName,
    files: Vec<(LakeFile, Footer)>,
    broken: Vec<(LakeFile, String)>,
    columns: Vec<Column>,
    schema: SchemaRef,
    date: Option<String>,
}

/// A change of a table's schema between two files that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The first file that has it.
    pub file: String,
    /// The first date in that file, where its statistics tell.
    pub date: Option<NaiveDate>,
    /// What changed, such as "`x` added as INT64".
    pub what: String,
}

impl Table {
    pub(super) fn new(
        name: TableName,
        read: impl Iterator<Item = (LakeFile, Result<Footer, String>)>,
    ) -> Self {
        let mut files = Vec::new();
        let mut broken = Vec::new();
        for (file, footer) in read {
            match footer {
                Ok(footer) => files.push((file, footer)),
                Err(why) => broken.push((file, why)),
            }
        }
        let mut table = Self {
            name,
            files,
            broken,
            columns: Vec::new(),
            schema: Arc::new(Schema::empty()),
            date: None,
        };
        table.resolve(&BTreeMap::new());
        table.date = table.guess_date();
        table
    }

    /// Takes what the suite declares: types by column name, and the date column.
    ///
    /// An unknown column is an error that offers near names.
    pub fn declare(
        &mut self,
        types: &BTreeMap<String, BqType>,
        date: Option<&str>,
    ) -> Result<(), Diagnostic> {
        for name in types.keys().map(String::as_str).chain(date) {
            self.require(name)?;
        }
        self.resolve(types);
        if let Some(date) = date {
            let column = self.require(date)?;
            if !is_dated(&column.bq_type) {
                return Err(Diagnostic::new(format!(
                    "the date column `{}` is {}, not a DATE, DATETIME or TIMESTAMP",
                    column.name, column.bq_type
                )));
            }
            self.date = self.column(date).map(|c| c.name.clone());
        }
        Ok(())
    }

    fn resolve(&mut self, types: &BTreeMap<String, BqType>) {
        self.columns = resolve(&self.files, types);
        let fields: Vec<_> = self.columns.iter().map(Column::field).collect();
        self.schema = Arc::new(Schema::new(fields));
    }

    /// The date column where none is declared: `game_date`, a folder's date, the only DATE, or of
    /// several that are never NULL the one whose files hold the fewest days; the first of equals.
    fn guess_date(&self) -> Option<String> {
        let dates: Vec<&Column> = self
            .columns
            .iter()
            .filter(|c| c.bq_type == BqType::Date)
            .collect();
        let named = |name: &str| dates.iter().find(|c| c.name.eq_ignore_ascii_case(name));
        let folder = || dates.iter().find(|c| c.origin == Origin::Folder);
        let only = || dates.first().filter(|_| dates.len() == 1);
        let fewest = || {
            let spans = dates
                .iter()
                .filter_map(|c| Some((self.days_by_file(c)?, c)));
            spans.min_by_key(|(days, _)| *days).map(|(_, c)| c)
        };
        named("game_date")
            .or_else(folder)
            .or_else(only)
            .or_else(fewest)
            .map(|c| c.name.clone())
    }

    /// The days between a DATE's first and last value, summed over files; `None` where a value is NULL
    /// or statistics don't tell.
    fn days_by_file(&self, column: &Column) -> Option<i128> {
        let mut days = 0;
        for (_, footer) in &self.files {
            if footer.nulls(&column.name)? > 0 {
                return None;
            }
            if let Some(Bounds::Int { min, max }) = footer.bounds(&column.name)? {
                days += max - min;
            }
        }
        Some(days)
    }

    pub fn name(&self) -> &TableName {
        &self.name
    }

    /// The files that can be read, in path order.
    pub fn files(&self) -> &[(LakeFile, Footer)] {
        &self.files
    }

    /// The files whose footer can't be read, and why.
    pub fn broken(&self) -> &[(LakeFile, String)] {
        &self.broken
    }

    /// Files whose statistics prove that a column holds other values than their folder's name says.
    pub fn misfiled(&self) -> Vec<String> {
        let mut told = Vec::new();
        for (file, footer) in &self.files {
            for (name, value) in &file.partition {
                let column = self.column(name).filter(|c| c.origin == Origin::File);
                if column.is_some_and(|c| contradicts(value, footer, name, &c.bq_type)) {
                    told.push(format!("{} (column {name})", file.path()));
                }
            }
        }
        told
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns as an Arrow schema, in the order of [`Self::columns`].
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The column that dates a row, if any.
    pub fn date(&self) -> Option<&Column> {
        self.column(self.date.as_deref()?)
    }

    /// The column called `name`, ignoring case.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|c| c.name.eq_ignore_ascii_case(name))
    }

    /// The column called `name`, or the error that says what is near or why it can't be read.
    pub fn require(&self, name: &str) -> Result<&Column, Diagnostic> {
        let Some(column) = self.column(name) else {
            let names = self.columns.iter().map(|c| c.name.as_str());
            return Err(
                Diagnostic::new(format!("no column `{name}` in {}", self.name))
                    .did_you_mean(name, names),
            );
        };
        match &column.unreadable {
            Some(why) => Err(Diagnostic::new(why.clone())),
            None => Ok(column),
        }
    }

    pub fn rows(&self) -> u64 {
        self.files.iter().map(|(_, footer)| footer.rows()).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|(file, _)| file.meta.size).sum()
    }

    /// The first and last day of a file, from its folder or its statistics.
    pub fn file_dates(&self, file: &LakeFile, footer: &Footer) -> Option<(NaiveDate, NaiveDate)> {
        self.span(file, |date| footer.bounds(date))
    }

    /// [`Self::file_dates`] of one row group.
    pub fn group_dates(
        &self,
        file: &LakeFile,
        footer: &Footer,
        group: usize,
    ) -> Option<(NaiveDate, NaiveDate)> {
        self.span(file, |date| footer.group_bounds(group, date))
    }

    fn span(
        &self,
        file: &LakeFile,
        bounds: impl Fn(&str) -> Option<Option<Bounds>>,
    ) -> Option<(NaiveDate, NaiveDate)> {
        let date = self.date()?;
        if date.origin == Origin::Folder {
            let day = parse_date(file.partition_value(&date.name)?)?;
            return Some((day, day));
        }
        let per_day = match date.bq_type {
            BqType::Date => 1,
            BqType::Datetime | BqType::Timestamp | BqType::DatetimeOrTimestamp => DAY_MICROS,
            _ => return None,
        };
        match bounds(&date.name)?? {
            Bounds::Int { min, max } => {
                Some((day(min.div_euclid(per_day))?, day(max.div_euclid(per_day))?))
            }
            Bounds::Float { .. } => None,
        }
    }

    /// The first and last day of the table, if every file with rows tells its own.
    pub fn dates(&self) -> Option<(NaiveDate, NaiveDate)> {
        self.spans()?
            .into_iter()
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The holes of `least` days and more in the table's dates, as far as footers show them.
    pub fn gaps(&self, least: i64) -> Vec<DateGap> {
        self.spans().map_or_else(Vec::new, |s| date_gaps(s, least))
    }

    fn spans(&self) -> Option<Vec<(NaiveDate, NaiveDate)>> {
        self.files
            .iter()
            .filter(|(_, footer)| footer.rows() > 0)
            .map(|(file, footer)| self.file_dates(file, footer))
            .collect()
    }

    /// How the schema changed from file to file, in date order, or in path order without dates.
    pub fn timeline(&self) -> Vec<Change> {
        let mut files: Vec<_> = self
            .files
            .iter()
            .map(|(file, footer)| (self.file_dates(file, footer).map(|d| d.0), file, footer))
            .collect();
        files.sort_by(|a, b| (a.0, a.1.path()).cmp(&(b.0, b.1.path())));
        let mut changes = Vec::new();
        for pair in files.windows(2) {
            if let [(_, _, before), (date, file, after)] = pair {
                for what in differences(before.schema(), after.schema()) {
                    changes.push(Change {
                        file: file.path().to_string(),
                        date: *date,
                        what,
                    });
                }
            }
        }
        changes
    }
}

fn is_dated(bq_type: &BqType) -> bool {
    matches!(
        bq_type,
        BqType::Date | BqType::Datetime | BqType::Timestamp | BqType::DatetimeOrTimestamp
    )
}

fn differences(before: &SchemaRef, after: &SchemaRef) -> Vec<String> {
    if before.fields() == after.fields() {
        return Vec::new();
    }
    let find = |schema: &SchemaRef, name: &str| {
        crate::schema::column_index(schema, name)
            .map(|i| BqType::from_arrow(schema.field(i).data_type()))
    };
    let mut found = Vec::new();
    for field in after.fields() {
        let name = field.name();
        let now = BqType::from_arrow(field.data_type());
        match find(before, name) {
            None => found.push(format!("`{name}` added as {now}")),
            Some(was) if was != now => found.push(format!("`{name}` changed from {was} to {now}")),
            Some(_) => {}
        }
    }
    for field in before.fields() {
        if find(after, field.name()).is_none() {
            found.push(format!("`{}` removed", field.name()));
        }
    }
    found
}

/// The date `days` after 1970-01-01.
fn day(days: i128) -> Option<NaiveDate> {
    date_of(i32::try_from(days).ok()?)
}
