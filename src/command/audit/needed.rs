//! What an audit would ask for, without asking.

use std::sync::Arc;

use super::Audit;
use super::kept::Kept;
use crate::command::Opened;
use crate::lake::Table;
use crate::scan::metric::Metric;
use crate::store::Key;

/// The passes of an audit and its other questions.
#[derive(Debug, Default)]
pub(in crate::command) struct Needed {
    pub(in crate::command) passes: Vec<(Arc<Table>, Vec<Metric>)>,
    /// By the name of the check, where its answer is kept; none of those that are asked anew each time.
    pub(in crate::command) answers: Vec<(String, Option<Key>)>,
}

/// What the checks of an opened suite need. Those that can't be run need nothing.
pub(in crate::command) async fn needed(opened: &Opened) -> Needed {
    let mut audit = Audit::new(opened);
    audit.open(&|_| {}).await;
    let (passes, asked) = audit.questions().await;
    let mut needed = Needed::default();
    for pass in passes {
        needed.passes.push((pass.table, pass.metrics));
    }
    for one in &asked {
        let kept = Kept::of(opened, one).await;
        let key = kept.map(|kept| *kept.key());
        needed.answers.push((one.check.name.clone(), key));
    }
    needed
}
