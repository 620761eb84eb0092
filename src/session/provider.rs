//! A table of the lake as DataFusion scans it.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfigBuilder, ParquetSource, parquet::ParquetAccessPlan,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchemaBuilder;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use parquet::arrow::RowNumber;

use super::adapter::LakeAdapters;
use super::reader::{FooterReaders, KnownFooter};
use crate::dialect::SPELLING;
use crate::lake::{Column, LakeFile, Origin, Table, days, parse_date};
use crate::schema::BqType;

/// The column that holds a file's index in [`Table::files`].
pub const FILE: &str = "__file";
/// The column that holds a row's position in its file.
pub const ROW: &str = "__row";

/// Which part of a table's files a scan is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// Only these files, by index.
    Files(Vec<usize>),
    /// Only these row groups of these files.
    RowGroups(Vec<(usize, Vec<usize>)>),
}

/// A table as a scan source: its columns under lower-case names, and, if asked for, [`FILE`] and
/// [`ROW`] behind them.
pub struct LakeTable {
    table: Arc<Table>,
    readers: Arc<FooterReaders>,
    part: Part,
    located: bool,
    schema: SchemaRef,
}

impl LakeTable {
    pub(super) fn new(table: Arc<Table>, readers: Arc<FooterReaders>) -> Self {
        let mut new = Self {
            table,
            readers,
            part: Part::Whole,
            located: false,
            schema: Arc::new(Schema::empty()),
        };
        new.schema = Arc::clone(new.layout().table_schema());
        new
    }

    /// The same table with [`FILE`] and [`ROW`], reading only `part`.
    #[must_use]
    pub fn located(&self, part: Part) -> Self {
        let mut new = Self {
            table: Arc::clone(&self.table),
            readers: Arc::clone(&self.readers),
            part,
            located: true,
            schema: Arc::clone(&self.schema),
        };
        new.schema = Arc::clone(new.layout().table_schema());
        new
    }

    /// The table behind it.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    fn columns(&self, origin: Origin) -> Vec<FieldRef> {
        self.table
            .columns()
            .iter()
            .filter(|c| c.origin == origin && c.unreadable.is_none())
            .map(|c| {
                let spelling = HashMap::from([(SPELLING.to_owned(), c.name.clone())]);
                let field = c.field().with_name(c.name.to_lowercase());
                Arc::new(field.with_metadata(spelling))
            })
            .collect()
    }

    /// Columns of the files, then those of the folders, then where a row stands.
    fn layout(&self) -> datafusion::datasource::table_schema::TableSchema {
        let mut constant = self.columns(Origin::Folder);
        let mut made: Vec<FieldRef> = Vec::new();
        if self.located {
            constant.push(Arc::new(Field::new(FILE, DataType::Int64, false)));
            let row = Field::new(ROW, DataType::Int64, false);
            made.push(Arc::new(row.with_extension_type(RowNumber)));
        }
        TableSchemaBuilder::new(Arc::new(Schema::new(self.columns(Origin::File))))
            .with_table_partition_cols(constant)
            .with_virtual_columns(made)
            .build()
    }

    fn file(&self, index: usize, groups: Option<&[usize]>) -> Result<PartitionedFile> {
        let (file, footer) = self
            .table
            .files()
            .get(index)
            .ok_or_else(|| DataFusionError::Internal(format!("no file {index}")))?;
        let mut values = Vec::new();
        for column in self.table.columns() {
            if column.origin == Origin::Folder && column.unreadable.is_none() {
                values.push(folder_value(file, column)?);
            }
        }
        if self.located {
            values.push(ScalarValue::Int64(i64::try_from(index).ok()));
        }
        let mut part = PartitionedFile::new_from_meta(file.meta.clone())
            .with_partition_values(values)
            .with_extension(KnownFooter {
                metadata: Arc::clone(footer.metadata()),
                version: footer.version().cloned(),
            });
        if let Some(groups) = groups {
            let mut access = ParquetAccessPlan::new_none(footer.metadata().num_row_groups());
            for group in groups {
                if *group >= access.len() {
                    let path = file.path();
                    return Err(DataFusionError::Internal(format!(
                        "no row group {group} in {path}"
                    )));
                }
                access.scan(*group);
            }
            part = part.with_extension(access);
        }
        Ok(part)
    }

    fn files(&self) -> Result<Vec<PartitionedFile>> {
        match &self.part {
            Part::Whole => (0..self.table.files().len())
                .map(|i| self.file(i, None))
                .collect(),
            Part::Files(indexes) => indexes.iter().map(|i| self.file(*i, None)).collect(),
            Part::RowGroups(groups) => groups
                .iter()
                .map(|(i, groups)| self.file(*i, Some(groups)))
                .collect(),
        }
    }
}

/// Deals files out to `count` groups of about equal bytes, each in file order.
///
/// DataFusion splits the files of too few groups further, by row group.
fn deal(files: Vec<PartitionedFile>, count: usize) -> Vec<FileGroup> {
    let total: u64 = files.iter().map(|f| f.object_meta.size).sum();
    let share = total.div_ceil(count.max(1) as u64).max(1);
    let mut groups = vec![Vec::new()];
    let mut held = 0;
    for file in files {
        let size = file.object_meta.size;
        if held + size / 2 > share && groups.len() < count {
            groups.push(Vec::new());
            held = 0;
        }
        held += size;
        if let Some(group) = groups.last_mut() {
            group.push(file);
        }
    }
    groups
        .into_iter()
        .filter(|g| !g.is_empty())
        .map(FileGroup::new)
        .collect()
}

fn folder_value(file: &LakeFile, column: &Column) -> Result<ScalarValue> {
    let Some(text) = file.partition_value(&column.name) else {
        return ScalarValue::try_from(&column.arrow_type());
    };
    // What a NULL is called in a hive folder.
    if text == "__HIVE_DEFAULT_PARTITION__" {
        return ScalarValue::try_from(&column.arrow_type());
    }
    Ok(match column.bq_type {
        BqType::Date => ScalarValue::Date32(parse_date(text).map(days)),
        BqType::Int64 => ScalarValue::Int64(text.parse().ok()),
        _ => ScalarValue::Utf8View(Some(text.to_owned())),
    })
}

impl fmt::Debug for LakeTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LakeTable({})", self.table.name())
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut options = state.config_options().execution.parquet.clone();
        // Statistics leave NaN out, so no row group is skipped on their word; what footers prove
        // is proved before a scan is planned.
        options.pruning = false;
        options.enable_page_index = false;
        options.bloom_filter_on_read = false;
        let source = ParquetSource::new(self.layout())
            .with_table_parquet_options(datafusion::config::TableParquetOptions {
                global: options,
                ..Default::default()
            })
            .with_parquet_file_reader_factory(Arc::clone(&self.readers) as _);
        let url = ObjectStoreUrl::local_filesystem();
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(deal(self.files()?, state.config().target_partitions()))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .with_expr_adapter(Some(Arc::new(LakeAdapters)))
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// The lake's table behind a provider, if it is one.
pub(super) fn lake_table(provider: &dyn TableProvider) -> Option<&LakeTable> {
    (provider as &dyn Any).downcast_ref()
}
