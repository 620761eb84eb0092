//! How much is read: every request to the store is noted and held against what the work needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use lakeaudit::command;
use lakeaudit::finding::{Report, Status};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};

use super::audit::{self, Folder};
use super::table;

/// A store that notes which bytes of which object were asked for.
#[derive(Debug, Default)]
struct Noting {
    store: InMemory,
    requests: Mutex<Vec<(String, Range<u64>)>>,
}

impl fmt::Display for Noting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("noting")
    }
}

impl Noting {
    async fn put_table(&self, path: &str, text: &str, group: usize) {
        let bytes = table::parquet(&table::batch(text), group);
        self.store
            .put(&path.into(), bytes.into())
            .await
            .expect("put");
    }

    fn note(&self, path: &Path, range: Range<u64>) {
        self.requests
            .lock()
            .expect("requests")
            .push((path.to_string(), range));
    }

    /// What was asked for so far, which is then forgotten.
    fn take(&self) -> Requests {
        let requests = std::mem::take(&mut *self.requests.lock().expect("requests"));
        let (footers, data) = requests
            .into_iter()
            .partition(|(path, range)| self.is_footer(path, range));
        Requests { footers, data }
    }

    /// Whether a range lies in the footer, which begins behind the last page, or is the file's end,
    /// asked for to have the footer in one request.
    fn is_footer(&self, path: &str, range: &Range<u64>) -> bool {
        let object = futures::executor::block_on(async {
            self.store
                .get(&path.into())
                .await
                .expect("get")
                .bytes()
                .await
                .expect("bytes")
        });
        let size = object.len();
        if range.end == size as u64 {
            return true;
        }
        let length: [u8; 4] = object[size - 8..size - 4].try_into().expect("four bytes");
        range.start >= (size - 8) as u64 - u64::from(u32::from_le_bytes(length))
    }
}

#[async_trait]
impl ObjectStore for Noting {
    async fn get_opts(&self, path: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        if !options.head {
            let range = match &options.range {
                Some(GetRange::Bounded(range)) => range.clone(),
                other => panic!("a request without bounds: {path} {other:?}"),
            };
            self.note(path, range);
        }
        self.store.get_opts(path, options).await
    }

    async fn get_ranges(
        &self,
        path: &Path,
        ranges: &[Range<u64>],
    ) -> object_store::Result<Vec<Bytes>> {
        for range in ranges {
            self.note(path, range.clone());
        }
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
        _: &Path,
        _: PutPayload,
        _: PutOptions,
    ) -> object_store::Result<PutResult> {
        panic!("an audit writes nothing to its lake")
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        panic!("an audit writes nothing to its lake")
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        panic!("an audit deletes nothing of its lake")
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> object_store::Result<()> {
        panic!("an audit writes nothing to its lake")
    }
}

/// What was asked for, footers and data apart.
struct Requests {
    footers: Vec<(String, Range<u64>)>,
    data: Vec<(String, Range<u64>)>,
}

impl Requests {
    /// Data asked for more than once, as path and the byte where a second request began.
    fn twice(&self) -> Vec<(String, u64)> {
        let mut by_file: BTreeMap<&str, Vec<&Range<u64>>> = BTreeMap::new();
        for (path, range) in &self.data {
            by_file.entry(path).or_default().push(range);
        }
        let mut found = Vec::new();
        for (path, mut ranges) in by_file {
            ranges.sort_by_key(|r| (r.start, r.end));
            let overlapping = ranges.windows(2).filter(|w| w[1].start < w[0].end);
            found.extend(overlapping.map(|w| (path.to_owned(), w[1].start)));
        }
        found
    }

    fn bytes(&self) -> u64 {
        self.data
            .iter()
            .map(|(_, range)| range.end - range.start)
            .sum()
    }

