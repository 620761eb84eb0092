//! The command line: arguments, where output goes, progress, exit codes.

mod args;
mod baseline;
mod diff;
mod progress;
mod query;
mod reconcile;
mod shell;

use std::io::{IsTerminal, Write};

use clap::Parser;

use crate::command::audit::seen::Changes;
use crate::command::diff::Compared;
use crate::command::{self, Request};
use crate::diagnostic::Diagnostic;
use crate::finding::{Report, Severity};
use crate::report::{self, Format};
use crate::schema::TableName;
use crate::suite;

use args::{
    Args, AuditArgs, Command, ExplainArgs, LintArgs, StateAction, StateArgs, StatusArgs,
    SuggestArgs,
};
use diff::{DiffArgs, ReproArgs};
use progress::Progress;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing found at or over the failing severity.
    Clean = 0,
    /// Something found.
    Findings = 1,
    /// It could not run.
    Error = 2,
}

/// The width of a report that goes nowhere in particular.
const WIDTH: usize = 100;

/// Runs the program with the process's arguments: results on stdout, all else on stderr.
pub async fn run() -> Exit {
    quiet_tasks();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are asked for; everything else is a mistake.
            let exit = if error.use_stderr() {
                Exit::Error
            } else {
                Exit::Clean
            };
            let _ = error.print();
            return exit;
        }
    };
    let done = match args.command {
        Command::Audit(args) => audit(&args).await,
        Command::Tables(args) => tables(&args.request.into(), args.name.as_deref()).await,
        Command::State(args) => state(args).await,
        Command::Status(args) => status(&args).await,
        Command::Diff(args) => diff(&args).await,
        Command::Reconcile(args) => reconcile::reconcile(args).await,
        Command::Repro(args) => repro(&args).await,
        Command::Suggest(args) => suggest(args).await,
        Command::Baseline(args) => baseline::baseline(args).await,
        Command::Query(args) => query::query(args).await,
        Command::Shell(args) => shell::shell(args).await,
        Command::Lint(args) => lint(args).await,
        Command::Explain(args) => explain(args).await,
        Command::Demo(args) => match command::demo::demo(&args.dir, &args.options()) {
            Ok(text) => print(&text),
            Err(error) => Err(Diagnostic::new(format!("failed to {error}"))),
        },
        Command::Schema(args) => print(&format!(
            "{}\n",
            match args.catalogue {
                true => suite::catalogue_schema(),
                false => suite::schema(),
            }
        )),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        Exit::Error
    })
}

/// A panic inside a task becomes an errored finding; it needs no trace on stderr as well.
fn quiet_tasks() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some("main") {
            loud(panic);
        }
    }));
}

async fn audit(args: &AuditArgs) -> Result<Exit, Diagnostic> {
    let request = Request {
        state: !args.no_state,
        ..args.request.clone().into()
    };
    let progress = Progress::new();
    progress.say("listing the lake");
    let asked = args.asked();
    let opened = if asked.of(&request) {
        command::open_inferred(&request, &asked, &|what| progress.say(what)).await?
    } else {
        command::open(&request).await?
    };
    let suite = &opened.suite;
    if suite.checks.is_empty() && suite.tables.values().all(|t| t.profile.is_none()) {
        return Err(Diagnostic::new("there is no check to run")
            .help("`lakeaudit explain in_range` shows how one is written in lakeaudit.yaml"));
    }
    let report = command::audit::audit(&opened, &|what| progress.say(what)).await;
    progress.say("writing the report");
    let written = report::parquet::publish(&report, &opened.reports).await;
    // A run whose report can't be written was not.
    let kept = match &written {
        Ok(()) => command::audit::seen::remember(&opened, &report).await,
        Err(_) => Ok(None),
    };
    progress.end();
    let exit = exit_of(&report, args.fail_on.into());
    let text = match args.format.into() {
        Format::Json => report::json::render(&report),
        Format::Text => report::text::render(&report, text_style(args.verbose, exit)),
    };
    print(&text)?;
    written?;
    eprintln!("report: {}", opened.reports);
    tell_state(&opened, kept);
    Ok(exit)
}

/// What there is to say of the state; none of it changes what was found.
fn tell_state(opened: &command::Opened, kept: Result<Option<Changes>, Diagnostic>) {
    match kept {
        Ok(Some(changes)) => eprintln!("state: {changes}"),
        Ok(None) => {}
        Err(why) => eprintln!("state: {why}"),
    }
    for note in opened
        .session
        .store()
        .iter()
        .flat_map(|store| store.notes())
    {
        eprintln!("state: {note}; what it held was measured again");
    }
}

/// Whether the user wants no colour anywhere, see no-color.org.
#[allow(clippy::disallowed_methods)] // A convention of terminals, not an option of ours.
fn no_color() -> bool {
    std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty())
}

