//! RE2's language.

use super::super::re2::compile;

fn found(pattern: &str, text: &str) -> Option<String> {
    let pattern = compile(pattern.as_bytes(), true).unwrap();
    let found = pattern.regex.find(text.as_bytes())?;
    Some(String::from_utf8_lossy(found.as_bytes()).into_owned())
}

#[test]
fn perl_classes_are_of_ascii() {
    assert_eq!(found(r"\d+", "٣٤ 12"), Some("12".to_owned()));
    assert_eq!(found(r"\w+", "éab_é"), Some("ab_".to_owned()));
    assert_eq!(found(r"\s", "\u{A0}\u{B}"), None);
    assert_eq!(found(r"[^\W]+", "é7"), Some("7".to_owned()));
    assert_eq!(found(r"[\D]", "1é"), Some("é".to_owned()));
    // The boundary is beside a letter of ASCII only.
    assert_eq!(found(r"\b.", "éa"), Some("a".to_owned()));
    assert_eq!(
        found(r"(?i)straße|K", "\u{212A}"),
        Some("\u{212A}".to_owned())
    );
}

#[test]
fn reads_what_re2_reads() {
    for (pattern, text, expected) in [
        (r"x{,2}", "x{,2}", "x{,2}"),
        (r"a{", "a{", "a{"),
        (r"a{02}", "a{02}", "a{02}"),
        (r"\Qa.b*\E+", "a.b**", "a.b**"),
        (r"\Q\E", "a", ""),
        (r"[]a]+", "]a", "]a"),
        (r"[a-b-c]+", "a-c", "a-c"),
        (r"[a&&b]+", "&a", "&a"),
        (r"[a~~b-]+", "~-", "~-"),
        (r"[[:alpha:][:^ascii:]]+", "1xé", "xé"),
        (r"[[:alpha]+", "[:", "[:"),
        (r"\x41\x{42}\103\0", "ABC\0", "ABC\0"),
        (r"\pL\p{Greek}\P{^Lu}", "aαB", "aαB"),
        (r"(?P<y>\d)(?<m>\d)", "12", "12"),
        (r"(?i:A)b", "ab", "ab"),
        (r"a#b c", "a#b c", "a#b c"),
        (r"(?)a", "a", "a"),
        (r"(?U)a+", "aa", "a"),
        (r"(?ii-s)A", "a", "a"),
        (r"\_\-\/", "_-/", "_-/"),
        (r"^*a", "a", "a"),
        (r"(|a)*", "aa", ""),
    ] {
        assert_eq!(found(pattern, text).as_deref(), Some(expected), "{pattern}");
    }
}

#[test]
fn refuses_what_re2_refuses() {
    for pattern in [
        "(",
        ")",
        "a)",
        "[",
        "[a",
        "a**",
        "a*+",
        "a++",
        "a??+",
        "a{2}{3}",
        "*a",
        "|*",
        "(*a)",
        "a{1001}",
        "a{2,1}",
        "(a{100}){11}",
        r"\1",
        r"\8",
        r"\Z",
        r"\G",
        r"\C",
        r"\i",
        r"\é",
        r"\xF",
        r"\x{}",
        r"\x{110000}",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        "(?>a)",
        "(?x)a",
        "(?u)a",
        "(?-)a",
        "(?i",
        "(?P=n)",
        "(?P<>a)",
        "(?P<n>a)(?P<n>b)",
        r"\p{Alphabetic}",
        r"\p{L&}",
        r"\p{greek}",
        r"\p{Grek}",
        r"\p",
        r"[b-a]",
        r"[b--]",
        r"[a-\d]",
        r"[[:foo:]]",
        r"[\b]",
        r"[\Qa]",
        "a\\",
    ] {
        assert!(compile(pattern.as_bytes(), true).is_err(), "{pattern}");
    }
}

#[test]
fn bytes_are_characters_of_their_own() {
    let pattern = compile(b".\xFF", false).unwrap();
    assert!(pattern.regex.is_match(b"\xC3\xFF"));
    assert!(compile(r"\x{100}".as_bytes(), false).is_err());
    assert!(compile(b"(?i)\xE9", false).is_err());
    assert!(compile(br"\pL", false).is_err());
}
