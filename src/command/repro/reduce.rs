//! Delta debugging: the fewest of some things for which something still holds.
//!
//! The algorithm is ddmin of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002): parts
//! of the things and their complements are tried, ever finer, until taking away any single one ends it.

/// Whether something still holds for a choice of things.
pub(super) trait Fails {
    async fn fails(&mut self, chosen: &[usize]) -> bool;
}

/// What is left, whether nothing more can be taken away, and how often it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reduced {
    pub(super) kept: Vec<usize>,
    pub(super) minimal: bool,
    pub(super) asked: usize,
}

/// Reduces `0..n`, for which it holds, asking at most `most` times.
pub(super) async fn reduce(n: usize, most: usize, of: &mut impl Fails) -> Reduced {
    let mut kept: Vec<usize> = (0..n).collect();
    let mut parts = 2;
    let mut asked = 0;
    while kept.len() > 1 {
        let size = kept.len().div_ceil(parts.min(kept.len()));
        let mut smaller = None;
        let chunks: Vec<Vec<usize>> = kept.chunks(size).map(<[usize]>::to_vec).collect();
        for (at, chunk) in chunks.iter().enumerate() {
            let rest: Vec<usize> = chunks
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != at)
                .flat_map(|(_, c)| c.clone())
                .collect();
            // Of two halves one is the other's complement.
            let complement = (chunks.len() > 2).then_some((rest, parts.saturating_sub(1).max(2)));
            for (choice, finer) in std::iter::once((chunk.clone(), 2)).chain(complement) {
                if choice.len() == kept.len() {
                    continue;
                }
                if asked == most {
                    return Reduced {
                        kept,
                        minimal: false,
                        asked,
                    };
                }
                asked += 1;
                if of.fails(&choice).await {
                    smaller = Some((choice, finer));
                    break;
                }
            }
            if smaller.is_some() {
                break;
            }
        }
        match smaller {
            Some((choice, finer)) => (kept, parts) = (choice, finer),
            None if size == 1 => break,
            None => parts = (parts * 2).min(kept.len()),
        }
    }
    Reduced {
        kept,
        minimal: true,
        asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Holds where all of these are chosen, and counts.
    struct Needs(Vec<usize>, usize);

    impl Fails for Needs {
        async fn fails(&mut self, chosen: &[usize]) -> bool {
            self.1 += 1;
            self.0.iter().all(|need| chosen.contains(need))
        }
    }

    proptest! {
        #[test]
        fn what_is_needed_is_left(n in 1usize..60, needs in prop::collection::btree_set(0usize..60, 0..5)) {
            let needs: Vec<usize> = needs.into_iter().filter(|need| *need < n).collect();
            let mut of = Needs(needs.clone(), 0);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let reduced = runtime.block_on(reduce(n, 100_000, &mut of));
            prop_assert!(reduced.minimal);
            match needs.is_empty() {
                true => prop_assert_eq!(reduced.kept.len(), 1),
                false => prop_assert_eq!(reduced.kept, needs),
            }
        }
    }

    #[test]
    fn a_limit_ends_it() {
        let mut of = Needs(vec![1, 50], 0);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let reduced = runtime.block_on(reduce(100, 3, &mut of));
        assert!(!reduced.minimal && of.1 == 3);
    }
}
