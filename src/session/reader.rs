//! Reads Parquet for DataFusion with the footers the lake already has, and counts what it fetches.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::path::Path;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::lake::Fetch;

/// What was fetched so far, over all tables of a session.
#[derive(Debug, Default)]
pub struct Traffic {
    bytes: AtomicU64,
    files: AtomicU64,
}

impl Traffic {
    /// Bytes of data requested, footers apart.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How often a file was opened for its data.
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }
}

/// The footer that travels with a file to its reader.
pub(super) struct KnownFooter {
    pub(super) metadata: Arc<ParquetMetaData>,
    /// What the store calls the content it is of.
    pub(super) version: Option<Arc<str>>,
}

/// Opens files whose footer travels with them as an extension of the [`PartitionedFile`], so that
/// no footer is read twice.
#[derive(Debug)]
pub(super) struct FooterReaders {
    pub(super) fetch: Fetch,
    pub(super) traffic: Arc<Traffic>,
}

impl ParquetFileReaderFactory for FooterReaders {
    fn create_reader(
        &self,
        _partition: usize,
        file: PartitionedFile,
        _hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let footer = file
            .extension::<KnownFooter>()
            .ok_or_else(|| DataFusionError::Internal(format!("no footer for {}", file.path())))?;
        self.traffic.files.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(FooterReader {
            fetch: self.fetch.clone(),
            traffic: Arc::clone(&self.traffic),
            path: file.object_meta.location.clone(),
            metadata: Arc::clone(&footer.metadata),
            version: footer.version.clone(),
        }))
    }
}

struct FooterReader {
    fetch: Fetch,
    traffic: Arc<Traffic>,
    path: Path,
    metadata: Arc<ParquetMetaData>,
    version: Option<Arc<str>>,
}

impl FooterReader {
    fn named(&self, error: &dyn std::fmt::Display) -> ParquetError {
        ParquetError::General(format!("failed to read {}: {error}", self.path))
    }

    async fn read(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, ParquetError> {
        self.count(&self.fetch.requests(ranges));
        let version = self.version.as_deref();
        let read = self.fetch.ranges(&self.path, ranges, version).await;
        read.map_err(|e| self.named(&e))
    }

    fn count(&self, ranges: &[Range<u64>]) {
        let bytes = ranges.iter().map(|r| r.end.saturating_sub(r.start)).sum();
        self.traffic.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl AsyncFileReader for FooterReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        async move {
            let read = self.read(&[range]).await?;
            let one = read.into_iter().next();
            one.ok_or_else(|| self.named(&"nothing was read"))
        }
        .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        async move { self.read(&ranges).await }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        let metadata = Arc::clone(&self.metadata);
        async move { Ok(metadata) }.boxed()
    }
}
