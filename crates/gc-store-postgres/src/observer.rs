//! Who looks at the group, for a connector of it.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use gc_group::{Lead, Life, Member, Pulse, RENEWAL, TTL, Takeover, Twin, View};
use tokio::{
    select,
    time::{Instant, MissedTickBehavior, interval, timeout_at},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    address::Address,
    fault::Fault,
    link::Link,
    member::{self, Held, Listed, Sign},
    membership::{Shared, Vacancy, silent},
    migrations,
};

/// How often the group is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// After this a fault is logged again.
const REPEAT: Duration = Duration::from_secs(60);

/// Renews the connector's row, and looks at the others.
pub(crate) struct Observer {
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
    holder: Pulse<Sign>,
    /// Of the members.
    members: BTreeMap<Uuid, Pulse<SystemTime>>,
    /// What was logged last of another one that holds the store.
    said: Option<Saying>,
    /// The takeovers, and when the store had been taken last by then.
    history: (Option<SystemTime>, Arc<[Takeover]>),
}

/// What there may be to say of another one that holds the store.
#[derive(Clone, Copy, PartialEq)]
struct Saying {
    holder: Uuid,
    life: Life,
    /// Whether its lease lasts, by the database's clock.
    lasts: bool,
    /// Whether it says that it is reached where this one is.
    is_here: bool,
}

/// What a look has found.
pub(crate) struct Found {
    view: View,
    vacancy: Option<Vacancy>,
    /// Whether this connector holds the store.
    is_mine: bool,
}

impl Observer {
    pub(crate) fn new(address: Address, me: Member, shared: Arc<Shared>, leaving: CancellationToken) -> Self {
        Self {
            address,
            me,
            shared,
            leaving,
            link: None,
            renewed: None,
            seen: Instant::now(),
            logged: None,
            twin: Twin::default(),
            holder: Pulse::default(),
            members: BTreeMap::new(),
            said: None,
            history: (None, Arc::default()),
        }
    }

    pub(crate) async fn run(mut self) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
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

    pub(crate) async fn look(&mut self) -> Result<Found, Fault> {
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
        let standing = self.shared.standing.read(Clone::clone);
        let said = &self.me.standing;
        let is_news = (&standing.sees, standing.is_unreachable) != (&said.sees, said.is_unreachable);
        if self.renewed.is_none_or(|renewed| renewed + RENEWAL <= now) || is_news {
            self.me.standing = standing;
            member::renew(&link.client, &self.me).await?;
            self.renewed = Some(now);
        }
        let seen = member::look(&link.client).await?;
        if self.history.0 != seen.taken {
            self.history = (seen.taken, member::takeovers(&link.client).await?.into());
        }
        // Not if anything has failed: the next look has another connection.
        self.link = Some(link);
        Ok(self.judged(seen, now, Instant::now()))
    }

    /// What that means by this connector's own clock. `sent`: an instant before it was asked for; `now`: one after the answer.
    fn judged(&mut self, seen: member::Observation, sent: Instant, now: Instant) -> Found {
        let member::Observation { held, taken, rows } = seen;
        let others = held.filter(|held| held.sign.holder != self.me.id);
        let is_mine = others.is_none() && held.is_some();
        let life = others.map(|Held { sign, .. }| self.holder.look(sent, now, sign));
        let stopped = others.filter(|_| life == Some(Life::Stopped));
        // One that was not seen to live, and has not renewed its lease by the database's clock either, may have died long ago.
        let leads = others.filter(|held| match life {
            Some(Life::Beats) => true,
            Some(Life::Unknown) => held.lasts,
            Some(Life::Stopped) | None => false,
        });
        self.members.retain(|id, _| rows.iter().any(|row| row.member.id == *id));
        let mut view = View { takeovers: Arc::clone(&self.history.1), ..View::unknown() };
        let mut is_here = false;
        for Listed { member, lasts } in rows {
            let is_leader = leads.is_some_and(|held| held.sign.holder == member.id);
            let pulse = self.members.entry(member.id).or_default();
            let lives = match pulse.look(sent, now, member.expires) {
                Life::Beats => true,
                Life::Unknown => lasts,
                Life::Stopped => false,
            };
            if is_leader {
                // It is this connector itself before its restart: nobody is there to answer.
                is_here = member.is_at_the_place_of(&self.me);
                view.lead = if is_here { Lead::Nobody } else { Lead::At(member.clone()) };
            }
            if lives || is_leader {
                view.members.push(member);
            }
        }
        if is_mine || view.lead != Lead::Nobody {
            view.since = taken;
        }
        let vacancy = match (held, stopped) {
            (None, _) => Some(Vacancy::Released),
            (_, Some(Held { sign, .. })) => Some(Vacancy::Stopped(sign)),
            _ => None,
        };
        let saying = others.zip(life);
        let saying =
            saying.map(|(Held { sign, lasts }, life)| Saying { holder: sign.holder, life, lasts, is_here });
        self.say(saying);
        Found { view, vacancy, is_mine }
    }

    /// Logs what is not as usual with another one that holds the store, once.
    fn say(&mut self, saying: Option<Saying>) {
        let before = std::mem::replace(&mut self.said, saying);
        let Some(Saying { holder, life, lasts, is_here }) = saying.filter(|_| before != saying) else {
            return;
        };
        let seconds = TTL.as_secs();
        let is_new = before.is_none_or(|before| before.holder != holder);
        match (life, lasts) {
            (Life::Unknown, false) if is_new => {
                tracing::info!(%holder, "the lease of the one that led is over by the clock of the database: it can be taken if \
                    nothing is heard of it for {seconds} s more");
            }
            (Life::Unknown, true) if is_new && is_here => {
                tracing::info!(%holder, "the one that led had the address of this one, which it was before its restart: it can be \
                    taken if nothing is heard of it for {seconds} s");
            }
            (Life::Stopped, true) => {
                tracing::warn!(%holder, "nothing was heard of the one that led for {seconds} s, although its lease lasts by the \
                    clock of the database: has that been set back?");
            }
            (Life::Unknown | Life::Beats, _) | (Life::Stopped, false) => {}
        }
    }

    pub(crate) fn learn(&mut self, sent: Instant, looked: Result<Found, Fault>) {
        match looked {
            Ok(found) => self.learn_what_is(sent, found),
            Err(fault) => {
                self.shared.vacancy.replace(None);
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

    fn learn_what_is(&mut self, sent: Instant, Found { mut view, vacancy, is_mine }: Found) {
        self.seen = sent;
        if self.logged.take().is_some() {
            tracing::info!(store = %self.address, "the group can be seen again");
        }
        // Not before what the store holds is read.
        let leads_from = self.shared.leading.read(|leading| leading.as_ref().map(|leading| leading.from));
        if leads_from.is_some_and(|from| sent < from) {
            return;
        }
        if is_mine && leads_from.is_some() {
            view.lead = Lead::Here;
        }
        if let Some(twin) = self.twin.look(Instant::now(), &self.me, &view.members) {
            tracing::warn!(member = %twin.id, url = twin.url,
                "another connector of the group has the same group.url: give each its own");
        }
        self.show(view);
        self.shared.vacancy.replace(vacancy);
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
