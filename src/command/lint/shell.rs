//! What a shell script gives to `bq query`: an argument in quotes, or a here-document.

use std::ops::Range;

use super::source::Source;

/// The queries of a script.
pub(super) fn queries(file: &str, range: Range<usize>) -> Vec<Source> {
    let mut found = Vec::new();
    let mut at = range.start;
    while let Some(rest) = file.get(at..range.end)
        && let Some(next) = rest.find("bq")
    {
        let start = at + next;
        at = start + 2;
        let before = file.get(range.start..start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let is_word = !before.ends_with(|c: char| c.is_alphanumeric() || "_-.'".contains(c))
            && rest
                .get(next + 2..)
                .is_some_and(|r| r.starts_with(char::is_whitespace));
        if is_word && !line.trim_start().starts_with('#') {
            let mut command = Command {
                file,
                at,
                end: range.end,
                is_query: false,
                legacy: false,
            };
            found.extend(command.query());
            at = command.at;
        }
    }
    found
}

/// The words of a command after its name.
struct Command<'a> {
    file: &'a str,
    at: usize,
    end: usize,
    is_query: bool,
    legacy: bool,
}

impl<'a> Command<'a> {
    fn rest(&self) -> &'a str {
        self.file.get(self.at..self.end).unwrap_or_default()
    }

    fn query(&mut self) -> Option<Source> {
        let mut found = None;
        while let Some(c) = self.rest().chars().next() {
            if self.rest().starts_with("\\\n") {
                self.at += 2;
            } else if "\n;|&)".contains(c) {
                break;
            } else if c.is_whitespace() {
                self.at += c.len_utf8();
            } else if self.rest().starts_with("<<") {
                found = self.here_document();
                break;
            } else if c == '\'' || c == '"' {
                let source = self.quoted(c);
                // The value of a flag has no white space in it.
                if source.text.contains(char::is_whitespace) || source.filled {
                    found = Some(source);
                }
            } else {
                self.word();
            }
        }
        found.filter(|_| self.is_query && !self.legacy)
    }

    /// A word without white space, or with some in quotes.
    fn word(&mut self) {
        let start = self.at;
        while let Some(c) = self.rest().chars().next() {
            if c == '\'' || c == '"' {
                self.quoted(c);
            } else if c.is_whitespace() || ";|&)\\".contains(c) && self.at > start {
                break;
            } else {
                self.at += c.len_utf8();
            }
        }
        let word = self.file.get(start..self.at).unwrap_or_default();
        self.is_query |= word == "query";
        self.legacy |= word == "--use_legacy_sql=true" || word == "--use_legacy_sql";
    }

    /// A text in quotes, and those that follow without white space.
    fn quoted(&mut self, quote: char) -> Source {
        self.at += 1;
        if quote == '"' {
            let inner = self.rest().trim_start();
            let command = inner.strip_prefix("$(").map(str::trim_start);
            let document = command
                .and_then(|c| c.strip_prefix("cat"))
                .map(str::trim_start);
            if let Some(document) = document.filter(|d| d.starts_with("<<")) {
                self.at = self.end - document.len();
                return self.here_document().unwrap_or_default();
            }
            let mut source = Source::default();
            self.expanded(&mut source, Some('"'), self.end);
            self.at += 1;
            return source;
        }
        let mut source = Source::default();
        loop {
            let length = self.rest().find('\'').unwrap_or(self.rest().len());
            source.keep(self.file, self.at, self.at + length);
            self.at = (self.at + length + 1).min(self.end);
            // A quote within single quotes: they are closed, it is written in another way, and they open again.
            let again = ["\\''", "\"'\"'"]
                .into_iter()
                .find(|q| self.rest().starts_with(q));
            let Some(again) = again else {
                break;
            };
            source.put("'", self.at);
            self.at += again.len();
        }
        source.fill_braces();
        source
    }

    /// Text up to a quote or a place, in which variables are replaced.
    fn expanded(&mut self, source: &mut Source, quote: Option<char>, end: usize) {
        let mut from = self.at;
        while let Some(rest) = self.file.get(self.at..end)
            && let Some(c) = rest.chars().next()
        {
            if Some(c) == quote {
                break;
            }
            let next = rest.chars().nth(1).unwrap_or(' ');
            if c == '\\' && (next == '\n' || "\"`$\\".contains(next)) {
                source.keep(self.file, from, self.at);
                let text = if next == '\n' {
                    " ".to_owned()
                } else {
                    next.to_string()
                };
                source.put(&text, self.at);
                self.at += 1 + next.len_utf8();
                from = self.at;
            } else if c == '$' && (next.is_alphanumeric() || "_{(".contains(next)) {
                source.keep(self.file, from, self.at);
                let length = variable(rest);
                let begin = self.at;
                self.at += length;
                source.fill(begin, self.file.get(self.at..end).unwrap_or_default());
                from = self.at;
            } else {
                self.at += c.len_utf8();
            }
        }
        source.keep(self.file, from, self.at);
    }

    /// `<<EOF` and the lines up to `EOF`.
    fn here_document(&mut self) -> Option<Source> {
        let (line, _) = self.rest().split_once('\n')?;
        let mark = line.trim_start_matches(['<', '-']).trim_start();
        let quoted = mark.starts_with(['\'', '"', '\\']);
        let mark = mark.trim_start_matches(['\'', '"', '\\']);
        let mark = mark
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next()
            .filter(|m| !m.is_empty())?;
        let start = self.at + line.len() + 1;
        let mut end = start;
        for line in self.file.get(start..self.end)?.split_inclusive('\n') {
            if line.trim() == mark {
                break;
            }
            end += line.len();
        }
        self.at = start;
        let mut source = Source::default();
        if quoted {
            source = Source::verbatim(self.file, start, end);
        } else {
            self.expanded(&mut source, None, end);
        }
        self.at = end;
        Some(source)
    }
}

/// The length of `$NAME`, `${NAME}` or `$(command)`.
fn variable(text: &str) -> usize {
    let (open, close) = match text.chars().nth(1) {
        Some('{') => ('{', '}'),
        Some('(') => ('(', ')'),
        _ => {
            let name = text.get(1..).unwrap_or_default();
            let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            return 1 + end.unwrap_or(name.len());
        }
    };
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_give_a_query() {
        let file = "bq query --use_legacy_sql=false 'SELECT '\\''a'\\'' AS x'\n\
                    bq --format=csv query \\\n  \"SELECT * FROM \\`$P.d.t\\` WHERE a = \\\"b\\\" LIMIT ${N}\"\n\
                    # bq query 'SELECT 0'\n\
                    bq query <<'EOF'\nSELECT '$5'\nEOF\n\
                    bq query --use_legacy_sql=true 'SELECT 1'\nbq show d.t 'a b'\n\
                    bq query \"$(cat <<END\nSELECT $X + 1\nEND\n)\"\n";
        let found = queries(file, 0..file.len());
        let texts: Vec<&str> = found.iter().map(|s| s.text.trim()).collect();
        assert_eq!(
            texts,
            [
                "SELECT 'a' AS x",
                "SELECT * FROM `placeholder.d.t` WHERE a = \"b\" LIMIT @lint_placeholder",
                "SELECT '$5'",
                "SELECT @lint_placeholder + 1",
            ]
        );
    }
}