    fn files(&self) -> BTreeSet<&str> {
        self.data.iter().map(|(path, _)| path.as_str()).collect()
    }
}

const FILES: usize = 5;
const GROUPS: usize = 4;
const GROUP: usize = 50;

/// Five files of four row groups; `x` is odd in one row group of files 1 and 3, `d` twice in file 2.
async fn lake() -> Arc<Noting> {
    let noting = Arc::new(Noting::default());
    for file in 0..FILES {
        let mut text = String::from(
            "id INT64 | x FLOAT64 | n NUMERIC(8, 2) | doc JSON | name STRING | game_date DATE\n",
        );
        for row in 0..GROUPS * GROUP {
            let id = file * 1000 + row;
            let x = match (file, row) {
                (1, 60) | (3, 160) => "-5".to_owned(),
                _ => format!("0.{id:05}"),
            };
            let id = if (file, row) == (2, 151) {
                file * 1000 + 2
            } else {
                id
            };
            let _ = writeln!(
                text,
                "{id} | {x} | {row}.25 | {{\"x\": {x}, \"id\": {id}}} | name of {id} | 2026-01-{:02}",
                20 + row % 7
            );
        }
        noting
            .put_table(&format!("ds/t/{file:012}.parquet"), &text, GROUP)
            .await;
    }
    noting
}

async fn run(noting: &Arc<Noting>, checks: &str, threads: usize) -> (Report, Requests) {
    let folder = Folder::with_suite(&format!(
        "as_of: 2026-01-31\ntables:\n  ds.t:\n    date: game_date\n    key: [id]\n    checks:\n{checks}"
    ));
    let mut request = folder.request();
    request.threads = Some(threads);
    let store: Arc<dyn ObjectStore> = noting.clone();
    let opened = audit::open_over(&request, store).await.expect("a lake");
    let report = command::audit::audit(&opened, &|_| {}).await;
    let errored: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.status == Status::Errored)
        .collect();
    assert!(errored.is_empty(), "{errored:#?}");
    (report, noting.take())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_footer_a_file_and_no_byte_twice() {
    let noting = lake().await;
    let one = "      - in_range: {column: x, max: 1}\n        name: one\n";
    let (report, few) = run(&noting, one, 1).await;
    assert_eq!(report.run.bytes_read, few.bytes());
    assert_eq!(few.footers.len(), FILES);
    assert_eq!(few.twice(), []);
    assert_eq!(few.files().len(), FILES);

    let mut many = String::new();
    for check in 0..30 {
        let _ = writeln!(
            many,
            "      - in_range: {{column: x, max: {}}}\n        name: many_{check}",
            check + 1
        );
    }
    for threads in [1, 4] {
        let (_, requests) = run(&noting, &many, threads).await;
        assert_eq!(requests.footers.len(), FILES);
        assert_eq!(requests.twice(), []);
        assert_eq!(requests.data.len(), few.data.len());
        assert_eq!(requests.bytes(), few.bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_of_many_columns_share_one_pass() {
    let noting = lake().await;
    let checks = "      - in_range: {column: x, max: 1}
      - in_range: {column: x, max: 2}
        per: game_date
        name: by_day
      - in_range: {column: n, min: 0}
        where: id > 3
        name: conditional
      - not_null: [x, name, doc]
        where: name != 'nobody'
      - json_agrees: {json: doc, path: $.x, column: x}
      - json_agrees: {json: doc, path: $.id, column: id}
      - row_count: {min: 1}
        per: game_date
";
    let (report, requests) = run(&noting, checks, 2).await;
    assert!(
        report.findings.iter().all(|f| f.status == Status::Pass),
        "{:#?}",
        report.findings
    );
    assert_eq!(requests.footers.len(), FILES);
    assert_eq!(requests.twice(), []);
    // Six columns, one request each for a row group of a file at most.
    assert!(
        requests.data.len() <= 6 * FILES * GROUPS,
        "{}",
        requests.data.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_footers_prove_is_not_read() {
    let noting = lake().await;
    let checks = "      - in_range: {column: id, min: 0, max: 5000}
      - in_range: {column: n, min: 0, max: 200}
      - in_range: {column: game_date, min: 2026-01-20, max: 2026-01-26}
      - in_range: {column: x, min: -5, max: 1, nan: ignore}
      - not_null: [id, x, n, doc, name, game_date]
";
    let (report, requests) = run(&noting, checks, 1).await;
    assert!(
        report.findings.iter().all(|f| f.status == Status::Pass),
        "{:#?}",
        report.findings
    );
    assert_eq!(
        (
            requests.data.len(),
            report.run.rows_read,
            report.run.bytes_read
        ),
        (0, 0, 0)
    );
    assert_eq!(
        (report.run.files_proved, report.run.checks_proved),
        (FILES as u64, 10)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_footers_prove_are_left_out() {
    let noting = lake().await;
    let (report, requests) = run(
        &noting,
        "      - in_range: {column: x, min: 0, max: 1, nan: ignore}\n",
        1,
    )
    .await;
    assert_eq!(
        audit::summary(&report, "t.in_range.x").affected_rows,
        Some(2)
    );
    assert_eq!(report.run.files_proved, 3);
    let odd = ["ds/t/000000000001.parquet", "ds/t/000000000003.parquet"];
    assert_eq!(requests.files(), BTreeSet::from(odd));
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_touches_only_the_row_groups_it_names() {
    let noting = lake().await;
    let (report, all) = run(
        &noting,
        "      - in_range: {column: x, min: 0}\n        name: odd\n",
        1,
    )
    .await;
    let (_, pass) = run(
        &noting,
        "      - in_range: {column: x, min: -10}\n        name: even\n",
        1,
    )
    .await;
    let named: Vec<_> = report
        .evidence
        .iter()
        .filter_map(|e| e.source.as_ref())
        .collect();
    assert_eq!(named.len(), 2);
    assert_eq!(
        named
            .iter()
            .map(|s| (s.file.as_str(), s.row_group, s.row))
            .collect::<Vec<_>>(),
        [
            ("ds/t/000000000001.parquet", 1, 60),
            ("ds/t/000000000003.parquet", 3, 160)
        ]
    );
    // Besides the pass itself: two row groups, each with the columns date, x and id.
    let pass_only = |r: &Requests| {
        r.data
            .iter()
            .cloned()
            .map(|(p, r)| (p, r.start, r.end))
            .collect::<Vec<_>>()
    };
    let mut evidence = pass_only(&all);
    for request in pass_only(&pass) {
        let at = evidence
            .iter()
            .position(|r| *r == request)
            .expect("the same pass");
        evidence.remove(at);
    }
    assert!(evidence.len() <= 2 * 3, "{evidence:?}");
    for (path, ..) in &evidence {
        assert!(named.iter().any(|s| s.file == *path), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_costs_one_pass_over_its_columns() {
    let noting = lake().await;
    let (_, pass) = run(&noting, "      - unique: [name, game_date]\n", 1).await;
    assert_eq!(pass.twice(), []);
    let (report, requests) = run(&noting, "      - unique: id\n", 1).await;
    assert_eq!(
        audit::summary(&report, "t.unique.id").affected_rows,
        Some(2)
    );
    // The key's pass over id and date, and the two row groups of the duplicates whole.
    let whole = |(path, _): &&(String, Range<u64>)| path.as_str() == "ds/t/000000000002.parquet";
    let others = requests.data.iter().filter(|r| !whole(r)).count();
    let same_file = requests.data.iter().filter(whole).count();
    let a_file = others / (FILES - 1);
    assert_eq!(others % (FILES - 1), 0);
    assert!(
        same_file <= a_file + 2 * 6,
        "{same_file} requests of the file with duplicates, {a_file} of others"
    );
    let twice: BTreeSet<_> = requests.twice().into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        twice,
        BTreeSet::from(["ds/t/000000000002.parquet".to_owned()])
    );
}

/// Audits with a store in the folder.
async fn run_kept(noting: &Arc<Noting>, folder: &Folder, checks: &str) -> (Report, Requests) {
    folder.write(
        "lakeaudit.yaml",
        format!(
            "as_of: 2026-01-31\ntables:\n  ds.t:\n    date: game_date\n    profile: all\n    checks:\n{checks}"
        ),
    );
    let request = command::Request {
        state: true,
        ..folder.request()
    };
    let store: Arc<dyn ObjectStore> = noting.clone();
    let opened = audit::open_over(&request, store).await.expect("a lake");
    let report = command::audit::audit(&opened, &|_| {}).await;
    command::audit::seen::remember(&opened, &report)
        .await
        .expect("a state");
    (report, noting.take())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_run_knows_is_not_asked_for() {
    let noting = lake().await;
    let folder = Folder::new();
    let checks = "      - in_range: {column: x, max: 1}\n      - unique: [id, name]\n";
    let (_, first) = run_kept(&noting, &folder, checks).await;
    assert_eq!(first.footers.len(), FILES);
    assert!(first.bytes() > 0);

    // Neither a footer nor a byte of data.
    let (report, again) = run_kept(&noting, &folder, checks).await;
    assert_eq!((again.footers.len(), again.data.len()), (0, 0));
    assert_eq!((report.run.files_read, report.run.rows_read), (0, 0));

    // Of a new file, and of one that was put again, all; but the key is one of all files.
    let table =
        "id INT64 | x FLOAT64 | n NUMERIC(8, 2) | doc JSON | name STRING | game_date DATE\n";
    let row = "9001 | 0.5 | 1.25 | {} | new | 2026-01-27\n";
    let (new, replaced) = ("ds/t/000000000007.parquet", "ds/t/000000000002.parquet");
    for path in [new, replaced] {
        noting
            .put_table(path, &format!("{table}{row}"), GROUP)
            .await;
    }
    let without_key = "      - in_range: {column: x, max: 1}\n";
    let (report, some) = run_kept(&noting, &folder, without_key).await;
    assert_eq!(some.files(), BTreeSet::from([new, replaced]));
    assert_eq!(some.footers.len(), 2);
    assert_eq!((report.run.files_read, report.run.rows_read), (2, 2));

    // A new metric reads its columns alone, and nothing where footers prove it.
    let more = "      - in_range: {column: x, max: 1}\n      - in_range: {column: id, min: 0}\n";
    let (_, none) = run_kept(&noting, &folder, more).await;
    assert!(none.footers.is_empty());
    let column = |report: &Requests| report.bytes();
    assert!(column(&none) < column(&first), "{} bytes", none.bytes());
}
