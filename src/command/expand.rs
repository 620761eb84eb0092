//! Checks that stand for others, once their tables' columns are known.

use crate::check::{About, Calendar};
use crate::session::Session;
use crate::suite::{CheckSpec, Suite};

/// Puts the checks in place of those that stand for them. One whose table can't be opened stays, and is told as such.
pub(super) async fn expand(suite: &mut Suite, session: &Session, calendar: &Calendar) {
    let mut all = Vec::new();
    for spec in std::mem::take(&mut suite.checks) {
        match expanded(suite, session, calendar, &spec).await {
            Some(checks) => {
                if let Some(accepted) = suite.accepted.get(&spec.name).cloned() {
                    for check in &checks {
                        let of = suite.accepted.entry(check.name.clone()).or_default();
                        of.extend(accepted.iter().cloned());
                    }
                }
                all.extend(checks);
            }
            None => all.push(spec),
        }
    }
    suite.checks = all;
}

async fn expanded(
    suite: &Suite,
    session: &Session,
    calendar: &Calendar,
    spec: &CheckSpec,
) -> Option<Vec<CheckSpec>> {
    let name = spec
        .table
        .as_ref()
        .filter(|_| spec.check.stands_for_others())?;
    let table = session.table(name).await.ok()?;
    let about = About {
        table: Some(&table),
        options: &spec.options,
        calendar,
        as_of: None,
    };
    let key = suite.tables.get(name).map_or(&[][..], |table| &table.key);
    let checks = spec.check.expand(&about, key).ok()??;
    if checks.is_empty() {
        return None;
    }
    let one = |check: Box<dyn crate::check::Check>| CheckSpec {
        name: format!("{}.{}", spec.name, check.named_by().join("_")),
        check,
        options: spec.options.clone(),
        table: spec.table.clone(),
        query: None,
        if_there: spec.if_there,
        part_of: Some(spec.name.clone()),
        place: spec.place.clone(),
    };
    Some(checks.into_iter().map(one).collect())
}
