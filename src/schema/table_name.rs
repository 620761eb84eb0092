//! `dataset.table`, the name a table of the lake goes by.

use std::fmt;
use std::str::FromStr;

use crate::diagnostic::Diagnostic;

/// The name of a table: its dataset and its own name, exactly as written.
///
/// A project before them (`project.dataset.table`) is accepted and dropped: an export is of one
/// project, and the lake does not say which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    pub dataset: String,
    pub table: String,
}

impl TableName {
    pub fn new(dataset: impl Into<String>, table: impl Into<String>) -> Self {
        Self {
            dataset: dataset.into(),
            table: table.into(),
        }
    }

    /// The name that `parts` spell: two parts, or three with a project.
    pub fn from_parts<S: AsRef<str>>(parts: &[S]) -> Option<Self> {
        match parts {
            [dataset, table] | [_, dataset, table] => {
                Some(Self::new(dataset.as_ref(), table.as_ref()))
            }
            _ => None,
        }
    }
}

impl FromStr for TableName {
    type Err = Diagnostic;

    /// Reads `dataset.table` and `project.dataset.table`, with backticks around the whole, around
    /// its parts or none, and the `project:dataset.table` of the `bq` command.
    fn from_str(text: &str) -> Result<Self, Diagnostic> {
        let plain = text.trim().replace('`', "").replacen(':', ".", 1);
        let parts: Vec<&str> = plain.split('.').collect();
        if parts.iter().all(|p| !p.is_empty())
            && let Some(name) = Self::from_parts(&parts)
        {
            return Ok(name);
        }
        Err(Diagnostic::new(format!("`{text}` is not a table name"))
            .help("write dataset.table or project.dataset.table"))
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.dataset, self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_people_write() -> Result<(), Diagnostic> {
        let want = TableName::new("ds", "t");
        for text in [
            "ds.t",
            "`ds.t`",
            "`my-project.ds.t`",
            "`p`.`ds`.`t`",
            "my-project:ds.t",
        ] {
            assert_eq!(text.parse::<TableName>()?, want, "{text}");
        }
        assert!("t".parse::<TableName>().is_err());
        assert!("a..t".parse::<TableName>().is_err());
        Ok(())
    }
}
