//! A connector's membership in the group of those that share its store.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use futures_util::future::BoxFuture;
use gc_environment::{Environment, Watched, Watcher};
use gc_group::{
    Group, GroupError, Lead, Lease, Led, Member, Pulse, RENEWAL, Reason, Standing, TTL, Takeover, Twin, View,
};
use gc_store::{Journal, StoreBounds};
use tokio::{
    select,
    time::{Instant, interval, timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use crate::{
    address::Address,
    fault::{Fault, OpenError},
    hold,
    journal::PostgresJournal,
    link::Link,
    member::{self, Sign, Tenure},
    migrations,
};

/// How often the group is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// After this a fault is logged again.
const REPEAT: Duration = Duration::from_secs(60);

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
struct Shared {
    view: Watched<View>,
    /// Whether the store is held, as it was seen last; none: it cannot be seen.
    tenure: Watched<Option<Tenure>>,
    /// How long this connector leads, once it does.
    lease: Watched<Option<Lease>>,
    /// What it says of itself.
    standing: Watched<Standing>,
}

impl Shared {
    /// Whether this connector has led, and may not any more.
    fn has_led(&self) -> bool {
        self.lease.read(|lease| lease.as_ref().is_some_and(Lease::is_over))
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
            tenure: Watched::new(None),
            lease: Watched::new(None),
            standing: Watched::new(Standing::default()),
        };
        let (shared, leaving) = (Arc::new(shared), CancellationToken::new());
        let begun = Instant::now();
        let mut watch = Watch {
            address: address.clone(),
            me: me.clone(),
            shared: Arc::clone(&shared),
            leaving: leaving.clone(),
            link: None,
            renewed: None,
            seen: begun,
            logged: None,
            twin: Twin::default(),
            pulse: Pulse::default(),
            history: (None, Arc::default()),
        };
        match timeout(TTL, watch.look()).await.unwrap_or_else(|_| Err(silent())) {
            Err(fault) if !fault.may_pass() => {
                return Err(OpenError { place: address.to_string(), fault });
            }
            looked => watch.learn(begun, looked),
        }
        let watch = AbortOnDropHandle::new(tokio::spawn(watch.run()));
        Ok(Self { address, bounds, environment, me, shared, leaving, watch: Mutex::new(Some(watch)) })
    }

    fn failed(&self, fault: Fault) -> GroupError {
        OpenError { place: self.address.to_string(), fault }.into()
    }

    async fn open(&self) -> Result<Option<Led<Arc<dyn Journal>>>, GroupError> {
        let holder = hold::Holder::member(&self.me);
        let (address, bounds, environment) =
            (self.address.clone(), self.bounds, Arc::clone(&self.environment));
        let open = move || PostgresJournal::open_as(holder, address, bounds, environment);
        let opened = tokio::task::spawn_blocking(open).await;
        let opened =
            opened.map_err(|error| self.failed(Fault::Unfit(format!("opening it failed: {error}"))))?;
        // What was seen before is over; the next look says whether another one was first.
        self.shared.tenure.replace(None);
        let journal = match opened {
            Ok(journal) => journal,
            Err(error) if error.is_in_use() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let lease = journal.lease();
        self.shared.lease.modify(|held| *held = Some(lease.clone()));
        self.shared.view.modify(|view| view.lead = Lead::Here);
        Ok(Some(Led { store: Arc::new(journal), lease }))
    }
}

impl From<OpenError> for GroupError {
    fn from(error: OpenError) -> Self {
        Self { reason: error.to_string(), may_pass: error.may_pass() }
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
        let why = |tenure: &Option<Tenure>| match tenure {
            Some(Tenure::Vacant) => Some("nobody holds the store"),
            Some(Tenure::Over) => Some("the lease of the one that led is over"),
            Some(Tenure::Held(_)) | None => None,
        };
        Box::pin(async move { self.shared.tenure.watch().until(why).await })
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
            self.shared.lease.modify(|lease| *lease = None);
            self.shared.tenure.replace(None);
        })
    }

    fn hand_over(&self, reason: Reason) -> BoxFuture<'_, Result<bool, GroupError>> {
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

/// Who looks.
struct Watch {
    address: Address,
    me: Member,
    shared: Arc<Shared>,
    leaving: CancellationToken,
    link: Option<Link>,
    /// When the row was renewed last.
    renewed: Option<Instant>,
    /// When what is known was asked for.
    seen: Instant,
    /// When a fault was logged last, while there is one.
    logged: Option<Instant>,
    twin: Twin,
    /// Of another one that holds the store.
    pulse: Pulse<Sign>,
    /// The takeovers, and when the store had been taken last by then.
    history: (Option<SystemTime>, Arc<[Takeover]>),
}

impl Watch {
    async fn run(mut self) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            select! {
                biased;
                () = self.leaving.cancelled() => return,
                _ = ticks.tick() => {}
            }
            // The others are not to believe that it lives, unless it follows again.
            if self.shared.has_led() {
                self.show(View::unknown());
                continue;
            }
            let sent = Instant::now();
            // What is under way is given up with its connection when what is known is too old.
            let until = (self.seen + TTL).max(sent + RENEWAL);
            let looked = timeout_at(until, self.look()).await;
            self.learn(sent, looked.unwrap_or_else(|_| Err(silent())));
        }
    }

    async fn look(&mut self) -> Result<member::Observation, Fault> {
        let link = match self.link.take().filter(|link| !link.is_closed()) {
            Some(link) => link,
            None => {
                let link = Link::open(&self.address).await?;
                // A newer connector may have changed it since: this one goes on all the same.
                if self.renewed.is_none() {
                    migrations::run(&link.client).await?;
                }
                link
            }
        };
        let now = Instant::now();
        let standing = self.shared.standing.read(Standing::clone);
        let said = &self.me.standing;
        let is_news = (&standing.sees, standing.is_unreachable) != (&said.sees, said.is_unreachable);
        if self.renewed.is_none_or(|renewed| renewed + RENEWAL <= now) || is_news {
            self.me.standing = standing;
            member::renew(&link.client, &self.me).await?;
            self.renewed = Some(now);
        }
        let mut seen = member::look(&link.client).await?;
        if self.history.0 != seen.taken {
            self.history = (seen.taken, member::takeovers(&link.client).await?.into());
        }
        seen.view.takeovers = Arc::clone(&self.history.1);
        if let Some(sign) = seen.sign.take().filter(|sign| sign.holder != self.me.id)
            && self.pulse.has_stopped(now, Instant::now(), sign.clone())
            && member::end_lease(&link.client, &sign).await?
        {
            tracing::warn!(holder = %sign.holder, "the lease of the one that led has ended although the database does not say so: \
                has its clock been set back?");
        }
        // Not if anything has failed: the next look has another connection.
        self.link = Some(link);
        Ok(seen)
    }

    fn learn(&mut self, sent: Instant, looked: Result<member::Observation, Fault>) {
        match looked {
            Ok(member::Observation { mut view, tenure, .. }) => {
                self.seen = sent;
                if self.logged.take().is_some() {
                    tracing::info!(store = %self.address, "the group can be seen again");
                }
                let is_mine = tenure == Tenure::Held(self.me.id);
                if is_mine {
                    // Not before what the store holds is read.
                    let leads = self.shared.lease.read(Option::is_some);
                    view.lead = if leads { Lead::Here } else { Lead::Nobody };
                }
                if let Some(twin) = self.twin.look(Instant::now(), &self.me, &view.members) {
                    tracing::warn!(member = %twin.id, url = twin.url,
                        "another connector of the group has the same group.url: give each its own");
                }
                self.show(view);
                self.shared.tenure.replace(Some(tenure));
            }
            Err(fault) => {
                self.shared.tenure.replace(None);
                // Others may have another leader by then.
                if self.seen.elapsed() >= TTL {
                    self.show(View::unknown());
                }
                if self.logged.is_none_or(|logged| logged.elapsed() >= REPEAT) {
                    tracing::warn!(store = %self.address, error = %fault, "the group cannot be seen");
                    self.logged = Some(Instant::now());
                }
            }
        }
    }

    /// Shows it, and logs what is new.
    fn show(&self, view: View) {
        let before = self.shared.view.replace(view.clone());
        let is_in = |members: &[Member], member: &Member| members.iter().any(|other| other.id == member.id);
        for joined in view.members.iter().filter(|member| !is_in(&before.members, member)) {
            let Member { id, url, version, .. } = joined;
            tracing::info!(member = %id, url, version, "a member of the group is there");
        }
        // Of a database that does not answer nobody knows who has gone.
        let is_known = !view.members.is_empty();
        let gone = before.members.iter().filter(|member| is_known && !is_in(&view.members, member));
        // Its own row may be late; that it is there it knows.
        for gone in gone.filter(|member| member.id != self.me.id) {
            tracing::info!(member = %gone.id, url = gone.url, "a member of the group is gone");
        }
        if before.leader(self.me.id) != view.leader(self.me.id) {
            match &view.lead {
                // Whoever has had it lead says so.
                Lead::Here => {}
                Lead::At(member) => {
                    tracing::info!(member = %member.id, url = member.url, "another connector leads: this one follows it");
                }
                Lead::Nobody => tracing::info!("nobody is known to lead"),
            }
        }
    }
}

/// The database does not answer, which may pass.
fn silent() -> Fault {
    Fault::Io(io::Error::new(io::ErrorKind::TimedOut, "PostgreSQL does not answer"))
}
