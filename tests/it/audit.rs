//! A suite with its lake in a folder of its own, and what the audit of it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lakeaudit::command::{self, Opened, Request};
use lakeaudit::diagnostic::Diagnostic;
use lakeaudit::finding::{Finding, Report};
use lakeaudit::lake::Root;
use lakeaudit::suite::Suite;
use object_store::ObjectStore;
use tempfile::TempDir;

/// The folder of a suite: `lakeaudit.yaml`, `queries/` and `lake/`.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// A folder with this suite.
    pub(crate) fn with_suite(yaml: &str) -> Self {
        let folder = Self::new();
        folder.write("lakeaudit.yaml", yaml);
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// Writes a table in text as one Parquet file of the lake.
    pub(crate) fn table(&self, path: &str, text: &str) {
        self.write(
            &format!("lake/{path}"),
            super::table::parquet(&super::table::batch(text), 1000),
        );
    }

    /// A request for this folder's suite, lake and reports, with one thread.
    pub(crate) fn request(&self) -> Request {
        Request {
            suite: Some(self.path().join("lakeaudit.yaml")),
            lake: Some(self.path().join("lake").display().to_string()),
            reports: Some(self.path().join("reports").display().to_string()),
            threads: Some(1),
            ..Request::default()
        }
    }

    /// Text with the folder's own path taken out.
    pub(crate) fn plain(&self, text: &str) -> String {
        let path = self.path().display().to_string();
        text.replace(&format!("{path}/"), "").replace(&path, ".")
    }
}

/// Opens and audits.
pub(crate) async fn audit(request: &Request) -> Result<Report, Diagnostic> {
    let opened = command::open(request).await?;
    Ok(command::audit::audit(&opened, &|_| {}).await)
}

/// Opens a suite over a store.
pub(crate) async fn open_over(
    request: &Request,
    store: Arc<dyn ObjectStore>,
) -> Result<Opened, Diagnostic> {
    let suite = Suite::read(request.suite.as_deref().expect("a suite"))?;
    command::open_at(request, suite, Root::with_store(store, "lake")).await
}

/// The verdict of a check over the whole window.
pub(crate) fn summary<'a>(report: &'a Report, check: &str) -> &'a Finding {
    report
        .summaries()
        .find(|f| f.check == check)
        .unwrap_or_else(|| panic!("no finding of `{check}` in {:#?}", names(report)))
}

pub(crate) fn names(report: &Report) -> Vec<&str> {
    report.summaries().map(|f| f.check.as_str()).collect()
}
