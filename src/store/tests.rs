//! What is put is there again, and what is damaged is not.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

fn key(file: u128, what: u128) -> Key {
    Key {
        kind: Kind::State,
        file,
        what,
    }
}

fn record(table: &str, key: Key, value: &str) -> Record {
    Record {
        table: table.to_owned(),
        key,
        value: Bytes::copy_from_slice(value.as_bytes()),
    }
}

fn place() -> (TempDir, Address) {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::Folder(folder.path().join("state"));
    (folder, address)
}

fn segments(folder: &TempDir) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder.path().join("state/v1"));
    let mut found: Vec<PathBuf> = listed
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

async fn put(address: &Address, records: Vec<Record>) {
    let store = Store::open(address).await.unwrap();
    records.into_iter().for_each(|record| store.put(record));
    store.finish().await.unwrap();
}

async fn values(store: &Store, keys: &[Key]) -> Vec<(Key, String)> {
    let mut found = Vec::new();
    store
        .read(keys, |key, value| {
            found.push((*key, String::from_utf8(value.to_vec()).unwrap()));
        })
        .await;
    found.sort();
    found
}

#[tokio::test]
async fn what_is_put_is_there_again() {
    let (folder, address) = place();
    let store = Store::open(&address).await.unwrap();
    assert!(!store.has(&key(1, 1)));
    let run = Key {
        kind: Kind::Run,
        file: 0,
        what: u128::MAX,
    };
    for (table, key, value) in [
        ("ds.t", key(1, 1), "one"),
        ("ds.u", key(2, 1), ""),
        ("", run, "run"),
        ("ds.t", key(1, 1), "again"),
    ] {
        store.put(record(table, key, value));
    }
    assert!(store.has(&key(1, 1)) && segments(&folder).is_empty());
    store.finish().await.unwrap();
    store.finish().await.unwrap();
    assert_eq!(segments(&folder).len(), 1);
    let store = Store::open(&address).await.unwrap();
    let found = values(&store, &[key(1, 1), run, key(2, 1), key(2, 2)]).await;
    let text = |text: &str| text.to_owned();
    let want = [
        (key(1, 1), text("one")),
        (key(2, 1), text("")),
        (run, text("run")),
    ];
    assert_eq!(found, want);
    assert_eq!(
        store.tables().keys().copied().collect::<Vec<_>>(),
        ["", "ds.t", "ds.u"]
    );
    assert_eq!(store.get(&run).await.as_deref(), Some(&b"run"[..]));
    assert_eq!(store.notes(), Vec::<String>::new());
}

#[tokio::test]
async fn equal_records_are_one_segment_in_any_order() {
    let (folder, address) = place();
    let records: Vec<Record> = (0..50)
        .map(|n| record("ds.t", key(n % 7, n), &n.to_string()))
        .collect();
    put(&address, records.clone()).await;
    put(&address, records.into_iter().rev().collect()).await;
    assert_eq!(segments(&folder).len(), 1);
    // Two that overlap.
    put(
        &address,
        vec![
            record("ds.t", key(1, 1), "1"),
            record("ds.t", key(9, 9), "9"),
        ],
    )
    .await;
    assert_eq!(segments(&folder).len(), 2);
    let store = Store::open(&address).await.unwrap();
    let found = values(&store, &[key(1, 1), key(9, 9)]).await;
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn whatever_is_damaged_nothing_wrong_is_read() {
    let (folder, address) = place();
    let records: Vec<Record> = (0..40)
        .map(|n| record("ds.t", key(n, n), &format!("value {n} of many")))
        .collect();
    put(&address, records.clone()).await;
    let path = segments(&folder).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let keys: Vec<Key> = records.iter().map(|r| r.key).collect();
    let read = async || {
        let store = Store::open(&address).await.unwrap();
        for (key, value) in values(&store, &keys).await {
            let n = key.file;
            assert_eq!((key.what, value), (n, format!("value {n} of many")));
        }
        store.notes()
    };
    assert_eq!(read().await, Vec::<String>::new());
    for length in [0, 1, 7, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(read().await.len(), 1, "{length} bytes");
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        fs::write(&path, bytes).unwrap();
        read().await;
    }
    // Another run writes it again.
    put(&address, records).await;
    assert_eq!(read().await, Vec::<String>::new());
}

#[tokio::test]
async fn other_versions_are_left_alone() {
    let (folder, address) = place();
    put(&address, vec![record("ds.t", key(1, 1), "1")]).await;
    let path = segments(&folder).pop().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let mark = b"lakeaudit.state";
    let at = bytes.windows(mark.len()).position(|w| w == mark).unwrap();
    // The version behind the mark's name and its length.
    let version = bytes[at..].iter().position(|b| *b == b'1').unwrap();
    bytes[at + version] = b'2';
    fs::write(folder.path().join("state/v1/newer.parquet"), &bytes).unwrap();
    fs::create_dir_all(folder.path().join("state/v2")).unwrap();
    fs::write(folder.path().join("state/v2/x.parquet"), b"?").unwrap();
    let store = Store::open(&address).await.unwrap();
    assert!(store.has(&key(1, 1)));
    let notes = store.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes.iter().all(|note| note.contains("another version")),
        "{notes:?}"
    );
    store.prune(|_| true).await.unwrap();
    assert!(folder.path().join("state/v1/newer.parquet").exists());
    assert!(folder.path().join("state/v2/x.parquet").exists());
}

