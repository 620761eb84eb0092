//! Keeps what metrics of whole files came to.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use super::{canonical, outcome};
use crate::lake::Table;
use crate::scan::groups::too_many;
use crate::scan::metric::Metric;
use crate::scan::outcome::MetricOutcome;
use crate::session::Session;
use crate::store::{Key, Kind, Record, Store};

/// Where the outcomes of a pass go, file by file.
#[derive(Debug)]
pub(crate) struct Keep {
    store: Arc<Store>,
    table: Arc<Table>,
    /// By metric, its hash; none of those that can't be kept.
    whats: Vec<Option<u128>>,
}

impl Keep {
    /// None where there is no store, or nothing to keep.
    pub(crate) fn new(session: &Session, table: &Arc<Table>, metrics: &[Metric]) -> Option<Self> {
        let store = session.store_of(table.name())?;
        let hash = |metric| canonical::hash(table, metric, session.clock());
        let whats: Vec<_> = metrics.iter().map(hash).collect();
        whats.iter().any(Option::is_some).then(|| Self {
            store: Arc::clone(store),
            table: Arc::clone(table),
            whats,
        })
    }

    /// How many rows a file has.
    pub(crate) fn rows(&self, file: u32) -> Option<u64> {
        let (_, footer) = self.table.files().get(file as usize)?;
        Some(footer.rows())
    }

    /// Keeps what all rows of a file came to.
    pub(crate) fn file(&self, file: u32, metrics: &[MetricOutcome]) {
        let Some((found, _)) = self.table.files().get(file as usize) else {
            return;
        };
        let identity = found.identity();
        for (what, measured) in self.whats.iter().zip(metrics) {
            let Some(what) = *what else {
                continue;
            };
            if is_refused(measured) {
                continue;
            }
            self.store.put(Record {
                table: self.table.name().to_string(),
                key: Key {
                    kind: Kind::State,
                    file: identity,
                    what,
                },
                value: Bytes::from(outcome::encode(measured)),
            });
        }
    }
}

/// Whether a file has more segments than can be told of, so that its metric fails; it is to fail the next time, too.
fn is_refused(measured: &MetricOutcome) -> bool {
    let segments = || measured.segments.keys();
    if segments().next().is_none_or(|first| first.value.is_none()) {
        return false;
    }
    let values: BTreeSet<_> = segments().map(|segment| &segment.value).collect();
    too_many(values.len(), measured.segments.len()).is_err()
}
