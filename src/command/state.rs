//! `lakeaudit state`: what is kept of earlier runs, and what the next one would measure again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;

use super::Opened;
use super::audit::{needed, seen};
use super::tables::{aligned, bytes};
use crate::diagnostic::Diagnostic;
use crate::lake::LakeFile;
use crate::scan::{Plan, metric_hash};
use crate::schema::TableName;
use crate::store::{Key, Kind, Store, VERSION};
use crate::value::text::grouped;

/// Tells what the store of an opened suite holds: of each table the files and the metrics that are known of all, the
/// records, and the files that the next audit reads.
pub async fn state(opened: &Opened) -> Result<String, Diagnostic> {
    let store = store(opened)?;
    let needed = needed(opened).await;
    let (segments, size) = store.size();
    let mut out = format!(
        "{}: {} in {}, {}, version {VERSION}\n",
        store.address(),
        count(store.keys().count(), "record"),
        count(segments, "segment"),
        bytes(size),
    );
    let lake = opened.session.lake();
    match seen::last(store, lake.root().name()).await {
        Some((_, last)) => {
            let as_of = last.as_of.map(|day| format!(", as of {day}"));
            let when = store.changed();
            let when = when.map(|when| when.format("%Y-%m-%d %H:%M UTC").to_string());
            let _ = writeln!(
                out,
                "last run {}{}, state written {}",
                last.run_id,
                as_of.unwrap_or_default(),
                when.unwrap_or_default()
            );
            let names: Vec<TableName> = lake.names().cloned().collect();
            let mut now = seen::Seen {
                tables: seen::listed(opened, &names),
                ..seen::Seen::default()
            };
            now.tables
                .retain(|table, _| last.tables.contains_key(table));
            let _ = writeln!(out, "{}", last.changes(&now));
        }
        None => out.push_str("no run of this lake\n"),
    }
    let mut again: BTreeMap<String, usize> = BTreeMap::new();
    let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
    for (table, metrics) in &needed.passes {
        let plan = Plan::new(&opened.session, table.name(), metrics, opened.window).await?;
        again.insert(table.name().to_string(), plan.read.len());
        let hash = |metric| metric_hash(&opened.session, table, metric);
        let distinct: HashSet<u128> = metrics.iter().filter_map(hash).collect();
        wanted.insert(table.name().to_string(), distinct.len());
    }
    let header = ["TABLE", "KNOWN", "METRICS", "RECORDS", "READ"];
    let mut rows = vec![header.map(str::to_owned)];
    let kept = store.tables();
    let listed = lake.names().map(ToString::to_string);
    let kept_names = kept.keys().filter(|name| !name.is_empty());
    let names: BTreeSet<String> = listed.chain(kept_names.map(ToString::to_string)).collect();
    for name in names {
        let keys = kept.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let files = name
            .parse()
            .ok()
            .and_then(|name: TableName| lake.files(&name));
        let files = files.unwrap_or_default();
        let known: HashSet<u128> = keys.iter().map(|key| key.file).collect();
        let known = files
            .iter()
            .filter(|f| known.contains(&f.identity()))
            .count();
        let states = keys.iter().filter(|key| key.kind == Kind::State);
        let metrics: HashSet<u128> = states.map(|key| key.what).collect();
        rows.push([
            name.clone(),
            format!("{known}/{}", files.len()),
            match wanted.get(&name) {
                Some(wanted) => format!("{}/{wanted}", metrics.len()),
                None => metrics.len().to_string(),
            },
            grouped(keys.len() as u64),
            again
                .get(&name)
                .map_or_else(|| "-".to_owned(), |n| grouped(*n as u64)),
        ]);
    }
    out.push('\n');
    out.push_str(&aligned(&rows, &[1, 2, 3, 4]));
    let is_known = |(_, key): &&(String, Option<Key>)| key.is_some_and(|key| store.has(&key));
    let known = needed.answers.iter().filter(is_known).count();
    let _ = writeln!(
        out,
        "\n{known} of {} with queries of their own are known",
        count(needed.answers.len(), "check"),
    );
    for note in store.notes() {
        let _ = writeln!(out, "not read: {note}");
    }
    Ok(out)
}

/// Removes what neither the lake nor the suite asks for any more.
pub async fn prune(opened: &Opened) -> Result<String, Diagnostic> {
    let store = store(opened)?;
    let needed = needed(opened).await;
    let lake = opened.session.lake();
    let mut wanted: HashSet<Key> = needed.answers.iter().filter_map(|(_, key)| *key).collect();
    for name in lake.own_names() {
        let footer = |file: &LakeFile| Key {
            kind: Kind::Footer,
            file: file.identity(),
            what: 0,
        };
        wanted.extend(lake.files(name).unwrap_or_default().iter().map(footer));
    }
    for (table, metrics) in &needed.passes {
        for metric in metrics {
            let Some(what) = metric_hash(&opened.session, table, metric) else {
                continue;
            };
            wanted.extend(table.files().iter().map(|(file, _)| Key {
                kind: Kind::State,
                file: file.identity(),
                what,
            }));
        }
    }
    let last = seen::last(store, lake.root().name()).await;
    wanted.extend(last.map(|(key, _)| key));
    let pruned = store.prune(|key| wanted.contains(key)).await?;
    Ok(format!(
        "{}: {} kept, {} removed; {} now {}\n",
        store.address(),
        count(pruned.kept as usize, "record"),
        grouped(pruned.removed),
        count(pruned.before, "segment"),
        pruned.after,
    ))
}

fn store(opened: &Opened) -> Result<&Store, Diagnostic> {
    let store = opened.session.store();
    let none = || Diagnostic::new("the lake was opened without a state");
    store.map(AsRef::as_ref).ok_or_else(none)
}

fn count(count: usize, of: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {of}{s}", grouped(count as u64))
}
