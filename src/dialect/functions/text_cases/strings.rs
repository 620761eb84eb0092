//! Functions of STRING and BYTES but those of regular expressions and formats.

use super::super::farm::fingerprint;
use super::*;

#[test]
fn lengths_and_concatenation() {
    answers(&[
        ("concat", &[s("T."), s("P."), s("Bar")], s("T.P.Bar")),
        ("concat", &[s("Summer "), i(1923)], s("Summer 1923")),
        ("concat", &[s("a"), NULL], NULL),
        ("concat", &[ScalarValue::Null], NULL),
        ("concat", &[b(b"\xFF"), b(b"a")], b(b"\xFFa")),
        ("concat", &[b(b"\xFF"), NO_BYTES], NO_BYTES),
        ("length", &[s("абв")], i(3)),
        ("length", &[b("абв".as_bytes())], i(6)),
        ("length", &[ScalarValue::Null], NO_INT),
        ("char_length", &[s("абв")], i(3)),
        ("byte_length", &[s("абв")], i(6)),
        ("byte_length", &[b(b"abc")], i(3)),
    ]);
    fails(&[
        ("concat", &[b(b"a"), s("a")]),
        ("concat", &[]),
        ("char_length", &[b(b"a")]),
        ("length", &[i(1)]),
    ]);
}

#[test]
fn letters() {
    answers(&[
        ("lower", &[s("AbÇΣΑΣ")], s("abçσας")),
        ("lower", &[b("AÇ".as_bytes())], b("aÇ".as_bytes())),
        ("upper", &[s("straße")], s("STRASSE")),
        ("upper", &[b(b"a\xE2")], b(b"A\xE2")),
        ("upper", &[NULL], NULL),
        (
            "initcap",
            &[s("hello WORLD-everyone!")],
            s("Hello World-Everyone!"),
        ),
        ("initcap", &[s("o'neil a^b")], s("O'neil A^B")),
        ("initcap", &[s("ßa ǆ")], s("ßa Ǆ")),
        ("initcap", &[s("a bXc d"), s("X")], s("A bXC d")),
        ("initcap", &[s("aB cD"), s("")], s("Ab cd")),
        ("initcap", &[s("a"), NULL], NULL),
    ]);
    fails(&[("initcap", &[b(b"a")])]);
}

#[test]
fn trims() {
    answers(&[
        ("trim", &[s("\u{3000} a b \t")], s("a b")),
        ("trim", &[s("xyzpearxyz"), s("xyz")], s("pear")),
        ("trim", &[s("abba"), s("ab")], s("")),
        ("ltrim", &[s("  a  ")], s("a  ")),
        ("rtrim", &[s("  a  "), s(" ")], s("  a")),
        ("ltrim", &[b(b" a "), b(b"")], b(b" a ")),
        ("ltrim", &[b(b" \xE2\x82 "), b(b" \xE2")], b(b"\x82 ")),
        ("rtrim", &[b(b"aa"), b(b"a")], b(b"")),
        ("trim", &[b(b"abca"), b(b"a")], b(b"bc")),
        ("ltrim", &[s(" "), NULL], NULL),
    ]);
    fails(&[("trim", &[b(b" a ")]), ("trim", &[s("a"), b(b"a")])]);
}

#[test]
fn cuts() {
    answers(&[
        ("substr", &[s("apple"), i(2)], s("pple")),
        ("substr", &[s("apple"), i(2), i(2)], s("pp")),
        ("substr", &[s("apple"), i(-2)], s("le")),
        ("substr", &[s("apple"), i(0), i(2)], s("ap")),
        ("substr", &[s("apple"), i(-9), i(2)], s("ap")),
        ("substr", &[s("apple"), i(9)], s("")),
        (
            "substr",
            &[s("apple"), i(i64::MIN), i(i64::MAX)],
            s("apple"),
        ),
        ("substr", &[s("абвгд"), i(2), i(2)], s("бв")),
        ("substr", &[s("абвгд"), i(-2), i(1)], s("г")),
        ("substr", &[b("абв".as_bytes()), i(2), i(1)], b(b"\xB0")),
        ("substr", &[b(b"abc"), i(-9), i(2)], b(b"ab")),
        ("substr", &[NULL, i(1), i(1)], NULL),
        ("left", &[s("абвгд"), i(3)], s("абв")),
        ("left", &[b(b"abc"), i(9)], b(b"abc")),
        ("right", &[s("абвгд"), i(3)], s("вгд")),
        ("right", &[s("ab"), i(9)], s("ab")),
        ("right", &[b(b"abc"), i(0)], b(b"")),
        ("right", &[b(b"abc"), NO_INT], NO_BYTES),
    ]);
    fails(&[
        ("substr", &[s("a"), i(1), i(-1)]),
        ("left", &[s("a"), i(-1)]),
        ("right", &[b(b"a"), i(-1)]),
    ]);
}

