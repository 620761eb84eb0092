//! How many partitions are read at a time: each holds a row group as it is stored, and of each column a page as it was.

use std::collections::BTreeMap;

use crate::lake::Table;
use crate::session::{Limits, Session};

/// Most writers begin a page of values, and give up a dictionary, once it has so many bytes.
const PAGE_BYTES: u64 = 2 << 20;
/// One part in so many of memory is for row groups that are read; the rest is for what is kept of them.
const SHARE: usize = 2;

/// How many partitions of a query over a table are read at a time. The query names the columns it reads.
pub(super) fn at_a_time(session: &Session, table: &Table, sql: &str) -> usize {
    within(session.limits(), group_bytes(table, &sql.to_lowercase()))
}

/// As many as memory holds, if that is fewer than there are threads; one, however little memory there is.
fn within(limits: &Limits, group_bytes: usize) -> usize {
    let held = (limits.memory / SHARE).checked_div(group_bytes);
    held.unwrap_or(usize::MAX).min(limits.threads).max(1)
}

/// The bytes of the row group that takes most, of the columns that are named.
fn group_bytes(table: &Table, sql: &str) -> usize {
    let mut named: BTreeMap<String, bool> = BTreeMap::new();
    let mut most = 0;
    for (_, footer) in table.files() {
        for group in footer.metadata().row_groups() {
            let mut bytes = 0u64;
            for chunk in group.columns() {
                let root = chunk.column_path().parts().first();
                let Some(root) = root.map(|name| name.to_lowercase()) else {
                    continue;
                };
                let is_named = *named
                    .entry(root)
                    .or_insert_with_key(|name| sql.contains(name));
                if is_named {
                    let stored = u64::try_from(chunk.compressed_size()).unwrap_or(0);
                    let plain = u64::try_from(chunk.uncompressed_size()).unwrap_or(0);
                    bytes += stored + plain.min(PAGE_BYTES);
                }
            }
            most = most.max(bytes);
        }
    }
    usize::try_from(most).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_threads_read_where_memory_is_little() {
        let at = |memory: usize, group: usize| {
            let limits = Limits {
                threads: 8,
                memory,
                batch_rows: 8192,
            };
            within(&limits, group)
        };
        assert_eq!(at(4 << 30, 100 << 20), 8);
        assert_eq!(at(1 << 30, 100 << 20), 5);
        assert_eq!(at(50 << 20, 100 << 20), 1);
        assert_eq!(at(50 << 20, 0), 8);
    }
}
