//! What may not be done any more once the lease is over: requests to Finesse, what streams send, and callbacks. What cannot be written behind the
//! store's fence is stopped by this connector's own clock. What is under way then ends without an answer; the process does, too.

use std::future::pending;
use std::sync::Arc;

use finesse_client::{
    Credentials, Link, LinkMeasures, MoveError, Notification, NotificationStream, Notifications, Priority,
    Service, StreamError, SubscribeError,
};
use finesse_types::{Answer, Failure, Request, SystemInfo, Token};
use futures_util::future::BoxFuture;
use gc_delivery::{Attempt, Callback, Entry, Sink};
use gc_environment::Watcher;
use gc_group::Lease;
use tokio::time::Instant;

/// A way out of a connector that leads a group, open for as long as its lease lasts: a [`Link`] to Finesse, or the [`Sink`] of callbacks.
/// After that what is under way has no answer any more, and nothing begins.
pub struct Leased<T: ?Sized> {
    /// How long it is open.
    pub lease: Lease,
    /// The way itself.
    pub inner: Arc<T>,
}

/// Works as long as the lease lasts.
async fn within<T>(lease: &Lease, work: impl Future<Output = T>) -> T {
    tokio::select! {
        // The end first: what has not begun does not begin then.
        biased;
        () = lease.over() => pending().await,
        done = work => done,
    }
}

impl Link for Leased<dyn Link> {
    fn request<'a>(
        &'a self,
        credentials: &'a Credentials,
        request: Request,
        request_id: String,
        priority: Priority,
    ) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(within(&self.lease, self.inner.request(credentials, request, request_id, priority)))
    }

    fn renew_token<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Token, Failure>> {
        Box::pin(within(&self.lease, self.inner.renew_token(credentials)))
    }

    fn token_service(&self) -> Option<&str> {
        self.inner.token_service()
    }

    fn open_stream<'a>(
        &'a self,
        credentials: &'a Credentials,
        resource: &'a str,
        since: Instant,
        priority: Priority,
    ) -> BoxFuture<'a, Result<NotificationStream, StreamError>> {
        let opened = self.inner.open_stream(credentials, resource, since, priority);
        Box::pin(async move {
            within(&self.lease, opened).await.map(|stream| LeasedStream::of(&self.lease, stream))
        })
    }

    fn service(&self) -> Watcher<Service> {
        self.inner.service()
    }

    fn system_info(&self) -> Option<SystemInfo> {
        self.inner.system_info()
    }

    fn measures(&self) -> LinkMeasures {
        self.inner.measures()
    }

    fn move_user(&self, user: &str, to: Option<&str>) -> Result<String, MoveError> {
        self.inner.move_user(user, to)
    }
}

/// An open stream. What it would send once the lease is over it does not send; what comes is not taken any more.
struct LeasedStream {
    lease: Lease,
    inner: NotificationStream,
}

impl LeasedStream {
    fn of(lease: &Lease, inner: NotificationStream) -> NotificationStream {
        Box::new(Self { lease: lease.clone(), inner })
    }

    /// Not even begun once the lease is over.
    fn held<T: Send + 'static>(&self, work: BoxFuture<'static, T>) -> BoxFuture<'static, T> {
        let lease = self.lease.clone();
        Box::pin(async move { within(&lease, work).await })
    }
}

impl Notifications for LeasedStream {
    fn next(&mut self) -> BoxFuture<'_, Option<Notification>> {
        Box::pin(within(&self.lease, self.inner.next()))
    }

    fn transport(&self) -> &'static str {
        self.inner.transport()
    }

    fn node(&self) -> Option<String> {
        self.inner.node()
    }

    fn subscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
        self.held(self.inner.subscribe(node))
    }

    fn unsubscribe(&self, node: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
        self.held(self.inner.unsubscribe(node))
    }

    fn successor(
        &self,
        credentials: &Credentials,
        resource: &str,
    ) -> BoxFuture<'static, Result<NotificationStream, StreamError>> {
        let (lease, opened) = (self.lease.clone(), self.inner.successor(credentials, resource));
        let opened = async move { opened.await.map(|stream| Self::of(&lease, stream)) };
        self.held(Box::pin(opened))
    }

    fn leave(&mut self) {
        if !self.lease.is_over() {
            self.inner.leave();
        }
    }

    /// Ends when the lease does, because a stop waits for it: the connection goes with the process then.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        let Self { lease, inner } = *self;
        Box::pin(async move {
            tokio::select! {
                biased;
                () = lease.over() => {}
                // Made only when it may begin: closing is asked for at once.
                () = async { inner.close().await } => {}
            }
        })
    }
}

