//! A Finesse that does as the test says.

use super::*;

/// A cluster that takes everything in. The requests and the streams it opens go to the test.
pub(super) struct FakeLink {
    pub(super) service: Watched<Service>,
    pub(super) user: Mutex<User>,
    /// Writes are not answered.
    pub(super) silent: AtomicBool,
    pub(super) refuses: AtomicBool,
    /// What becomes of the next openings; afterwards they succeed.
    pub(super) manners: Mutex<VecDeque<Manner>>,
    /// Who asked for a stream has been without one since then.
    pub(super) waiting: mpsc::UnboundedSender<Instant>,
    pub(super) requests: mpsc::UnboundedSender<Ask>,
    /// Those of all requests, in their order.
    pub(super) priorities: Mutex<Vec<Priority>>,
    pub(super) opened: mpsc::UnboundedSender<Opened>,
}

/// How a stream does not open.
pub(super) enum Manner {
    Fails,
    /// Never, until it is given up, which drops the sender.
    Hangs(oneshot::Sender<()>),
}

/// The other end of a stream: dropping `notify` ends it.
pub(super) struct Opened {
    pub(super) credentials: Credentials,
    pub(super) notify: mpsc::UnboundedSender<Notification>,
    pub(super) closed: oneshot::Receiver<()>,
}

pub(super) struct FakeStream {
    pub(super) notified: mpsc::UnboundedReceiver<Notification>,
    pub(super) closed: oneshot::Sender<()>,
}

impl Link for FakeLink {
    fn request<'a>(
        &'a self,
        _: &'a Credentials,
        request: Ask,
        _: String,
        priority: Priority,
    ) -> BoxFuture<'a, Result<Answer, Failure>> {
        self.requests.send(request.clone()).unwrap();
        lock(&self.priorities).push(priority);
        Box::pin(async move {
            match request {
                Ask::User { .. } => Ok(Answer::User(Box::new(lock(&self.user).clone()))),
                Ask::Dialogs { .. } => Ok(Answer::Dialogs(Vec::new())),
                _ if self.silent.load(Ordering::SeqCst) => std::future::pending().await,
                _ => Ok(Answer::Accepted),
            }
        })
    }

    fn open_stream<'a>(
        &'a self,
        credentials: &'a Credentials,
        _: &'a str,
        since: Instant,
        _: Priority,
    ) -> BoxFuture<'a, Result<NotificationStream, StreamError>> {
        self.waiting.send(since).unwrap();
        Box::pin(async {
            if self.refuses.load(Ordering::SeqCst) {
                return Err(StreamError::Refused("not-authorized".to_owned()));
            }
            let manner = lock(&self.manners).pop_front();
            match manner {
                Some(Manner::Fails) => return Err(StreamError::OutOfService),
                Some(Manner::Hangs(_held)) => std::future::pending().await,
                None => {}
            }
            let ((notify, notified), (close, closed)) = (mpsc::unbounded_channel(), oneshot::channel());
            self.opened.send(Opened { credentials: credentials.clone(), notify, closed }).unwrap();
            Ok(Box::new(FakeStream { notified, closed: close }) as NotificationStream)
        })
    }

    fn service(&self) -> Watcher<Service> {
        self.service.watch()
    }

    fn system_info(&self) -> Option<SystemInfo> {
        None
    }
}

impl Notifications for FakeStream {
    fn next(&mut self) -> BoxFuture<'_, Option<Notification>> {
        Box::pin(self.notified.recv())
    }

    /// Nobody answers.
    fn subscribe(&self, _: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
        Box::pin(std::future::pending())
    }

    fn unsubscribe(&self, _: &str) -> BoxFuture<'static, Result<(), SubscribeError>> {
        Box::pin(async { Ok(()) })
    }

    fn successor(
        &self,
        _: &Credentials,
        _: &str,
    ) -> BoxFuture<'static, Result<NotificationStream, StreamError>> {
        Box::pin(async { Err(StreamError::OutOfService) })
    }

    fn leave(&mut self) {}

    /// A goodbye takes a moment: whoever drops this future has not said it.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            _ = self.closed.send(());
        })
    }
}
