//! The arguments, option by option.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::baseline::BaselineArgs;
use super::diff::{DiffArgs, ReproArgs};
use super::reconcile::ReconcileArgs;
use crate::command::{Asked, Request, lint};
use crate::demo;
use crate::finding::Severity;
use crate::report::Format;
use crate::report::rows::RowFormat;

/// Audits a lake of BigQuery tables exported as Parquet, offline.
#[derive(Debug, Parser)]
#[command(name = "lakeaudit", version, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a suite's checks over its lake and write the reports
    ///
    /// Exits 0 if nothing is found at or over --fail-on, 1 if something is, 2 if it could not run.
    Audit(AuditArgs),
    /// List the lake's tables, or one table's columns, schema changes and gaps
    ///
    /// Reads footers only.
    Tables(TablesArgs),
    /// Tell, day by day, whether a table is done, and which days are to be run again
    ///
    /// Runs the table's checks, and those by which tables downstream agree with it. Exits 0 if every
    /// day is done, 1 if not, 2 if it could not run.
    Status(StatusArgs),
    /// Tell what differs between two runs of a table, where, since when, and what was done to the data
    ///
    /// Each side is a table of the lake, a table as of a dated snapshot (`nba_raw.t@2026-01-30`), or a folder, file, gs:// or
    /// s3:// prefix of Parquet. Exits 0 if no value differs, 1 if something does, 2 if it could not run.
    Diff(DiffArgs),
    /// Compare JSON with typed columns, of the same table or of others by key, without configuration
    ///
    /// Infers which path belongs to which column by values and names, counts over all rows what agrees and what does not, says
    /// what was done to the values that differ, and writes checks for the suite. Exits 0 if all agree, 1 if something
    /// disagrees, 2 if it could not run.
    Reconcile(ReconcileArgs),
    /// Reduce a failing check or diff to the fewest rows and columns that still fail, as a folder to pass on
    ///
    /// The folder holds the rows as Parquet, a suite with the check alone, SQL that runs in BigQuery without any table, and a
    /// README that tells it all. Exits 0 if it is written, 2 if nothing fails or it could not run.
    Repro(ReproArgs),
    /// Write a first suite from the lake itself, each check with the evidence it was drawn from
    ///
    /// Keys, columns without NULL, enumerations, ranges, shares of NULL, rows of a day, pairs of JSON and column, arrays and their
    /// columns, columns that go together, seasons. What is suggested is how the data is, not how it should be: read it, strike
    /// what is wrong, and keep the rest.
    Suggest(SuggestArgs),
    /// Take baselines of what the data is like, and tell what has changed since
    Baseline(BaselineArgs),
    /// Run one BigQuery SQL query over the lake and print its rows
    ///
    /// The query is an argument, a file (--file) or what comes on stdin. Notes and the number of rows go to stderr.
    Query(QueryArgs),
    /// Ask for BigQuery SQL queries, with a history and completion
    ///
    /// Statements end with `;`, `.help` lists the shell's own commands. Where stdin is no terminal, statements are read from
    /// it. The history is kept in the user's data folder, or in the file LAKEAUDIT_HISTORY names (empty for none).
    Shell(ShellArgs),
    /// Find SQL that would not run: unknown tables and columns, unsupported functions, mistakes
    ///
    /// Reads the statements in .sql files, the ```sql blocks of .md, the strings of .py that begin with
    /// SELECT or WITH, and what .sh files give to `bq query`, and plans each against the lake's footers.
    /// Exits 0 if nothing is found, 1 if something is, 2 if it could not run.
    Lint(LintArgs),
    /// Show what is known of the lake from earlier audits, or tidy it up
    ///
    /// An audit keeps what it measured of each file (`state` below the reports, or where the suite's `state:` says), so that the
    /// next one reads only files that are new or were replaced. What is kept can be removed at any time: it is measured again.
    State(StateArgs),
    /// Show what an audit would read, or what a kind of check or a function of SQL does
    Explain(ExplainArgs),
    /// Write the demo lake
    Demo(DemoArgs),
    /// Print the JSON Schema of a suite, for editors
    Schema(SchemaArgs),
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    pub(super) request: RequestArgs,
    /// The least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Critical)]
    pub(super) fail_on: FailOn,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(super) format: OutputFormat,
    /// Show the SQL of each finding and every check that passed
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Read every file, also those that earlier runs know, and keep nothing for later ones
    #[arg(long)]
    pub(super) no_state: bool,
    /// Infer the suite from the data, as is done where none is named or found
    #[arg(long, conflicts_with = "suite")]
    infer: bool,
    /// Infer the suite from the data and write it to this new file
    #[arg(long, value_name = "FILE", conflicts_with = "suite")]
    write_suite: Option<PathBuf>,
}

