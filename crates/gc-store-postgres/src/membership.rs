//! A connector's membership in the group of those that share its store.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use gc_environment::{Environment, Watched, Watcher};
use gc_group::{Group, GroupError, Lead, Lease, Led, Member, RENEWAL, Standing, TTL, TakeoverReason, View};
use gc_store::{Journal, StoreBounds};
use tokio::time::{Instant, timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use crate::{
    address::Address,
    fault::{Fault, OpenError},
    hold,
    journal::{PostgresJournal, Taken},
    link::Link,
    member::{self, Sign},
    observer::Observer,
};

/// A connector among those that share a store: whoever holds it leads. It renews its row every 3 s, and looks twice a second at who leads; one that has led does
/// so for no longer than its lease lasts. Dropping it ends that; the others believe that it lives for up to 15 s more, unless it has [left](Group::leave).
pub struct Membership {
    address: Address,
    bounds: StoreBounds,
    environment: Arc<dyn Environment>,
    me: Member,
    shared: Arc<Shared>,
    /// Ends the looks, between two of them.
    leaving: CancellationToken,
    /// None once it has left.
    watch: Mutex<Option<AbortOnDropHandle<()>>>,
}

/// What the connector and its looks share.
pub(crate) struct Shared {
    pub(crate) view: Watched<View>,
    /// Why the store can be taken; none: it is held, or cannot be seen.
    pub(crate) vacancy: Watched<Option<Vacancy>>,
    /// How long this connector leads, once it does.
    pub(crate) leading: Watched<Option<Leading>>,
    /// What it says of itself.
    pub(crate) standing: Watched<Standing>,
}

/// Why the store can be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Vacancy {
    /// Nobody holds it.
    Released,
    /// Its holder has given no other sign of life than this one for more than [`TTL`].
    Stopped(Sign),
}

/// The lead of this connector.
#[derive(Clone, Debug)]
pub(crate) struct Leading {
    lease: Lease,
    /// What was asked for before then is not known to have seen it.
    pub(crate) from: Instant,
}

impl Shared {
    /// Whether this connector has led, and may not any more.
    pub(crate) fn has_led(&self) -> bool {
        self.leading.read(|leading| leading.as_ref().is_some_and(|leading| leading.lease.is_over()))
    }
}

