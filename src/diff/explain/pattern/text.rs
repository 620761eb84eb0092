//! Texts written in another way: case, white space, punctuation, accents, zeros, ends, lengths, dates, numbers.

use hashbrown::HashMap;

use super::Side;
use super::case::{Candidate, Case, Guess};
use super::form::{
    bare, capital, is_mark, nfc, nfd, nfkc, number, read, reversed, single, snake, title,
    unaccented, without,
};
use super::mechanism::Mechanism;
use super::series::{NULL, text_code};

/// As many sampled rows show whether a function is worth trying.
const TRIED: usize = 200;
/// Formats of dates, each with its name.
const DATES: [&str; 14] = [
    "%Y-%m-%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%m/%d/%y",
];
const TIMES: [&str; 7] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y%m%dT%H%M%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
];

type Function<'a> = Box<dyn Fn(&str) -> String + 'a>;

/// A function of a text: what it is, how it is called, how far from simple.
struct Written<'a>(Mechanism, String, f64, Function<'a>);

pub(super) fn candidates(case: &Case<'_>) -> Vec<Candidate> {
    let pairs: Vec<(&str, &str)> = case
        .sample
        .iter()
        .filter_map(|i| texts(case, *i))
        .take(TRIED)
        .collect();
    if pairs.len() < 4 {
        return Vec::new();
    }
    let (source, goal) = case.names();
    let mut guesses = Vec::new();
    for Written(mechanism, name, cost, function) in functions(&pairs) {
        let hits = pairs.iter().filter(|(x, y)| function(x) == *y).count();
        if hits * 30 < pairs.len() {
            continue;
        }
        let mut known: HashMap<u64, u64> = HashMap::new();
        let mut predicted = vec![NULL; case.rows.len()];
        for (i, code) in predicted.iter_mut().enumerate() {
            if let Some(text) = case.source.text(case.rows[i] as usize) {
                *code = *known
                    .entry(case.codes.from[i])
                    .or_insert_with(|| text_code(&function(text)));
            }
        }
        let formula = name.replace("{}", source);
        guesses.push(Guess {
            luck: 0.0,
            mechanism,
            formula: format!("{goal} = {formula}"),
            fits: predicted
                .iter()
                .zip(&case.codes.to)
                .map(|(a, b)| *a != NULL && a == b)
                .collect(),
            could: Some(
                case.codes
                    .from
                    .iter()
                    .zip(&case.codes.to)
                    .map(|(a, b)| *a != NULL && *b != NULL)
                    .collect(),
            ),
            base: case.codes.pairing(&case.sample, |i| predicted[i]),
            tries: 40.0,
            free: 0,
            cost,
        });
    }
    guesses.extend(padded(case, &pairs));
    // Both directions see the same, so one tells it.
    if case.goal == Side::Right {
        let rule = |mechanism, name: &str, cost, same: &dyn Fn(&str, &str) -> bool| {
            let hits = pairs.iter().filter(|(x, y)| same(x, y)).count();
            (hits * 30 >= pairs.len()).then(|| agreeing(case, mechanism, name, cost, same))
        };
        guesses.extend(rule(
            Mechanism::Normalised,
            "right = left but for case, white space, punctuation and accents",
            14.0,
            &|x, y| bare(x) == bare(y) && !bare(x).is_empty(),
        ));
        guesses.extend(rule(
            Mechanism::NumberText,
            "right = left as a number, written in another way",
            6.0,
            &|x, y| number(x).is_some_and(|x| Some(x) == number(y)),
        ));
        guesses.extend(rule(
            Mechanism::WordsReversed,
            "right = left with its words in the opposite order",
            5.0,
            &|x, y| x != y && reversed(x) == y,
        ));
        guesses.extend(dates(case, &pairs));
    }
    guesses
        .into_iter()
        .filter_map(|guess| case.weigh(guess))
        .collect()
}

