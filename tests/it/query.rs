//! `lakeaudit query` and `lakeaudit shell`, as programs: formats, parameters, where the SQL comes from, what goes wrong.

use std::fs::{self, File};
use std::io::Write;
use std::process::{Command, Output, Stdio};

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::audit::Folder;

const SCORES: &str = "
    player STRING | score NUMERIC(4, 1) | points INT64 | tip DATETIME           | game_date DATE
    ann           | 10.5                | 7            | 2026-01-31T12:00:00   | 2026-01-31
    bob           | NULL                | 12           | 2026-01-31T12:00:00.5 | 2026-01-31
";

/// A folder with one table.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.table("ds/scores/000.parquet", SCORES);
    folder
}

/// Runs the program in the folder.
fn run(folder: &Folder, args: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lakeaudit"))
        .args(args)
        .args(["--lake", "lake", "--threads", "1"])
        .current_dir(folder.path())
        .env("LAKEAUDIT_HISTORY", "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut input = child.stdin.take().expect("a pipe");
    // A program that needs no input may be gone already.
    let _ = input.write_all(stdin.as_bytes());
    drop(input);
    child.wait_with_output().expect("an end")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The rows of a query that succeeds.
fn rows(args: &[&str]) -> String {
    let out = run(&folder(), &[&["query"], args].concat(), "");
    assert!(out.status.success(), "{}", text(&out.stderr));
    text(&out.stdout)
}

/// The error of a query that fails.
fn error(args: &[&str]) -> String {
    let out = run(&folder(), &[&["query"], args].concat(), "");
    assert_eq!(out.status.code(), Some(2), "{}", text(&out.stdout));
    text(&out.stderr)
}

/// A value of each type, in one row.
const TYPES: &str = "
    SELECT 1 AS i, 2.0 AS f, CAST('NaN' AS FLOAT64) AS nan, CAST('-inf' AS FLOAT64) AS inf, TRUE AS b,
      NUMERIC '-1.50' AS n,
      BIGNUMERIC '578960446186580977117854925043439539266.34992332820282019728792003956564819967' AS big,
      'a\"|,\\n' AS s, b'ab\\xff' AS y, DATE '2026-01-31' AS d, TIME '12:00:00.5' AS t,
      DATETIME '2026-01-31 12:00:00.123456' AS dt, TIMESTAMP '2026-01-31 12:00:00+00' AS ts,
      INTERVAL '1-2 3 4:5:6' YEAR TO SECOND AS iv, JSON '{\"a\": [1, null]}' AS j,
      [1, 2] AS a, STRUCT(1 AS x, 'y') AS st, NULL AS nothing";

#[test]
fn jsonl_has_every_type() {
    let want = concat!(
        r#"{"i":1,"f":2.0,"nan":"NaN","inf":"-Infinity","b":true,"n":"-1.5","#,
        r#""big":"578960446186580977117854925043439539266.34992332820282019728792003956564819967","#,
        r#""s":"a\"|,\n","y":"YWL/","d":"2026-01-31","t":"12:00:00.500","#,
        r#""dt":"2026-01-31T12:00:00.123456","ts":"2026-01-31 12:00:00+00","iv":"1-2 3 4:5:6","#,
        r#""j":{"a":[1,null]},"a":[1,2],"st":{"x":1,"_field_2":"y"},"nothing":null}"#,
        "\n"
    );
    assert_eq!(rows(&["--format", "jsonl", TYPES]), want);
}

#[test]
fn csv_has_every_type() {
    let want = concat!(
        "i,f,nan,inf,b,n,big,s,y,d,t,dt,ts,iv,j,a,st,nothing\r\n",
        "1,2.0,NaN,-Infinity,true,-1.5,",
        "578960446186580977117854925043439539266.34992332820282019728792003956564819967,",
        "\"a\"\"|,\n\",YWL/,2026-01-31,12:00:00.500,2026-01-31T12:00:00.123456,2026-01-31 12:00:00+00,",
        "1-2 3 4:5:6,\"{\"\"a\"\":[1,null]}\",\"[1,2]\",\"{\"\"x\"\":1,\"\"_field_2\"\":\"\"y\"\"}\",\r\n",
    );
    assert_eq!(rows(&["--format", "csv", TYPES]), want);
    let empty = rows(&["--format", "csv", "SELECT '' AS e, NULL AS n"]);
    assert_eq!(empty, "e,n\r\n\"\",\r\n");
}

#[test]
fn markdown_has_every_type() {
    let all = rows(&["--format", "markdown", TYPES]);
    let lines: Vec<&str> = all.lines().collect();
    assert_eq!(lines.len(), 3, "{all}");
    assert!(lines[1].starts_with("| ---: | ---: | ---: | ---: | --- | ---: |"));
    assert!(lines[2].contains("| a\"\\|,<br> | YWL/ |"), "{all}");
    assert!(lines[2].ends_with(" NULL |"), "{all}");
}

#[test]
fn a_table_is_aligned_and_whole_where_no_terminal_is() {
    let sql = "SELECT player, score, points, tip FROM ds.scores ORDER BY player";
    let out = run(&folder(), &["query", sql], "");
    assert!(out.status.success(), "{}", text(&out.stderr));
    assert_eq!(
        text(&out.stdout),
        "player  score  points  tip\n\
         ──────  ─────  ──────  ───────────────────────\n\
         ann      10.5       7  2026-01-31 12:00:00\n\
         bob      NULL      12  2026-01-31 12:00:00.500\n"
    );
    assert!(text(&out.stderr).contains("2 rows"));
    let long = rows(&["SELECT REPEAT('x', 500) AS x"]);
    assert!(long.contains(&"x".repeat(500)));
    assert!(rows(&[TYPES]).contains("39539266.34992332820282019728792003956564819967"));
}

#[test]
fn parquet_goes_to_a_file() {
    let folder = folder();
    let args = ["query", "--format", "parquet", "-o", "rows.parquet", TYPES];
    let out = run(&folder, &args, "");
    assert!(out.status.success(), "{}", text(&out.stderr));
    assert!(text(&out.stderr).contains("1 row to rows.parquet"));
    let file = File::open(folder.path().join("rows.parquet")).expect("a file");
    let mut batches = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|b| b.build())
        .expect("a Parquet file");
    let batch = batches.next().expect("a batch").expect("rows");
    let type_of = |name: &str| batch.column_by_name(name).expect(name).data_type().clone();
    let micros = TimeUnit::Microsecond;
    assert_eq!(type_of("dt"), DataType::Timestamp(micros, None));
    assert_eq!(
        type_of("ts"),
        DataType::Timestamp(micros, Some("UTC".into()))
    );
    assert_eq!(type_of("big"), DataType::Decimal256(76, 38));
    assert_eq!(type_of("j"), DataType::Utf8);
    assert_eq!(type_of("iv"), DataType::Utf8);
    assert_eq!(type_of("nothing"), DataType::Int64);
    let st = batch.column_by_name("st").expect("st").as_struct();
    assert_eq!(st.column_names(), ["x", "_field_2"]);
    assert_eq!(st.column(0).as_primitive::<Int64Type>().value(0), 1);
    // What was written is a table of a lake.
    let lake = folder.path().join("lake/out/rows");
    fs::create_dir_all(&lake).expect("a folder");
    fs::rename(folder.path().join("rows.parquet"), lake.join("0.parquet")).expect("moved");
    let sql = "SELECT big, dt, a, st.x FROM out.rows";
    let out = run(&folder, &["query", "--format", "jsonl", sql], "");
    let big = "578960446186580977117854925043439539266.34992332820282019728792003956564819967";
    let want = format!(
        "{{\"big\":\"{big}\",\"dt\":\"2026-01-31 12:00:00.123456\",\"a\":[1,2],\"x\":1}}\n"
    );
    assert_eq!(text(&out.stdout), want, "{}", text(&out.stderr));
}

#[test]
fn parameters_are_cast_to_their_types() {
    let given = [
        "i:INT64=5",
        "f:FLOAT64=1e3",
        "n:NUMERIC=1.25",
        "b:BOOL=true",
        "d:DATE=2026-01-31",
        "dt:DATETIME=2026-01-31T12:00:00",
        "ts:TIMESTAMP=2026-01-31 12:00:00+01",
        "s=it's; x=1",
        "a:ARRAY<INT64>=1,2,3",
        "t:ARRAY<STRING>=[\"a,b\",\"c\"]",
        "none:INT64=NULL",
    ];
    let mut args = vec!["--format", "jsonl"];
    args.extend(given.iter().flat_map(|given| ["--param", *given]));
    args.push(
        "SELECT @i AS i, @f AS f, @n AS n, @b AS b, @D AS d, @dt AS dt, @ts AS ts, @s AS s, @a AS a, @t AS t, \
         @none AS none, (SELECT COUNT(*) FROM UNNEST(@a)) AS c",
    );
    assert_eq!(
        rows(&args),
        "{\"i\":5,\"f\":1000.0,\"n\":\"1.25\",\"b\":true,\"d\":\"2026-01-31\",\"dt\":\"2026-01-31T12:00:00\",\
         \"ts\":\"2026-01-31 11:00:00+00\",\"s\":\"it's; x=1\",\"a\":[1,2,3],\"t\":[\"a,b\",\"c\"],\"none\":null,\"c\":3}\n"
    );
    let sql = "SELECT COUNT(*) AS c FROM ds.scores WHERE game_date = @day";
    let counted = rows(&["--format", "csv", "--param", "day=2026-01-31", sql]);
    assert_eq!(counted, "c\r\n2\r\n");
    let day = rows(&[
        "--format",
        "csv",
        "--as-of",
        "2026-02-01",
        "SELECT CURRENT_DATE() AS d",
    ]);
    assert_eq!(day, "d\r\n2026-02-01\r\n");
}

#[test]
fn the_query_comes_from_anywhere() {
    let folder = folder();
    folder.write("q.sql", "-- name: x\nSELECT 1 AS x;\n");
    for args in [
        &["query", "--format", "csv", "SELECT 1 AS x"] as &[&str],
        &["query", "--format", "csv", "--file", "q.sql"],
        &["query", "--format", "csv", "-"],
        &["query", "--format", "csv"],
    ] {
        let out = run(&folder, args, "SELECT\n1 AS x");
        assert_eq!(
            text(&out.stdout),
            "x\r\n1\r\n",
            "{args:?} {}",
            text(&out.stderr)
        );
    }
    folder.write("bad.sql", "SELECT\n  nope FROM ds.scores");
    let out = run(&folder, &["query", "--file", "bad.sql"], "");
    assert!(text(&out.stderr).contains("bad.sql:2:3: there is no column `nope`"));
    let out = run(&folder, &["query"], "SELECT\n 1 +");
    assert!(
        text(&out.stderr).contains("stdin:2:"),
        "{}",
        text(&out.stderr)
    );
    let out = run(
        &folder,
        &["query", "SELECT player FROM ds.scores LIMIT 1"],
        "",
    );
    assert!(text(&out.stderr).contains("note: LIMIT without ORDER BY"));
}

#[test]
fn what_is_wrong_is_told_once() {
    for (args, why) in [
        (
            &["--param", "x", "SELECT 1"] as &[&str],
            "`x` gives no parameter a value",
        ),
        (
            &["--param", "1x=2", "SELECT 1"],
            "`1x` is not a parameter's name",
        ),
        (&["--param", "x:INT=a", "SELECT 1"], "parameter @x: "),
        (
            &["--param", "x:INTEGR=1", "SELECT 1"],
            "`INTEGR` is not a BigQuery type",
        ),
        (
            &["--param", "x:DATE=2026-02-30", "SELECT 1"],
            "parameter @x: ",
        ),
        (
            &["--param", "x:ARRAY<INT64>=[1", "SELECT 1"],
            "is not a JSON array",
        ),
        (
            &["--param", "x:STRUCT<a INT64>=1", "SELECT 1"],
            "a parameter can't hold STRUCT",
        ),
        (&["SELECT @x"], "parameter @x has no value"),
        (&["--file", "no.sql"], "failed to read no.sql"),
        (&[""], "there is no query"),
        (&["SELECT 1; SELECT 2"], "expected the end of the query"),
        (&["SELECT 1/0"], "division by zero"),
        (
            &["-o", "no/where.csv", "SELECT 1"],
            "failed to write the rows to no/where.csv",
        ),
        (&["--format", "xml", "SELECT 1"], "invalid value 'xml'"),
        (&["--file", "q.sql", "SELECT 1"], "cannot be used with"),
    ] {
        let told = error(args);
        assert!(told.contains(why), "{args:?}: {told}");
        assert_eq!(told.matches("error:").count(), 1, "{told}");
    }
}

/// `*` says what it leaves out, and naming it says why it can't be read.
#[test]
fn a_column_of_two_types_is_told() {
    let folder = folder();
    folder.table("ds/two/000.parquet", "id INT64 | v INT64\n1 | 2\n");
    folder.table("ds/two/001.parquet", "id INT64 | v STRING\n2 | x\n");
    let why = "column `v` is INT64 in ds/two/000.parquet and STRING in later files";
    let out = run(
        &folder,
        &[
            "query",
            "--format",
            "csv",
            "SELECT * FROM ds.two ORDER BY id",
        ],
        "",
    );
    assert_eq!(text(&out.stdout), "id\r\n1\r\n2\r\n");
    let told = text(&out.stderr);
    assert!(
        told.contains(&format!("note: * of `ds.two` leaves out: {why}")),
        "{told}"
    );
    for sql in ["SELECT v FROM ds.two", "SELECT * EXCEPT (v) FROM ds.two"] {
        let out = run(&folder, &["query", sql], "");
        assert_eq!(out.status.code(), Some(2));
        assert!(text(&out.stderr).contains(why), "{}", text(&out.stderr));
    }
    let out = run(&folder, &["query", "SELECT id FROM ds.two"], "");
    assert!(!text(&out.stderr).contains("note"), "{}", text(&out.stderr));
}

#[test]
fn what_fails_as_it_runs_has_a_place() {
    for (sql, wants) in [
        (
            "SELECT\n  1 / x FROM UNNEST([0]) AS x",
            "query:2:3: division by zero",
        ),
        (
            "SELECT CAST(x AS INT64) FROM UNNEST(['a']) AS x",
            "query:1:8: `a` is not an INT64",
        ),
        // Without a place of its own the statement is told.
        (
            "SELECT SUM(x) FROM UNNEST([9223372036854775807, 1]) AS x",
            "query:1:1: INT64 overflow in SUM",
        ),
    ] {
        let told = error(&[sql]);
        assert!(told.contains(wants), "{told}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lakeaudit"))
        .args(["query", "--format", "jsonl", "--lake", "lake"])
        .arg("SELECT n FROM UNNEST(GENERATE_ARRAY(1, 1000000)) AS n")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    drop(child.stdout.take());
    let out = child.wait_with_output().expect("an end");
    assert_eq!(
        (out.status.code(), text(&out.stderr)),
        (Some(0), String::new())
    );
}

#[test]
fn the_shell_reads_statements_from_a_pipe() {
    let script = ".param day:DATE=2026-01-31\n.format csv\nSELECT player\nFROM ds.scores -- ; no end\n\
        WHERE game_date = @day ORDER BY 1; SELECT ';' AS s;\nDECLARE n INT64 DEFAULT 3;\nSELECT n;\n\
        .format jsonl\nSELECT 1 AS x";
    let out = run(&folder(), &["shell"], script);
    assert_eq!(
        text(&out.stdout),
        "player\r\nann\r\nbob\r\ns\r\n;\r\nn\r\n3\r\n{\"x\":1}\n",
        "{}",
        text(&out.stderr)
    );
    assert!(out.status.success());
    let out = run(
        &folder(),
        &["shell"],
        ".tables\n.schema ds.scores\nhelp\nEXIT;\nSELECT 1;\n",
    );
    let told = text(&out.stdout);
    assert!(
        told.contains("ds.scores") && told.contains("NUMERIC(4, 1)"),
        "{told}"
    );
    assert!(told.contains(".format") && out.status.success(), "{told}");
}

#[test]
fn the_shell_goes_on_after_an_error() {
    let script =
        "\nSELECT 1;\nSELECT\n  nope FROM ds.scores;\n.tabels\n.format xml\nSELECT 2 AS x;\n";
    let out = run(&folder(), &["shell"], script);
    let told = text(&out.stderr);
    assert_eq!(out.status.code(), Some(2));
    assert!(
        told.contains("query:4:3: there is no column `nope`"),
        "{told}"
    );
    assert!(
        told.contains("there is no command `.tabels`\n  help: did you mean `.tables`?"),
        "{told}"
    );
    assert!(told.contains("there is no format `xml`"), "{told}");
    assert!(text(&out.stdout).contains("x\n─\n2\n"));
}
