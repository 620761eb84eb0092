//! Stores that fail: what can't be read is told with its file, and the rest is audited.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use lakeaudit::command::{self, Opened, Request};
use lakeaudit::finding::{Report, Status};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload,
    PutResult,
};

use super::audit::{self, Folder, summary};
use super::table;

const SUITE: &str = "
as_of: 2026-01-31
tables:
  ds.t:
    checks:
      - in_range: {column: x, min: 0}
      - not_null: id
      - not_null: x
        where: id > 0
        name: read_too
      - unique: id
      - row_count: {min: 3}
  ds.sound:
    checks:
      - in_range: {column: x, min: 0}
";

/// How reading a file can go wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Fails,
    Panics,
    /// Answers end early.
    Cut,
}

/// A store of which one file fails as told once it is broken.
#[derive(Debug)]
struct Failing {
    store: InMemory,
    fault: Fault,
    broken: AtomicBool,
}

const VICTIM: &str = "ds/t/000000000001.parquet";

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failing")
    }
}

impl Failing {
    async fn new(fault: Fault) -> Arc<Self> {
        let store = InMemory::new();
        for (path, text) in [
            (
                "ds/t/000000000000.parquet",
                "id INT64 | x FLOAT64\n1 | 0.5\n2 | -1",
            ),
            (VICTIM, "id INT64 | x FLOAT64\n3 | 0.5\n4 | -1"),
            (
                "ds/sound/000000000000.parquet",
                "id INT64 | x FLOAT64\n1 | 0.5\n2 | -1",
            ),
        ] {
            let bytes = table::parquet(&table::batch(text), 10);
            store.put(&path.into(), bytes.into()).await.expect("put");
        }
        Arc::new(Self {
            store,
            fault,
            broken: AtomicBool::new(false),
        })
    }

    fn check(&self, path: &Path) -> object_store::Result<()> {
        if path.as_ref() != VICTIM || !self.broken.load(Ordering::Relaxed) {
            return Ok(());
        }
        match self.fault {
            Fault::Fails => Err(object_store::Error::Generic {
                store: "failing",
                source: "the connection was reset".into(),
            }),
            Fault::Panics => panic!("a fault of a dependency"),
            Fault::Cut => Ok(()),
        }
    }
}

#[async_trait]
impl ObjectStore for Failing {
    async fn get_opts(&self, path: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        self.check(path)?;
        let mut whole = self.store.get_opts(path, options).await?;
        if self.fault == Fault::Cut && path.as_ref() == VICTIM && !whole.range.is_empty() {
            let (range, meta) = (whole.range.clone(), whole.meta.clone());
            let bytes = whole.bytes().await?;
            let half = bytes.slice(..bytes.len() / 2);
            whole = GetResult {
                payload: GetResultPayload::Stream(
                    futures::stream::once(async move { Ok(half) }).boxed(),
                ),
                range,
                meta,
                attributes: Attributes::default(),
            };
        }
        Ok(whole)
    }

