//! SQL in files: in whole, in Markdown's blocks, in Python's strings and in what shells give to `bq query`.

use std::ops::Range;
use std::path::Path;

use super::shell;
use super::source::Source;

/// What a file is, by how its name ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sql,
    Markdown,
    Python,
    Shell,
}

impl Kind {
    pub(super) fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        Some(match ending.as_str() {
            "sql" | "bqsql" => Self::Sql,
            "md" | "markdown" => Self::Markdown,
            "py" => Self::Python,
            "sh" | "bash" => Self::Shell,
            _ => return None,
        })
    }
}

/// The SQL of a file, in its order.
pub(super) fn sources(kind: Kind, file: &str) -> Vec<Source> {
    match kind {
        Kind::Markdown => markdown(file),
        other => part(other, file, 0..file.len()),
    }
}

fn part(kind: Kind, file: &str, range: Range<usize>) -> Vec<Source> {
    match kind {
        Kind::Sql => vec![Source::verbatim(file, range.start, range.end)],
        Kind::Python => python(file, range),
        Kind::Shell => shell::queries(file, range),
        Kind::Markdown => Vec::new(),
    }
}

fn markdown(file: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut open: Option<(&str, Option<Kind>, usize)> = None;
    let mut at = 0;
    for line in file.split_inclusive('\n') {
        let next = at + line.len();
        let text = line.trim();
        let marks = text.len() - text.trim_start_matches(['`', '~']).len();
        match open {
            None if marks >= 3 => {
                let (fence, info) = text.split_at(marks);
                let language = info.split([' ', ',', '{']).find(|w| !w.is_empty());
                let kind = match language.unwrap_or_default().to_lowercase().as_str() {
                    "sql" | "bigquery" | "googlesql" => Some(Kind::Sql),
                    "python" | "py" => Some(Kind::Python),
                    "sh" | "bash" | "shell" => Some(Kind::Shell),
                    _ => None,
                };
                open = Some((fence, kind, next));
            }
            Some((fence, kind, start)) if marks == text.len() && text.starts_with(fence) => {
                if let Some(kind) = kind {
                    found.extend(part(kind, file, start..at));
                }
                open = None;
            }
            _ => {}
        }
        at = next;
    }
    found
}

/// The strings in three quotes that begin as SQL does.
fn python(file: &str, range: Range<usize>) -> Vec<Source> {
    let mut found = Vec::new();
    let mut at = range.start;
    while let Some(rest) = file.get(at..range.end)
        && let Some(c) = rest.chars().next()
    {
        if c == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if c != '"' && c != '\'' {
            at += c.len_utf8();
            continue;
        }
        let three = c.to_string().repeat(3);
        let is_three = rest.starts_with(&three);
        let quote = if is_three { three } else { c.to_string() };
        let start = at + quote.len();
        let end = string_end(file, start..range.end, &quote, is_three);
        if is_three {
            let before = file.get(range.start..at).unwrap_or_default();
            let prefix = before.len()
                - before
                    .trim_end_matches(|c: char| "rRbBfFuU".contains(c))
                    .len();
            let prefix = before.get(before.len() - prefix..).unwrap_or_default();
            if is_sql(file.get(start..end).unwrap_or_default()) {
                found.push(python_string(file, start..end, &prefix.to_lowercase()));
            }
        }
        at = end + quote.len();
    }
    found
}

/// Where the quote that ends a string stands.
fn string_end(file: &str, range: Range<usize>, quote: &str, many_lines: bool) -> usize {
    let mut at = range.start;
    while let Some(rest) = file.get(at..range.end)
        && let Some(c) = rest.chars().next()
    {
        if rest.starts_with(quote) || (c == '\n' && !many_lines) {
            return at;
        }
        at += c.len_utf8();
        if c == '\\' {
            at += rest.chars().nth(1).map_or(0, char::len_utf8);
        }
    }
    range.end
}

/// Whether a string begins as a statement does; prose that begins with `With` or `Select` is none.
fn is_sql(text: &str) -> bool {
    let mut text = text.trim_start();
    while let Some(comment) = text.strip_prefix("--").or_else(|| text.strip_prefix('\\')) {
        text = comment
            .split_once('\n')
            .map_or("", |(_, rest)| rest)
            .trim_start();
    }
    let mut words = text.split_whitespace();
    let (first, second) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let third = words.next().unwrap_or_default().to_uppercase();
    let upper = first.to_uppercase();
    if first != upper && first != first.to_lowercase() {
        return false;
    }
    match upper.as_str() {
        "SELECT" => first == upper || text.to_lowercase().contains("from"),
        "WITH" => second.eq_ignore_ascii_case("recursive") || third.starts_with("AS"),
        "INSERT" | "MERGE" | "DECLARE" => first == upper && !second.is_empty(),
        _ => false,
    }
}

