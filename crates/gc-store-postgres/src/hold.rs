//! Who may write.

use std::time::SystemTime;

use gc_environment::Environment;
use gc_group::{Lease, Member, TAKEOVERS, TakeoverReason};
use gc_store::{
    Bounds, Epoch,
    stored::{Legacy, Step, Write},
};
use tokio::time::{Instant, sleep};
use tokio_postgres::{
    Client,
    error::SqlState,
    types::{ToSql, Type},
};
use uuid::Uuid;

use crate::{
    fault::Fault,
    link::{LEASE, fence, lineage},
    load::{self, Resumed},
    member::{self, Sign},
    statement::{Statement, ended, transact},
    text::{number, number_read},
    writes::{FORGET, statements},
};

/// In whose name a store is held.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) id: Uuid,
    /// Where the others reach it; none: nobody waits to take the store.
    pub(crate) url: Option<String>,
    /// The last sign of life of another one, which leads no more, as this one knows by its own clock.
    pub(crate) stopped: Option<Sign>,
}

impl Holder {
    /// One for which nobody waits.
    pub(crate) fn alone(id: Uuid) -> Self {
        Self { id, url: None, stopped: None }
    }

    /// A connector among others.
    pub(crate) fn member(member: &Member, stopped: Option<Sign>) -> Self {
        Self { id: member.id, url: Some(member.url.clone()), stopped }
    }

    /// Whether the one that holds the store has to be waited for. Alone it knows of the other one only what the database says of its lease; a
    /// connector among others goes by its own clock, since that of the database may be set.
    fn waits_for(&self, sign: Sign, lasts: bool) -> bool {
        match self.url {
            Some(_) => self.stopped != Some(sign),
            None => lasts,
        }
    }

    /// Whether nothing may be written any more once the lease is over: alone, the process waits for its database as long as it takes.
    fn is_bound_by(&self, lease: &Lease) -> bool {
        self.url.is_some() && lease.is_over()
    }
}

/// A store that this process holds.
pub(crate) struct Hold {
    pub(crate) holder: Holder,
    /// When it was taken, by the store's clock.
    pub(crate) taken: Option<SystemTime>,
    /// The commits that the store has acknowledged.
    pub(crate) commits: u64,
    /// The present lineage, when the store does not have it yet.
    pub(crate) new_lineage: Option<String>,
    /// Whether the store may have lost what it had acknowledged, since a process held it last.
    pub(crate) may_have_lost: bool,
    /// How long it goes on without a renewal.
    pub(crate) lease: Lease,
}

impl Hold {
    /// Whether nothing may be written any more: it would renew the lease for the database, and keep the others waiting for somebody
    /// who does nothing any more.
    pub(crate) fn is_over(&self) -> bool {
        self.holder.is_bound_by(&self.lease)
    }

    /// Renews the lease until this future is dropped, or that fails, or it is over: for a holder that commits nothing for a while.
    pub(crate) async fn keep(&self, client: &Client) -> Fault {
        keep(client, &self.holder, &self.lease).await
    }
}

/// What the store says of its holder.
pub(crate) struct Held {
    pub(crate) holder: Option<Uuid>,
    pub(crate) commits: u64,
}

/// Takes the store, unless another process holds it that has to be waited for.
pub(crate) async fn take(client: &Client, holder: &Holder) -> Result<Hold, Fault> {
    match attempt(client, holder).await {
        Err(Fault::Postgres(error)) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            end_what_hangs(client, holder).await?;
            attempt(client, holder).await
        }
        taken => taken,
    }
}

async fn attempt(client: &Client, holder: &Holder) -> Result<Hold, Fault> {
    let sent = Instant::now();
    client.batch_execute("begin; set local lock_timeout = '2s'").await?;
    let taken = in_transaction(client, holder, sent).await;
    ended(client, taken).await
}

/// Ends the transactions that have written to the row of the store, if its holder leads no more, and those that have locked it and do nothing. A
/// connector that was cut off, or suspended, in the middle of a transaction would otherwise keep the row for as long as the database's system
/// believes in its connection, which may be hours.
async fn end_what_hangs(client: &Client, holder: &Holder) -> Result<(), Fault> {
    let text = "select count(pg_terminate_backend(l.pid)) \
        from gc.store s, pg_locks l join pg_stat_activity a using (pid) \
        where (s.expires_at <= now() and (s.holder is null or $1) \
                or s.holder = $2 and s.commits = $3 and extract(epoch from s.expires_at)::float8 = $4) \
            and l.relation = 'gc.store'::regclass and l.granted \
            and l.database = (select oid from pg_database where datname = current_database()) \
            and l.pid <> pg_backend_pid() \
            and (l.mode = 'RowExclusiveLock' or l.mode = 'RowShareLock' \
                and a.state like 'idle in transaction%' and a.state_change < now() - interval '1 s')";
    let (is_alone, stopped) = (holder.url.is_none(), holder.stopped);
    let id = stopped.map(|sign| sign.holder);
    let (commits, expires) = (stopped.map(|sign| sign.commits), stopped.map(|sign| sign.expires));
    let values: [(&(dyn ToSql + Sync), Type); 4] =
        [(&is_alone, Type::BOOL), (&id, Type::UUID), (&commits, Type::INT8), (&expires, Type::FLOAT8)];
    let ended: i64 = client.query_typed_one(text, &values).await?.try_get(0)?;
    match ended {
        0 => tracing::info!("another transaction has the row of the store"),
        ended => tracing::warn!(
            ended,
            "transactions were ended that had the row of the store after its holder's lease"
        ),
    }
    Ok(())
}

