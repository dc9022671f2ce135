//! Which routes a listener has, now: a connector that begins to lead has others than before.

use axum::Router;
use tokio::sync::watch;

/// The routes of a listener. Each request finds those that are there when it comes, also on a connection that is older.
#[derive(Clone)]
pub(crate) struct Routes(watch::Receiver<Router>);

/// Replaces the routes of a listener.
pub(crate) struct Switch(watch::Sender<Router>);

impl Routes {
    pub(crate) fn now(&self) -> Router {
        self.0.borrow().clone()
    }
}

/// Always the same ones.
impl From<Router> for Routes {
    fn from(router: Router) -> Self {
        Self(watch::channel(router).1)
    }
}

impl Switch {
    /// The routes at first, and what replaces them.
    pub(crate) fn new(router: Router) -> (Self, Routes) {
        let (switch, routes) = watch::channel(router);
        (Self(switch), Routes(routes))
    }

    pub(crate) fn turn(&self, router: Router) {
        drop(self.0.send_replace(router));
    }
}