fn python_string(file: &str, range: Range<usize>, prefix: &str) -> Source {
    let mut source = Source::default();
    let raw = prefix.contains('r');
    let formatted = prefix.contains('f');
    let mut at = range.start;
    let mut from = at;
    while let Some(rest) = file.get(at..range.end)
        && let Some(c) = rest.chars().next()
    {
        let (length, instead) = match c {
            '\\' if !raw => {
                let next = rest.chars().nth(1).unwrap_or('\\');
                let instead = match next {
                    'n' => "\n".to_owned(),
                    't' => "\t".to_owned(),
                    '\n' => String::new(),
                    '\\' | '\'' | '"' => next.to_string(),
                    // Python leaves what it does not know.
                    other => format!("\\{other}"),
                };
                (1 + next.len_utf8(), Some(instead))
            }
            '{' | '}'
                if formatted && rest.starts_with([c, c].map(String::from).concat().as_str()) =>
            {
                (2, Some(c.to_string()))
            }
            '{' if formatted => (field(rest), None),
            '%' if !formatted
                && conversion(rest) > 0
                && source_is_open(&source, file, from, at) =>
            {
                (conversion(rest), None)
            }
            other => {
                at += other.len_utf8();
                continue;
            }
        };
        source.keep(file, from, at);
        match instead {
            Some(text) => source.put(&text, at),
            None => source.fill(at, file.get(at + length..range.end).unwrap_or_default()),
        }
        at += length;
        from = at;
    }
    source.keep(file, from, range.end);
    if !formatted {
        source.fill_braces();
    }
    source
}

/// Whether the SQL so far has no open quote.
fn source_is_open(source: &Source, file: &str, from: usize, to: usize) -> bool {
    let so_far = format!("{}{}", source.text, file.get(from..to).unwrap_or_default());
    super::source::quote_around(&so_far).is_none()
}

/// The length of a replacement field, braces within it included.
fn field(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of `%s`, `%d` or `%(name)s`; 0 if it is none.
fn conversion(text: &str) -> usize {
    let rest = text.strip_prefix('%').unwrap_or_default();
    let name = match rest.strip_prefix('(') {
        Some(name) => name.find(')').map_or(0, |end| end + 2),
        None => 0,
    };
    match rest.get(name..).and_then(|r| r.chars().next()) {
        Some('s' | 'd') => 1 + name + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(kind: Kind, file: &str) -> Vec<String> {
        let found = sources(kind, file);
        found
            .into_iter()
            .map(|s| s.text.trim().to_owned())
            .collect()
    }

    #[test]
    fn strings_of_python() {
        let file = "'''With the new table'''\nx = f\"\"\"\nSELECT {cols} FROM `{p}.d.t` WHERE a = '{x}' AND b = {f(y)}\n\"\"\"\n\
                    y = '''SELECT '\\n', %s, LIKE '%s' '''\n# '''SELECT 3'''\n";
        assert_eq!(
            texts(Kind::Python, file),
            [
                "SELECT @lint_placeholder FROM `placeholder.d.t` WHERE a = '2000-01-01' AND b = @lint_placeholder",
                "SELECT '\n', @lint_placeholder, LIKE '%s'",
            ]
        );
    }

    #[test]
    fn places_are_those_of_the_file() {
        let file = "x = f'''SELECT {a} + b'''";
        let found = sources(Kind::Python, file);
        let b = found[0].text.find(" b").unwrap();
        assert_eq!(found[0].place(b), file.find(" b").unwrap());
        let plus = found[0].text.find('+').unwrap();
        assert_eq!(found[0].place(plus), file.find('+').unwrap());
    }

    #[test]
    fn blocks_of_markdown() {
        let file = "# t\n```sql\nSELECT 1\n```\n```text\nSELECT 2\n```\n~~~bash\nbq query 'SELECT 3'\n~~~\n";
        assert_eq!(texts(Kind::Markdown, file), ["SELECT 1", "SELECT 3"]);
    }
}