/// The two texts of a differing row, if it has both.
fn texts<'a>(case: &'a Case<'_>, i: usize) -> Option<(&'a str, &'a str)> {
    let row = case.rows[i] as usize;
    Some((case.source.text(row)?, case.target.text(row)?))
}

/// A guess that the texts of a row say the same.
pub(super) fn agreeing(
    case: &Case<'_>,
    mechanism: Mechanism,
    formula: &str,
    cost: f64,
    same: &dyn Fn(&str, &str) -> bool,
) -> Guess {
    let mut known: HashMap<(u64, u64), bool> = HashMap::new();
    let fits = |i: usize| {
        let Some((x, y)) = texts(case, i) else {
            return (false, false);
        };
        (
            *known
                .entry((case.codes.from[i], case.codes.to[i]))
                .or_insert_with(|| same(x, y)),
            true,
        )
    };
    let (fits, could) = (0..case.rows.len()).map(fits).unzip();
    let base = case.shuffled(|i, j| {
        let x = case.source.text(case.rows[i] as usize);
        let y = case.target.text(case.rows[j] as usize);
        x.zip(y).is_some_and(|(x, y)| same(x, y))
    });
    Guess {
        luck: 0.0,
        mechanism,
        formula: formula.to_owned(),
        fits,
        could: Some(could),
        base,
        tries: 4.0,
        free: 0,
        cost,
    }
}