impl AuditArgs {
    pub(super) fn asked(&self) -> Asked {
        Asked {
            infer: self.infer,
            keep: self.write_suite.clone(),
        }
    }
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct SuggestArgs {
    /// Write the suite to this new file instead of printing it
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) request: RequestArgs,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct TablesArgs {
    /// dataset.table
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) request: RequestArgs,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct StateArgs {
    /// What to do with it instead of showing it
    #[arg(value_enum)]
    pub(super) action: Option<StateAction>,
    #[command(flatten)]
    pub(super) request: RequestArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum StateAction {
    /// Remove what is of files that are gone, or of checks that the suite has no more; safe beside an audit
    Prune,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct StatusArgs {
    /// dataset.table
    pub(super) name: String,
    #[command(flatten)]
    pub(super) request: RequestArgs,
    /// The least severity that counts
    #[arg(long, value_enum, default_value_t = FailOn::Critical)]
    pub(super) fail_on: FailOn,
    /// How the status is printed
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(super) format: OutputFormat,
    /// Write the days to this Parquet file, too
    #[arg(long, value_name = "FILE")]
    pub(super) parquet: Option<PathBuf>,
    /// Show the days that are done, too
    #[arg(long, short)]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct QueryArgs {
    /// The query; `-` or none for stdin
    pub(super) sql: Option<String>,
    /// A file with the query
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    pub(super) file: Option<PathBuf>,
    /// How the rows are written
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: RowsFormat,
    /// Write the rows to this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// A parameter of the query: `day:DATE=2026-01-31`, `teams:ARRAY<STRING>=BOS,LAL`; without a type a STRING
    #[arg(long = "param", value_name = "NAME[:TYPE]=VALUE")]
    pub(super) params: Vec<String>,
    #[command(flatten)]
    pub(super) request: RequestArgs,
}

/// How the rows of a query are written.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum RowsFormat {
    /// Aligned columns
    #[default]
    Table,
    /// An object a line
    Jsonl,
    /// With a header; NULL is empty
    Csv,
    /// To a file or a pipe
    Parquet,
    /// A pipe table
    Markdown,
}

impl From<RowsFormat> for RowFormat {
    fn from(format: RowsFormat) -> Self {
        match format {
            RowsFormat::Table => Self::Table,
            RowsFormat::Jsonl => Self::Jsonl,
            RowsFormat::Csv => Self::Csv,
            RowsFormat::Parquet => Self::Parquet,
            RowsFormat::Markdown => Self::Markdown,
        }
    }
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ShellArgs {
    /// A parameter of the queries, as `.param` sets it
    #[arg(long = "param", value_name = "NAME[:TYPE]=VALUE")]
    pub(super) params: Vec<String>,
    #[command(flatten)]
    pub(super) request: RequestArgs,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct SchemaArgs {
    /// That of a catalogue's file instead
    #[arg(long)]
    pub(super) catalogue: bool,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct LintArgs {
    /// Files, and folders to look for files in
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) request: RequestArgs,
    /// How problems are printed
    #[arg(long, value_enum, default_value_t = LintFormat::Text)]
    pub(super) format: LintFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LintFormat {
    Text,
    Json,
    /// Commands of GitHub Actions, which show each problem at its line
    Github,
}

impl From<LintFormat> for lint::Format {
    fn from(format: LintFormat) -> Self {
        match format {
            LintFormat::Text => Self::Text,
            LintFormat::Json => Self::Json,
            LintFormat::Github => Self::Github,
        }
    }
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ExplainArgs {
    /// A kind of check, such as `in_range`, a catalogue of the suite or a column in one, a function of
    /// SQL; without, the plan of the audit
    pub(super) kind: Option<String>,
    #[command(flatten)]
    pub(super) request: RequestArgs,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct DemoArgs {
    /// The folder to write the lake to
    pub(super) dir: PathBuf,
    /// How large it is
    #[arg(long, value_enum, default_value_t)]
    scale: DemoScale,
    /// Another seed gives another lake
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Plant only these classes of incidents
    #[arg(long, value_name = "CLASS", value_delimiter = ',')]
    only: Vec<String>,
    /// Leave these classes of incidents out; `all` for a clean lake
    #[arg(long, value_name = "CLASS", value_delimiter = ',')]
    without: Vec<String>,
}

/// How large a demo lake is.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum DemoScale {
    /// Eight teams, a few weeks of four seasons and all of the fifth so far: under 8 MB
    #[default]
    Small,
    /// Thirty teams, the season 2025-26 so far
    Season,
    /// Thirty teams, five seasons
    Full,
}

impl DemoArgs {
    pub(super) fn options(&self) -> demo::Options {
        demo::Options {
            scale: match self.scale {
                DemoScale::Small => demo::Scale::Small,
                DemoScale::Season => demo::Scale::Season,
                DemoScale::Full => demo::Scale::Full,
            },
            seed: self.seed,
            only: self.only.clone(),
            without: self.without.clone(),
        }
    }
}

/// What every command that opens a lake takes.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct RequestArgs {
    /// The suite; ./lakeaudit.yaml by default
    #[arg(long, value_name = "FILE")]
    suite: Option<PathBuf>,
    /// The folder, gs:// or s3:// prefix with the exports, instead of the suite's
    #[arg(long, value_name = "DIR")]
    lake: Option<String>,
    /// The folder, gs:// or s3:// prefix the reports go to, instead of the suite's
    #[arg(long, value_name = "DIR")]
    reports: Option<String>,
    /// The day the audit is as of; by default the suite's, or the lake's last date
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<NaiveDate>,
    /// The first day of the window
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Option<NaiveDate>,
    /// The last day of the window; as_of by default
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: Option<NaiveDate>,
    /// A season of the suite as the window, such as 2025-26
    #[arg(long, conflicts_with_all = ["from", "to"])]
    season: Option<String>,
    /// Only tables that match these globs, such as `nba_raw.*`
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    tables: Vec<String>,
    /// Only checks whose names match these globs
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    checks: Vec<String>,
    /// Threads; all cores by default
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Memory for queries, such as 4GB; half of the machine's by default
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    memory: Option<usize>,
    /// Rows of a batch
    #[arg(long, value_name = "N", hide = true)]
    batch_rows: Option<usize>,
}

impl From<RequestArgs> for Request {
    fn from(args: RequestArgs) -> Self {
        Self {
            suite: args.suite,
            lake: args.lake,
            reports: args.reports,
            as_of: args.as_of,
            from: args.from,
            to: args.to,
            season: args.season,
            tables: args.tables,
            checks: args.checks,
            threads: args.threads,
            memory: args.memory,
            state: false,
            batch_rows: args.batch_rows,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FailOn {
    Warning,
    Critical,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Warning => Self::Warning,
            FailOn::Critical => Self::Critical,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum OutputFormat {
    Text,
    Json,
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Text => Self::Text,
            OutputFormat::Json => Self::Json,
        }
    }
}

/// A day as the reports write it.
fn date(text: &str) -> Result<NaiveDate, String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    day.map_err(|_| "a day is written as 2026-01-31".to_owned())
}

/// Reads a size: a number of bytes, or one with kB, MB, GB, KiB, MiB or GiB.
fn bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text.get(digits.len()..).unwrap_or_default().trim();
    let factor: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" | "k" => 1e3,
        "mb" | "m" => 1e6,
        "gb" | "g" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(format!("`{unit}` is no unit of memory; write 4GB or 512MB")),
    };
    let number: f64 = digits
        .parse()
        .map_err(|_| format!("`{text}` is no size; write 4GB or 512MB"))?;
    let bytes = number * factor;
    if (1e6..1e15).contains(&bytes) {
        Ok(bytes as usize)
    } else {
        Err("at least 1MB is needed".to_owned())
    }
}
