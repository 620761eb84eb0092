//! `lakeaudit baseline`: its arguments, and what is printed.

use std::io::{self, Write};
use std::path::PathBuf;

use arrow::array::RecordBatch;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::args::{OutputFormat, RequestArgs};
use super::progress::Progress;
use super::{Exit, print, text_style};
use crate::command::baseline::{self, Export};
use crate::command::{Opened, Request};
use crate::diagnostic::Diagnostic;
use crate::lake::WholeFile;
use crate::report::Format;
use crate::report::rows::{Failed, RowFormat, writer};
use crate::report::snapshot::{json, text};
use crate::report::text::Style;
use crate::snapshot::Grain;
use crate::value::text::counted;

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, Subcommand)]
enum Action {
    /// Take a baseline of the lake, of a season (--season), a window (--from, --to) or some tables (--tables)
    ///
    /// Writes `baselines/NAME` below the reports: Parquet files that say what the data was like, and what they are of. They
    /// never change, and are the same bytes if they are taken again of the same files.
    Take(TakeArgs),
    /// List the baselines
    List(ListArgs),
    /// Show a baseline, one of its tables (--table) or a column of one (--column)
    Show(ShowArgs),
    /// Tell what the second baseline differs in from the first, the largest change first
    ///
    /// Without a second one, the lake as it is now is compared: the first one's tables and window, or those that --tables,
    /// --season, --from and --to name.
    Compare(CompareArgs),
    /// Write the readable figures of all columns to one file, by its ending .parquet, .csv, .json or .jsonl
    Export(ExportArgs),
    /// Remove a baseline
    Remove(RemoveArgs),
}

