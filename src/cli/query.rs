//! `lakeaudit query`: where the SQL comes from and where the rows go.

use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use super::args::QueryArgs;
use super::progress::{self, Progress};
use super::{Exit, no_color};
use crate::command;
use crate::command::query::Answer;
use crate::diagnostic::Diagnostic;
use crate::lake::WholeFile;
use crate::report::rows::{Failed, RowFormat, Screen, writer};
use crate::value::text::counted;

/// What a query given on the command line is called in errors.
const CALLED: &str = "query";
const STDIN: &str = "stdin";

pub(super) async fn query(args: QueryArgs) -> Result<Exit, Diagnostic> {
    let format = args.format.into();
    let (called, sql) = text(&args)?;
    let to_terminal = args.output.is_none() && io::stdout().is_terminal();
    if format == RowFormat::Parquet && to_terminal {
        return Err(Diagnostic::new("Parquet is not for a terminal")
            .help("--output FILE writes the rows to a file"));
    }
    let progress = Progress::new();
    progress.say("listing the lake");
    let opened = command::open(&args.request.into()).await?;
    let mut params = opened.params.clone();
    for given in &args.params {
        let (name, value) = command::query::parameter(&opened, given)?;
        params.insert(name, value);
    }
    progress.say("planning");
    let answer = command::query::query(&opened, &called, &sql, &params).await?;
    progress.end();
    for note in &answer.notes {
        eprintln!("note: {note}");
    }
    let written = deliver(answer, format, args.output.as_deref()).await;
    told(written, format, args.output.as_deref())
}

/// The query and what errors call it.
fn text(args: &QueryArgs) -> Result<(String, String), Diagnostic> {
    if let Some(path) = &args.file {
        let called = path.display().to_string();
        let sql = std::fs::read_to_string(path)
            .map_err(|e| Diagnostic::new(format!("failed to read {called}: {e}")))?;
        return Ok((called, sql));
    }
    match args.sql.as_deref() {
        Some(sql) if sql != "-" => Ok((CALLED.to_owned(), sql.to_owned())),
        None if io::stdin().is_terminal() => Err(Diagnostic::new("there is no query").help(
            "give it as an argument, with --file FILE or on stdin; `lakeaudit shell` asks for queries",
        )),
        _ => {
            let mut sql = String::new();
            io::stdin()
                .read_to_string(&mut sql)
                .map_err(|e| Diagnostic::new(format!("failed to read the query from stdin: {e}")))?;
            Ok((STDIN.to_owned(), sql))
        }
    }
}

/// Why a query's rows did not all arrive.
pub(super) enum Broken {
    /// The query failed.
    Query(Diagnostic),
    /// They could not be written.
    Write(Failed),
}

impl From<Failed> for Broken {
    fn from(failed: Failed) -> Self {
        Self::Write(failed)
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Write(error.into())
    }
}

/// Writes the rows of a query to a file, or to stdout; how many there were.
pub(super) async fn deliver(
    mut answer: Answer,
    format: RowFormat,
    output: Option<&Path>,
) -> Result<u64, Broken> {
    let schema = answer.rows.schema().clone();
    let Some(path) = output else {
        let screen = io::stdout().is_terminal().then(|| Screen {
            width: progress::width().unwrap_or(super::WIDTH),
            color: !no_color(),
        });
        let out = Box::new(BufWriter::new(io::stdout()));
        return written(&mut answer, writer(format, &schema, screen, out)?).await;
    };
    let mut file = WholeFile::create(path)?;
    let count = {
        let out: Box<dyn Write + Send + '_> = Box::new(&mut file);
        written(&mut answer, writer(format, &schema, None, out)?).await?
    };
    file.commit()?;
    Ok(count)
}

async fn written(
    answer: &mut Answer,
    mut writer: Box<dyn crate::report::rows::RowWriter + '_>,
) -> Result<u64, Broken> {
    let mut count = 0;
    loop {
        let next = answer.rows.next().await;
        let next = next.map_err(|e| Broken::Query(answer.source.diagnostic(&e)))?;
        let Some(batch) = next else { break };
        count += batch.num_rows() as u64;
        writer.write(&batch)?;
    }
    writer.end()?;
    Ok(count)
}

/// Says how many rows there were, where they don't say it themselves.
pub(super) fn told(
    written: Result<u64, Broken>,
    format: RowFormat,
    output: Option<&Path>,
) -> Result<Exit, Diagnostic> {
    let place = || output.map_or_else(|| "stdout".to_owned(), |p: &Path| p.display().to_string());
    match written {
        Ok(count) => {
            if let Some(path) = output {
                eprintln!(
                    "{} to {}",
                    counted(count, "row"),
                    PathBuf::from(path).display()
                );
            } else if format == RowFormat::Table {
                eprintln!("{}", counted(count, "row"));
            }
            Ok(Exit::Clean)
        }
        Err(Broken::Write(failed)) if failed.is_hang_up() => Ok(Exit::Clean),
        Err(Broken::Write(failed)) => Err(Diagnostic::new(format!(
            "failed to write the rows to {}: {failed}",
            place()
        ))),
        Err(Broken::Query(why)) => Err(why),
    }
}
