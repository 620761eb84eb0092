//! Files written to a store count whole or not at all, whichever request fails.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use lakeaudit::lake::{Root, publish};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// A store that refuses some changes and keeps what stood in it after each.
#[derive(Debug)]
struct Watched {
    store: Arc<InMemory>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    changes: usize,
    /// The first change that is refused, and whether all later ones are as well.
    refused: Option<(usize, bool)>,
    seen: Vec<BTreeMap<String, Bytes>>,
}

async fn content(store: &InMemory) -> BTreeMap<String, Bytes> {
    let listed: Vec<_> = store.list(None).try_collect().await.expect("a listing");
    let mut content = BTreeMap::new();
    for meta in listed {
        let got = store.get(&meta.location).await.expect("an object");
        content.insert(meta.location.to_string(), got.bytes().await.expect("bytes"));
    }
    content
}

impl Watched {
    fn new() -> Self {
        Self {
            store: Arc::new(InMemory::new()),
            state: Arc::default(),
        }
    }

    /// Counts a change, which may be refused.
    fn change(state: &Mutex<State>) -> Result<()> {
        let mut state = state.lock().expect("state");
        let number = state.changes;
        state.changes += 1;
        match state.refused {
            Some((first, all)) if number == first || (all && number > first) => {
                Err(object_store::Error::Generic {
                    store: "watched",
                    source: "refused".into(),
                })
            }
            _ => Ok(()),
        }
    }

    async fn see(store: &InMemory, state: &Mutex<State>) {
        let content = content(store).await;
        state.lock().expect("state").seen.push(content);
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("watched")
    }
}

#[async_trait]
impl ObjectStore for Watched {
    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.store.get_opts(path, options).await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn put_opts(
        &self,
        path: &Path,
        bytes: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        Self::change(&self.state)?;
        let put = self.store.put_opts(path, bytes, options).await;
        Self::see(&self.store, &self.state).await;
        put
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Self::change(&self.state)?;
        self.store.put_multipart_opts(path, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let (store, state) = (Arc::clone(&self.store), Arc::clone(&self.state));
        let delete = move |path: Result<Path>| {
            let (store, state) = (Arc::clone(&store), Arc::clone(&state));
            async move {
                let path = path?;
                Self::change(&state)?;
                store.delete(&path).await?;
                Self::see(&store, &state).await;
                Ok(path)
            }
        };
        paths.then(delete).boxed()
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}

const MARK: &str = "runs/run=1/0";

/// A run of `figures` files of figures, all of which say `version`; the last file is larger than
/// what is sent at once.
fn run(version: u8, figures: usize) -> Vec<(Path, Bytes)> {
    let mut files = vec![("findings/run=1/0".into(), Bytes::from(vec![version; 10]))];
    for number in 0..figures {
        let path = format!("metrics/run=1/{number}").into();
        let length = if number == 0 { 9 << 20 } else { 10 };
        files.push((path, Bytes::from(vec![version; length])));
    }
    files.push((MARK.into(), Bytes::from(vec![version; 10])));
    files
}

fn as_content(run: &[(Path, Bytes)]) -> BTreeMap<String, Bytes> {
    let files = run.iter();
    files
        .map(|(path, bytes)| (path.to_string(), bytes.clone()))
        .collect()
}

/// A run that is replaced by one of fewer files: what is seen under the mark is one of the two.
#[tokio::test]
async fn a_run_counts_whole_or_not_at_all_whatever_is_refused() {
    let (old, new) = (run(1, 3), run(2, 2));
    let mut replaced = 0;
    for all_later in [false, true] {
        for refused in 0..20 {
            let watched = Arc::new(Watched::new());
            let root = Root::with_store(watched.clone(), "store");
            publish(&root, &old).await.expect("published");
            {
                let mut state = watched.state.lock().expect("state");
                state.refused = Some((state.changes + refused, all_later));
                state.seen.clear();
            }
            let result = publish(&root, &new).await;
            let last = content(&watched.store).await;
            let seen = watched.state.lock().expect("state").seen.clone();
            for content in seen.iter().chain([&last]) {
                let whole = *content == as_content(&old) || *content == as_content(&new);
                assert!(
                    whole || !content.contains_key(MARK),
                    "half a run where change {refused} is refused: {:?}",
                    content.keys()
                );
            }
            match result {
                Ok(()) => {
                    assert!(last == as_content(&new));
                    replaced += 1;
                }
                Err(error) => {
                    let told = "failed to write the report to store: refused";
                    assert_eq!(error.to_string(), told);
                    // What can be taken back is.
                    assert!(all_later || last.is_empty() || last == as_content(&old));
                }
            }
        }
    }
    assert!(
        (1..30).contains(&replaced),
        "{replaced} of 40 were not refused"
    );
}

#[tokio::test]
async fn other_runs_are_left_alone() {
    let watched = Arc::new(Watched::new());
    let root = Root::with_store(watched.clone(), "store");
    let other = "metrics/run=10/0";
    watched
        .store
        .put(&other.into(), "x".into())
        .await
        .expect("put");
    publish(&root, &run(1, 1)).await.expect("published");
    publish(&root, &run(2, 1)).await.expect("published");
    let mut expected = as_content(&run(2, 1));
    expected.insert(other.to_owned(), "x".into());
    assert!(content(&watched.store).await == expected);
}