impl<T: Sink> Sink for Leased<T> {
    fn deliver(&self, to: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt> {
        let (lease, attempt) = (self.lease.clone(), self.inner.deliver(to, entry));
        Box::pin(async move { within(&lease, attempt).await })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures_util::FutureExt;
    use gc_group::{MARGIN, TTL};
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn once_the_lease_is_over_nothing_begins_and_nothing_ends() {
        let lease = Lease::granted(Instant::now());
        assert_eq!(within(&lease, async { 1 }).await, 1);
        let mut under_way = Box::pin(within(&lease, tokio::time::sleep(TTL)));
        assert!(under_way.as_mut().now_or_never().is_none());
        advance(TTL - MARGIN).await;
        let begun = within(&lease, async { panic!("it has begun") }).now_or_never();
        assert!(begun.is_none());
        advance(TTL + Duration::from_secs(1)).await;
        assert!(under_way.now_or_never().is_none());
    }

    /// Counts what it is asked to send.
    struct Stream(Arc<AtomicUsize>);

    impl Stream {
        fn sends<T: Send + 'static>(&self, answer: T) -> BoxFuture<'static, T> {
            let sent = Arc::clone(&self.0);
            Box::pin(async move {
                sent.fetch_add(1, Ordering::Relaxed);
                answer
            })
        }
    }

    impl Notifications for Stream {
        fn next(&mut self) -> BoxFuture<'_, Option<Notification>> {
            Box::pin(std::future::ready(Some(Notification::Leaving)))
        }

        fn subscribe(&self, _: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
            self.sends(Ok(()))
        }

        fn unsubscribe(&self, _: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
            self.sends(Ok(()))
        }

        fn successor(
            &self,
            _: &Credentials,
            _: &str,
        ) -> BoxFuture<'static, Result<NotificationStream, StreamError>> {
            self.sends(Ok(Box::new(Self(Arc::clone(&self.0)))))
        }

        fn leave(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
            self.sends(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn once_the_lease_is_over_an_open_stream_and_its_successor_send_nothing_more() {
        let (lease, sent) = (Lease::granted(Instant::now()), Arc::new(AtomicUsize::new(0)));
        let credentials = Credentials::new("1001", "secret");
        let mut stream = LeasedStream::of(&lease, Box::new(Stream(Arc::clone(&sent))));
        let mut successor = stream.successor(&credentials, "desk").await.unwrap();
        stream.subscribe("/finesse/api/Team/5/Users").await.unwrap();
        assert_eq!((stream.next().await, sent.load(Ordering::Relaxed)), (Some(Notification::Leaving), 2));
        let begun = stream.subscribe("/finesse/api/Team/6/Users");
        advance(TTL - MARGIN).await;
        assert!(begun.now_or_never().is_none());
        for stream in [&mut stream, &mut successor] {
            assert!(stream.next().now_or_never().is_none());
            assert!(stream.subscribe("/finesse/api/Team/7/Users").now_or_never().is_none());
            assert!(stream.unsubscribe("/finesse/api/Team/5/Users").now_or_never().is_none());
            assert!(stream.successor(&credentials, "desk").now_or_never().is_none());
            stream.leave();
        }
        for stream in [stream, successor] {
            stream.close().await;
        }
        assert_eq!(sent.load(Ordering::Relaxed), 2);
    }
}
