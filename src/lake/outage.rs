//! What a store did not give, so that it is not asked for again and again.
//!
//! The client has tried for seconds before a request fails. A file that failed is asked for by each
//! metric anew, and a store that is gone fails every file: without a memory of it, an audit would
//! try for hours.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use object_store::path::Path;

/// How many files in a row must fail before the store is taken to be gone.
const IN_A_ROW: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Why a file could not be read.
    failed: BTreeMap<Path, String>,
    /// Files that failed without an answer since the last answer.
    silent: usize,
}

impl Outage {
    /// Fails for a file that failed before, and for all once the store is gone.
    pub(super) fn check(&self, path: &Path) -> Result<(), String> {
        let known = self.known();
        if let Some(why) = known.failed.get(path) {
            return Err(why.clone());
        }
        if known.silent >= IN_A_ROW {
            return Err("the store stopped answering".to_owned());
        }
        Ok(())
    }

    pub(super) fn answered(&self) {
        self.known().silent = 0;
    }

    /// Notes that a file can't be read; `silent` if the store said nothing about it.
    pub(super) fn failed(&self, path: &Path, why: &str, silent: bool) {
        let mut known = self.known();
        let new = known.failed.insert(path.clone(), why.to_owned()).is_none();
        match silent {
            true if new => known.silent += 1,
            true => {}
            false => known.silent = 0,
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_gone_after_many_files_in_a_row_and_not_before() {
        let outage = Outage::default();
        let file = |n: usize| Path::from(format!("{n}"));
        for n in 0..3 * IN_A_ROW {
            assert_eq!(outage.check(&file(n)), Ok(()));
            outage.failed(&file(n), "503", true);
            outage.failed(&file(n), "503", true);
            assert_eq!(outage.check(&file(n)), Err("503".to_owned()));
            if n % 2 == 0 {
                outage.answered();
            }
            if n % 3 == 0 {
                outage.failed(&"absent".into(), "404", false);
            }
        }
        outage.answered();
        for n in 100..100 + IN_A_ROW {
            assert_eq!(outage.check(&file(n)), Ok(()));
            outage.failed(&file(n), "503", true);
        }
        let gone = outage.check(&file(999));
        assert_eq!(gone, Err("the store stopped answering".to_owned()));
    }
}