#[test]
fn pads() {
    answers(&[
        ("lpad", &[s("abc"), i(5)], s("  abc")),
        ("lpad", &[s("abc"), i(2)], s("ab")),
        ("lpad", &[s("例子"), i(5), s("中文")], s("中文中例子")),
        ("lpad", &[b(b"\xab\xcd\xef"), i(4)], b(b" \xab\xcd\xef")),
        ("rpad", &[s("abc"), i(8), s("def")], s("abcdefde")),
        ("rpad", &[s("¼a"), i(5), s("智者")], s("¼a智者智")),
        ("rpad", &[b(b"abc"), i(5), b(b"\0")], b(b"abc\0\0")),
        ("rpad", &[s("a"), i(3), NULL], NULL),
        ("lpad", &[s("a"), i(0)], s("")),
        ("repeat", &[s("例子"), i(2)], s("例子例子")),
        ("repeat", &[b(b"ab"), i(0)], b(b"")),
        ("repeat", &[s(""), i(i64::MAX)], s("")),
    ]);
    fails(&[
        ("lpad", &[s("a"), i(-1)]),
        ("lpad", &[s("abc"), i(1), s("")]),
        ("rpad", &[s("a"), i(i64::MAX)]),
        ("rpad", &[s("a"), i(1 << 20), s("例")]),
        ("repeat", &[s("a"), i(-1)]),
        ("repeat", &[s("ab"), i(1 << 20)]),
        ("repeat", &[s("ab"), i(i64::MAX)]),
    ]);
}

#[test]
fn replacements() {
    answers(&[
        ("replace", &[s("aaa"), s("aa"), s("b")], s("ba")),
        ("replace", &[s("abc"), s(""), s("x")], s("abc")),
        (
            "replace",
            &[b(b"\xE2\xAC"), b(b"\xAC"), b(b"\xFF")],
            b(b"\xE2\xFF"),
        ),
        ("replace", &[s("abc"), s("b"), NULL], NULL),
        ("reverse", &[s("абв")], s("вба")),
        ("reverse", &[b(b"123")], b(b"321")),
        (
            "translate",
            &[s("This is a cookie"), s("sco"), s("zku")],
            s("Thiz iz a kuukie"),
        ),
        (
            "translate",
            &[s("A coaster"), s("co"), s("k")],
            s("A kaster"),
        ),
        ("translate", &[s("ab"), s("a"), s("xyz")], s("xb")),
        ("translate", &[s("a😀"), s("😀"), s("é")], s("aé")),
        (
            "translate",
            &[b(b"ab\xFE"), b(b"a\xFE"), b(b"x\x01")],
            b(b"xb\x01"),
        ),
        ("translate", &[s("a"), NULL, s("a")], NULL),
    ]);
    fails(&[
        ("translate", &[s("apple"), s("aa"), s("bc")]),
        ("translate", &[b(b"apple"), b(b"aa"), b(b"bb")]),
    ]);
}