fn functions<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<Written<'a>> {
    use Mechanism as M;
    let mut all = Vec::new();
    let mut add = |mechanism, name: &str, cost, function: Function<'a>| {
        all.push(Written(mechanism, name.to_owned(), cost, function));
    };
    add(
        M::CaseChanged,
        "lower({})",
        4.0,
        Box::new(str::to_lowercase),
    );
    add(
        M::CaseChanged,
        "upper({})",
        4.3,
        Box::new(str::to_uppercase),
    );
    add(M::CaseChanged, "initcap({})", 4.5, Box::new(title));
    add(M::CaseChanged, "{} with a capital", 4.5, Box::new(capital));
    add(
        M::Trimmed,
        "trim({})",
        4.0,
        Box::new(|x| x.trim().to_owned()),
    );
    add(
        M::Trimmed,
        "ltrim({})",
        4.2,
        Box::new(|x| x.trim_start().to_owned()),
    );
    add(
        M::Trimmed,
        "rtrim({})",
        4.2,
        Box::new(|x| x.trim_end().to_owned()),
    );
    add(
        M::Whitespace,
        "{} with single spaces",
        4.5,
        Box::new(single),
    );
    add(
        M::Whitespace,
        "{} without white space",
        4.5,
        Box::new(|x| without(x, char::is_whitespace)),
    );
    add(
        M::Punctuation,
        "{} without punctuation",
        4.5,
        Box::new(|x| without(x, is_mark)),
    );
    add(
        M::Punctuation,
        "{} with spaces for punctuation",
        4.8,
        Box::new(|x| single(&x.replace(is_mark, " ")).trim().to_owned()),
    );
    add(
        M::Punctuation,
        "{} of letters and digits only",
        5.0,
        Box::new(|x| without(x, |c| !c.is_alphanumeric())),
    );
    add(
        M::Normalised,
        "lower({}) of letters and digits only",
        6.0,
        Box::new(|x| without(&x.to_lowercase(), |c| !c.is_alphanumeric())),
    );
    add(
        M::Normalised,
        "lower(trim({}))",
        5.5,
        Box::new(|x| x.trim().to_lowercase()),
    );
    add(
        M::Normalised,
        "upper(trim({}))",
        5.5,
        Box::new(|x| x.trim().to_uppercase()),
    );
    add(
        M::Normalised,
        "lower({}) with _ for what is no letter or digit",
        6.5,
        Box::new(snake),
    );
    add(
        M::UnicodeForm,
        "normalize({}, NFC)",
        4.0,
        Box::new(|x| nfc(x).into_owned()),
    );
    add(
        M::UnicodeForm,
        "normalize({}, NFD)",
        4.0,
        Box::new(|x| nfd(x).into_owned()),
    );
    add(
        M::UnicodeForm,
        "normalize({}, NFKC)",
        4.2,
        Box::new(|x| nfkc(x).into_owned()),
    );
    add(
        M::UnicodeForm,
        "{} without accents",
        4.4,
        Box::new(unaccented),
    );
    add(
        M::LeadingZeros,
        "{} without leading zeros",
        4.0,
        Box::new(|x| {
            let bare = x.trim_start_matches('0');
            if bare.is_empty() && !x.is_empty() {
                "0".to_owned()
            } else {
                bare.to_owned()
            }
        }),
    );
    if let Some((a, b)) = replaced(pairs) {
        let what = match b {
            Some(b) => format!("replace({{}}, '{a}', '{b}')"),
            None => format!("replace({{}}, '{a}', '')"),
        };
        let white = a.is_whitespace() && b.is_none_or(char::is_whitespace);
        let mechanism = if white { M::Whitespace } else { M::Punctuation };
        add(
            mechanism,
            &what,
            5.2,
            Box::new(move |x| match b {
                Some(b) => x.replace(a, b.encode_utf8(&mut [0; 4])),
                None => x.replace(a, ""),
            }),
        );
    }
    let often = |of: &dyn Fn(&'a str, &'a str) -> Option<&'a str>| {
        let mut counts: HashMap<&'a str, usize> = HashMap::new();
        for end in pairs
            .iter()
            .filter_map(|(x, y)| of(x, y))
            .filter(|end| !end.is_empty())
        {
            *counts.entry(end).or_default() += 1;
        }
        counts
            .into_iter()
            .max_by_key(|(end, count)| (*count, *end))
            .map(|(end, _)| end)
    };
    if let Some(end) = often(&|x, y| y.strip_suffix(x)) {
        add(
            M::PrefixAdded,
            &format!("concat('{end}', {{}})"),
            5.0,
            Box::new(move |x| format!("{end}{x}")),
        );
    }
    if let Some(end) = often(&|x, y| y.strip_prefix(x)) {
        add(
            M::SuffixAdded,
            &format!("concat({{}}, '{end}')"),
            5.0,
            Box::new(move |x| format!("{x}{end}")),
        );
    }
    if let Some(end) = often(&|x, y| x.strip_suffix(y)) {
        add(
            M::PrefixRemoved,
            &format!("{{}} without its prefix '{end}'"),
            5.3,
            Box::new(move |x| x.strip_prefix(end).unwrap_or(x).to_owned()),
        );
    }
    if let Some(end) = often(&|x, y| x.strip_prefix(y)) {
        add(
            M::SuffixRemoved,
            &format!("{{}} without its suffix '{end}'"),
            5.3,
            Box::new(move |x| x.strip_suffix(end).unwrap_or(x).to_owned()),
        );
    }
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for (_, y) in pairs
        .iter()
        .filter(|(x, y)| x.starts_with(y) && !y.is_empty())
    {
        *lengths.entry(y.chars().count()).or_default() += 1;
    }
    if let Some((n, _)) = lengths.into_iter().max_by_key(|(n, count)| (*count, *n)) {
        add(
            M::Cut,
            &format!("left({{}}, {n})"),
            5.0,
            Box::new(move |x| x.chars().take(n).collect()),
        );
    }
    all
}