async fn in_transaction(client: &Client, holder: &Holder, sent: Instant) -> Result<Hold, Fault> {
    let text = "select expires_at > now(), \
        greatest(ceil(extract(epoch from expires_at - now())), 0)::int8, commits, lineage, \
        holder, extract(epoch from expires_at)::float8 from gc.store for update";
    let row = client.query_typed_one(text, &[]).await?;
    let sign = Sign::read(&row, [4, 2, 5])?;
    let lasts = row.try_get(0)?;
    if sign.is_some_and(|sign| holder.waits_for(sign, lasts)) {
        return Err(Fault::InUse(number_read(row.try_get(1)?)));
    }
    let (commits, kept): (u64, Option<String>) = (number_read(row.try_get(2)?), row.try_get(3)?);
    let present = lineage(client).await?;
    note_takeover(client, holder).await?;
    let text = "update gc.store set holder = $1, since = now(), expires_at = now() + $2::text::interval, \
        left_by = null, left_at = null, left_for = null, \
        commits = commits + 1, lineage = case commits when 0 then $3 else lineage end \
        returning extract(epoch from since)::float8";
    let values: [(&(dyn ToSql + Sync), Type); 3] =
        [(&holder.id, Type::UUID), (&LEASE, Type::TEXT), (&present, Type::TEXT)];
    let taken = member::at(client.query_typed_one(text, &values).await?.try_get(0)?);
    // What was never written to has lost nothing.
    let may_have_lost = commits > 0 && kept.as_deref() != Some(&*present);
    let (new_lineage, lease) = (may_have_lost.then_some(present), Lease::granted(sent));
    Ok(Hold { holder: holder.clone(), taken, commits: commits + 1, new_lineage, may_have_lost, lease })
}

/// Writes who takes the store, from whom, and why, and forgets the oldest takeover. Of a holder that did not let go the last sign of
/// life is known by its lease. A program that knows no takeovers takes the store without clearing what was noted when it was left before, and
/// leaves it without a note.
async fn note_takeover(client: &Client, holder: &Holder) -> Result<(), Fault> {
    // Without statistics PostgreSQL expects hundreds of rows in gc.store, and compiles a statement that it expects to be long: this one took half a
    // second instead of a millisecond. It believes a limit.
    let text = "with store as (select * from gc.store limit 1), \
        noted as (select left_by, left_at, left_for from store where left_at is null or since is null or left_at >= since) \
        insert into gc.takeover (number, at, holder, url, previous, previous_url, reason, vacant) \
        select coalesce((select max(number) from gc.takeover), 0) + 1, now(), $1, $2, before.id, \
            (select url from gc.takeover where holder = before.id order by number desc limit 1), \
            before.reason, greatest(now(), before.at) - before.at \
        from (select coalesce(holder, noted.left_by) as id, \
            case when holder is null then noted.left_at else least(expires_at, now()) - $3::text::interval end as at, \
            case when holder is not null then $4 when noted.left_for is not null then noted.left_for \
                when commits = 0 then $5 else $6 end as reason \
            from store left join noted on true) before";
    let [over, first, unknown] = [TakeoverReason::LeaseOver, TakeoverReason::First, TakeoverReason::Unknown];
    let (over, first, unknown) = (over.name(), first.name(), unknown.name());
    let values: [(&(dyn ToSql + Sync), Type); 6] = [
        (&holder.id, Type::UUID),
        (&holder.url, Type::TEXT),
        (&LEASE, Type::TEXT),
        (&over, Type::TEXT),
        (&first, Type::TEXT),
        (&unknown, Type::TEXT),
    ];
    client.execute_typed(text, &values).await?;
    let text = "delete from gc.takeover where number <= (select max(number) from gc.takeover) - $1";
    let kept = i64::try_from(TAKEOVERS).unwrap_or(i64::MAX);
    client.execute_typed(text, &[(&kept, Type::INT8)]).await?;
    Ok(())
}

