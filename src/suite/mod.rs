//! The suite: what a YAML file and SQL files say is to be audited, with the place of every word.
//!
//! Parsing stops at what was typed; whether tables and columns exist is found when the suite meets
//! the lake.

mod calendar;
mod catalogue;
mod file;
mod sql_file;
mod yaml;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use chrono_tz::Tz;
use datafusion::common::ScalarValue;
use twox_hash::XxHash3_128;

use crate::check::{Accepted, Check, Columns, Options};
use crate::diagnostic::{Diagnostic, Place};
use crate::lake::{Address, Declared, parse_date};
use crate::schema::TableName;
use crate::session::{Declaration, View};
use serde_saphyr::Spanned;

pub use calendar::{Break, Season};
pub use catalogue::{Catalogue, Entry, schema as catalogue_schema};
pub use file::schema;

use file::{AcceptedEntry, CheckEntry, SuiteFile, TableEntry};
use sql_file::SqlFile;

/// The suite's file, where none is named.
pub const FILE: &str = "lakeaudit.yaml";
/// How many rows of evidence a check shows, where the suite does not say.
const EVIDENCE: usize = 20;

/// A suite as written.
#[derive(Debug, Default)]
pub struct Suite {
    /// The file it was read from.
    pub file: Option<PathBuf>,
    /// The lake's root; a relative folder is relative to the suite's.
    pub lake: Option<String>,
    pub reports: Option<String>,
    /// Where the state of earlier audits is.
    pub state: Option<String>,
    pub as_of: Option<NaiveDate>,
    pub timezone: Tz,
    pub seasons: BTreeMap<String, Season>,
    pub params: BTreeMap<String, ScalarValue>,
    /// Rows of evidence a check shows at most.
    pub evidence: usize,
    pub tables: BTreeMap<TableName, TableSpec>,
    pub checks: Vec<CheckSpec>,
    pub catalogues: Vec<Catalogue>,
    /// What is accepted, by the name of its check.
    pub accepted: BTreeMap<String, Vec<Accepted>>,
    /// Days, both inclusive, that are known to be wrong.
    pub incidents: Vec<(NaiveDate, NaiveDate)>,
    pub views: Vec<View>,
    digest: u128,
}

/// What the suite says of a table besides its checks.
#[derive(Debug, Default)]
pub struct TableSpec {
    pub declaration: Declaration,
    /// The columns that name a row.
    pub key: Vec<String>,
    /// A glob of its files.
    pub path: Option<String>,
    /// The columns whose distribution is reported.
    pub profile: Option<Profile>,
}

/// Which columns are profiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    All,
    Columns(Vec<String>),
}

/// A check of the suite.
#[derive(Debug)]
pub struct CheckSpec {
    /// Unique in the suite.
    pub name: String,
    pub check: Box<dyn Check>,
    pub options: Options,
    pub table: Option<TableName>,
    /// The SQL of a check that is a file, and the file as the user names it.
    pub query: Option<SqlText>,
    /// Whether a table without its columns has nothing to check; a contract tells of them.
    pub if_there: bool,
    /// The check that stands for it and others, whose findings are told as one's.
    pub part_of: Option<String>,
    pub place: Place,
}

/// The text of a SQL file.
#[derive(Debug, Clone)]
pub struct SqlText {
    pub file: String,
    pub text: String,
    /// Where the header names the table.
    pub table_at: Option<Place>,
}

impl Suite {
    /// Reads a suite's file and the SQL files it names.
    pub fn read(path: &Path) -> Result<Self, Diagnostic> {
        let text = read_text(path).map_err(|e| {
            Diagnostic::new(format!("can't read the suite {}: {e}", path.display()))
                .help("--suite FILE names a suite; --lake DIR names the lake")
        })?;
        let shown = path.display().to_string();
        let parsed: SuiteFile = yaml::parse(&text, &shown)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut suite = Self::of(parsed, &text, &shown, &folder)?;
        suite.file = Some(path.to_owned());
        Ok(suite)
    }