#[derive(Debug, Clone, ClapArgs)]
struct TakeArgs {
    /// What it is called: letters, digits, `.`, `_` and `-`
    name: String,
    #[command(flatten)]
    request: RequestArgs,
    /// The shortest periods that are told apart
    #[arg(long, value_enum, default_value_t)]
    by: By,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum By {
    #[default]
    Month,
    Day,
}

/// Where baselines are.
#[derive(Debug, Clone, ClapArgs)]
struct Place {
    /// The suite, which names the folder of the reports; ./lakeaudit.yaml by default
    #[arg(long, value_name = "FILE")]
    suite: Option<PathBuf>,
    /// The folder, gs:// or s3:// prefix the reports are in, instead of the suite's
    #[arg(long, value_name = "DIR")]
    reports: Option<String>,
}

impl Place {
    fn request(&self) -> Request {
        Request {
            suite: self.suite.clone(),
            reports: self.reports.clone(),
            ..Request::default()
        }
    }
}

#[derive(Debug, Clone, ClapArgs)]
struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// How the list is printed
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

#[derive(Debug, Clone, ClapArgs)]
struct ShowArgs {
    name: String,
    /// One table, with or without its dataset
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// One column of the table
    #[arg(long, value_name = "COLUMN", requires = "table")]
    column: Option<String>,
    #[command(flatten)]
    place: Place,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

#[derive(Debug, Clone, ClapArgs)]
struct CompareArgs {
    /// The baseline that is known
    #[arg(value_name = "BEFORE")]
    a: String,
    /// The one that is asked about; the lake as it is by default
    #[arg(value_name = "AFTER")]
    b: Option<String>,
    #[command(flatten)]
    request: RequestArgs,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
    /// Show every column, also those that have not changed
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Debug, Clone, ClapArgs)]
struct ExportArgs {
    name: String,
    /// The file to write
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Clone, ClapArgs)]
struct RemoveArgs {
    name: String,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn baseline(args: BaselineArgs) -> Result<Exit, Diagnostic> {
    match args.action {
        Action::Take(args) => take(args).await,
        Action::List(args) => {
            let (shelf, entries) = baseline::list(&args.place.request()).await?;
            print(&match args.format.into() {
                Format::Json => json::list(&entries),
                Format::Text => text::list(&entries, &shelf.address().to_string(), style(false)),
            })
        }
        Action::Show(args) => show(&args).await,
        Action::Compare(args) => compare(args).await,
        Action::Export(args) => export(&args).await,
        Action::Remove(args) => {
            let shelf = baseline::remove(&args.place.request(), &args.name).await?;
            print(&format!("removed {} from {}\n", args.name, shelf.address()))
        }
    }
}

fn style(verbose: bool) -> Style {
    text_style(verbose, Exit::Clean)
}

async fn take(args: TakeArgs) -> Result<Exit, Diagnostic> {
    let progress = Progress::new();
    progress.say("listing the lake");
    let request = Request {
        state: true,
        ..args.request.into()
    };
    let by = match args.by {
        By::Month => Grain::Month,
        By::Day => Grain::Day,
    };
    let say = |what: &str| progress.say(what);
    let (taken, opened) = baseline::take(&request, &args.name, by, &say).await?;
    keep(&opened).await;
    progress.end();
    let about = (taken.name.as_str(), taken.id.as_str(), taken.size);
    print(&text::show(about, &taken.snapshot, style(false)))?;
    let place = opened.reports.below("baselines").below(&taken.name);
    eprintln!("baseline: {place}");
    Ok(Exit::Clean)
}

async fn compare(args: CompareArgs) -> Result<Exit, Diagnostic> {
    let request = Request {
        state: true,
        ..args.request.into()
    };
    let found = match &args.b {
        Some(b) => baseline::compare(&request, &args.a, b).await?,
        None => {
            let progress = Progress::new();
            progress.say("listing the lake");
            let say = |what: &str| progress.say(what);
            let (found, opened) = baseline::compare_lake(&request, &args.a, &say).await?;
            keep(&opened).await;
            progress.end();
            found
        }
    };
    print(&match args.format.into() {
        Format::Json => json::compare(&found),
        Format::Text => text::compare(&found, style(args.verbose)),
    })
}

/// Keeps what later runs may use; that it can't be kept changes nothing.
async fn keep(opened: &Opened) {
    if let Some(store) = opened.session.store()
        && let Err(why) = store.finish().await
    {
        eprintln!("state: {why}");
    }
}

async fn show(args: &ShowArgs) -> Result<Exit, Diagnostic> {
    let shown = baseline::show(&args.place.request(), &args.name).await?;
    let table = args.table.as_ref().map(|table| shown.table(table));
    let table = table.transpose()?;
    let column = match (&table, &args.column) {
        (Some(table), Some(column)) => Some(shown.column(table, column)?),
        _ => None,
    };
    let (name, snapshot) = (shown.name.as_str(), &shown.snapshot);
    print(&match (args.format.into(), &table, &column) {
        (Format::Json, table, column) => json::show(
            (name, &shown.id),
            snapshot,
            table.as_deref(),
            column.as_deref(),
        ),
        (Format::Text, Some(table), Some(column)) => {
            text::column(name, snapshot, (table, column), style(false))
        }
        (Format::Text, Some(table), None) => text::table(name, snapshot, table, style(false)),
        (Format::Text, None, _) => {
            text::show((name, &shown.id, shown.size), snapshot, style(false))
        }
    })
}

async fn export(args: &ExportArgs) -> Result<Exit, Diagnostic> {
    let form = Export::of(&args.file)?;
    let batches = baseline::figures(&args.place.request(), &args.name).await?;
    let failed = |why: &dyn std::fmt::Display| {
        Diagnostic::new(format!("failed to write {}: {why}", args.file.display()))
    };
    let mut file = WholeFile::create(&args.file).map_err(|e| failed(&e))?;
    written(&batches, form, &mut file).map_err(|e| failed(&e))?;
    file.commit().map_err(|e| failed(&e))?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let told = counted(rows as u64, "row");
    print(&format!("wrote {told} to {}\n", args.file.display()))
}

fn written(batches: &[RecordBatch], form: Export, out: &mut WholeFile) -> Result<(), Failed> {
    let Some(first) = batches.first() else {
        return Ok(());
    };
    let format = match form {
        Export::Parquet => RowFormat::Parquet,
        Export::Csv => RowFormat::Csv,
        Export::Jsonl | Export::Json => RowFormat::Jsonl,
    };
    if form != Export::Json {
        let mut rows = writer(format, &first.schema(), None, Box::new(out))?;
        for batch in batches {
            rows.write(batch)?;
        }
        return rows.end();
    }
    // The lines as the elements of an array.
    let mut lines = Vec::new();
    {
        let mut rows = writer(format, &first.schema(), None, Box::new(&mut lines))?;
        for batch in batches {
            rows.write(batch)?;
        }
        rows.end()?;
    }
    let text = String::from_utf8_lossy(&lines);
    let joined: Vec<&str> = text.lines().collect();
    let text = format!("[\n{}\n]\n", joined.join(",\n"));
    out.write_all(text.as_bytes())
        .map_err(|e: io::Error| Failed::Io(e))
}