/// Renews the lease until this future is dropped, or that fails, or it is over: for a holder that commits nothing for a while.
pub(crate) async fn keep(client: &Client, holder: &Holder, lease: &Lease) -> Fault {
    let text = "update gc.store set expires_at = now() + $2::text::interval where holder = $1";
    loop {
        sleep(gc_group::RENEWAL).await;
        if holder.is_bound_by(lease) {
            return Fault::Late;
        }
        let sent = Instant::now();
        let values: [(&(dyn ToSql + Sync), Type); 2] = [(&holder.id, Type::UUID), (&LEASE, Type::TEXT)];
        match client.execute_typed(text, &values).await {
            Ok(1) => lease.renewed(sent),
            Ok(_) => return Fault::Fenced,
            Err(error) => return error.into(),
        }
    }
}

/// What the store says now.
pub(crate) async fn look(client: &Client) -> Result<Held, Fault> {
    let row = client.query_typed_one("select holder, commits from gc.store", &[]).await?;
    Ok(Held { holder: row.try_get(0)?, commits: number_read(row.try_get(1)?) })
}

/// Lets others take the store at once.
pub(crate) async fn release(client: &Client, holder: &Holder) -> Result<(), Fault> {
    let text = "update gc.store set holder = null, left_by = $1, left_at = greatest(now(), since), left_for = coalesce(left_for, $2) \
        where holder = $1";
    let left = TakeoverReason::Left;
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&holder.id, Type::UUID), (&left.name(), Type::TEXT)];
    client.execute_typed(text, &values).await?;
    Ok(())
}

/// The same for a holder that could not use what it has taken: the store is as free as it was before, and nobody has led meanwhile.
pub(crate) async fn give_back(client: &Client, holder: Uuid) -> Result<(), Fault> {
    let text = "with undone as (delete from gc.takeover t using gc.store s \
            where s.holder = $1 and t.holder = $1 and t.number = (select max(number) from gc.takeover) \
            returning t.number, t.previous, t.at - t.vacant as left_at, t.reason) \
        update gc.store set holder = null, since = (select at from gc.takeover \
                where number < undone.number order by number desc limit 1), \
            left_by = undone.previous, left_at = undone.left_at, left_for = undone.reason \
        from undone where holder = $1";
    client.execute_typed(text, &[(&holder, Type::UUID)]).await?;
    Ok(())
}

/// Notes that the store has lost commits, of which this process knows: whoever takes it next begins new epochs.
/// Not if another process holds it by now: that one has seen the loss when it took it.
pub(crate) async fn note_loss(client: &Client, hold: &Hold) -> Result<(), Fault> {
    let text = "update gc.store set lineage = null, holder = null, left_by = null, left_at = null, left_for = null \
        where commits < $1 and (holder is null or holder = $2 or expires_at < now())";
    let values: [(&(dyn ToSql + Sync), Type); 2] =
        [(&number(hold.commits), Type::INT8), (&hold.holder.id, Type::UUID)];
    client.query_typed(text, &values).await?;
    Ok(())
}

/// Gives each outbox a new epoch, in which its undelivered entries and its dead letters go on: numbers that clients may have seen are
/// not used again.
pub(crate) async fn renew(
    client: &Client,
    hold: &mut Hold,
    bounds: Bounds,
    environment: &dyn Environment,
) -> Result<(), Fault> {
    for (owner, old, log) in load::found(client, bounds).await? {
        let (epoch, mut writes) = (Epoch::from(environment.id()), Vec::new());
        let left = legacy(client, (owner.clone(), old, log)).await?;
        let begun = left.begin(epoch, bounds, |step, effects| {
            writes.push(match step {
                Step::Append(entry) => Write::Append { epoch, entry },
                Step::Inherit(dead) => Write::Letter { epoch, dead },
            });
            let effect = |effect| Write::Effect { client: owner.clone(), epoch, effect };
            writes.extend(effects.into_iter().map(effect));
            Ok::<_, Fault>(())
        })?;
        writes.push(Write::outbox(owner.clone(), epoch, &begun));
        replace(client, hold, old, &writes).await?;
    }
    Ok(())
}

/// Writes the new outbox, and deletes the old one.
async fn replace(client: &Client, hold: &mut Hold, old: Epoch, writes: &[Write]) -> Result<(), Fault> {
    let mut all: Vec<_> =
        FORGET.map(|text| Statement::new(text).with(Type::UUID_ARRAY, vec![old.id()])).into();
    all.extend(statements(writes)?);
    transact(client, &fence(hold.holder.id, hold.commits, None), &all).await.map_err(Fault::of)?;
    hold.commits += 1;
    Ok(())
}

/// What an outbox leaves to the next one.
async fn legacy(client: &Client, (owner, epoch, log): Resumed) -> Result<Legacy, Fault> {
    let facts = log.facts();
    let all = (facts.settled.prefix(), u64::MAX);
    let page = load::page(client, epoch, all, usize::MAX, 0).await?;
    let waiting = page.entries.into_iter().filter(|entry| !facts.settled.contains(entry.sequence));
    let undelivered = waiting.map(|entry| entry.record).collect();
    let dead = load::letters(client, epoch).await?;
    Ok(Legacy { client: owner, dead, undelivered, lost: facts.lost })
}
