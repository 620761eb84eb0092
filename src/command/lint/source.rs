//! SQL within a file: its text as it is run, and where each part of it stands in the file.

/// What stands for a part of a name that a program fills in.
pub(super) const IN_NAME: &str = "placeholder";
/// The parameter that stands for a value a program fills in.
pub(super) const VALUE: &str = "lint_placeholder";
/// The text that stands for one that a program fills in: it is a STRING, and a DATE where one is wanted.
const TEXT: &str = "2000-01-01";

/// SQL that may have several statements, and its place in the file.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) text: String,
    /// From which byte of `text` on stands what begins at which byte of the file, ascending; none of the bytes of a
    /// replacement but its first has a place.
    marks: Vec<(usize, usize)>,
    /// Where a program fills something in.
    pub(super) filled: bool,
    /// Whether what is filled in may be more than a value or a name.
    pub(super) shaped: bool,
}

impl Source {
    /// A part of the file as it stands.
    pub(super) fn verbatim(file: &str, from: usize, to: usize) -> Self {
        let mut source = Self::default();
        source.keep(file, from, to);
        source.fill_braces();
        source
    }

    /// Appends a part of the file.
    pub(super) fn keep(&mut self, file: &str, from: usize, to: usize) {
        self.marks.push((self.text.len(), from));
        self.text.push_str(file.get(from..to).unwrap_or_default());
    }

    /// Appends what is written otherwise at a place of the file.
    pub(super) fn put(&mut self, text: &str, at: usize) {
        self.marks.push((self.text.len(), at));
        self.text.push_str(text);
    }

    /// Appends what stands for something a program fills in; `next` is the rest of the file behind it.
    pub(super) fn fill(&mut self, at: usize, next: &str) {
        let stands = stand_in(&self.text, next);
        self.filled = true;
        self.shaped |= stands.1;
        self.put(&stands.0, at);
    }

    /// The byte of the file at which a byte of the text stands.
    pub(super) fn place(&self, byte: usize) -> usize {
        let after = self.marks.partition_point(|(text, _)| *text <= byte);
        let Some((text, file)) = after.checked_sub(1).and_then(|n| self.marks.get(n)) else {
            return 0;
        };
        let place = file + (byte - text);
        // Within a replacement that is longer than what it stands for.
        match self.marks.get(after) {
            Some((_, next)) => place.min(*next),
            None => place,
        }
    }

    /// Fills `{name}`, `{{ name }}` and `${name}`, which are no SQL.
    pub(super) fn fill_braces(&mut self) {
        if !self.text.contains('{') {
            return;
        }
        let old = std::mem::take(self);
        let mut from = 0;
        while let Some((start, end)) = brace(&old.text, from) {
            self.copy(&old, from, start);
            let next = old.text.get(end..).unwrap_or_default();
            self.fill(old.place(start), next);
            from = end;
        }
        self.copy(&old, from, old.text.len());
        self.filled |= old.filled;
        self.shaped |= old.shaped;
    }

    fn copy(&mut self, of: &Self, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let begin = self.text.len();
        self.marks.push((begin, of.place(from)));
        for (text, file) in &of.marks {
            if (from + 1..to).contains(text) {
                self.marks.push((begin + text - from, *file));
            }
        }
        self.text
            .push_str(of.text.get(from..to).unwrap_or_default());
    }
}

/// The next placeholder in braces from a byte on: where it begins and ends.
fn brace(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let open = at + text.get(at..)?.find('{')?;
        let rest = text.get(open..)?;
        let inner = rest.trim_start_matches(['{', '%', '#']);
        let close = inner.find('}');
        let name = close.and_then(|end| inner.get(..end)).unwrap_or_default();
        // A regular expression's `{2}` and JSON's `{"a": 1}` are none.
        let is_name = name
            .trim_start()
            .starts_with(|c: char| c.is_alphabetic() || c == '_');
        if let (Some(close), true) = (close, is_name) {
            let mut end = open + (rest.len() - inner.len()) + close;
            end += text.get(end..)?.len() - text.get(end..)?.trim_start_matches('}').len();
            let begins_with_dollar = text.get(..open)?.ends_with('$') && open > from;
            return Some((open - usize::from(begins_with_dollar), end));
        }
        at = open + 1;
    }
}

/// What to write for a placeholder between two texts, and whether it may be more than a value or a name.
fn stand_in(before: &str, after: &str) -> (String, bool) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    match quote_around(before) {
        Some('`') => (IN_NAME.to_owned(), false),
        Some(quote) => {
            let whole = before.ends_with(quote) && after.starts_with(quote);
            let text = if whole { TEXT } else { "0" };
            (text.to_owned(), false)
        }
        None => {
            let glued = before
                .ends_with(|c: char| is_word(c) || ".-".contains(c) && is_path(before))
                || after.starts_with(|c: char| is_word(c) || c == '.');
            let last = before.trim_end().rsplit(|c: char| !is_word(c)).next();
            let last = last.unwrap_or_default().to_uppercase();
            let names_table = ["FROM", "JOIN", "INTO", "TABLE"].contains(&last.as_str());
            if glued || names_table {
                return (IN_NAME.to_owned(), true);
            }
            let ends = before.trim_end();
            let takes_value = ends.ends_with(['=', '<', '>', '+', '-', '*', '/', '('])
                || [
                    "LIMIT", "OFFSET", "INTERVAL", "BETWEEN", "AND", "THEN", "ELSE",
                ]
                .contains(&last.as_str());
            (format!("@{VALUE}"), !takes_value)
        }
    }
}

/// Whether a text ends within a path of names.
fn is_path(before: &str) -> bool {
    let path = before.trim_end_matches(['.', '-']);
    path.len() < before.len() && path.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The quote that is open at the end of a text.
pub(super) fn quote_around(text: &str) -> Option<char> {
    let mut scan = super::statement::Scan::new(text);
    let mut open = None;
    while let Some(token) = scan.next_token() {
        open = token.unclosed(text);
    }
    open
}