#[test]
fn searches() {
    answers(&[
        ("instr", &[s("banana"), s("an")], i(2)),
        ("instr", &[s("banana"), s("an"), i(3)], i(4)),
        ("instr", &[s("banana"), s("an"), i(1), i(2)], i(4)),
        ("instr", &[s("banana"), s("an"), i(1), i(3)], i(0)),
        ("instr", &[s("banana"), s("an"), i(-1)], i(4)),
        ("instr", &[s("banana"), s("an"), i(-3)], i(4)),
        ("instr", &[s("banana"), s("an"), i(-4)], i(2)),
        ("instr", &[s("banana"), s("ann"), i(1)], i(0)),
        ("instr", &[s("aaabbaaa"), s("aa"), i(-1), i(3)], i(2)),
        ("instr", &[s("щцфщ"), s("щ"), i(2)], i(4)),
        ("instr", &[s("щцфщ"), s("щ"), i(-2)], i(1)),
        ("instr", &[s("xx"), s(""), i(1), i(3)], i(3)),
        ("instr", &[s("xx"), s(""), i(1), i(4)], i(0)),
        ("instr", &[s("xx"), s(""), i(-1)], i(3)),
        ("instr", &[s("zгl"), s(""), i(-4)], i(1)),
        ("instr", &[s("zгl"), s(""), i(-5)], i(0)),
        ("instr", &[s(""), s("x"), i(-1)], i(0)),
        ("instr", &[b("zгдl".as_bytes()), b("дl".as_bytes())], i(4)),
        ("instr", &[b(b"abc"), b(b"c"), i(i64::MIN)], i(0)),
        (
            "instr",
            &[b(b"abc"), b(b"c"), i(i64::MAX), i(i64::MAX)],
            i(0),
        ),
        ("instr", &[s("a"), s("a"), NO_INT], NO_INT),
        ("strpos", &[s("foo@x"), s("@")], i(4)),
        ("strpos", &[b(b"\xE2\x82\xAC"), b(b"\x82")], i(2)),
        ("strpos", &[NULL, s("a")], NO_INT),
        ("starts_with", &[s("abc"), s("ab")], t(true)),
        ("starts_with", &[b(b"\xFFa"), b(b"\xFF")], t(true)),
        ("ends_with", &[b(b"\xE2\x82\xAC"), b(b"\xAC")], t(true)),
        ("ends_with", &[s("abc"), s("b")], t(false)),
    ]);
    fails(&[
        ("instr", &[s("a"), s("a"), i(0)]),
        ("instr", &[s("a"), s("a"), i(1), i(0)]),
        ("instr", &[s("a"), b(b"a")]),
    ]);
}

