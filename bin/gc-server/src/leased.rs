//! What may not be done any more once the lease is over: requests to Finesse, streams, and callbacks. What cannot be written behind the
//! store's fence is stopped by this connector's own clock. What is under way then ends without an answer; the process does, too.

use std::future::pending;
use std::sync::Arc;

use finesse_client::{
    Credentials, Link, LinkMeasures, MoveError, NotificationStream, Priority, Service, StreamError,
};
use finesse_types::{Answer, Failure, Request, SystemInfo, Token};
use futures_util::future::BoxFuture;
use gc_delivery::{Attempt, Callback, Entry, Sink};
use gc_environment::Watcher;
use gc_group::Lease;
use tokio::time::Instant;

/// The same as long as the lease lasts.
pub(crate) struct Leased<T: ?Sized> {
    pub(crate) lease: Lease,
    pub(crate) inner: Arc<T>,
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
        Box::pin(within(&self.lease, self.inner.open_stream(credentials, resource, since, priority)))
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

impl<T: Sink> Sink for Leased<T> {
    fn deliver(&self, to: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt> {
        let (lease, attempt) = (self.lease.clone(), self.inner.deliver(to, entry));
        Box::pin(async move { within(&lease, attempt).await })
    }
}

#[cfg(test)]
mod tests {
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
}
