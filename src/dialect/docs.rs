//! What every function does, edges included: the documents of the families, read into sections.
//!
//! A family is one file of `docs/`: a title, what holds for all of it, then a section a function:
//!
//! ```text
//! ## NAME, OTHER_NAME
//! `NAME(argument)` returns TYPE.
//!
//! What it answers. What it does at the edges.
//!
//! - `NAME(1)` is `2`
//! ```

use std::fmt::Write;
use std::sync::LazyLock;

/// The documents, in the order a reader may want them.
const FAMILIES: [(&str, &str); 18] = [
    ("conditional", include_str!("docs/conditional.md")),
    ("numbers", include_str!("docs/numbers.md")),
    ("bits", include_str!("docs/bits.md")),
    ("strings", include_str!("docs/strings.md")),
    ("regexp", include_str!("docs/regexp.md")),
    ("bytes", include_str!("docs/bytes.md")),
    ("hashes", include_str!("docs/hashes.md")),
    ("text_analysis", include_str!("docs/text_analysis.md")),
    ("conversion", include_str!("docs/conversion.md")),
    ("dates", include_str!("docs/dates.md")),
    ("datetimes", include_str!("docs/datetimes.md")),
    ("timestamps", include_str!("docs/timestamps.md")),
    ("times", include_str!("docs/times.md")),
    ("intervals", include_str!("docs/intervals.md")),
    ("arrays", include_str!("docs/arrays.md")),
    ("json", include_str!("docs/json.md")),
    ("aggregates", include_str!("docs/aggregates.md")),
    ("windows", include_str!("docs/windows.md")),
];

/// What the page of all functions begins with.
const INTRODUCTION: &str = include_str!("docs/introduction.md");

/// What is written of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doc {
    /// In capitals, as the document has it.
    pub name: &'static str,
    /// Other names of the same function.
    pub aliases: Vec<&'static str>,
    /// The title of its family, such as `Dates`.
    pub family: &'static str,
    /// The file of its family, without its folder and `.md`.
    pub file: &'static str,
    /// How it is called and what it returns, in Markdown.
    pub signature: String,
    /// What it does, its edges and examples, in Markdown.
    pub text: &'static str,
}

/// The function that goes by `name`, in any case.
pub fn function(name: &str) -> Option<&'static Doc> {
    all().find(|doc| doc.names().any(|n| n.eq_ignore_ascii_case(name)))
}

/// Every function, family by family.
pub fn all() -> impl Iterator<Item = &'static Doc> {
    static DOCS: LazyLock<Vec<Doc>> = LazyLock::new(|| {
        let families = FAMILIES.iter();
        families
            .flat_map(|(file, text)| sections(file, text))
            .collect()
    });
    DOCS.iter()
}

/// All names a function goes by, other names included.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().flat_map(Doc::names)
}

impl Doc {
    /// Its name, then its other names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// The first sentence of what it does.
    pub fn summary(&self) -> String {
        let paragraph = self.text.split("\n\n").next().unwrap_or_default();
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        let end = line
            .match_indices(['.', ':'])
            .find(|(at, stop)| {
                let rest = line.get(at + stop.len()..).unwrap_or_default();
                let in_code = line.get(..*at).unwrap_or_default().matches('`').count() % 2 == 1;
                !in_code && (rest.is_empty() || rest.starts_with(' '))
            })
            .map_or(line.len(), |(at, _)| at);
        format!("{}.", line.get(..end).unwrap_or_default())
    }

    /// The section as a page for a terminal.
    pub fn page(&self) -> String {
        let mut page = self.names().collect::<Vec<_>>().join(", ");
        let _ = write!(
            page,
            " ({})\n\n  {}\n\n{}\n",
            self.family.to_lowercase(),
            self.signature.replace('`', ""),
            self.text.trim_end()
        );
        page
    }
}

/// The examples of all documents: an expression and its answer, or none where it fails.
pub fn examples() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    let lines = FAMILIES.iter().flat_map(|(_, text)| text.lines());
    lines.filter_map(|line| {
        let (expression, answer) = line.strip_prefix("- `")?.split_once("` is ")?;
        if answer == "an error" {
            return Some((expression, None));
        }
        let answer = answer.strip_prefix('`')?.strip_suffix('`')?;
        Some((expression, Some(answer)))
    })
}

/// The page of all functions, in Markdown.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.trim_end().to_owned();
    page.push('\n');
    let mut family = "";
    for doc in all() {
        if doc.family != family {
            family = doc.family;
            let _ = write!(
                page,
                "\n### [{family}](../src/dialect/docs/{}.md)\n\n| function | what it answers |\n|---|---|\n",
                doc.file
            );
        }
        let others = match doc.aliases.as_slice() {
            [] => String::new(),
            aliases => format!(" Also `{}`.", aliases.join("`, `")),
        };
        let cell = |text: &str| text.replace('|', "\\|");
        let _ = writeln!(
            page,
            "| {} | {}{others} |",
            cell(doc.signature.trim_end_matches('.')),
            cell(&doc.summary())
        );
    }
    page
}

fn sections(file: &'static str, text: &'static str) -> impl Iterator<Item = Doc> {
    let mut parts = text.split("\n## ");
    let head = parts.next().unwrap_or_default();
    let title = head.lines().next().unwrap_or_default();
    let family = title.trim_start_matches('#').trim();
    parts.map(move |section| {
        let (heading, body) = section.split_once('\n').unwrap_or((section, ""));
        let (signature, text) = body.trim_start().split_once("\n\n").unwrap_or((body, ""));
        let mut names = heading.split(',').map(str::trim);
        Doc {
            name: names.next().unwrap_or_default(),
            aliases: names.collect(),
            family,
            file,
            signature: signature.split_whitespace().collect::<Vec<_>>().join(" "),
            text: text.trim(),
        }
    })
}
