//! A connector that shares its store with nobody.

use std::{
    future::ready,
    sync::{Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use gc_environment::{Watched, Watcher};
use uuid::Uuid;

use crate::{Group, GroupError, Lease, Led, Standing, TakeoverReason, View};

/// It leads from its start, and for good.
#[derive(Debug)]
pub struct Alone<S> {
    id: Uuid,
    view: Watched<View>,
    store: Mutex<Option<S>>,
}

impl<S> Alone<S> {
    /// With this store. `id`: any that is new.
    pub fn with(id: Uuid, store: S) -> Self {
        Self { id, view: Watched::new(View::alone()), store: Mutex::new(Some(store)) }
    }
}

impl<S: Send> Group for Alone<S> {
    type Store = S;

    fn id(&self) -> Uuid {
        self.id
    }

    fn view(&self) -> Watcher<View> {
        self.view.watch()
    }

    fn publish(&self, _: Standing) {}

    fn until_free(&self) -> BoxFuture<'_, &'static str> {
        Box::pin(ready("nobody else is there"))
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Led<S>>, GroupError>> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(ready(Ok(store.map(|store| Led { store, lease: Lease::endless() }))))
    }

    fn give_back(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }

    fn hand_over(&self, _: TakeoverReason) -> BoxFuture<'_, Result<bool, GroupError>> {
        Box::pin(ready(Ok(false)))
    }

    fn leave(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lead;

    #[tokio::test]
    async fn a_connector_alone_leads_at_once_and_for_good() {
        let alone = Alone::with(Uuid::from_u128(1), "the store");
        assert_eq!(alone.view().read(|view| view.lead.clone()), Lead::Here);
        alone.until_free().await;
        let led = alone.lead().await.unwrap().unwrap();
        assert!(led.store == "the store" && led.lease.is_endless());
        assert!(alone.lead().await.unwrap().is_none(), "there is one store");
        assert!(!alone.hand_over(TakeoverReason::SawLess).await.unwrap(), "there is nobody to leave it to");
    }
}