#[test]
fn like() {
    for (text, pattern, expected) in [
        ("abcd", "%b%", true),
        ("dog", "o%", false),
        ("", "", true),
        ("", "%", true),
        ("a", "", false),
        ("abc", "a_c", true),
        ("aéc", "a_c", true),
        ("ac", "a_c", false),
        ("a\nc", "a%c", true),
        ("aab", "%ab", true),
        ("abab", "%ab", true),
        ("aXbXc", "a%b%c", true),
        ("ab", "a%b%b", false),
        ("abcbc", "%_bc", true),
        ("éé", "_%_", true),
        ("é", "_%_", false),
        ("50%", r"50\%", true),
        ("50x", r"50\%", false),
        ("a_b", r"a\_b", true),
        (r"a\b", r"a\\b", true),
        ("axb", r"a\xb", true),
        ("é", r"\é", true),
        ("a.c", "a.c", true),
        ("abc", "a.c", false),
    ] {
        let answer = call("$like", &[s(text), s(pattern)]);
        assert_eq!(answer, Ok(t(expected)), "{text} LIKE {pattern}");
    }
    answers(&[
        ("$like", &[b("é".as_bytes()), b(b"_")], t(false)),
        ("$like", &[b("é".as_bytes()), b(b"__")], t(true)),
        ("$like", &[s("a"), NULL], ScalarValue::Boolean(None)),
    ]);
    fails(&[
        ("$like", &[s("a"), s(r"a\")]),
        ("$like", &[b(b"a"), b(br"\")]),
    ]);
}

#[test]
fn splits() {
    answers(&[
        ("split", &[s("b,c")], texts(&["b", "c"])),
        ("split", &[s(""), s("foo")], texts(&[""])),
        ("split", &[s(""), s("")], texts(&[""])),
        ("split", &[s("aéb"), s("")], texts(&["a", "é", "b"])),
        ("split", &[s("aaaaa"), s("aa")], texts(&["", "", "a"])),
        ("split", &[s("a,"), s(",")], texts(&["a", ""])),
        ("split", &[b(b""), b(b"")], byte_texts(&[b""])),
        (
            "split",
            &[b(b"\0\xFF"), b(b"")],
            byte_texts(&[b"\0", b"\xFF"]),
        ),
        (
            "split",
            &[b(b"x\x01y"), b(b"\x01")],
            byte_texts(&[b"x", b"y"]),
        ),
        ("split_substr", &[s("a.b.c"), s("."), i(1)], s("a.b.c")),
        ("split_substr", &[s("a.b.c"), s("."), i(2), i(1)], s("b")),
        ("split_substr", &[s("a.b.c"), s("."), i(-2)], s("b.c")),
        ("split_substr", &[s("a.b.c"), s("."), i(0), i(2)], s("a.b")),
        ("split_substr", &[s("a.b.c"), s("."), i(-9), i(2)], s("a.b")),
        ("split_substr", &[s("a.b.c"), s("."), i(4), i(1)], s("")),
        ("split_substr", &[s("a.b.c"), s("."), i(2), i(9)], s("b.c")),
        ("split_substr", &[s("a.b.c"), s("."), i(2), i(0)], s("")),
        ("split_substr", &[s("a.b"), s("#"), i(-2), i(2)], s("a.b")),
        (
            "split_substr",
            &[s("###A##B###"), s("##"), i(-2), i(3)],
            s("B###"),
        ),
        ("split_substr", &[s("a"), NULL, i(1)], NULL),
        ("array_to_string", &[texts(&["a", "b"]), s("--")], s("a--b")),
        (
            "array_to_string",
            &[strings(&[Some("a"), None, Some("")]), s("-")],
            s("a-"),
        ),
        (
            "array_to_string",
            &[strings(&[None, Some("a")]), s("-"), s("N")],
            s("N-a"),
        ),
        (
            "array_to_string",
            &[byte_texts(&[b"\xFF", b"a"]), b(b"-")],
            b(b"\xFF-a"),
        ),
        ("array_to_string", &[texts(&[]), s("-")], s("")),
        ("array_to_string", &[texts(&["a"]), NULL], NULL),
        ("array_to_string", &[ScalarValue::Null, s("-")], NULL),
    ]);
    fails(&[
        ("split", &[b(b"a,b")]),
        ("split_substr", &[s("a"), s(""), i(1)]),
        ("split_substr", &[s("a"), s("b"), i(1), i(-1)]),
        ("array_to_string", &[ints(&[Some(1)]), s("-")]),
    ]);
}

#[test]
fn code_points() {
    answers(&[
        ("ascii", &[s("abc")], i(97)),
        ("ascii", &[s("")], i(0)),
        ("ascii", &[b(b"\xFFa")], i(255)),
        ("unicode", &[s("âbc")], i(226)),
        ("unicode", &[s("")], i(0)),
        ("chr", &[i(0x1F600)], s("😀")),
        ("chr", &[i(0)], s("\0")),
        ("chr", &[NO_INT], NULL),
        ("to_code_points", &[s("aé")], ints(&[Some(97), Some(233)])),
        (
            "to_code_points",
            &[b(b"\0\xFF")],
            ints(&[Some(0), Some(255)]),
        ),
        (
            "code_points_to_string",
            &[ints(&[Some(65), Some(1024)])],
            s("AЀ"),
        ),
        ("code_points_to_string", &[ints(&[Some(65), None])], NULL),
        ("code_points_to_string", &[ints(&[])], s("")),
        (
            "code_points_to_bytes",
            &[ints(&[Some(65), Some(255)])],
            b(b"A\xFF"),
        ),
        ("code_points_to_bytes", &[ScalarValue::Null], NO_BYTES),
    ]);
    fails(&[
        ("ascii", &[s("é")]),
        ("chr", &[i(-1)]),
        ("chr", &[i(0xD800)]),
        ("chr", &[i(0x11_0000)]),
        ("code_points_to_bytes", &[ints(&[Some(256)])]),
        ("code_points_to_string", &[ints(&[Some(-1)])]),
    ]);
}

#[test]
fn normal_forms() {
    answers(&[
        ("normalize", &[s("e\u{302}")], s("ê")),
        ("normalize", &[s("ê"), s("NFD")], s("e\u{302}")),
        (
            "normalize",
            &[s("Jane\u{2004}Doe"), s("NFKC")],
            s("Jane Doe"),
        ),
        ("normalize", &[s("ﬁ"), s("NFKD")], s("fi")),
        ("normalize", &[NULL], NULL),
        ("normalize_and_casefold", &[s("Ⅸ"), s("NFKC")], s("ix")),
        ("normalize_and_casefold", &[s("Straße")], s("strasse")),
        (
            "contains_substr",
            &[s("the Blue house"), s("blue HOUSE")],
            t(true),
        ),
        ("contains_substr", &[s("Ⅸ"), s("IX")], t(true)),
        ("contains_substr", &[s("abc"), s("x")], t(false)),
        ("contains_substr", &[i(12345), s("34")], t(true)),
        (
            "contains_substr",
            &[strings(&[Some("a"), None]), s("A")],
            t(true),
        ),
        (
            "contains_substr",
            &[strings(&[Some("a"), None]), s("b")],
            ScalarValue::Boolean(None),
        ),
        (
            "contains_substr",
            &[NULL, s("a")],
            ScalarValue::Boolean(None),
        ),
    ]);
    fails(&[
        ("normalize", &[s("a"), s("NFX")]),
        ("contains_substr", &[s("a"), NULL]),
        (
            "contains_substr",
            &[ScalarValue::Float64(Some(1.0)), s("a")],
        ),
    ]);
}

#[test]
fn likeness() {
    answers(&[
        ("soundex", &[s("Ashcraft")], s("A261")),
        ("soundex", &[s("apple")], s("a140")),
        ("soundex", &[s("  H3##!@llo w00orld!")], s("H464")),
        ("soundex", &[s("#1é")], s("")),
        ("edit_distance", &[s("kitten"), s("sitting")], i(3)),
        ("edit_distance", &[s(""), s("abc")], i(3)),
        ("edit_distance", &[s("abc"), s("abc")], i(0)),
        ("edit_distance", &[s("été"), s("ete")], i(2)),
        ("edit_distance", &[b("é".as_bytes()), b(b"e")], i(2)),
        ("edit_distance", &[s("abcdefg"), s("a"), i(2)], i(2)),
        ("edit_distance", &[s("ab"), s("a"), i(0)], i(0)),
        ("edit_distance", &[s("a"), NULL], NO_INT),
    ]);
    fails(&[("edit_distance", &[s("a"), s("b"), i(-1)])]);
}

#[test]
fn encodings() {
    answers(&[
        ("to_base64", &[b(b"\xFF\xE0")], s("/+A=")),
        ("to_base64", &[b(b"hello")], s("aGVsbG8=")),
        ("from_base64", &[s("/+A=")], b(b"\xFF\xE0")),
        ("from_base64", &[s("aGVs\nbG8")], b(b"hello")),
        ("from_base64", &[s("")], b(b"")),
        ("to_base32", &[b(b"abcde\xFF")], s("MFRGGZDF74======")),
        ("from_base32", &[s("MFRGGZDF74======")], b(b"abcde\xFF")),
        ("to_hex", &[b(b"\x00\xAF")], s("00af")),
        ("from_hex", &[s("0AF")], b(b"\x00\xAF")),
        ("from_hex", &[s("666f6F")], b(b"foo")),
        ("from_hex", &[s("")], b(b"")),
        ("to_hex", &[NO_BYTES], NULL),
        (
            "safe_convert_bytes_to_string",
            &[b(b"\xc2a\xE2\x82b")],
            s("\u{FFFD}a\u{FFFD}\u{FFFD}b"),
        ),
    ]);
    fails(&[
        ("from_base64", &[s("a")]),
        ("from_base64", &[s("aGVsbG8==")]),
        ("from_base64", &[s("a-_b")]),
        ("from_base32", &[s("MFRGGZDF74")]),
        ("from_base32", &[s("mfrggzdf74======")]),
        ("from_hex", &[s("0g")]),
        ("to_hex", &[s("a")]),
    ]);
}

#[test]
fn hashes() {
    let hex = |bytes: ScalarValue| call("to_hex", &[bytes]);
    for (name, digest) in [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "sha256",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "sha512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ] {
        assert_eq!(
            hex(call(name, &[s("abc")]).unwrap()),
            Ok(s(digest)),
            "{name}"
        );
        assert_eq!(
            hex(call(name, &[b(b"abc")]).unwrap()),
            Ok(s(digest)),
            "{name}"
        );
        assert_eq!(call(name, &[NULL]), Ok(NO_BYTES), "{name}");
    }
}

/// Of FarmHash's own implementation, for each way a length is dealt with.
#[test]
fn fingerprints() {
    for (size, expected) in [
        (0, -7_286_425_919_675_154_353_i64),
        (1, -8_873_737_108_896_416_599),
        (3, 3_790_019_931_511_041_873),
        (4, -2_212_043_519_010_624_555),
        (7, -8_910_391_230_002_932_589),
        (8, 6_880_855_609_218_957_120),
        (16, -8_693_484_883_593_364_334),
        (17, 8_971_920_037_421_896_297),
        (32, -520_495_002_423_068_913),
        (33, 1_887_494_569_166_970_509),
        (64, 7_005_757_729_363_506_379),
        (65, -2_530_009_595_633_440_165),
        (127, 7_858_503_616_363_514_472),
        (128, 8_452_134_102_786_939_874),
        (129, 6_156_760_672_970_945_675),
        (200, 5_453_397_524_315_145_734),
        (1000, -8_388_272_548_988_486_347),
    ] {
        let text: Vec<u8> = (0..size)
            .map(|n: usize| ((n * 7 + 3) % 96 + 32) as u8)
            .collect();
        assert_eq!(fingerprint(&text).cast_signed(), expected, "{size}");
    }
    let row = ["1", "foo", "true"].concat();
    let expected = i(-1_541_654_101_129_638_711);
    assert_eq!(call("farm_fingerprint", &[s(&row)]), Ok(expected));
}
