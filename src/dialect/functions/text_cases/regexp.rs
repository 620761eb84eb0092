//! Functions of regular expressions.

use super::*;

#[test]
fn contains() {
    answers(&[
        ("regexp_contains", &[s("hello"), s("l+o$")], t(true)),
        ("regexp_contains", &[s("hello"), s("^ello")], t(false)),
        ("regexp_contains", &[s(""), s("")], t(true)),
        ("regexp_contains", &[s("жэчыщя"), s("чы.{2}$")], t(true)),
        ("regexp_contains", &[b(b"\xFF\n"), b(br"^\xFF\n$")], t(true)),
        ("regexp_contains", &[b("щ".as_bytes()), b(b"^..$")], t(true)),
        ("regexp_contains", &[s("a\nb"), s("a.b")], t(false)),
        ("regexp_contains", &[s("a\nb"), s("(?s)a.b")], t(true)),
        ("regexp_contains", &[s("a\nb"), s("a$")], t(false)),
        ("regexp_contains", &[s("a\nb"), s("(?m)a$")], t(true)),
        (
            "regexp_contains",
            &[s("a"), NULL],
            ScalarValue::Boolean(None),
        ),
    ]);
    fails(&[
        ("regexp_contains", &[s("a"), s("(")]),
        ("regexp_contains", &[s("a"), s("a(?=b)")]),
        ("regexp_contains", &[b(b"a"), s("a")]),
    ]);
}

#[test]
fn extracts() {
    answers(&[
        ("regexp_extract", &[s("foo@x.com"), s("@[^.]*")], s("@x")),
        (
            "regexp_extract",
            &[s("foo@x.com"), s(r"@.*\.(.*)$")],
            s("com"),
        ),
        ("regexp_extract", &[s("abc"), s("z")], NULL),
        ("regexp_extract", &[s(""), s("(abc)?")], NULL),
        ("regexp_extract", &[s(""), s("()")], s("")),
        (
            "regexp_extract",
            &[s("Hello Helloo"), s("H?ello+"), i(3), i(1)],
            s("Helloo"),
        ),
        (
            "regexp_extract",
            &[s("Hello Helloo"), s("H?ello+"), i(1), i(2)],
            s("Helloo"),
        ),
        (
            "regexp_extract",
            &[s("Hello Helloo"), s("H?ello+"), i(1), i(3)],
            NULL,
        ),
        ("regexp_extract", &[s("Hello"), s("^lo"), i(4)], s("lo")),
        ("regexp_extract", &[s("abc"), s("."), i(4)], NULL),
        ("regexp_extract", &[s("щцф"), s("."), i(2)], s("ц")),
        (
            "regexp_extract",
            &[b("щ".as_bytes()), b(b"."), i(2)],
            b(b"\x89"),
        ),
        ("regexp_extract", &[b(b"abc"), NO_BYTES], NO_BYTES),
        ("regexp_extract", &[s("abc"), s("b"), NO_INT], NULL),
        (
            "regexp_extract_all",
            &[s("aabca"), s("a*")],
            texts(&["aa", "", "", "a"]),
        ),
        (
            "regexp_extract_all",
            &[s("baac"), s("a*")],
            texts(&["", "aa", ""]),
        ),
        (
            "regexp_extract_all",
            &[s("щццф"), s("ц*")],
            texts(&["", "цц", ""]),
        ),
        ("regexp_extract_all", &[s("aaa"), s("^a")], texts(&["a"])),
        ("regexp_extract_all", &[s(""), s("(abc)?")], texts(&[""])),
        (
            "regexp_extract_all",
            &[s("XbAZb"), s("(.)b")],
            texts(&["X", "Z"]),
        ),
        (
            "regexp_extract_all",
            &[s("this_is__a___Test"), s("(.*?)(?:_|$)")],
            texts(&["this", "is", "", "a", "", "", "Test"]),
        ),
        ("regexp_extract_all", &[s("abc"), s("z")], texts(&[])),
        (
            "regexp_extract_all",
            &[b(b"\x01\x02"), b(b"\x02?")],
            byte_texts(&[b"", b"\x02"]),
        ),
    ]);
    fails(&[
        ("regexp_extract", &[s("abc"), s("(a)(b)")]),
        ("regexp_extract", &[s("abc"), s("a"), i(0)]),
        ("regexp_extract", &[s("abc"), s("a"), i(1), i(0)]),
        ("regexp_extract_all", &[s("abc"), s("((a))")]),
    ]);
}

