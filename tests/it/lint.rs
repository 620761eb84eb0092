//! `lakeaudit lint`: SQL in files of every kind, and what is wrong with it at its place in the file.

use std::path::Path;

use lakeaudit::command::lint::{Format, Linted, lint};
use lakeaudit::command::{self, Request};

use super::audit::Folder;

const GAMES: &str = "
    game_id STRING | game_date DATE | points INT64
    a              | 2026-01-30     | 10
";

/// A folder with a lake of one table, and a view of it.
fn folder() -> Folder {
    let folder = Folder::with_suite("queries: [queries]\n");
    folder.table("nba_reference/nba_schedule/0.parquet", GAMES);
    folder.write(
        "queries/late.sql",
        "-- view: nba_reference.late\nSELECT game_id, points FROM nba_reference.nba_schedule\n",
    );
    folder
}

async fn run(folder: &Folder, files: &[(&str, &str)]) -> Linted {
    for (name, text) in files {
        folder.write(&format!("work/{name}"), text);
    }
    let opened = command::open(&folder.request()).await.expect("a lake");
    let paths = [folder.path().join("work")];
    lint(&opened, &paths).await.expect("files")
}

/// `file:line:column: kind: message; help` of each problem.
fn lines(folder: &Folder, linted: &Linted) -> Vec<String> {
    linted
        .problems
        .iter()
        .map(|p| {
            let kind = if p.unsupported {
                "unsupported"
            } else {
                "error"
            };
            let line = folder.plain(&p.diagnostic.one_line());
            let (place, rest) = line.split_once(": ").expect("a place");
            format!("{place}: {kind}: {rest}").replace("work/", "")
        })
        .collect()
}

#[tokio::test]
async fn statements_of_a_sql_file() {
    let folder = folder();
    let sql = "-- é\nSELECT game_id FROM nba_schedule.nba_schedule;\n\
        DECLARE day DATE DEFAULT '2026-01-30';\n\
        SELECT /* é */ pionts FROM nba_reference.nba_schedule WHERE game_date = day;\n\
        SELECT RAND() FROM nba_reference.late;\n\
        SELECT l.points FROM nba_reference.late AS l WHERE points > @least AND game_id IN UNNEST(@ids) LIMIT @n;\n\
        INSERT INTO a.b SELECT 1;\nCREATE TABLE a.b (x INT64);\n\
        SELECT COUNT(* FROM nba_reference.late;\n\
        SELECT COUNTFI(points > 1) FROM nba_reference.late;\n\
        SELECT 1 FROM nba_reference.lat JOIN nba_reference.lates ON TRUE;\n";
    let linted = run(&folder, &[("a.sql", sql)]).await;
    let found = lines(&folder, &linted);
    let begins = [
        "a.sql:2:21: error: no table `nba_schedule.nba_schedule` in ",
        "a.sql:4:16: error: there is no column `pionts`; did you mean `points`?",
        "a.sql:5:8: unsupported: function RAND is not supported",
        "a.sql:9:16: error: ",
        "a.sql:10:8: error: there is no function COUNTFI; did you mean `countif`",
        "a.sql:11:15: error: no table `nba_reference.lat` in ",
        "a.sql:11:38: error: no table `nba_reference.lates` in ",
    ];
    assert_eq!(found.len(), begins.len(), "{found:#?}");
    for (have, want) in found.iter().zip(begins) {
        assert!(have.starts_with(want), "{have}\n{want}");
    }
    assert!(found[0].ends_with("; did you mean `nba_reference.nba_schedule`?"));
    assert_eq!(
        linted.summary(),
        "9 statements in 1 file: 1 fine, 6 errors, 1 unsupported, 2 skipped"
    );
}

