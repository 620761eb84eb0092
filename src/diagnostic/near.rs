//! Near names: what the user may have meant.

/// How alike two names must be (Jaro-Winkler, 0 to 1) to be suggested.
const LIKENESS: f64 = 0.84;
/// How many names are suggested at most.
const MOST: usize = 3;

/// The names among `candidates` that are nearest to `name`, best first, at most three.
///
/// Equal but for case comes first, then by Jaro-Winkler likeness; ties by name, so that the answer
/// does not depend on the order of the candidates.
pub fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let have = candidate.to_lowercase();
            let score = if have == wanted {
                2.0
            } else {
                strsim::jaro_winkler(&wanted, &have)
            };
            (score >= LIKENESS).then_some((score, candidate))
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.truncate(MOST);
    scored.into_iter().map(|(_, name)| name).collect()
}

/// The question that offers `names`, or nothing if there are none.
pub fn suggestion<S: AsRef<str>>(names: &[S]) -> Option<String> {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
    let (last, rest) = quoted.split_last()?;
    Some(if rest.is_empty() {
        format!("did you mean {last}?")
    } else {
        format!("did you mean {} or {last}?", rest.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_first_then_likeness() {
        assert_eq!(near("game_dat", ["points", "game_date"]), ["game_date"]);
        assert_eq!(near("GAME_ID", ["game_id", "game_idx"])[0], "game_id");
        assert!(near("zzz", ["points"]).is_empty());
        assert_eq!(suggestion::<&str>(&[]), None);
    }
}
