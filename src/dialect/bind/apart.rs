//! Runs a plan to its end where rows are asked for at once: within an expression, or while a query is planned.

use std::any::Any;
use std::cell::RefCell;

use datafusion::common::{Result, exec_datafusion_err};
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task::block_in_place;

/// How much stack a subquery has, in bytes: plans are run and made recursively, and only what is used is ever taken.
const STACK: usize = 64 << 20;

thread_local! {
    /// The runtime of the program, on threads that a subquery has of its own.
    static AROUND: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

/// Waits for `run` on a thread of its own, while its tasks and requests are those of the runtime around.
///
/// The worker that waits is told to be blocked, so that another takes its place: were all of them waiting, nobody would
/// answer what is asked of a store.
pub(super) fn apart<T: Send>(run: impl Future<Output = Result<T>> + Send) -> Result<T> {
    match around() {
        Some(around) => waiting(&around, || around.block_on(run)),
        None => on_own_stack(None, || alone()?.block_on(run)),
    }
}

/// [`apart`], where tasks take turns on one thread, so that rows come in the same order each time.
pub(super) fn in_order<T: Send>(run: impl Future<Output = Result<T>> + Send) -> Result<T> {
    match around() {
        Some(around) => waiting(&around, || alone()?.block_on(run)),
        None => on_own_stack(None, || alone()?.block_on(run)),
    }
}

/// The runtime of many threads around, if there is one.
fn around() -> Option<Handle> {
    AROUND
        .with_borrow(Clone::clone)
        .or_else(|| Handle::try_current().ok())
        .filter(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
}

fn waiting<T: Send>(around: &Handle, run: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let is_around =
        Handle::try_current().is_ok_and(|here| here.runtime_flavor() == RuntimeFlavor::MultiThread);
    match is_around {
        true => block_in_place(|| on_own_stack(Some(around), run)),
        false => on_own_stack(Some(around), run),
    }
}

fn alone() -> Result<Runtime> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| exec_datafusion_err!("a subquery could not be run: {e}"))
}

fn on_own_stack<T: Send>(
    around: Option<&Handle>,
    run: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    let run = || {
        AROUND.set(around.cloned());
        run()
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("subquery".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, run)
            .map_err(|e| exec_datafusion_err!("a subquery could not be run: {e}"))?;
        thread.join().unwrap_or_else(|panic| {
            let why = said(panic.as_ref());
            Err(exec_datafusion_err!("a subquery broke off: {why}"))
        })
    })
}

/// What a panic says.
fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told() {
        let broken = || apart::<()>(async { panic!("row {}", 7) });
        let within = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        for error in [broken(), within.block_on(async { broken() })] {
            let said = error.unwrap_err().to_string();
            assert!(said.contains("a subquery broke off: row 7"), "{said}");
        }
    }

    /// Each of them waits for a task, and there is one worker for all.
    #[test]
    fn a_worker_that_waits_is_replaced() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let nested = || {
            apart(async {
                let task = tokio::spawn(async { apart(async { Ok(1) }) });
                task.await.unwrap()
            })
        };
        let tasks: Vec<_> = (0..4)
            .map(|_| runtime.spawn(async move { nested() }))
            .collect();
        for task in tasks {
            assert_eq!(runtime.block_on(task).unwrap().unwrap(), 1);
        }
    }
}
