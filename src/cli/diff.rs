//! `lakeaudit diff` and `lakeaudit repro`: their arguments.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::args::{OutputFormat, RequestArgs};
use crate::command::diff::DiffRequest;
use crate::command::repro::Failing;
use crate::diagnostic::Diagnostic;
use crate::diff::{IgnoredPaths, Options, ROWS, Tolerance, Zeros};

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct DiffArgs {
    /// The sides: the run that is known, and the one that is asked about
    #[arg(required = true, num_args = 2.., value_name = "SIDE")]
    sides: Vec<String>,
    #[command(flatten)]
    how: DiffOptions,
    #[command(flatten)]
    pub(super) request: RequestArgs,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(super) format: OutputFormat,
    /// Show every column and more rows
    #[arg(long, short)]
    pub(super) verbose: bool,
}

/// How tables are compared.
#[derive(Debug, Clone, ClapArgs)]
struct DiffOptions {
    /// The columns that name a row; by default the suite's `key:`, or what names the rows
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    key: Vec<String>,
    /// Compare whole rows, whatever their order
    #[arg(long, conflicts_with = "key")]
    no_key: bool,
    /// Leave out columns that match these globs
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Compare only columns that match these globs
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    columns: Vec<String>,
    /// Compare times of processing and other columns, too, that differ from run to run by their nature
    #[arg(long)]
    volatile: bool,
    /// How far values may be apart: `0.01`, `1%`, `4ulp`; for some columns `FLOAT64=4ulp`, `*_score=0.05`
    #[arg(long, value_name = "[COLUMN=]AMOUNT", value_delimiter = ',')]
    tolerance: Vec<String>,
    /// Texts that differ in case alone are equal
    #[arg(long)]
    ignore_case: bool,
    /// Texts that differ in white space around them alone are equal
    #[arg(long)]
    ignore_space: bool,
    /// FLOAT64 -0 differs from 0
    #[arg(long)]
    signed_zero: bool,
    /// JSON paths that are left out, with `*`: `$.updated_at`, `$.meta.*`
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    ignore_path: Vec<String>,
    /// A BigQuery SQL condition; rows for which it is not true are left out
    #[arg(long, value_name = "CONDITION")]
    r#where: Option<String>,
    /// Count by the values of these columns, too: `season`, `team_abbr`
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    by: Vec<String>,
    /// How many differing cells are kept for the report
    #[arg(long, value_name = "N", default_value_t = ROWS)]
    rows: usize,
}

impl DiffArgs {
    pub(super) fn asked(&self) -> Result<DiffRequest, Diagnostic> {
        self.how.of(&self.sides)
    }
}

impl DiffOptions {
    fn of(&self, sides: &[String]) -> Result<DiffRequest, Diagnostic> {
        let plain = self
            .tolerance
            .iter()
            .filter(|text| text.trim().parse::<f64>().is_ok());
        if let [one, other, ..] = plain.collect::<Vec<_>>().as_slice() {
            return Err(Diagnostic::new(format!(
                "two tolerances for all columns: {one} and {other}"
            ))
            .help(format!("a comma separates tolerances; write {one}.{other}")));
        }
        let tolerances = self.tolerance.iter().map(|text| Tolerance::parse(text));
        Ok(DiffRequest {
            sides: sides.to_vec(),
            key: self.key.clone(),
            no_key: self.no_key,
            options: Options {
                ignore: self.ignore.clone(),
                columns: self.columns.clone(),
                volatile: self.volatile,
                tolerances: tolerances.collect::<Result<_, _>>()?,
                ignore_case: self.ignore_case,
                ignore_space: self.ignore_space,
                zeros: Zeros::signed_if(self.signed_zero),
                ignored_paths: IgnoredPaths::parse(&self.ignore_path)?,
                filter: self.r#where.clone(),
                by: self.by.clone(),
                rows: self.rows,
                rules: Vec::new(),
            },
            flags: self.flags(),
        })
    }

    /// The names of those that are given.
    fn given(&self) -> Vec<&'static str> {
        let all = [
            ("--key", !self.key.is_empty()),
            ("--no-key", self.no_key),
            ("--ignore", !self.ignore.is_empty()),
            ("--columns", !self.columns.is_empty()),
            ("--volatile", self.volatile),
            ("--tolerance", !self.tolerance.is_empty()),
            ("--ignore-case", self.ignore_case),
            ("--ignore-space", self.ignore_space),
            ("--signed-zero", self.signed_zero),
            ("--ignore-path", !self.ignore_path.is_empty()),
            ("--by", !self.by.is_empty()),
            ("--where", self.r#where.is_some()),
            ("--rows", self.rows != ROWS),
        ];
        let given = all.into_iter().filter(|(_, given)| *given);
        given.map(|(name, _)| name).collect()
    }

    /// What is typed to count values as equal as here.
    fn flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        for (name, given) in [
            ("--volatile", self.volatile),
            ("--ignore-case", self.ignore_case),
            ("--ignore-space", self.ignore_space),
            ("--signed-zero", self.signed_zero),
        ] {
            flags.extend(given.then(|| name.to_owned()));
        }
        let typed = |name: &str, all: &[String]| {
            (!all.is_empty()).then(|| format!("--{name}={}", all.join(",")))
        };
        flags.extend(typed("tolerance", &self.tolerance));
        flags.extend(typed("ignore-path", &self.ignore_path));
        flags
    }
}

#[derive(Debug, Clone, ClapArgs)]
#[command(group = clap::ArgGroup::new("failing").required(true))]
pub(super) struct ReproArgs {
    /// The folder to write, which is not there yet or empty
    pub(super) out: PathBuf,
    /// The failing check, by its name
    #[arg(long, value_name = "NAME", group = "failing")]
    check: Option<String>,
    /// The two sides of a diff
    #[arg(long, num_args = 2, value_names = ["LEFT", "RIGHT"], group = "failing")]
    diff: Vec<String>,
    #[command(flatten)]
    how: DiffOptions,
    #[command(flatten)]
    pub(super) request: RequestArgs,
}

impl ReproArgs {
    pub(super) fn failing(&self) -> Result<Failing, Diagnostic> {
        let Some(name) = &self.check else {
            return Ok(Failing::Diff(Box::new(self.how.of(&self.diff)?)));
        };
        let given = self.how.given();
        match given.is_empty() {
            true => Ok(Failing::Check(name.clone())),
            false => Err(Diagnostic::new(format!(
                "--check and {} do not go together",
                given.join(", ")
            ))
            .help("options that say how values are compared are of --diff LEFT RIGHT")),
        }
    }
}