#[test]
fn positions() {
    answers(&[
        (
            "regexp_instr",
            &[s("a@gmail.com b@gmail.com"), s("@[^.]*")],
            i(2),
        ),
        (
            "regexp_instr",
            &[s("a@gmail.com b@gmail.com"), s("@[^.]*"), i(3)],
            i(14),
        ),
        (
            "regexp_instr",
            &[s("a@x.c b@x.c"), s("@[^.]*"), i(1), i(2)],
            i(8),
        ),
        (
            "regexp_instr",
            &[s("a@gmail.com"), s("@[^.]*"), i(1), i(1), i(1)],
            i(8),
        ),
        (
            "regexp_instr",
            &[s("abcabc"), s("a(b)c"), i(2), i(1), i(1)],
            i(6),
        ),
        ("regexp_instr", &[s("щцфщфф"), s("щ(.)."), i(1), i(2)], i(5)),
        (
            "regexp_instr",
            &[b("щцфщфф".as_bytes()), b("щ(.).".as_bytes()), i(1), i(2)],
            i(9),
        ),
        ("regexp_instr", &[s("abc"), s(""), i(2)], i(0)),
        ("regexp_instr", &[s(""), s("a*")], i(0)),
        ("regexp_instr", &[s("abc"), s("z")], i(0)),
        ("regexp_instr", &[s("abc"), s("b"), i(9)], i(0)),
        ("regexp_instr", &[s("abc"), s("b"), i(1), NO_INT], NO_INT),
    ]);
    fails(&[
        ("regexp_instr", &[s("abc"), s("b"), i(0)]),
        ("regexp_instr", &[s("abc"), s("b"), i(1), i(1), i(2)]),
        ("regexp_instr", &[s("abc"), s("(a)(b)")]),
    ]);
}

#[test]
fn replaces() {
    for (text, pattern, by, expected) in [
        ("abc", "", "x", "xaxbxcx"),
        ("abc", "b*", "x", "xaxcx"),
        ("ab", "b*", "x", "xax"),
        ("b", "b*", "x", "x"),
        ("bb", "^b", "x", "xb"),
        ("T€T", "", "K", "KTK€KTK"),
        ("one two", r"\b", "-", "-one- -two-"),
        ("banana", "(.)a(.)", r"\1\2", "bnana"),
        ("abc", "b(.)", r"[\0]", "a[bc]"),
        ("abc", "(b)", r"\\", r"a\c"),
        ("abc", "(b)", "p$q", "ap$qc"),
        ("abc", "(x)?b", r"<\1>", "a<>c"),
        (
            "# Heading",
            r"^# ([a-zA-Z0-9\s]+$)",
            r"<h1>\1</h1>",
            "<h1>Heading</h1>",
        ),
        ("", "", "x", "x"),
    ] {
        let answer = call("regexp_replace", &[s(text), s(pattern), s(by)]);
        assert_eq!(answer, Ok(s(expected)), "{text} {pattern}");
    }
    answers(&[
        (
            "regexp_replace",
            &[b("щ".as_bytes()), b(b"."), b(b"x")],
            b(b"xx"),
        ),
        ("regexp_replace", &[s("a"), s("a"), NULL], NULL),
    ]);
    fails(&[
        ("regexp_replace", &[s("a"), s("z"), s(r"\1")]),
        ("regexp_replace", &[s("a"), s("a"), s(r"\q")]),
        ("regexp_replace", &[s("a"), s("a"), s(r"a\")]),
        ("regexp_replace", &[s("a"), s("("), s("")]),
    ]);
}
