//! Reads what is known of files from earlier runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{canonical, outcome};
use crate::lake::Table;
use crate::scan::metric::Metric;
use crate::scan::outcome::MetricOutcome;
use crate::session::Session;
use crate::store::{Key, Kind};

/// Files to read, each list for the metrics, by index, that are not known of any of them.
pub(crate) type Missing = BTreeMap<Vec<usize>, Vec<usize>>;

/// Adds to `outcomes` what is known of `files`, and tells what is not.
pub(crate) async fn known(
    session: &Session,
    table: &Table,
    metrics: &[Metric],
    files: &[usize],
    outcomes: &mut [MetricOutcome],
) -> Missing {
    let all: Vec<usize> = (0..metrics.len()).collect();
    let Some(store) = session.store_of(table.name()).filter(|_| !files.is_empty()) else {
        return match files {
            [] => Missing::new(),
            files => Missing::from([(all, files.to_vec())]),
        };
    };
    // Equal metrics are asked for by a check and by a profile.
    let mut whats: BTreeMap<u128, Vec<usize>> = BTreeMap::new();
    for (index, metric) in metrics.iter().enumerate() {
        if let Some(what) = canonical::hash(table, metric, session.clock()) {
            whats.entry(what).or_default().push(index);
        }
    }
    let identity = |index: &usize| {
        let (file, _) = table.files().get(*index)?;
        Some((file.identity(), *index))
    };
    let identities: HashMap<u128, usize> = files.iter().filter_map(identity).collect();
    let kind = Kind::State;
    let keys: Vec<Key> = identities
        .keys()
        .flat_map(|file| whats.keys().map(|what| (*file, *what)))
        .map(|(file, what)| Key { kind, file, what })
        .filter(|key| store.has(key))
        .collect();
    let mut have: BTreeSet<(usize, usize)> = BTreeSet::new();
    store
        .read(&keys, |key, value| {
            let (Some(file), Some(of)) = (identities.get(&key.file), whats.get(&key.what)) else {
                return;
            };
            let Ok(read) = outcome::decode(&value, u32::try_from(*file).unwrap_or(u32::MAX)) else {
                store.note("a state is not in the form of this version".to_owned());
                return;
            };
            for metric in of {
                if let Some(outcome) = outcomes.get_mut(*metric) {
                    outcome.merge(read.clone());
                    have.insert((*file, *metric));
                }
            }
        })
        .await;
    let mut missing = Missing::new();
    for file in files {
        let lacks = |metric: &usize| !have.contains(&(*file, *metric));
        let metrics: Vec<usize> = all.iter().copied().filter(lacks).collect();
        if !metrics.is_empty() {
            missing.entry(metrics).or_default().push(*file);
        }
    }
    missing
}