impl Membership {
    /// Joins the group of this store, and brings its schema up to date. If the database is away, it is tried until it is back. Its tasks run on the
    /// runtime that this is called from. `bounds`: of the store, when this connector leads.
    ///
    /// # Errors
    /// When the database cannot be used, and that will not pass.
    pub async fn join(
        address: Address,
        me: Member,
        bounds: StoreBounds,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, OpenError> {
        let shared = Shared {
            view: Watched::new(View::unknown()),
            vacancy: Watched::new(None),
            leading: Watched::new(None),
            standing: Watched::new(Standing::default()),
        };
        let (shared, leaving) = (Arc::new(shared), CancellationToken::new());
        let begun = Instant::now();
        let mut observer = Observer::new(address.clone(), me.clone(), Arc::clone(&shared), leaving.clone());
        match timeout(TTL, observer.look()).await.unwrap_or_else(|_| Err(silent())) {
            Err(fault) if !fault.may_pass() => {
                return Err(OpenError { place: address.to_string(), fault });
            }
            looked => observer.learn(begun, looked),
        }
        let watch = AbortOnDropHandle::new(tokio::spawn(observer.run()));
        Ok(Self { address, bounds, environment, me, shared, leaving, watch: Mutex::new(Some(watch)) })
    }

    fn failed(&self, fault: Fault) -> GroupError {
        OpenError { place: self.address.to_string(), fault }.into()
    }

    async fn open(&self) -> Result<Option<Led<Arc<dyn Journal>>>, GroupError> {
        let stopped = self.shared.vacancy.read(|vacancy| match vacancy {
            Some(Vacancy::Stopped(sign)) => Some(*sign),
            Some(Vacancy::Released) | None => None,
        });
        let holder = hold::Holder::member(&self.me, stopped);
        let (address, bounds, environment) =
            (self.address.clone(), self.bounds, Arc::clone(&self.environment));
        let open = move || PostgresJournal::open_as(holder, address, bounds, environment);
        let opened = tokio::task::spawn_blocking(open).await;
        let opened = opened.map_err(|error| self.failed(Fault::Opening(error)))?;
        // What was seen before is over; the next look says whether another one was first.
        self.shared.vacancy.replace(None);
        let journal = match opened {
            Ok(journal) => journal,
            Err(error) if error.is_in_use() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let (lease, Taken { at, takeovers }) = (journal.lease(), journal.taken());
        let leading = Leading { lease: lease.clone(), from: Instant::now() };
        self.shared.leading.modify(|held| *held = Some(leading));
        self.shared.view.modify(|view| {
            (view.lead, view.since, view.takeovers) = (Lead::Here, at, takeovers);
        });
        Ok(Some(Led { store: Arc::new(journal), lease }))
    }
}

impl From<OpenError> for GroupError {
    fn from(error: OpenError) -> Self {
        Self { reason: error.to_string(), may_pass: error.may_pass(), cause: Some(Arc::new(error)) }
    }
}

impl Group for Membership {
    type Store = Arc<dyn Journal>;

    fn id(&self) -> Uuid {
        self.me.id
    }

    fn view(&self) -> Watcher<View> {
        self.shared.view.watch()
    }

    /// The others see at their next look what may move the lead, and the number of sessions once the row is renewed.
    fn publish(&self, standing: Standing) {
        self.shared.standing.replace(standing);
    }

    fn until_free(&self) -> BoxFuture<'_, &'static str> {
        let why = |vacancy: &Option<Vacancy>| match vacancy {
            Some(Vacancy::Released) => Some("nobody holds the store"),
            Some(Vacancy::Stopped(_)) => Some("the lease of the one that led is over"),
            None => None,
        };
        Box::pin(async move { self.shared.vacancy.watch().until(why).await })
    }

    fn lead(&self) -> BoxFuture<'_, Result<Option<Led<Self::Store>>, GroupError>> {
        Box::pin(self.open())
    }

    fn give_back(&self) -> BoxFuture<'_, ()> {
        let given_back = async {
            let link = Link::open(&self.address).await?;
            hold::give_back(&link.client, self.me.id).await
        };
        Box::pin(async move {
            // Then it counts as one that has led and left.
            if let Ok(Err(fault)) = timeout(RENEWAL, given_back).await {
                tracing::debug!(error = %fault, "the lead could not be given back without a trace");
            }
            self.shared.leading.modify(|leading| *leading = None);
            self.shared.vacancy.replace(None);
        })
    }

    fn hand_over(&self, reason: TakeoverReason) -> BoxFuture<'_, Result<bool, GroupError>> {
        Box::pin(async move {
            let asked = async {
                let link = Link::open(&self.address).await?;
                member::hand_over(&link.client, self.me.id, &reason).await
            };
            asked.await.map_err(|fault| self.failed(fault))
        })
    }

    /// A renewal that is under way ends first: it would bring the row back.
    fn leave(&self) -> BoxFuture<'_, ()> {
        self.leaving.cancel();
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        let removed = async move {
            if let Some(watch) = watch {
                _ = watch.await;
            }
            let link = Link::open(&self.address).await?;
            member::remove(&link.client, self.me.id).await
        };
        Box::pin(async move {
            // It ends by itself in 15 s.
            if let Ok(Err(fault)) = timeout(RENEWAL, removed).await {
                tracing::debug!(error = %fault, "the group could not be left in order");
            }
        })
    }
}

/// The database does not answer, which may pass.
pub(crate) fn silent() -> Fault {
    Fault::Io(io::Error::new(io::ErrorKind::TimedOut, "PostgreSQL does not answer"))
}
