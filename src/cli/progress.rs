//! What is being done, on stderr, while it takes long and someone watches.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line that says what is being done and for how long.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Shows nothing where stderr is no terminal.
    pub(super) fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    pub(super) fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// The terminal's width, if stdout is one.
pub(super) fn width() -> Option<usize> {
    let terminal = console::Term::stdout();
    terminal
        .size_checked()
        .map(|(_, columns)| usize::from(columns))
}
