//! Work of the processor alone, by several threads.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What `job` makes of each of `0..jobs`, in that order, by at most so many threads.
///
/// A job that panics takes the caller with it, whose task ends there.
pub fn in_threads<T: Send>(threads: usize, jobs: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= jobs {
                return done;
            }
            done.push((at, job(at)));
        }
    };
    let mut all = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(jobs))
            .map(|_| scope.spawn(worker))
            .collect();
        let mut all = worker();
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, done)| done).collect()
}

#[cfg(test)]
mod tests {
    use super::in_threads;

    #[test]
    fn answers_stand_in_order() {
        for threads in [0, 1, 3, 20] {
            let squares = in_threads(threads, 10, |n| n * n);
            assert_eq!(squares, (0..10).map(|n| n * n).collect::<Vec<_>>());
        }
        assert!(in_threads(2, 0, |n| n).is_empty());
    }
}