#[tokio::test]
async fn sql_in_other_files() {
    let folder = folder();
    let md = "Text\n\n  ```sql\n  SELECT points\n  FROM nba_reference.nba_schedul\n  ```\n";
    let py = "\"\"\"With a schedule.\"\"\"\nQ = f\"\"\"\n  SELECT game_id, pts\n  FROM `{PROJECT}.nba_reference.nba_schedule`\n  \
        WHERE game_date = '{day}' AND points > {least}\n\"\"\"\nR = f'''SELECT {columns} FROM {table}'''\n";
    let sh = "bq query --use_legacy_sql=false \"SELECT\n  nope FROM \\`$P.nba_reference.late\\`\"\nbq query <<EOF\n\
        SELECT points FROM nba_reference.late LIMIT $N\nEOF\n";
    let linted = run(
        &folder,
        &[
            ("a.md", md),
            ("b.py", py),
            ("c.sh", sh),
            ("d.txt", "SELECT"),
            ("node_modules/x.sql", "SELECT"),
        ],
    )
    .await;
    let found = lines(&folder, &linted);
    let begins = [
        "a.md:5:8: error: no table `nba_reference.nba_schedul` in ",
        "b.py:3:19: error: there is no column `pts`",
        "c.sh:2:3: error: there is no column `nope`",
    ];
    assert_eq!(found.len(), begins.len(), "{found:#?}");
    for (have, want) in found.iter().zip(begins) {
        assert!(have.starts_with(want), "{have}\n{want}");
    }
    assert_eq!(
        linted.summary(),
        "5 statements in 3 files: 1 fine, 3 errors, 1 skipped"
    );
    let text = folder.plain(&linted.render(Format::Text));
    assert!(
        text.contains(
            "work/b.py:3:19: error: there is no column `pts`\n   |\n 3 |   SELECT game_id, pts\n   |                   ^"
        ),
        "{text}"
    );
    let github = folder.plain(&linted.render(Format::Github));
    assert!(
        github.contains("::error file=work/c.sh,line=2,col=3::there is no column `nope`"),
        "{github}"
    );
    let json: serde_json::Value = serde_json::from_str(&linted.render(Format::Json)).unwrap();
    assert_eq!(json["problems"][0]["line"], 5);
}

#[tokio::test]
async fn a_path_that_is_no_file_of_sql_is_refused() {
    let folder = folder();
    folder.write("x.txt", "SELECT 1");
    let opened = command::open(&folder.request()).await.expect("a lake");
    for (path, message) in [("x.txt", "is no file"), ("none.sql", "failed to read")] {
        let error = lint(&opened, &[folder.path().join(path)]).await;
        let error = error.expect_err("no file of SQL").to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[tokio::test]
async fn the_repositorys_own_queries_are_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let request = Request {
        suite: Some(root.join("lakeaudit.yaml")),
        lake: Some(root.join("fixtures/lake").display().to_string()),
        threads: Some(1),
        ..Request::default()
    };
    let opened = command::open(&request).await.expect("the demo lake");
    let linted = lint(&opened, &[root.join("queries"), root.join("README.md")])
        .await
        .expect("files");
    assert!(linted.is_clean(), "{}", linted.render(Format::Text));
    assert!(linted.fine >= 9, "{}", linted.summary());
}

/// Depth and length end in one problem at a place.
#[tokio::test]
async fn long_and_deep_statements() {
    let folder = folder();
    let from = "FROM nba_reference.nba_schedule";
    let pipes = format!("{from}{};\n", " |> WHERE TRUE".repeat(10_000));
    let brackets = format!("SELECT {}1{};\n", "(".repeat(5_000), ")".repeat(5_000));
    let plus = format!("SELECT 1{};\n", " + 1".repeat(10_000));
    let sql = [pipes.as_str(), &brackets, &plus, "SELECT 1 AS x;\n"].concat();
    let linted = run(&folder, &[("a.sql", &sql)]).await;
    let found = lines(&folder, &linted);
    let begins = [
        "a.sql:1:5633: error: more than 400 pipes in one query",
        "a.sql:2:127: error: nested more than 120 deep",
        "a.sql:3:1610: error: more than 400 operators in one expression",
    ];
    assert_eq!(found.len(), begins.len(), "{found:#?}");
    for (have, want) in found.iter().zip(begins) {
        assert!(have.starts_with(want), "{have}\n{want}");
    }
    assert_eq!(linted.fine, 1);
}