    async fn get_ranges(
        &self,
        path: &Path,
        ranges: &[Range<u64>],
    ) -> object_store::Result<Vec<Bytes>> {
        self.check(path)?;
        self.store.get_ranges(path, ranges).await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn put_opts(
        &self,
        path: &Path,
        bytes: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.store.put_opts(path, bytes, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(path, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.store.delete_stream(paths)
    }

    async fn copy_opts(
        &self,
        from: &Path,
        to: &Path,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}

async fn open(store: Arc<dyn ObjectStore>) -> Opened {
    let folder = Folder::with_suite(SUITE);
    let request = Request {
        threads: Some(2),
        ..folder.request()
    };
    audit::open_over(&request, store)
        .await
        .expect("a lake that can be listed")
}

async fn run(opened: &Opened) -> Report {
    command::audit::audit(opened, &|_| {}).await
}

/// The file's footer was read, its data can't be: checks that need it err, naming it.
fn unreadable_data(report: &Report, why: &str) {
    for check in ["t.in_range.x", "t.unique.id", "read_too"] {
        let finding = summary(report, check);
        assert_eq!(finding.status, Status::Errored, "{check}");
        assert!(
            finding.message.contains(why),
            "{check}: {}",
            finding.message
        );
    }
    assert_eq!(summary(report, "sound.in_range.x").affected_rows, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_vanishes_after_its_footer_was_read() {
    let failing = Failing::new(Fault::Fails).await;
    let opened = open(failing.clone()).await;
    opened
        .session
        .table(&"ds.t".parse().expect("a name"))
        .await
        .expect("footers");
    failing.store.delete(&VICTIM.into()).await.expect("deleted");
    let report = run(&opened).await;
    unreadable_data(&report, VICTIM);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_data_cant_be_read() {
    for (fault, why) in [
        (Fault::Fails, "the connection was reset"),
        (Fault::Panics, "a fault of a dependency"),
    ] {
        let failing = Failing::new(fault).await;
        let opened = open(failing.clone()).await;
        opened
            .session
            .table(&"ds.t".parse().expect("a name"))
            .await
            .expect("footers");
        failing.broken.store(true, Ordering::Relaxed);
        unreadable_data(&run(&opened).await, why);
    }
}

/// Its footer is of other bytes than its data would be.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_after_its_footer_was_read() {
    let failing = Failing::new(Fault::Fails).await;
    let opened = open(failing.clone()).await;
    let name = "ds.t".parse().expect("a name");
    opened.session.table(&name).await.expect("footers");
    let before = failing.store.get(&VICTIM.into()).await.expect("the file");
    let bytes = before.bytes().await.expect("bytes");
    failing
        .store
        .put(&VICTIM.into(), bytes.into())
        .await
        .expect("put");
    unreadable_data(&run(&opened).await, "it was replaced while it was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_ends_early() {
    let report = run(&open(Failing::new(Fault::Cut).await).await).await;
    let broken = summary(&report, "t.readable");
    assert_eq!(broken.status, Status::Errored);
    let told = format!("1 of 2 files can't be read: {VICTIM}: failed to read: the answer ends");
    assert!(broken.message.starts_with(&told), "{}", broken.message);
    assert_eq!(summary(&report, "t.in_range.x").tested_rows, Some(2));
}

/// What the suite declares of its columns is not said to be wrong.
#[tokio::test]
async fn a_table_no_file_of_which_can_be_read() {
    let folder = Folder::with_suite(
        "as_of: 2026-01-31
tables: {ds.t: {date: day, key: [id], checks: [not_null: id]}}",
    );
    folder.write("lake/ds/t/a.parquet", "not Parquet, but long enough");
    let report = audit::audit(&folder.request()).await.expect("a report");
    let check = summary(&report, "t.not_null.id");
    assert_eq!(check.status, Status::Errored);
    assert_eq!(check.message, "no file of the table can be read");
    let broken = &summary(&report, "t.readable").message;
    assert!(broken.starts_with("1 of 1 files can't be read"), "{broken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_vanishes_after_the_listing() {
    for fault in [Fault::Fails, Fault::Panics] {
        let failing = Failing::new(fault).await;
        failing.broken.store(true, Ordering::Relaxed);
        let report = run(&open(failing).await).await;
        let broken = summary(&report, "t.readable");
        assert_eq!(broken.status, Status::Errored);
        assert!(
            broken
                .message
                .starts_with(&format!("1 of 2 files can't be read: {VICTIM}: ")),
            "{}",
            broken.message
        );
        // The other file of the table, and the other table, are audited.
        assert_eq!(summary(&report, "t.in_range.x").affected_rows, Some(1));
        assert_eq!(summary(&report, "t.in_range.x").tested_rows, Some(2));
        assert_eq!(summary(&report, "sound.in_range.x").affected_rows, Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_memory_is_an_errored_finding() {
    let mut text = String::from("id INT64\n");
    for id in 0..50_000 {
        text.push_str(&format!("{id}\n"));
    }
    let folder = Folder::with_suite("tables: {ds.t: {checks: [unique: id, not_null: id]}}");
    folder.table("ds/t/000000000000.parquet", &text);
    let request = Request {
        memory: Some(500_000),
        ..folder.request()
    };
    let report = audit::audit(&request).await.expect("a report");
    let unique = summary(&report, "t.unique.id");
    assert_eq!(unique.status, Status::Errored, "{}", unique.message);
    assert_eq!(summary(&report, "t.not_null.id").status, Status::Pass);
}
