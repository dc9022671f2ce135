//! A small set of futures that returns whichever finishes next.

use std::{
    future::poll_fn,
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;

/// A few futures, all of which are polled when one of them is woken. (`FuturesUnordered` wakes its own task once more for
/// each; that costs a quarter of the throughput of a single client.)
pub(crate) struct UnderWay<T>(Vec<BoxFuture<'static, T>>);

impl<T> UnderWay<T> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn push(&mut self, future: impl Future<Output = T> + Send + 'static) {
        self.0.push(Box::pin(future));
    }

    /// The result of the next one that finishes. It stays pending while there are none. Cancel safe.
    pub(crate) async fn next(&mut self) -> T {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<T> {
        for (position, future) in self.0.iter_mut().enumerate() {
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                drop(self.0.swap_remove(position));
                return Poll::Ready(result);
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn each_ends_once_whatever_their_order() {
        let mut under_way = UnderWay::new();
        assert_eq!(under_way.next().now_or_never(), None);
        let mut senders: Vec<_> = (0..3)
            .map(|_| {
                let (sender, receiver) = oneshot::channel::<u8>();
                under_way.push(receiver.map(Result::unwrap));
                sender
            })
            .collect();
        assert_eq!(under_way.next().now_or_never(), None);
        senders.pop().unwrap().send(3).unwrap();
        assert_eq!(under_way.next().now_or_never(), Some(3));
        senders.into_iter().zip([1, 2]).for_each(|(sender, value)| sender.send(value).unwrap());
        let mut rest = [(); 2].map(|()| under_way.next().now_or_never());
        rest.sort_unstable();
        assert_eq!(rest, [Some(1), Some(2)]);
        assert_eq!(under_way.next().now_or_never(), None);
    }
}
