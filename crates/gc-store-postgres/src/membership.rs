//! A connector's place in its group.

use std::{collections::BTreeSet, io, sync::Arc, time::Duration};

use gc_environment::{Environment, Watched, Watcher};
use gc_group::{Lead, Lease, Member, RENEWAL, TTL, Twin, View};
use gc_store::StoreBounds;
use tokio::time::{Instant, interval, timeout, timeout_at};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::{
    address::Address,
    fault::{Fault, OpenError},
    hold,
    journal::PostgresJournal,
    link::Link,
    member::{self, Holder},
    migrations,
};

/// How often the group is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// After this a fault is logged again.
const REPEAT: Duration = Duration::from_secs(60);

/// A connector among those that share a store. It renews its row every 3 s, and looks twice a second at who leads; one that has led does
/// so for no longer than its lease lasts. Dropping it ends that; the others believe that it lives for up to 15 s more, unless it has [left](Membership::leave).
pub struct Membership {
    address: Address,
    environment: Arc<dyn Environment>,
    me: Member,
    shared: Arc<Shared>,
    task: AbortOnDropHandle<()>,
}

/// What the connector and its looks share.
struct Shared {
    view: Watched<View>,
    /// Who holds the store, as it was seen last; none: it cannot be seen.
    holder: Watched<Option<Holder>>,
    /// How long this connector leads, once it does.
    lease: Watched<Option<Lease>>,
    /// Which clusters it sees in service.
    sees: Watched<BTreeSet<String>>,
}

impl Shared {
    /// Whether this connector has led, and may not any more.
    fn has_led(&self) -> bool {
        self.lease.read(|lease| lease.as_ref().is_some_and(Lease::is_over))
    }
}

impl Membership {
    /// Joins the group of this store, and brings its schema up to date. If the database is away, it is tried until it is back. Its tasks run on the
    /// runtime that this is called from.
    ///
    /// # Errors
    /// When the database cannot be used, and that will not pass.
    pub async fn join(
        address: Address,
        me: Member,
        environment: Arc<dyn Environment>,
    ) -> Result<Self, OpenError> {
        let shared = Shared {
            view: Watched::new(View::unknown()),
            holder: Watched::new(None),
            lease: Watched::new(None),
            sees: Watched::new(BTreeSet::new()),
        };
        let shared = Arc::new(shared);
        let begun = Instant::now();
        let mut watch = Watch {
            address: address.clone(),
            me: me.clone(),
            shared: Arc::clone(&shared),
            link: None,
            renewed: None,
            seen: begun,
            logged: None,
            twin: Twin::default(),
        };
        match timeout(TTL, watch.look()).await.unwrap_or_else(|_| Err(silent())) {
            Err(fault) if !fault.may_pass() => {
                return Err(OpenError { place: address.to_string(), fault });
            }
            looked => watch.learn(begun, looked),
        }
        let task = AbortOnDropHandle::new(tokio::spawn(watch.run()));
        Ok(Self { address, environment, me, shared, task })
    }

    /// This connector among the members.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.me.id
    }

    /// Who is there, and who leads: now and whenever it changes.
    #[must_use]
    pub fn view(&self) -> Watcher<View> {
        self.shared.view.watch()
    }

    /// Which clusters this connector sees in service from now on: the others see it at the next look.
    pub fn publish(&self, sees: BTreeSet<String>) {
        self.shared.sees.replace(sees);
    }

    /// Whether this connector may leave the store to another one, which it then has to do: not if a holder has done so in the last
    /// [`CALM`](gc_group::CALM), or this one does not hold it any more.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn hand_over(&self) -> Result<bool, OpenError> {
        let asked = async {
            let link = Link::open(&self.address).await?;
            member::hand_over(&link.client, self.me.id).await
        };
        asked.await.map_err(|fault| OpenError { place: self.address.to_string(), fault })
    }

    /// Waits until nobody holds the store, and says why that is so.
    pub async fn until_free(&self) -> &'static str {
        let why = |holder: &Option<Holder>| match holder {
            Some(Holder::Nobody) => Some("nobody holds the store"),
            Some(Holder::Died(_)) => Some("the lease of the one that led is over"),
            Some(Holder::Lives(_)) | None => None,
        };
        self.shared.holder.watch().until(why).await
    }

    /// Takes the store, and leads from now on.
    ///
    /// # Errors
    /// When another connector was first, or the store cannot be used.
    pub async fn lead(&self, bounds: StoreBounds) -> Result<PostgresJournal, OpenError> {
        let holder = hold::Holder::member(self.me.id);
        let (address, environment) = (self.address.clone(), Arc::clone(&self.environment));
        let open = move || PostgresJournal::open_as(holder, address, bounds, environment);
        let failed = |error| OpenError {
            place: self.address.to_string(),
            fault: Fault::Unfit(format!("opening it failed: {error}")),
        };
        let opened = tokio::task::spawn_blocking(open).await.map_err(failed)?;
        // What was seen before is over; the next look says whether another one was first.
        self.shared.holder.replace(None);
        let journal = opened?;
        self.shared.lease.modify(|lease| *lease = Some(journal.lease()));
        self.shared.view.modify(|view| view.lead = Lead::Here);
        Ok(journal)
    }

    /// Leaves: the others do not see this connector any more, and it does not look any more.
    pub async fn leave(&self) {
        self.task.abort();
        let removed = async {
            let link = Link::open(&self.address).await?;
            member::remove(&link.client, self.me.id).await
        };
        // It ends by itself in 15 s.
        if let Ok(Err(fault)) = tokio::time::timeout(RENEWAL, removed).await {
            tracing::debug!(error = %fault, "the group could not be left in order");
        }
    }
}

/// Who looks.
struct Watch {
    address: Address,
    me: Member,
    shared: Arc<Shared>,
    link: Option<Link>,
    /// When the row was renewed last.
    renewed: Option<Instant>,
    /// When what is known was asked for.
    seen: Instant,
    /// When a fault was logged last, while there is one.
    logged: Option<Instant>,
    twin: Twin,
}

impl Watch {
    async fn run(mut self) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // The others are not to believe that it lives.
            if self.shared.has_led() {
                return self.show(View::unknown());
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
        let sees = self.shared.sees.read(BTreeSet::clone);
        if self.renewed.is_none_or(|renewed| renewed + RENEWAL <= now) || sees != self.me.sees {
            self.me.sees = sees;
            member::renew(&link.client, &self.me).await?;
            self.renewed = Some(now);
        }
        let seen = member::look(&link.client).await?;
        // Not if anything has failed: the next look has another connection.
        self.link = Some(link);
        Ok(seen)
    }

    fn learn(&mut self, sent: Instant, looked: Result<member::Observation, Fault>) {
        match looked {
            Ok(member::Observation { mut view, holder }) => {
                self.seen = sent;
                if self.logged.take().is_some() {
                    tracing::info!(store = %self.address, "the group can be seen again");
                }
                let is_mine = holder == Holder::Lives(self.me.id);
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
                self.shared.holder.replace(Some(holder));
            }
            Err(fault) => {
                self.shared.holder.replace(None);
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
        let leader = |lead: &Lead| match lead {
            Lead::Here => Some(self.me.id),
            Lead::At(member) => Some(member.id),
            Lead::Nobody => None,
        };
        if leader(&before.lead) != leader(&view.lead) {
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