    /// A suite of a text that is in no file yet; `shown` is what its places name.
    pub fn parse(text: &str, shown: &str) -> Result<Self, Diagnostic> {
        let mut suite = Self::of(yaml::parse(text, shown)?, text, shown, Path::new(""))?;
        suite.file = Some(PathBuf::from(shown));
        Ok(suite)
    }

    /// The hash of all text the suite is made of.
    pub fn digest(&self) -> u128 {
        self.digest
    }

    /// The tables whose files the suite names.
    pub fn declared(&self) -> Vec<Declared> {
        self.tables
            .iter()
            .filter_map(|(name, spec)| {
                Some(Declared {
                    name: name.clone(),
                    path: spec.path.clone()?,
                })
            })
            .collect()
    }

    /// The season called `label`, or the error that says which there are.
    pub fn season(&self, label: &str) -> Result<&Season, Diagnostic> {
        self.seasons.get(label).ok_or_else(|| {
            let error = Diagnostic::new(format!("no season `{label}` in the suite"));
            if self.seasons.is_empty() {
                error.help(
                    "declare it: seasons: {\"2025-26\": {start: 2025-10-21, end: 2026-06-21}}",
                )
            } else {
                let names: Vec<&str> = self.seasons.keys().map(String::as_str).collect();
                error.help(format!("there are {}", names.join(", ")))
            }
        })
    }

    /// The label of the season that holds a date.
    pub fn season_of(&self, date: NaiveDate) -> Option<&str> {
        self.seasons
            .iter()
            .find(|(_, s)| date >= s.start && date <= s.end)
            .map(|(label, _)| label.as_str())
    }

    fn of(parsed: SuiteFile, text: &str, shown: &str, folder: &Path) -> Result<Self, Diagnostic> {
        let at = |location: serde_saphyr::Location| yaml::place(shown, text, location);
        let address = |given: Option<Spanned<String>>| {
            let Some(given) = given else {
                return Ok(None);
            };
            match Address::parse(&given.value) {
                Ok(_) => Ok(Some(relative(folder, &given.value))),
                Err(error) => Err(error.at(at(given.defined))),
            }
        };
        let mut suite = Self {
            lake: address(parsed.lake)?,
            reports: address(parsed.reports)?,
            state: address(parsed.state)?,
            evidence: parsed.evidence.unwrap_or(EVIDENCE),
            seasons: parsed.seasons,
            digest: XxHash3_128::oneshot(text.as_bytes()),
            ..Self::default()
        };
        if let Some(as_of) = parsed.as_of {
            let date = parse_date(&as_of.value).ok_or_else(|| {
                Diagnostic::new(format!("`{}` is not a date", as_of.value))
                    .at(at(as_of.defined))
                    .help("write as_of: 2026-01-31")
            })?;
            suite.as_of = Some(date);
        }
        if let Some(zone) = parsed.timezone {
            suite.timezone = zone.value.parse().map_err(|_| {
                let names = chrono_tz::TZ_VARIANTS.iter().map(|z| z.name());
                Diagnostic::new(format!("`{}` is not a time zone", zone.value))
                    .at(at(zone.defined))
                    .did_you_mean(&zone.value, names)
            })?;
        }
        calendar::validate(&suite.seasons).map_err(|e| Diagnostic {
            message: format!("{shown}: {}", e.message),
            ..e
        })?;
        for (name, value) in parsed.params {
            suite.params.insert(name, value.scalar());
        }
        for path in parsed.catalogues {
            suite.add_catalogue(folder, &path.value, at(path.defined))?;
        }
        for (name, entry) in parsed.tables {
            let place = at(entry.defined);
            let name: TableName = name.parse().map_err(|e: Diagnostic| e.at(place.clone()))?;
            suite.add_table(&name, entry.value, &place, &at)?;
        }
        let queries = match parsed.queries {
            Some(paths) => paths
                .into_iter()
                .map(|p| (p.value, Some(at(p.defined))))
                .collect(),
            None if folder.join("queries").is_dir() => vec![("queries".to_owned(), None)],
            None => Vec::new(),
        };
        for (path, place) in queries {
            suite.add_queries(folder, &path, place)?;
        }
        suite.check_names()?;
        for entry in parsed.accepted {
            suite.accept(entry.value, at(entry.defined))?;
        }
        for entry in parsed.incidents {
            if entry.from > entry.to || entry.reason.trim().is_empty() {
                return Err(Diagnostic::new(format!(
                    "the incident {} to {} needs days in their order and a reason",
                    entry.from, entry.to
                )));
            }
            suite.incidents.push((entry.from, entry.to));
        }
        Ok(suite)
    }

