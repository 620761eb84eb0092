//! `lakeaudit shell`: queries one after another, over a lake that stays open.
//!
//! At a terminal statements are asked for, with line editing and a history; elsewhere they are read from stdin, and the shell
//! ends with an error if one of them failed.

mod editor;
mod statement;
mod words;

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal};
use std::sync::Arc;

use datafusion::common::ScalarValue;
use rustyline::error::ReadlineError;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::args::ShellArgs;
use super::progress::Progress;
use super::query::{Broken, deliver, told};
use super::{Exit, print};
use crate::command::{self, Opened};
use crate::diagnostic::{Diagnostic, broke_off, near, suggestion};
use crate::report::rows::RowFormat;
use crate::schema::TableName;
use editor::Prompt;
use words::Words;

const PROMPT: &str = "lakeaudit> ";
/// What a statement is called in errors.
const CALLED: &str = "query";

/// The shell's own commands: name, argument, what it does.
const COMMANDS: [(&str, &str, &str); 6] = [
    (".tables", "", "list the tables and views of the lake"),
    (".schema", "TABLE", "show the columns of a table"),
    (
        ".format",
        "FORMAT",
        "write rows as table, jsonl, csv or markdown",
    ),
    (
        ".param",
        "name=value",
        "set a parameter, name:TYPE=value with a type; without an argument list them",
    ),
    (".help", "", "show this"),
    (".quit", "", "leave, as Ctrl-D does"),
];

/// What the shell remembers from statement to statement.
struct Shell {
    opened: Arc<Opened>,
    params: BTreeMap<String, ScalarValue>,
    format: RowFormat,
    /// What is typed and not yet whole, and `DECLARE`s that wait for their query.
    held: String,
    failed: bool,
    /// Told of each Ctrl-C that comes while no line is edited.
    interrupt: Arc<Notify>,
}

pub(super) async fn shell(args: ShellArgs) -> Result<Exit, Diagnostic> {
    let progress = Progress::new();
    progress.say("listing the lake");
    let opened = Arc::new(command::open(&args.request.into()).await?);
    progress.end();
    let mut shell = Shell {
        params: opened.params.clone(),
        opened,
        format: RowFormat::default(),
        held: String::new(),
        failed: false,
        interrupt: interrupt()?,
    };
    for given in &args.params {
        let (name, value) = command::query::parameter(&shell.opened, given)?;
        shell.params.insert(name, value);
    }
    if io::stdin().is_terminal() {
        shell.at_terminal().await
    } else {
        shell.piped().await
    }
}

/// Makes Ctrl-C end the running query instead of the program.
fn interrupt() -> Result<Arc<Notify>, Diagnostic> {
    let interrupt = Arc::new(Notify::new());
    // Without a terminal there is nobody to go on.
    if io::stdin().is_terminal() {
        let told = Arc::clone(&interrupt);
        // Only who waits is told: one that comes between two queries must not end the next.
        ctrlc::set_handler(move || told.notify_waiters())
            .map_err(|e| Diagnostic::new(format!("failed to listen for Ctrl-C: {e}")))?;
    }
    Ok(interrupt)
}

/// Whether the shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    On,
    Leave,
}

impl Shell {
    async fn piped(mut self) -> Result<Exit, Diagnostic> {
        let unreadable = |e| Diagnostic::new(format!("failed to read stdin: {e}"));
        let mut line_number = 0;
        let mut lines = io::stdin().lock().lines();
        while let Some(line) = lines.next().transpose().map_err(unreadable)? {
            // Lines before a statement make its places those of the input.
            if self.held.trim().is_empty() {
                self.held = "\n".repeat(line_number);
            }
            line_number += 1;
            if self.line(&line).await? == Next::Leave {
                break;
            }
        }
        if !statement::is_empty(&self.held) {
            let rest = std::mem::take(&mut self.held);
            self.statement(&rest).await?;
        }
        Ok(if self.failed {
            Exit::Error
        } else {
            Exit::Clean
        })
    }

    async fn at_terminal(mut self) -> Result<Exit, Diagnostic> {
        let words = Words::new(Arc::clone(&self.opened), Handle::current());
        let unusable = |e| Diagnostic::new(format!("failed to use the terminal: {e}"));
        let mut prompt = Prompt::new(Arc::new(words)).map_err(unusable)?;
        eprintln!("Statements end with `;`. `.help` lists the commands, Ctrl-D leaves.");
        loop {
            // Asking blocks, and so may what Tab asks for.
            let (asked, typed) = tokio::task::spawn_blocking(move || {
                let typed = prompt.ask(PROMPT);
                (prompt, typed)
            })
            .await
            .map_err(|e| Diagnostic::new(broke_off(e)))?;
            prompt = asked;
            match typed {
                Ok(typed) => {
                    if self.typed(&typed).await? == Next::Leave {
                        break;
                    }
                }
                Err(ReadlineError::Interrupted) => self.held.clear(),
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(unusable(error)),
            }
        }
        if let Err(why) = prompt.keep() {
            eprintln!("note: {why}");
        }
        Ok(Exit::Clean)
    }

