//! Lakes and reports in buckets: an audit over S3's and Google's protocols, as moto speaks them, says
//! what it says of the folder, byte for byte; what goes wrong there is told in one clear error.
//!
//! moto is installed below `target/` with pip at first use. Where Python or the package index is
//! absent these tests are skipped, and say so.

mod server;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use lakeaudit::lake::Service;
use tempfile::TempDir;

use server::{Server, server};

/// How an audit ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

/// The lake is this prefix of its bucket; beside it is a lake that is none of its business.
const PREFIX: &str = "exports/2026";

/// A folder with the demo lake, a suite over it, and an empty home.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::create_dir(desk.path().join("home")).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&root.join("fixtures/lake"), &desk.path().join("lake"));
        copy(&root.join("queries"), &desk.path().join("queries"));
        let suite = fs::read_to_string(root.join("lakeaudit.yaml")).unwrap();
        let suite: String = suite
            .lines()
            .filter(|line| !line.starts_with("lake:") && !line.starts_with("reports:"))
            .map(|line| format!("{line}\n"))
            .collect();
        fs::write(desk.path().join("lakeaudit.yaml"), suite).unwrap();
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the program with these variables and no others of a store; an audit keeps nothing.
    fn run(&self, variables: &[(String, String)], args: &[&str]) -> Ended {
        match args {
            ["audit", ..] => self.run_as_it_is(variables, &[args, &["--no-state"]].concat()),
            _ => self.run_as_it_is(variables, args),
        }
    }

    fn run_as_it_is(&self, variables: &[(String, String)], args: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lakeaudit"));
        for (name, _) in std::env::vars() {
            if name.starts_with("AWS_") || name.starts_with("GOOGLE_") || name == "SERVICE_ACCOUNT"
            {
                command.env_remove(name);
            }
        }
        let output = command
            .current_dir(self.path())
            .env("HOME", self.path().join("home"))
            .envs(variables.iter().cloned())
            .args(args)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(!err.contains("panicked"), "{err}");
        Ended {
            code: output.status.code().unwrap(),
            out,
            err,
        }
    }

    /// The audit of the folder: what it prints as JSON, and its reports.
    fn of_the_folder(&self) -> (serde_json::Value, Vec<(String, Vec<u8>)>) {
        let args = [
            "audit",
            "--lake",
            "lake",
            "--reports",
            "reports",
            "--format",
            "json",
        ];
        let ended = self.run(&[], &args);
        assert_eq!(ended.code, 1, "{}", ended.err);
        let mut files = Vec::new();
        below(&self.path().join("reports"), "", &mut files);
        (compared(&ended.out), files)
    }
}