    fn add_catalogue(&mut self, folder: &Path, path: &str, place: Place) -> Result<(), Diagnostic> {
        let file = folder.join(path);
        let text = read_text(&file).map_err(|e| {
            Diagnostic::new(format!("can't read the catalogue {path}: {e}")).at(place.clone())
        })?;
        self.digest = digest_of(self.digest, &file, &text);
        let catalogue = catalogue::parse(&text, &file.display().to_string())?;
        if self.catalogues.iter().any(|c| c.name == catalogue.name) {
            return Err(
                Diagnostic::new(format!("two catalogues are called `{}`", catalogue.name))
                    .at(place),
            );
        }
        self.catalogues.push(catalogue);
        Ok(())
    }

    fn use_catalogue(
        &mut self,
        table: &TableName,
        of: &catalogue::Use,
        place: &Place,
    ) -> Result<(), Diagnostic> {
        let found = self.catalogues.iter().find(|c| c.name == of.name());
        let Some(catalogue) = found else {
            let names = self.catalogues.iter().map(|c| c.name.as_str());
            return Err(
                Diagnostic::new(format!("no catalogue is called `{}`", of.name()))
                    .at(place.clone())
                    .did_you_mean(of.name(), names),
            );
        };
        let first = self.checks.len();
        for check in catalogue.checks(of, place)? {
            self.add_check(Some(table), check, place)?;
        }
        for check in self.checks.iter_mut().skip(first) {
            check.if_there = true;
        }
        Ok(())
    }

    fn accept(&mut self, entry: AcceptedEntry, place: Place) -> Result<(), Diagnostic> {
        let names = || self.checks.iter().map(|check| check.name.as_str());
        // What a check stands for is known with its table's columns.
        let stands_for = |check: &CheckSpec| {
            let below = entry.check.strip_prefix(&check.name);
            check.check.stands_for_others() && below.is_some_and(|below| below.starts_with('.'))
        };
        if !names().any(|name| name == entry.check) && !self.checks.iter().any(stands_for) {
            return Err(
                Diagnostic::new(format!("no check is called `{}`", entry.check))
                    .at(place)
                    .did_you_mean(&entry.check, names()),
            );
        }
        if entry.reason.trim().is_empty() {
            return Err(Diagnostic::new("what is accepted needs a reason").at(place));
        }
        if entry.from.zip(entry.to).is_some_and(|(from, to)| from > to) {
            return Err(Diagnostic::new("`from` is after `to`").at(place));
        }
        self.accepted
            .entry(entry.check)
            .or_default()
            .push(Accepted {
                from: entry.from,
                to: entry.to,
                reason: entry.reason,
                place,
            });
        Ok(())
    }

    fn add_table(
        &mut self,
        name: &TableName,
        entry: TableEntry,
        place: &Place,
        at: &dyn Fn(serde_saphyr::Location) -> Place,
    ) -> Result<(), Diagnostic> {
        let mut types = BTreeMap::new();
        for (column, bq_type) in entry.types {
            let parsed = bq_type.value.parse();
            types.insert(
                column,
                parsed.map_err(|e: Diagnostic| e.at(at(bq_type.defined)))?,
            );
        }
        if let Some(of) = entry.catalogue {
            self.use_catalogue(name, &of.value, &at(of.defined))?;
        }
        for check in entry.checks {
            let place = at(check.defined);
            self.add_check(Some(name), check.value, &place)?;
        }
        let profile = entry.profile.map(file::ProfileEntry::profile);
        let key = entry.key.map(Columns::into_vec).unwrap_or_default();
        let spec = TableSpec {
            declaration: Declaration {
                types,
                date: entry.date,
                columns: key
                    .iter()
                    .cloned()
                    .chain(match &profile {
                        Some(Profile::Columns(columns)) => columns.clone(),
                        _ => Vec::new(),
                    })
                    .collect(),
                place: Some(place.clone()),
            },
            key,
            path: entry.path,
            profile,
        };
        if self.tables.insert(name.clone(), spec).is_some() {
            return Err(
                Diagnostic::new(format!("table `{name}` stands twice in the suite"))
                    .at(place.clone()),
            );
        }
        Ok(())
    }

