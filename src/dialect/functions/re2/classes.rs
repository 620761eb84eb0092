//! The classes of characters RE2 has names for.

/// Those of POSIX, in `[:..:]`.
pub(super) const NAMED: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// The members of a class of Unicode as RE2 names it: a general category or a script.
pub(super) fn unicode(name: &str) -> Option<String> {
    Some(match name {
        "Any" => "\\p{Any}".to_owned(),
        // Surrogates are no characters of a STRING; what is not assigned is not of RE2's C.
        "C" => "\\p{Cc}\\p{Cf}\\p{Co}".to_owned(),
        category if CATEGORIES.contains(&category) => format!("\\p{{gc={category}}}"),
        script if is_script(script) => format!("\\p{{sc={script}}}"),
        _ => return None,
    })
}

const CATEGORIES: &[&str] = &[
    "Cc", "Cf", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl",
    "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl",
    "Zp", "Zs",
];

/// Whether it is written like the name of a script; not like the code of one, which RE2 does not know.
fn is_script(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.chars().skip(1).all(|c| c.is_ascii_lowercase())
    };
    let is_code = name.len() == 4 && !["Cham", "Kawi", "Lisu", "Thai", "Toto"].contains(&name);
    name.len() > 1 && !is_code && name.split('_').all(is_word)
}
