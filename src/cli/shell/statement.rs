//! Where a statement ends: at a semicolon that stands in no text, name or comment.

/// What the reader is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Code,
    /// A comment up to the end of the line.
    Line,
    /// A comment up to `*/`.
    Block,
    /// A text or a quoted name, up to the same quote again; three of it where the text began with three.
    Quote {
        quote: char,
        triple: bool,
    },
}

/// The byte after the first semicolon that ends a statement in `text`.
pub(super) fn end(text: &str) -> Option<usize> {
    let mut within = Within::Code;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next()?;
        let mut taken = first.len_utf8();
        match within {
            Within::Code => {
                if rest.starts_with("--") || first == '#' {
                    within = Within::Line;
                } else if rest.starts_with("/*") {
                    within = Within::Block;
                    taken = 2;
                } else if first == ';' {
                    return Some(at + 1);
                } else if matches!(first, '\'' | '"' | '`') {
                    let triple = first != '`' && rest.starts_with(&first.to_string().repeat(3));
                    within = Within::Quote {
                        quote: first,
                        triple,
                    };
                    taken = if triple { 3 } else { 1 };
                }
            }
            Within::Line => {
                if first == '\n' {
                    within = Within::Code;
                }
            }
            Within::Block => {
                if rest.starts_with("*/") {
                    within = Within::Code;
                    taken = 2;
                }
            }
            Within::Quote { quote, triple } => {
                if first == '\\' {
                    // A raw text can't end with what follows a backslash either.
                    taken += rest.chars().nth(1).map_or(0, char::len_utf8);
                } else if triple {
                    if rest.starts_with(&quote.to_string().repeat(3)) {
                        within = Within::Code;
                        taken = 3;
                    }
                } else if first == quote || first == '\n' {
                    // A text without its end ends with its line, so that the error about it can be told.
                    within = Within::Code;
                }
            }
        }
        at += taken;
    }
    None
}

/// The last of some statements, each of which ends.
pub(super) fn last(statements: &str) -> &str {
    let mut last = statements;
    while let Some(rest) = end(last)
        .and_then(|end| last.get(end..))
        .filter(|r| !r.is_empty())
    {
        last = rest;
    }
    last
}

/// `text` from its first word on.
fn code(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        text = if text.starts_with("--") || text.starts_with('#') {
            text.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = text.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return text;
        };
    }
}

/// The command a line is, from its dot on: one that begins with a dot, or a word everybody tries first.
pub(super) fn command(line: &str) -> Option<String> {
    let line = line.trim();
    if line.starts_with('.') {
        return Some(line.to_owned());
    }
    let word = line.trim_end_matches(';').trim_end().to_ascii_lowercase();
    matches!(word.as_str(), "help" | "exit" | "quit").then(|| format!(".{word}"))
}

/// Whether there is nothing in `text` but blanks, semicolons and comments.
pub(super) fn is_empty(text: &str) -> bool {
    code(text).is_empty()
}

/// Whether a statement only prepares the next, and is to be run with it.
pub(super) fn prepares(statement: &str) -> bool {
    let word = code(statement).split(|c: char| !c.is_alphabetic()).next();
    let word = word.unwrap_or_default().to_ascii_uppercase();
    matches!(word.as_str(), "DECLARE" | "SET" | "CREATE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_at_a_semicolon_of_its_own() {
        for whole in [
            "SELECT ';';",
            "SELECT \"a\\\";\";",
            "SELECT '''it's;\n;''';",
            "SELECT r'\\';';",
            "SELECT 1 -- ;\n;",
            "SELECT 1 # ;'\n;",
            "SELECT 1 /* ; ' */;",
            "SELECT `a;b`;",
            "SELECT 'é;';",
        ] {
            assert_eq!(end(whole), Some(whole.len()), "{whole}");
        }
        assert_eq!(end("SELECT 1; SELECT 2;"), Some(9));
        for open in ["SELECT 1", "SELECT ';", "SELECT 1 -- ;", "/* ;", ""] {
            assert_eq!(end(open), None, "{open}");
        }
    }

    #[test]
    fn comments_are_nothing() {
        assert!(is_empty(" -- x\n ; /* y */ # z"));
        assert!(!is_empty("-- x\nSELECT 1"));
        assert!(prepares("-- x\ndeclare n INT64;"));
        assert!(!prepares("SELECT 1;"));
    }
}
