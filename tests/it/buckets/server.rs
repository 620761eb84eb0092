//! The local stores that tests speak to, and what tests put there and find there themselves.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};

use futures::TryStreamExt;
use lakeaudit::lake::Service;
use object_store::aws::AmazonS3Builder;
use object_store::{ObjectStore, ObjectStoreExt};

/// What is installed, and the folder below `target/` it is in.
const PACKAGES: [&str; 3] = ["moto[s3]==5.2.5", "flask<4", "flask-cors<7"];
const FOLDER: &str = "moto-5.2.5";

/// A process that serves both stores. It ends with its standard input, thus with the tests.
#[derive(Debug)]
pub(super) struct Server {
    s3: String,
    gcs: String,
    _process: Child,
}

/// The server all tests share, or nothing where it can't be had, which is told once.
pub(super) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let start = || match Server::start() {
        Ok(server) => Some(server),
        Err(why) => {
            // Not a macro's output, which a passing test would keep to itself.
            let _ = writeln!(std::io::stderr(), "tests of buckets are skipped: {why}");
            None
        }
    };
    SERVER.get_or_init(start).as_ref()
}

impl Server {
    fn start() -> Result<Self, String> {
        let packages = install()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/buckets/server.py");
        let mut process = Command::new("python3")
            .arg(script)
            .env("PYTHONPATH", packages)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("python3 can't be started: {e}"))?;
        let mut ports = String::new();
        let out = process.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut ports).expect("ports");
        // From here on it is a defect if it does not run.
        let (s3, gcs) = ports.trim().split_once(' ').expect("two ports");
        let endpoint = |port: &str| format!("http://127.0.0.1:{port}");
        Ok(Self {
            s3: endpoint(s3),
            gcs: endpoint(gcs),
            _process: process,
        })
    }

    /// The variables that lead the program here.
    pub(super) fn variables(&self, service: Service) -> Vec<(String, String)> {
        let key = format!(
            "{{\"gcs_base_url\": \"{}\", \"disable_oauth\": true, \"client_email\": \"\", \
             \"private_key\": \"\", \"private_key_id\": \"\"}}",
            self.gcs
        );
        let variables = match service {
            Service::S3 => vec![
                ("AWS_ACCESS_KEY_ID", "testing"),
                ("AWS_SECRET_ACCESS_KEY", "testing"),
                ("AWS_ENDPOINT_URL", self.s3.as_str()),
                ("AWS_ALLOW_HTTP", "true"),
            ],
            Service::Gcs => vec![("GOOGLE_SERVICE_ACCOUNT_KEY", key.as_str())],
        };
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        variables.into_iter().map(owned).collect()
    }

    pub(super) fn put(&self, bucket: &str, path: &str, bytes: Vec<u8>) {
        let store = self.store(bucket);
        block_on(async { store.put(&path.into(), bytes.into()).await }).expect("put");
    }

    /// The objects below a prefix by relative path, in order.
    pub(super) fn files(&self, bucket: &str, prefix: &str) -> Vec<(String, Vec<u8>)> {
        let store = self.store(bucket);
        let prefix = prefix.into();
        block_on(async {
            let listed = store.list(Some(&prefix)).try_collect::<Vec<_>>();
            let mut files = Vec::new();
            for meta in listed.await.expect("a listing") {
                let below = meta
                    .location
                    .prefix_match(&prefix)
                    .expect("below the prefix");
                let below: Vec<_> = below.map(|part| part.as_ref().to_owned()).collect();
                let got = store.get(&meta.location).await.expect("an object");
                files.push((below.join("/"), got.bytes().await.expect("bytes").to_vec()));
            }
            files.sort();
            files
        })
    }

    fn store(&self, bucket: &str) -> Arc<dyn ObjectStore> {
        let builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_endpoint(&self.s3)
            .with_allow_http(true)
            .with_access_key_id("testing")
            .with_secret_access_key("testing");
        Arc::new(builder.build().expect("a client"))
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(future)
}

/// Installs moto once, in a folder that appears whole.
fn install() -> Result<PathBuf, String> {
    let binary = Path::new(env!("CARGO_BIN_EXE_lakeaudit"));
    let target = binary.parent().and_then(Path::parent).expect("target/");
    let folder = target.join(FOLDER);
    if folder.is_dir() {
        return Ok(folder);
    }
    let staging = target.join(format!("{FOLDER}.{}", std::process::id()));
    let output = Command::new("python3")
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args([
            "--no-warn-conflicts",
            "--root-user-action=ignore",
            "--retries=1",
            "--target",
        ])
        .arg(&staging)
        .args(PACKAGES)
        .output()
        .map_err(|e| format!("there is no python3: {e}"))?;
    if !output.status.success() {
        let _ = std::fs::remove_dir_all(&staging);
        let why = String::from_utf8_lossy(&output.stderr);
        let last = why.lines().last().unwrap_or_default();
        return Err(format!("pip can't install {}: {last}", PACKAGES[0]));
    }
    // Another process may have been faster.
    if std::fs::rename(&staging, &folder).is_err() {
        let _ = std::fs::remove_dir_all(&staging);
    }
    Ok(folder)
}