    fn add_check(
        &mut self,
        table: Option<&TableName>,
        entry: CheckEntry,
        place: &Place,
    ) -> Result<(), Diagnostic> {
        let kind = entry.config.kind();
        entry
            .options
            .validate(kind)
            .map_err(|e| e.at(place.clone()))?;
        let checks = entry.config.checks().map_err(|e| e.at(place.clone()))?;
        let several = checks.len() > 1;
        for check in checks {
            let columns = check.named_by().join("_");
            let name = match (&entry.options.name, several) {
                (Some(name), false) => name.clone(),
                (Some(name), true) => format!("{name}.{columns}"),
                (None, _) => {
                    let table = table.map_or("", |t| t.table.as_str());
                    let parts = [table, kind, columns.as_str()];
                    let named: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
                    named.join(".")
                }
            };
            self.checks.push(CheckSpec {
                name,
                check,
                options: entry.options.clone(),
                table: table.cloned(),
                query: None,
                if_there: false,
                part_of: None,
                place: place.clone(),
            });
        }
        Ok(())
    }

    /// Adds the SQL files at `path`: one file, or all below a folder in path order.
    fn add_queries(
        &mut self,
        folder: &Path,
        path: &str,
        place: Option<Place>,
    ) -> Result<(), Diagnostic> {
        let mut files = Vec::new();
        sql_files(&folder.join(path), &mut files).map_err(|e| {
            let error = Diagnostic::new(format!("can't read the queries in {path}: {e}"));
            match place {
                Some(place) => error.at(place),
                None => error,
            }
        })?;
        files.sort();
        for file in files {
            let shown = file.display().to_string();
            let text = read_text(&file)
                .map_err(|e| Diagnostic::new(format!("can't read {shown}: {e}")))?;
            self.digest = digest_of(self.digest, &file, &text);
            match SqlFile::parse(&shown, &text)? {
                SqlFile::View(name) => self.views.push(View {
                    name,
                    file,
                    sql: text,
                }),
                SqlFile::Check(check) => self.checks.push(*check),
            }
        }
        Ok(())
    }

    /// Names tell checks apart in reports, so each must be the only one of its kind.
    fn check_names(&mut self) -> Result<(), Diagnostic> {
        let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
        for check in &self.checks {
            if let Some(first) = seen.insert(&check.name, &check.place) {
                return Err(Diagnostic::new(format!(
                    "two checks are called `{}`; the other stands at {first}",
                    check.name
                ))
                .at(check.place.clone())
                .help("give one of them another `name`"));
            }
        }
        let mut views = std::collections::BTreeSet::new();
        for view in &self.views {
            if !views.insert(&view.name) {
                return Err(Diagnostic::new(format!(
                    "{}: two views are called `{}`",
                    view.file.display(),
                    view.name
                )));
            }
        }
        Ok(())
    }
}

/// The hash of a suite with one file more.
fn digest_of(digest: u128, file: &Path, text: &str) -> u128 {
    XxHash3_128::oneshot(
        &[
            &digest.to_le_bytes()[..],
            file.file_name().map_or(&[][..], |n| n.as_encoded_bytes()),
            text.as_bytes(),
        ]
        .concat(),
    )
}

/// A file's text without the byte order mark that some editors begin it with.
fn read_text(path: &Path) -> std::io::Result<String> {
    let text = fs::read_to_string(path)?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn relative(folder: &Path, root: &str) -> String {
    if Address::is_url(root) || Path::new(root).is_absolute() {
        root.to_owned()
    } else {
        folder.join(root).display().to_string()
    }
}

fn sql_files(path: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        found.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            sql_files(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "sql") {
            found.push(path);
        }
    }
    Ok(())
}