fn exit_of(report: &Report, fail_on: Severity) -> Exit {
    if report.findings.iter().any(|f| f.is_failure_at(fail_on)) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

async fn suggest(args: SuggestArgs) -> Result<Exit, Diagnostic> {
    let progress = Progress::new();
    progress.say("listing the lake");
    let request: Request = args.request.into();
    let say = |what: &str| progress.say(what);
    let suggested = command::suggest(&request, args.output.as_deref(), &say).await?;
    progress.end();
    let Some(file) = &args.output else {
        return print(&suggested.suite);
    };
    for table in &suggested.tables {
        print(&format!("{}: {}\n", table.table, table.summary))?;
    }
    eprintln!("suite: {}", file.display());
    Ok(Exit::Clean)
}

async fn tables(request: &Request, name: Option<&str>) -> Result<Exit, Diagnostic> {
    let opened = command::open(request).await?;
    match name {
        None => print(&command::tables::tables(&opened).await?),
        Some(name) => {
            let name: TableName = name.parse()?;
            print(&command::tables::table(&opened, &name).await?)
        }
    }
}

async fn state(args: StateArgs) -> Result<Exit, Diagnostic> {
    let mut request = Request {
        state: true,
        ..args.request.into()
    };
    let Some(StateAction::Prune) = args.action else {
        return print(&command::state::state(&command::open(&request).await?).await?);
    };
    if !request.tables.is_empty() || !request.checks.is_empty() {
        return Err(
            Diagnostic::new("what is of no use is told by the whole suite")
                .help("leave --tables and --checks away"),
        );
    }
    // Days that are not asked for are of use another time.
    (request.from, request.to, request.season) = (None, None, None);
    print(&command::state::prune(&command::open(&request).await?).await?)
}

async fn status(args: &StatusArgs) -> Result<Exit, Diagnostic> {
    let name: TableName = args.name.parse()?;
    let progress = Progress::new();
    progress.say("listing the lake");
    let request = Request {
        state: true,
        ..args.request.clone().into()
    };
    let mut opened = command::open(&request).await?;
    let say = |what: &str| progress.say(what);
    let status = command::status::status(&mut opened, &name, args.fail_on.into(), &say).await?;
    if let Some(store) = opened.session.store()
        && let Err(why) = store.finish().await
    {
        eprintln!("state: {why}");
    }
    progress.end();
    if let Some(path) = &args.parquet {
        let failed =
            |why: String| Diagnostic::new(format!("failed to write {}: {why}", path.display()));
        let bytes = report::status::parquet(&status).map_err(|e| failed(e.to_string()))?;
        std::fs::write(path, bytes).map_err(|e| failed(e.to_string()))?;
    }
    let text = match args.format.into() {
        Format::Json => report::status::json(&status),
        Format::Text => {
            let color = std::io::stdout().is_terminal() && !no_color();
            report::status::text(&status, color, args.verbose)
        }
    };
    print(&text)?;
    let done = status.rerun().is_empty() && status.stale().is_empty() && status.errors.is_empty();
    Ok(if done { Exit::Clean } else { Exit::Findings })
}

async fn diff(args: &DiffArgs) -> Result<Exit, Diagnostic> {
    let progress = Progress::new();
    let asked = args.asked()?;
    let say = |what: &str| progress.say(what);
    let answer = command::diff::diff(&args.request.clone().into(), &asked, &say).await?;
    let (compared, reports) = (answer.compared, answer.reports);
    progress.say("writing the report");
    let published = match &compared {
        Compared::Two(found) => report::diff::parquet::publish(found, &reports).await,
        Compared::Many(runs, pair) => {
            report::diff::parquet::publish_runs(runs, pair.as_deref(), &reports).await
        }
    };
    progress.end();
    let exit = if compared.is_equal() {
        Exit::Clean
    } else {
        Exit::Findings
    };
    let style = text_style(args.verbose, exit);
    let text = match (&compared, args.format.into()) {
        (Compared::Two(found), Format::Json) => report::diff::json::render(found),
        (Compared::Two(found), Format::Text) => report::diff::text::render(found, style),
        (Compared::Many(runs, pair), Format::Json) => {
            report::diff::json::render_runs(runs, pair.as_deref())
        }
        (Compared::Many(runs, pair), Format::Text) => {
            report::diff::text::render_runs(runs, pair.as_deref(), style)
        }
    };
    print(&text)?;
    published?;
    eprintln!("report: {reports}");
    Ok(exit)
}

async fn repro(args: &ReproArgs) -> Result<Exit, Diagnostic> {
    let progress = Progress::new();
    let failing = args.failing()?;
    let say = |what: &str| progress.say(what);
    let request: Request = args.request.clone().into();
    let written = command::repro::repro(&request, &failing, &args.out, &say).await?;
    progress.end();
    print(&written.told())
}

/// How text is printed here.
fn text_style(verbose: bool, exit: Exit) -> report::text::Style {
    report::text::Style {
        color: std::io::stdout().is_terminal() && !no_color(),
        width: progress::width().unwrap_or(WIDTH),
        verbose,
        exit_code: Some(exit as u8),
    }
}

async fn lint(args: LintArgs) -> Result<Exit, Diagnostic> {
    let opened = command::open(&args.request.into()).await?;
    let linted = command::lint::lint(&opened, &args.paths).await?;
    print(&linted.render(args.format.into()))?;
    eprintln!("{}", linted.summary());
    Ok(if linted.is_clean() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

async fn explain(args: ExplainArgs) -> Result<Exit, Diagnostic> {
    if let Some(kind) = &args.kind {
        let told = command::explain::name(kind, &args.request.clone().into())?;
        return print(&format!("{}\n", told.trim_end()));
    }
    let opened = command::open(&args.request.into()).await?;
    print(&command::explain::plan(&opened).await?)
}

/// Writes a result; a reader that has gone away is no error.
fn print(text: &str) -> Result<Exit, Diagnostic> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Exit::Clean),
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Clean),
        Err(e) => Err(Diagnostic::new(format!("failed to write to stdout: {e}"))),
    }
}
