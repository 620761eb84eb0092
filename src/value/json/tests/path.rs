//! The grammar of paths, and what is said of a text outside it.

use super::super::{JsonPath, Quoting};

fn steps(text: &str, quoting: Quoting) -> Vec<(String, Option<u32>)> {
    let path = JsonPath::parse_as(text, quoting).unwrap();
    path.steps()
        .iter()
        .map(|step| (step.name().to_owned(), step.index()))
        .collect()
}

fn refusal(text: &str, quoting: Quoting) -> (usize, String) {
    let error = JsonPath::parse_as(text, quoting).unwrap_err();
    (error.at, error.what)
}

fn name(name: &str) -> (String, Option<u32>) {
    (name.to_owned(), None)
}

#[test]
fn reads_steps() {
    assert_eq!(steps("$", Quoting::Standard), []);
    assert_eq!(
        steps("$.a.b_c-d:e f", Quoting::Standard),
        [name("a"), name("b_c-d:e f")]
    );
    assert_eq!(
        steps("$.größe.\"a.b\"[ 12 ]", Quoting::Standard),
        [name("größe"), name("a.b"), ("12".into(), Some(12))]
    );
    assert_eq!(
        steps("$.7.007", Quoting::Standard),
        [("7".into(), Some(7)), name("007")]
    );
    assert_eq!(steps("$.\"\"", Quoting::Standard), [name("")]);
    assert_eq!(steps("$['a.b'][ 'c' ][d][0].e.", Quoting::Legacy).len(), 5);
    assert_eq!(steps("$.", Quoting::Legacy), []);
}

#[test]
fn unescapes_only_the_quote() {
    assert_eq!(
        steps(r#"$."a\"b\n\\""#, Quoting::Standard),
        [name(r#"a"b\n\\"#)]
    );
    assert_eq!(steps(r"$['it\'s']", Quoting::Legacy), [name("it's")]);
}

#[test]
fn says_where_and_what() {
    let standard = |text| refusal(text, Quoting::Standard);
    assert_eq!(standard(""), (0, "a JSONPath starts with `$`".into()));
    assert_eq!(standard("lax $.a").0, 0);
    let unsupported =
        |what| format!("{what} is not supported by BigQuery's JSON_VALUE and JSON_QUERY");
    assert_eq!(standard("$.a.*"), (4, unsupported("a wildcard")));
    assert_eq!(standard("$.a[*]"), (4, unsupported("a wildcard")));
    assert_eq!(standard("$..a"), (2, unsupported("recursive descent")));
    assert_eq!(standard("$.a[?(@.b)]"), (4, unsupported("a filter")));
    assert_eq!(
        standard("$.a[(@.length-1)]"),
        (4, unsupported("a script expression"))
    );
    assert_eq!(standard("$.a[-1]"), (4, unsupported("a negative index")));
    assert_eq!(standard("$.a[0:4]"), (5, unsupported("a slice")));
    assert_eq!(standard("$.a[:4]"), (4, unsupported("a slice")));
    assert_eq!(standard("$.é[0,1]"), (6, unsupported("a union")));
    assert_eq!(standard("$['a']").0, 2);
    assert!(standard("$['a']").1.contains(".\"name\""));
    assert_eq!(
        standard("$.a[01]"),
        (4, "an index has no leading zero".into())
    );
    assert_eq!(
        standard("$.a[4294967296]"),
        (4, "the index is too large".into())
    );
    assert_eq!(
        standard("$.a[b]"),
        (4, "expected an index after `[`".into())
    );
    assert_eq!(standard("$.a[0").0, 5);
    assert_eq!(standard("$.a."), (4, "expected a name after `.`".into()));
    assert_eq!(standard("$a"), (1, "expected `.name` or `[n]`".into()));
    assert_eq!(
        standard("$.\"a"),
        (2, "the name's closing \" is missing".into())
    );
    assert_eq!(standard("$.\"a\\").0, 2);
    let legacy = |text| refusal(text, Quoting::Legacy);
    assert_eq!(legacy("$.\"a\"").0, 2);
    assert_eq!(legacy("$[a.b]").0, 3);
    assert!(legacy("$[*]").1.ends_with("JSON_EXTRACT"));
}

#[test]
fn writes_its_canonical_text() {
    let written = |text, quoting| JsonPath::parse_as(text, quoting).unwrap().to_string();
    assert_eq!(
        written("$.a[ 1].2.\"b\".\"c.d\".\"\"", Quoting::Standard),
        "$.a[1][2].b.\"c.d\".\"\""
    );
    assert_eq!(
        written("$[a]['b']['c.d']['it\\'s'].", Quoting::Legacy),
        "$.a.b['c.d']['it\\'s']"
    );
    let error = JsonPath::parse("$.a.*").unwrap_err().to_string();
    assert_eq!(
        error,
        "a wildcard is not supported by BigQuery's JSON_VALUE and JSON_QUERY (byte 4 of the JSONPath)"
    );
}