#[tokio::test]
async fn pruning_keeps_what_is_wanted_in_one_segment() {
    let (folder, address) = place();
    for n in 0..9 {
        put(
            &address,
            vec![
                record("ds.t", key(n, 1), "x"),
                record("ds.t", key(n, 2), "y"),
            ],
        )
        .await;
    }
    fs::write(folder.path().join("state/v1/.half.parquet.1.1"), b"half").unwrap();
    let old = Store::open(&address).await.unwrap();
    let meanwhile = record("ds.t", key(100, 1), "new");
    put(&address, vec![meanwhile]).await;
    let pruned = old
        .prune(|key| key.what == 1 && key.file != 4)
        .await
        .unwrap();
    let want = Pruned {
        kept: 8,
        removed: 10,
        before: 9,
        after: 1,
    };
    assert_eq!(pruned, want);
    assert_eq!(segments(&folder).len(), 2);
    // A run that was open meanwhile misses what was there, and takes no harm.
    assert_eq!(values(&old, &[key(0, 1)]).await, []);
    assert_eq!(old.notes().len(), 1);
    let new = Store::open(&address).await.unwrap();
    assert_eq!(
        values(&new, &[key(0, 1), key(0, 2), key(4, 1), key(100, 1)])
            .await
            .len(),
        2
    );
    let again = new.prune(|_| true).await.unwrap();
    assert_eq!((again.kept, again.removed, again.after), (9, 0, 1));
    assert_eq!(segments(&folder).len(), 1);
    // Of one segment the same is made.
    Store::open(&address)
        .await
        .unwrap()
        .prune(|_| true)
        .await
        .unwrap();
    assert_eq!(segments(&folder).len(), 1);
}

/// A segment as the first version wrote it.
#[tokio::test]
async fn version_1_is_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/state/segment-1.parquet");
    let records = [
        record("ds.t", key(1, u128::MAX), "a state"),
        Record {
            table: "ds.t".to_owned(),
            key: Key {
                kind: Kind::Footer,
                file: 7,
                what: 0,
            },
            value: Bytes::from_static(b"PAR1"),
        },
        Record {
            table: String::new(),
            key: Key {
                kind: Kind::Answer,
                file: 0,
                what: 9,
            },
            value: Bytes::new(),
        },
        Record {
            table: String::new(),
            key: Key {
                kind: Kind::Run,
                file: 0,
                what: 8,
            },
            value: Bytes::from_static(b"run"),
        },
    ];
    let (folder, address) = place();
    fs::create_dir_all(folder.path().join("state/v1")).unwrap();
    if std::env::var_os("LAKEAUDIT_BLESS").is_some() {
        fs::write(path, segment::encode(records.to_vec()).unwrap()).unwrap();
    }
    fs::copy(path, folder.path().join("state/v1/golden.parquet")).unwrap();
    let store = Store::open(&address).await.unwrap();
    for record in records {
        assert_eq!(store.get(&record.key).await, Some(record.value));
    }
    assert_eq!(store.notes(), Vec::<String>::new());
}