fn copy(from: &Path, to: &Path) {
    let mut files = Vec::new();
    below(from, "", &mut files);
    for (path, bytes) in files {
        let path = to.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// The files below a folder by relative path, in order.
fn below(folder: &Path, name: &str, files: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let file = entry.file_name().into_string().unwrap();
        let name = if name.is_empty() {
            file
        } else {
            format!("{name}/{file}")
        };
        if entry.path().is_dir() {
            below(&entry.path(), &name, files);
        } else {
            files.push((name, fs::read(entry.path()).unwrap()));
        }
    }
}

/// What of a report is compared: all but where the lake is and how long it took.
fn compared(json: &str) -> serde_json::Value {
    let mut report: serde_json::Value = serde_json::from_str(json).unwrap();
    let report = report.as_object_mut().unwrap();
    for (_, part) in report.iter_mut() {
        if let Some(part) = part.as_object_mut() {
            part.retain(|key, _| key != "lake" && key != "bytes_read" && !key.ends_with("_ms"));
        }
    }
    report.clone().into()
}

/// Reports but for `runs`, which holds durations and the lake's name.
fn without_runs(files: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    let files = files.iter().filter(|(path, _)| !path.starts_with("runs/"));
    files
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
        .collect()
}

/// Puts the lake of a desk where tests find it.
fn upload(server: &Server, desk: &Desk) {
    let mut files = Vec::new();
    below(&desk.path().join("lake"), "", &mut files);
    for (path, bytes) in files {
        server.put("lake", &format!("{PREFIX}/{path}"), bytes);
    }
    server.put(
        "lake",
        "exports/2026-old/ds/t/0.parquet",
        b"not ours".to_vec(),
    );
}

fn services() -> [(Service, &'static str); 2] {
    [(Service::S3, "s3"), (Service::Gcs, "gs")]
}

#[test]
fn audits_of_a_bucket_say_what_the_folders_does() {
    let Some(server) = server() else { return };
    let desk = Desk::new();
    upload(server, &desk);
    let (expected, files) = desk.of_the_folder();
    for (service, scheme) in services() {
        let variables = server.variables(service);
        let lake = format!("{scheme}://lake/{PREFIX}/");
        let prefix = format!("audits/{scheme}");
        let reports = format!("{scheme}://reports/{prefix}");
        // The second time over reports that are there, with another number of threads.
        for threads in ["1", "3"] {
            let args = ["--lake", &lake, "--reports", &reports, "--threads", threads];
            let ended = desk.run(
                &variables,
                &[&["audit", "--format", "json"], &args[..]].concat(),
            );
            assert_eq!(ended.code, 1, "{}", ended.err);
            assert!(
                ended.err.contains(&format!("report: {reports}")),
                "{}",
                ended.err
            );
            assert_eq!(compared(&ended.out), expected);
            let written = server.files("reports", &prefix);
            assert_eq!(without_runs(&written), without_runs(&files));
            assert_eq!(written.len(), files.len());
        }
        for args in [
            &["tables"][..],
            &["tables", "nba_raw.nbac_schedule"],
            &["explain"],
        ] {
            let args = |lake| [args, &["--lake", lake, "--reports", "none"]].concat();
            let (folder, bucket) = (
                desk.run(&[], &args("lake")),
                desk.run(&variables, &args(&lake)),
            );
            assert_eq!(
                (bucket.code, &bucket.out),
                (0, &folder.out),
                "{}",
                bucket.err
            );
        }
        let count = "SELECT COUNT(*) AS n FROM lakeaudit.runs";
        let ended = desk.run(
            &variables,
            &["query", count, "--lake", "lake", "--reports", &reports],
        );
        assert!(ended.out.ends_with("\n1\n"), "{}{}", ended.out, ended.err);
    }
}

#[test]
fn addresses_stand_in_the_suite_as_well() {
    let Some(server) = server() else { return };
    let desk = Desk::new();
    upload(server, &desk);
    let suite = desk.path().join("lakeaudit.yaml");
    let checks = fs::read_to_string(&suite).unwrap();
    let addresses = format!("lake: gs://lake/{PREFIX}\nreports: s3://reports/from-suite\n");
    fs::write(&suite, addresses + &checks).unwrap();
    let both = [
        server.variables(Service::Gcs),
        server.variables(Service::S3),
    ]
    .concat();
    let ended = desk.run(&both, &["audit"]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(!server.files("reports", "from-suite/runs").is_empty());
    fs::write(&suite, format!("evidence: 3\nlake: gs:/lake\n{checks}")).unwrap();
    let ended = desk.run(&both, &["audit"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended
            .err
            .contains("lakeaudit.yaml:2:7: can't open `gs:/lake`"),
        "{}",
        ended.err
    );
}

/// Each number of files is written before the bucket takes no more: none of them is left.
#[test]
fn reports_that_cant_be_written_leave_nothing() {
    let Some(server) = server() else { return };
    let desk = Desk::new();
    let variables = server.variables(Service::S3);
    for file in 1..=4 {
        let bucket = format!("full{file}");
        let reports = format!("s3://{bucket}/r");
        let ended = desk.run(
            &variables,
            &["audit", "--lake", "lake", "--reports", &reports],
        );
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(
            ended.out.contains("fatigue_score_matches_json"),
            "{}",
            ended.out
        );
        let told = format!("failed to write the report to {reports}: 403 Forbidden: AccessDenied");
        assert!(
            ended.err.contains(&told) && ended.err.contains("s3:PutObject"),
            "{}",
            ended.err
        );
        assert_eq!(server.files(&bucket, ""), []);
    }
}

/// A run that can't be written again no longer counts, rather than half of it.
#[test]
fn a_run_that_cant_be_written_again_is_gone() {
    let Some(server) = server() else { return };
    let desk = Desk::new();
    let variables = server.variables(Service::S3);
    let args = ["audit", "--lake", "lake", "--reports", "s3://full6/r"];
    assert_eq!(desk.run(&variables, &args).code, 1);
    assert_eq!(server.files("full6", "r/runs").len(), 1);
    assert_eq!(desk.run(&variables, &args).code, 2);
    assert_eq!(server.files("full6", "r"), []);
}

#[test]
fn a_store_that_asks_to_slow_down_is_asked_again() {
    let Some(server) = server() else { return };
    let desk = Desk::new();
    upload(server, &desk);
    let (expected, _) = desk.of_the_folder();
    for (service, scheme) in services() {
        let lake = format!("{scheme}://flaky/{PREFIX}");
        let args = [
            "audit",
            "--format",
            "json",
            "--reports",
            "other",
            "--lake",
            &lake,
        ];
        let ended = desk.run(&server.variables(service), &args);
        assert_eq!(compared(&ended.out), expected, "{}", ended.err);
    }
}

/// Bytes that end early and files that are replaced give errors or, where footers prove it, the right
/// verdict, and no number of another file.
#[test]
fn what_is_read_in_part_or_of_two_versions_is_not_judged() {
    let Some(server) = server() else { return };
    let desk = Desk::new();
    upload(server, &desk);
    let (expected, _) = desk.of_the_folder();
    let expected = expected["findings"].as_array().unwrap();
    for (bucket, told) in [
        ("cut", "can't be read"),
        ("changing", "it was replaced while it was read"),
    ] {
        for (service, scheme) in services() {
            let lake = format!("{scheme}://{bucket}/{PREFIX}");
            let args = [
                "audit",
                "--format",
                "json",
                "--checks",
                "*fatigue*",
                "--reports",
                "other",
                "--lake",
                &lake,
            ];
            let ended = desk.run(&server.variables(service), &args);
            assert_eq!(ended.code, 1, "{bucket} {scheme}: {}", ended.err);
            let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
            let findings = report["findings"].as_array().unwrap();
            let errored: Vec<_> = findings
                .iter()
                .filter(|f| f["status"] == "errored")
                .collect();
            assert!(
                errored
                    .iter()
                    .any(|f| f["message"].as_str().unwrap().contains(told)),
                "{errored:#?}"
            );
            for finding in findings {
                let right = finding["status"] == "errored" || expected.contains(finding);
                assert!(right, "{bucket} {scheme}: {finding:#?}");
            }
        }
    }
}

#[test]
fn what_a_store_refuses_is_told_with_what_to_do() {
    let Some(server) = server() else { return };
    let desk = Desk::new();
    for (service, scheme) in services() {
        for (bucket, parts) in [
            (
                "no-such-bucket",
                ["NoSuchBucket", "is there a bucket `no-such-bucket`?"],
            ),
            (
                "forbidden",
                ["403 Forbidden: AccessDenied", "a lake needs s"],
            ),
            (
                "busy",
                ["503 Service Unavailable: SlowDown", "failed to list"],
            ),
            ("reports", ["no Parquet file in", "bq extract"]),
        ] {
            let lake = format!("{scheme}://{bucket}/nothing-here");
            let begun = Instant::now();
            let ended = desk.run(&server.variables(service), &["tables", "--lake", &lake]);
            assert_eq!((ended.code, ended.out.as_str()), (2, ""));
            for part in parts.iter().chain([&lake.as_str()]) {
                assert!(
                    ended.err.contains(part),
                    "{part} is missing from {}",
                    ended.err
                );
            }
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "{lake} took {:?}",
                begun.elapsed()
            );
        }
        // Reports that can't be looked at are told before the audit, not after it.
        let reports = format!("{scheme}://forbidden/r");
        let args = ["audit", "--lake", "lake", "--reports", &reports];
        let ended = desk.run(&server.variables(service), &args);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""));
        assert!(ended.err.contains("failed to list"), "{}", ended.err);
    }
}

/// What is wrong with the environment is found without a server.
#[test]
fn credentials_and_endpoints_that_are_wrong_are_told_with_what_to_do() {
    let desk = Desk::new();
    for (kind, file) in [
        ("external_account", "ext.json"),
        ("impersonated_service_account", "imp.json"),
    ] {
        let text = format!("{{\"type\": \"{kind}\"}}");
        fs::write(desk.path().join(file), text).unwrap();
    }
    let keys = "AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b";
    for (variables, lake, parts) in [
        (
            "AWS_METADATA_ENDPOINT=http://127.0.0.1:9/169.254.169.254".to_owned(),
            "s3://b/lake",
            ["no credentials are given", "AWS_ACCESS_KEY_ID", "export-credentials"],
        ),
        (
            "AWS_ACCESS_KEY_ID=a".to_owned(),
            "s3://b/lake",
            ["half of the credentials", "AWS_SECRET_ACCESS_KEY", "s3://b/lake"],
        ),
        (
            format!("{keys} AWS_ENDPOINT_URL=http://127.0.0.1:9"),
            "s3://b/lake",
            ["the endpoint is http", "AWS_ALLOW_HTTP=true", "s3://b/lake"],
        ),
        (
            format!("{keys} AWS_ENDPOINT_URL=http://127.0.0.1:9 AWS_ALLOW_HTTP=true"),
            "s3://b/lake",
            ["Connection refused", "AWS_ENDPOINT_URL says http://127.0.0.1:9", "s3://b/lake"],
        ),
        (
            "GOOGLE_APPLICATION_CREDENTIALS=ext.json".to_owned(),
            "gs://b/lake",
            ["of the type external_account", "GOOGLE_OAUTH_ACCESS_TOKEN", "gs://b/lake"],
        ),
        (
            "GOOGLE_APPLICATION_CREDENTIALS=imp.json".to_owned(),
            "gs://b/lake",
            ["of the type impersonated_service_account", "GOOGLE_OAUTH_ACCESS_TOKEN", "gs://b/lake"],
        ),
        (
            "GOOGLE_APPLICATION_CREDENTIALS=none.json".to_owned(),
            "gs://b/lake",
            ["none.json: No such file", "GOOGLE_APPLICATION_CREDENTIALS names", "gs://b/lake"],
        ),
        (
            // Without a signature the credentials' file is not read.
            "GOOGLE_APPLICATION_CREDENTIALS=imp.json GOOGLE_SKIP_SIGNATURE=true GOOGLE_BASE_URL=http://127.0.0.1:9".to_owned(),
            "gs://b/lake",
            ["Connection refused", "GOOGLE_BASE_URL says", "gs://b/lake"],
        ),
    ] {
        let begun = Instant::now();
        let variables: Vec<_> = variables
            .split(' ')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let ended = desk.run(&variables, &["tables", "--lake", lake]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{}", ended.err);
        for part in parts {
            assert!(ended.err.contains(part), "{part} is missing from {}", ended.err);
        }
        assert_eq!(ended.err.lines().count(), 2, "{}", ended.err);
        assert!(begun.elapsed() < Duration::from_secs(30), "{lake} took {:?}", begun.elapsed());
    }
}

/// What was measured of a bucket is kept in a bucket.
#[test]
fn a_second_audit_reads_nothing_of_the_bucket() {
    let Some(server) = server() else { return };
    let desk = Desk::new();
    // At a place of its own: the other tests put their lake again.
    let mut files = Vec::new();
    below(&desk.path().join("lake"), "", &mut files);
    for (path, bytes) in files {
        server.put("lake", &format!("kept/{path}"), bytes);
    }
    let (expected, _) = desk.of_the_folder();
    for (service, scheme) in services() {
        let lake = format!("{scheme}://lake/kept");
        let reports = format!("{scheme}://reports/kept-{scheme}");
        let variables = server.variables(service);
        let audit = || {
            let args = [
                "audit",
                "--format",
                "json",
                "--reports",
                &reports,
                "--lake",
                &lake,
            ];
            let ended = desk.run_as_it_is(&variables, &args);
            let got = compared(&ended.out);
            for part in ["findings", "evidence"] {
                assert_eq!(got[part], expected[part], "{}", ended.err);
            }
            let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
            (report["run"]["files_read"].as_u64().unwrap(), ended.err)
        };
        let (first, told) = audit();
        assert!(first > 0 && told.contains("state: the first run"), "{told}");
        let (second, told) = audit();
        assert_eq!(second, 0, "{told}");
        assert!(
            told.contains("state: no file changed since the last run"),
            "{told}"
        );
        let prefix = format!("kept-{scheme}/state/v1");
        assert_eq!(server.files("reports", &prefix).len(), 1);
    }
}

#[test]
fn baselines_of_a_bucket_are_those_of_the_folder() {
    let Some(server) = server() else { return };
    let desk = Desk::new();
    upload(server, &desk);
    let tables = ["--tables", "nba_raw.*", "--season", "2025-26"];
    let take = |lake: &str, reports: &str, variables: &[(String, String)]| {
        let args = [
            "baseline",
            "take",
            "b",
            "--lake",
            lake,
            "--reports",
            reports,
        ];
        desk.run(variables, &[&args[..], &tables].concat())
    };
    let ended = take("lake", "reports", &[]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let mut files = Vec::new();
    below(&desk.path().join("reports/baselines/b"), "", &mut files);
    for (service, scheme) in services() {
        let variables = server.variables(service);
        let prefix = format!("baselines-of/{scheme}");
        let reports = format!("{scheme}://reports/{prefix}");
        let lake = format!("{scheme}://lake/{PREFIX}");
        let ended = take(&lake, &reports, &variables);
        assert_eq!(ended.code, 0, "{}", ended.err);
        let written = server.files("reports", &format!("{prefix}/baselines/b"));
        let bytes = |of: &[(String, Vec<u8>)]| -> Vec<Vec<u8>> {
            of.iter().map(|(_, bytes)| bytes.clone()).collect()
        };
        assert_eq!(bytes(&written), bytes(&files));
        let again = take(&lake, &reports, &variables);
        assert_eq!(again.code, 2);
        assert!(
            again.err.contains("there is a baseline `b`"),
            "{}",
            again.err
        );
        let run = |args: &[&str]| {
            let args = [&["baseline"], args, &["--reports", &reports]].concat();
            let ended = desk.run(&variables, &args);
            assert_eq!(ended.code, 0, "{}", ended.err);
            ended.out
        };
        assert!(run(&["list"]).contains("2025-26"));
        assert!(run(&["compare", "b", "b"]).starts_with("✓ None of"));
        run(&["remove", "b"]);
        assert!(run(&["list"]).starts_with("no baseline in"));
        assert!(
            server
                .files("reports", &format!("{prefix}/baselines/b"))
                .is_empty()
        );
    }
}