/// Every text filled up to one width with one character.
fn padded(case: &Case<'_>, pairs: &[(&str, &str)]) -> Option<Guess> {
    let fill = |x: &str, y: &str| -> Option<(char, bool, usize)> {
        let (rest, before) = match y.strip_suffix(x).filter(|rest| !rest.is_empty()) {
            Some(rest) => (rest, true),
            None => (y.strip_prefix(x).filter(|rest| !rest.is_empty())?, false),
        };
        let c = rest.chars().next()?;
        let same = rest.chars().all(|other| other == c) && !c.is_alphabetic();
        same.then(|| (c, before, y.chars().count()))
    };
    let mut counts: HashMap<(char, bool, usize), usize> = HashMap::new();
    for found in pairs.iter().filter_map(|(x, y)| fill(x, y)) {
        *counts.entry(found).or_default() += 1;
    }
    let (best, count) = counts
        .into_iter()
        .max_by_key(|(found, count)| (*count, *found))?;
    // One length of the rest is a prefix or a suffix that was added.
    let rests = pairs.iter().filter(|(x, y)| fill(x, y) == Some(best));
    let mut lengths: Vec<usize> = rests.map(|(x, y)| y.len() - x.len()).collect();
    lengths.sort_unstable();
    lengths.dedup();
    if count * 30 < pairs.len() {
        return None;
    }
    let (c, before, width) = best;
    let (source, goal) = case.names();
    let call = if before { "lpad" } else { "rpad" };
    let cost = if lengths.len() > 1 || matches!(c, ' ' | '0') {
        3.5
    } else {
        5.4
    };
    let formula = format!("{goal} = {call}({source}, {width}, '{c}')");
    Some(agreeing(
        case,
        Mechanism::Padded,
        &formula,
        cost,
        &|x, y| fill(x, y) == Some(best),
    ))
}

/// The character that one is replaced by, or that is left out, most often.
fn replaced(pairs: &[(&str, &str)]) -> Option<(char, Option<char>)> {
    let mut counts: HashMap<(char, Option<char>), usize> = HashMap::new();
    for (x, y) in pairs {
        let Some((a, b)) = x
            .chars()
            .zip(y.chars().map(Some).chain(std::iter::repeat(None)))
            .find(|(a, b)| Some(*a) != *b)
        else {
            continue;
        };
        let same_length = x.chars().count() == y.chars().count();
        let to = if same_length { b } else { None };
        if !a.is_alphanumeric() || to.is_some_and(|b| !b.is_alphanumeric()) {
            *counts.entry((a, to)).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .max_by_key(|(pair, count)| (*count, *pair))
        .map(|(pair, _)| pair)
}

/// Dates in two formats.
fn dates(case: &Case<'_>, pairs: &[(&str, &str)]) -> Option<Guess> {
    let format = |of: &dyn Fn(&(&str, &str)) -> String| {
        let texts: Vec<String> = pairs.iter().map(of).collect();
        let counts = DATES.iter().chain(&TIMES).map(|format| {
            (
                texts
                    .iter()
                    .filter(|text| read(text, format).is_some())
                    .count(),
                *format,
            )
        });
        let mut best: Vec<(usize, &str)> = counts
            .filter(|(count, _)| *count * 30 >= pairs.len())
            .collect();
        best.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        best.truncate(3);
        best
    };
    let sources = format(&|(x, _)| (*x).to_owned());
    let goals = format(&|(_, y)| (*y).to_owned());
    let mut best: Option<(usize, &str, &str)> = None;
    for (_, from) in &sources {
        for (_, to) in &goals {
            let same = |(x, y): &&(&str, &str)| {
                read(x, from).is_some_and(|date| Some(date) == read(y, to))
            };
            let count = pairs.iter().filter(same).count();
            if count > best.map_or(0, |best| best.0) {
                best = Some((count, from, to));
            }
        }
    }
    let (_, from, to) = best.filter(|(count, ..)| count * 30 >= pairs.len())?;
    let formula = format!("right = format_date('{to}', parse_date('{from}', left))");
    Some(agreeing(
        case,
        Mechanism::DateFormat,
        &formula,
        3.0,
        &|x, y| read(x, from).is_some_and(|date| Some(date) == read(y, to)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_is_replaced() {
        assert_eq!(
            replaced(&[("a-b", "a_b"), ("c-d-e", "c_d_e")]),
            Some(('-', Some('_')))
        );
        assert_eq!(replaced(&[("a-b", "ab")]), Some(('-', None)));
    }
}
