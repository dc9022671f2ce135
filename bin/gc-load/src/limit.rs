//! Limited concurrency.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Runs all futures, at most `max` at a time. Dropping the set cancels them.
pub(crate) fn at_once<F>(max: usize, all: impl Iterator<Item = F>) -> JoinSet<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(max));
    let mut running = JoinSet::new();
    for one in all {
        let permits = Arc::clone(&permits);
        running.spawn(async move {
            // The semaphore is never closed.
            let _permit = permits.acquire_owned().await;
            one.await
        });
    }
    running
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::task::yield_now;

    use super::*;

    /// The highest number of ten futures that ran at the same time.
    async fn most_of_ten(max: usize) -> usize {
        // How many run now, and the highest number so far.
        let running = Arc::new(Mutex::new((0, 0)));
        let one = || {
            let running = Arc::clone(&running);
            async move {
                {
                    let mut running = running.lock().unwrap();
                    running.0 += 1;
                    running.1 = running.1.max(running.0);
                }
                for _ in 0..20 {
                    yield_now().await;
                }
                running.lock().unwrap().0 -= 1;
            }
        };
        let ended = at_once(max, std::iter::repeat_with(one).take(10)).join_all().await;
        assert_eq!(ended.len(), 10);
        let (_, seen) = *running.lock().unwrap();
        seen
    }

    #[tokio::test]
    async fn at_most_this_many_run_at_once() {
        assert_eq!(most_of_ten(1).await, 1);
        assert_eq!(most_of_ten(3).await, 3);
        assert_eq!(most_of_ten(10).await, 10);
    }
}
