//! Opens a lake with a suite that is inferred from it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::open::{globs, limits, open_at, read_suite};
use super::{Opened, Request};
use crate::diagnostic::Diagnostic;
use crate::infer::{Extent, Inference, infer};
use crate::lake::{Address, Lake, Root};
use crate::session::Session;
use crate::suite::{self, Suite};

/// What the places in a suite are called that is in no file.
const SHOWN: &str = "(inferred)";

/// Whether a suite is to be inferred.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Even where there is one.
    pub infer: bool,
    /// The new file to keep it in.
    pub keep: Option<PathBuf>,
}

impl Asked {
    /// Whether a request is to be answered by a suite inferred from its lake.
    pub fn of(&self, request: &Request) -> bool {
        let given = request.suite.is_some() || Path::new(suite::FILE).exists();
        self.infer || self.keep.is_some() || request.lake.is_some() && !given
    }
}

/// Opens the lake of a request with a suite inferred from it.
pub async fn open_inferred(
    request: &Request,
    asked: &Asked,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Opened, Diagnostic> {
    let lake = address(request)?;
    if let Some(file) = asked.keep.as_ref().filter(|file| file.exists()) {
        return Err(taken(file));
    }
    let keep = asked.keep.as_deref();
    let inference = inferred(request, (&lake, keep), Extent::Sure, progress).await?;
    let shown = match &asked.keep {
        Some(file) => {
            write_new(file, &inference.suite)?;
            file.display().to_string()
        }
        None => SHOWN.to_owned(),
    };
    let suite = Suite::parse(&inference.suite, &shown)?;
    let mut opened = open_at(request, suite, Root::open(&lake)?).await?;
    opened.inferred = inference.tables;
    Ok(opened)
}

/// The text of a first suite of a request's lake, each check with the evidence it was drawn from, written to `keep`, a new
/// file, if there is one.
pub async fn suggest(
    request: &Request,
    keep: Option<&Path>,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Inference, Diagnostic> {
    let lake = address(request)?;
    if let Some(file) = keep.filter(|file| file.exists()) {
        return Err(taken(file).help("give another name for --output"));
    }
    let inference = inferred(request, (&lake, keep), Extent::Wide, progress).await?;
    // What is suggested can be run.
    let shown = keep.map_or_else(|| SHOWN.to_owned(), |file| file.display().to_string());
    Suite::parse(&inference.suite, &shown)?;
    if let Some(file) = keep {
        write_new(file, &inference.suite)?;
    }
    Ok(inference)
}

/// The lake of a request: what it names, or its suite.
fn address(request: &Request) -> Result<String, Diagnostic> {
    if let Some(lake) = &request.lake {
        return Ok(lake.clone());
    }
    read_suite(request)?.lake.ok_or_else(|| {
        Diagnostic::new("no lake is named")
            .help("--lake DIR names the folder or bucket with the exports")
    })
}

/// Infers a suite that is to stand in `keep`.
async fn inferred(
    request: &Request,
    (lake, keep): (&str, Option<&Path>),
    extent: Extent,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Inference, Diagnostic> {
    let open_lake = Lake::open(Root::open(lake)?, &[]).await?;
    let session = Session::new(
        Arc::new(open_lake),
        Vec::new(),
        BTreeMap::new(),
        limits(request),
    )?;
    let names: Vec<String> = session.lake().names().map(ToString::to_string).collect();
    let wanted = globs(&request.tables, &names, "table")?;
    let called = match keep {
        Some(file) => beside(lake, file),
        None => lake.to_owned(),
    };
    let wanted = |name: &_| wanted(&ToString::to_string(name));
    Ok(infer(&session, &called, extent, &wanted, progress).await)
}

/// The lake's address as a suite in `file` names it.
fn beside(lake: &str, file: &Path) -> String {
    let here = file
        .parent()
        .is_none_or(|folder| folder.as_os_str().is_empty());
    match Address::parse(lake) {
        Ok(Address::Folder(folder)) if !here => {
            fs::canonicalize(&folder).map_or_else(|_| lake.to_owned(), |f| f.display().to_string())
        }
        _ => lake.to_owned(),
    }
}

fn write_new(file: &Path, text: &str) -> Result<(), Diagnostic> {
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    match opened.and_then(|mut new| new.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(taken(file)),
        Err(e) => Err(Diagnostic::new(format!(
            "failed to write the suite {}: {e}",
            file.display()
        ))),
    }
}

fn taken(file: &Path) -> Diagnostic {
    Diagnostic::new(format!("{} exists already", file.display()))
        .help("--write-suite writes a new file; give another name, or run that file with --suite")
}
