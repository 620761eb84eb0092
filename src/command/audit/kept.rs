//! Answers to checks with queries of their own, kept by what is asked and all that is read for it.
//!
//! A lake that did not change is asked none of them again. Comparisons of tables are not among them.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use twox_hash::XxHash3_128;

use super::asked::{Asked, One};
use crate::command::Opened;
use crate::dialect::{self, Env};
use crate::scan::{Answered, answers_anew};
use crate::store::{Key, Kind, Record, Store};

/// Raised whenever a check comes to another answer than before, or a text of another meaning.
const VERSION: u32 = 1;

/// Where the answer to a check is kept.
pub(super) struct Kept {
    store: Arc<Store>,
    table: String,
    key: Key,
}

impl Kept {
    /// None where there is no store, or the answer may be another one each time.
    pub(super) async fn of(opened: &Opened, one: &One<'_>) -> Option<Self> {
        let store = Arc::clone(opened.session.store()?);
        let text = text(opened, one).await?;
        let key = Key {
            kind: Kind::Answer,
            file: 0,
            what: XxHash3_128::oneshot(text.as_bytes()),
        };
        let table = one.table.as_ref().map(|table| table.name().to_string());
        Some(Self {
            store,
            table: table.unwrap_or_default(),
            key,
        })
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// The answer, if it was given before.
    pub(super) async fn known(&self) -> Option<Answered> {
        let bytes = self.store.get(&self.key).await?;
        let known = Answered::decode(&bytes);
        if known.is_err() {
            let why = "an answer is not in the form of this version";
            self.store.note(why.to_owned());
        }
        known.ok()
    }

    pub(super) fn keep(self, answer: &Answered) {
        self.store.put(Record {
            table: self.table,
            key: self.key,
            value: Bytes::from(answer.encode()),
        });
    }
}

/// What is asked, and all that the answer depends on.
async fn text(opened: &Opened, one: &One<'_>) -> Option<String> {
    let mut out = format!("answer {VERSION}, dialect {}\n", dialect::MEANING);
    // Behind its length, so that no text runs into the next.
    let mut put = |name: &str, text: &str| {
        let _ = writeln!(out, "{name} {} {text}", text.len());
    };
    let window = || match opened.window {
        Some((from, to)) => format!("{from} {to}"),
        None => String::new(),
    };
    let query = match &one.asked {
        Asked::Key(key) => {
            put("asked", "key");
            for column in &key.columns {
                put("column", &column.to_lowercase());
            }
            for column in &key.ignored {
                put("ignored", &column.to_lowercase());
            }
            put("window", &window());
            let table = one.table.as_ref()?.name();
            let filter = key.filter.as_deref().unwrap_or("TRUE");
            format!("SELECT 1 FROM `{table}` WHERE (\n{filter}\n)")
        }
        Asked::Relation(relation) => {
            put("asked", "relation");
            for key in &relation.keys {
                put("key", &key.to_lowercase());
            }
            relation.query(opened.window)
        }
        Asked::Figure(sql) => {
            put("asked", "figure");
            sql.clone()
        }
        Asked::Query(query) => {
            put("asked", "query");
            put("as", one.check.check.kind());
            let date = one.table.as_ref().and_then(|table| table.date());
            put("date", date.map_or("", |date| date.name.as_str()));
            query.text.clone()
        }
        Asked::Diff(_) => return None,
    };
    put("query", &query);
    put("shown", &opened.suite.evidence.to_string());
    let parsed = dialect::parse(&query).ok()?;
    let reads = opened.session.reads(&[&parsed]).await?;
    if answers_anew(&query) || answers_anew(&reads) {
        return None;
    }
    let lower = query.to_lowercase();
    for (name, value) in &opened.params {
        if lower.contains(&format!("@{}", name.to_lowercase())) {
            put("parameter", name);
            put("type", &value.data_type().to_string());
            put("value", &value.to_string());
        }
    }
    let Env {
        as_of,
        timezone,
        default_zone,
    } = opened.session.clock();
    put(
        "zones",
        &format!("{} {}", timezone.name(), default_zone.name()),
    );
    if lower.contains("current_") || reads.to_lowercase().contains("current_") {
        put(
            "as_of",
            &as_of.map_or_else(String::new, |day| day.to_string()),
        );
    }
    put("reads", &reads);
    Some(out)
}
