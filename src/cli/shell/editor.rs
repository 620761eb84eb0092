//! The line editor: what Enter and Tab do, and where the history is kept.

use std::path::PathBuf;
use std::sync::Arc;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::statement;
use super::words::Words;

/// Statements that are remembered.
const REMEMBERED: usize = 2_000;

/// A terminal with a line editor, and its history.
pub(super) struct Prompt {
    editor: Editor<Tab, FileHistory>,
    history: Option<PathBuf>,
}

impl Prompt {
    pub(super) fn new(words: Arc<Words>) -> Result<Self, ReadlineError> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .max_history_size(REMEMBERED)?
            .history_ignore_dups(true)?
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(Tab(words)));
        let history = history_file();
        if let Some(file) = &history {
            // The first shell has none.
            let _ = editor.load_history(file);
        }
        Ok(Self { editor, history })
    }

    /// Asks for a statement or a command.
    pub(super) fn ask(&mut self, prompt: &str) -> Result<String, ReadlineError> {
        let line = self.editor.readline(prompt)?;
        if !line.trim().is_empty() {
            self.editor.add_history_entry(line.trim_end())?;
            if let Some(Tab(words)) = self.editor.helper() {
                words.note(&line);
            }
        }
        Ok(line)
    }

    /// Keeps the history; why not, if it can't be kept.
    pub(super) fn keep(&mut self) -> Result<(), String> {
        let Some(file) = &self.history else {
            return Ok(());
        };
        let made = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        let kept = made
            .map_err(ReadlineError::from)
            .and_then(|()| self.editor.append_history(file));
        kept.map_err(|e| format!("failed to keep the history in {}: {e}", file.display()))
    }
}

/// `LAKEAUDIT_HISTORY`, or a file among the user's data; empty for none.
#[allow(clippy::disallowed_methods)] // Where the user's data is kept only the environment says.
fn history_file() -> Option<PathBuf> {
    let of = |name: &str| std::env::var(name).ok();
    if let Some(file) = of("LAKEAUDIT_HISTORY") {
        return (!file.is_empty()).then(|| PathBuf::from(file));
    }
    let data = of("XDG_DATA_HOME")
        .filter(|dir| !dir.is_empty())
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(of("HOME")?).join(".local/share")))?;
    Some(data.join("lakeaudit").join("history"))
}

/// What rustyline asks.
struct Tab(Arc<Words>);

impl Helper for Tab {}
impl Highlighter for Tab {}
impl Hinter for Tab {
    type Hint = String;
}

impl Validator for Tab {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> Result<ValidationResult, ReadlineError> {
        let text = ctx.input();
        let done = statement::command(text).is_some()
            || statement::is_empty(text)
            || statement::is_empty(after_last(text));
        Ok(match done {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

/// What follows the last statement.
fn after_last(mut text: &str) -> &str {
    while let Some(rest) = statement::end(text).and_then(|end| text.get(end..)) {
        text = rest;
    }
    text
}

impl Completer for Tab {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> Result<(usize, Vec<Pair>), ReadlineError> {
        let before = line.get(..pos).unwrap_or(line);
        let (start, words) = self.0.complete(before, line);
        let pair = |word: String| Pair {
            display: word.clone(),
            replacement: word,
        };
        Ok((start, words.into_iter().map(pair).collect()))
    }
}