    async fn typed(&mut self, typed: &str) -> Result<Next, Diagnostic> {
        for line in typed.lines() {
            if self.line(line).await? == Next::Leave {
                return Ok(Next::Leave);
            }
        }
        Ok(Next::On)
    }

    /// Takes a line up: a command, or a part of a statement.
    async fn line(&mut self, line: &str) -> Result<Next, Diagnostic> {
        if self.held.trim().is_empty()
            && let Some(command) = statement::command(line)
        {
            return self.told_command(&command).await;
        }
        self.held.push_str(line);
        self.held.push('\n');
        let mut from = 0;
        while let Some(end) = self.held.get(from..).and_then(statement::end) {
            from += end;
            let rest = self.held.get(from..).unwrap_or_default().to_owned();
            let whole = self.held.get(..from).unwrap_or_default().to_owned();
            let last = statement::last(&whole);
            if statement::is_empty(last) {
                continue;
            }
            if statement::prepares(last) {
                continue;
            }
            self.statement(&whole).await?;
            // What is left keeps its place.
            let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
            self.held = whole.chars().map(blank).collect();
            from = self.held.len();
            self.held.push_str(&rest);
        }
        if statement::is_empty(&self.held) {
            self.held.clear();
        }
        Ok(Next::On)
    }

    async fn told_command(&mut self, line: &str) -> Result<Next, Diagnostic> {
        match self.command(line).await {
            Ok(next) => Ok(next),
            Err(error) => {
                eprintln!("error: {error}");
                self.failed = true;
                Ok(Next::On)
            }
        }
    }

    async fn command(&mut self, line: &str) -> Result<Next, Diagnostic> {
        let line = line.trim_end_matches([';', ' ']);
        let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let argument = argument.trim();
        match name {
            ".quit" | ".exit" => return Ok(Next::Leave),
            ".help" => {
                for (name, argument, does) in COMMANDS {
                    print(&format!("{name:<8} {argument:<12} {does}\n"))?;
                }
            }
            ".tables" => {
                print(&command::tables::tables(&self.opened).await?)?;
            }
            ".schema" if argument.is_empty() => {
                return Err(Diagnostic::new("`.schema` of which table?")
                    .help("write .schema dataset.table; `.tables` lists them"));
            }
            ".schema" => {
                let table: TableName = argument.trim_matches('`').parse()?;
                print(&command::tables::table(&self.opened, &table).await?)?;
            }
            ".format" => self.format = format(argument)?,
            ".param" if argument.is_empty() => {
                for (name, value) in &self.params {
                    print(&format!("@{name} = {value}\n"))?;
                }
            }
            ".param" => {
                let (name, value) = command::query::parameter(&self.opened, argument)?;
                self.params.insert(name, value);
            }
            _ => {
                let error = Diagnostic::new(format!("there is no command `{name}`"));
                let names = near(name, COMMANDS.iter().map(|(name, ..)| *name));
                let help = suggestion(&names).unwrap_or_else(|| "`.help` lists them".to_owned());
                return Err(error.help(help));
            }
        }
        Ok(Next::On)
    }

    /// Runs a statement, unless Ctrl-C ends it; what is wrong with it is told.
    async fn statement(&mut self, sql: &str) -> Result<(), Diagnostic> {
        let run = async {
            let answer = command::query::query(&self.opened, CALLED, sql, &self.params).await?;
            for note in &answer.notes {
                eprintln!("note: {note}");
            }
            Ok(deliver(answer, self.format, None).await)
        };
        let done: Result<Result<u64, Broken>, Diagnostic> = tokio::select! {
            done = run => done,
            () = self.interrupt.notified() => {
                eprintln!("cancelled");
                return Ok(());
            }
        };
        if let Err(error) = done.and_then(|written| told(written, self.format, None)) {
            eprintln!("error: {error}");
            self.failed = true;
        }
        Ok(())
    }
}

fn format(name: &str) -> Result<RowFormat, Diagnostic> {
    let names = RowFormat::ALL.map(RowFormat::name);
    match RowFormat::ALL.into_iter().find(|f| f.name() == name) {
        Some(RowFormat::Parquet) => Err(Diagnostic::new("the shell does not write Parquet")
            .help("lakeaudit query --format parquet --output FILE does")),
        Some(format) => Ok(format),
        None => Err(Diagnostic::new(format!("there is no format `{name}`"))
            .help(format!("there are {}", names.join(", ")))),
    }
}
