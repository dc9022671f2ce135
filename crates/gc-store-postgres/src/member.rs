//! The table of members: who is there, and who leads.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gc_group::{CALM, Member, Origin, Standing, TAKEOVERS, TTL, Takeover, TakeoverReason};
use tokio_postgres::{
    Client, Row,
    types::{ToSql, Type},
};
use uuid::Uuid;

use crate::{
    fault::Fault,
    link::LEASE,
    text::{number, number_read},
};

/// What the table says at one moment.
pub(crate) struct Observation {
    pub(crate) held: Option<Held>,
    /// When the store was taken last, unless that was undone.
    pub(crate) taken: Option<SystemTime>,
    pub(crate) rows: Vec<Listed>,
}

/// Who holds the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) sign: Sign,
    /// Whether its lease lasts, by the database's clock.
    pub(crate) lasts: bool,
}

/// A member's row.
pub(crate) struct Listed {
    pub(crate) member: Member,
    /// Whether its lease lasts, by the database's clock; not if that was set back since.
    pub(crate) lasts: bool,
}

/// A sign of life of the holder: each of its renewals leaves another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sign {
    pub(crate) holder: Uuid,
    pub(crate) commits: i64,
    /// In seconds since 1970.
    pub(crate) expires: f64,
}

impl Sign {
    /// From these columns; none: nobody holds the store.
    pub(crate) fn read(row: &Row, columns: [usize; 3]) -> Result<Option<Self>, Fault> {
        let [holder, commits, expires] = columns;
        let Some(holder) = row.try_get(holder)? else { return Ok(None) };
        Ok(Some(Self { holder, commits: row.try_get(commits)?, expires: row.try_get(expires)? }))
    }
}

/// So many leases after the end of its own, the row of a member is removed.
const LONG_AGO: u32 = 10;

/// More than this later than now no lease ends that was granted by the same clock.
const LONGEST: &str = "16 s";

/// Adds the member, or renews it; and removes those that died long ago.
pub(crate) async fn renew(client: &Client, member: &Member) -> Result<(), Fault> {
    let text = "with gone as (delete from gc.member where expires_at < now() - $8::text::interval and id <> $1 \
            and id is distinct from (select holder from gc.store)) \
        insert into gc.member (id, url, version, started, expires_at, sees, sessions, unreachable) \
        values ($1, $2, $3, now(), now() + $4::text::interval, $5, $6, $7) \
        on conflict (id) do update set expires_at = excluded.expires_at, sees = excluded.sees, \
            sessions = excluded.sessions, unreachable = excluded.unreachable";
    let (url, version) = (member.url.as_str(), member.version.as_str());
    let Standing { sees, is_unreachable, sessions } = &member.standing;
    let sees: Vec<&str> = sees.iter().map(String::as_str).collect();
    let long_ago = format!("{} s", (TTL * LONG_AGO).as_secs());
    let values: [(&(dyn ToSql + Sync), Type); 8] = [
        (&member.id, Type::UUID),
        (&url, Type::TEXT),
        (&version, Type::TEXT),
        (&LEASE, Type::TEXT),
        (&sees, Type::TEXT_ARRAY),
        (&number(*sessions), Type::INT8),
        (is_unreachable, Type::BOOL),
        (&long_ago, Type::TEXT),
    ];
    client.execute_typed(text, &values).await?;
    Ok(())
}

/// Removes the member.
pub(crate) async fn remove(client: &Client, id: Uuid) -> Result<(), Fault> {
    client.execute_typed("delete from gc.member where id = $1", &[(&id, Type::UUID)]).await?;
    Ok(())
}

/// Notes that the holder leaves the store to another connector, and why; false, and nothing is noted, if a holder has done so lately.
pub(crate) async fn hand_over(client: &Client, holder: Uuid, reason: &TakeoverReason) -> Result<bool, Fault> {
    let text = "update gc.store set handed_over = now(), left_for = $3 where holder = $1 \
        and (handed_over is null or handed_over not between now() - $2::text::interval and now())";
    let calm = format!("{} s", CALM.as_secs());
    let values: [(&(dyn ToSql + Sync), Type); 3] =
        [(&holder, Type::UUID), (&calm, Type::TEXT), (&reason.name(), Type::TEXT)];
    Ok(client.execute_typed(text, &values).await? > 0)
}

/// Looks at everything but the takeovers.
pub(crate) async fn look(client: &Client) -> Result<Observation, Fault> {
    let text = "select s.holder, s.expires_at > now(), extract(epoch from s.since)::float8, \
        m.id, m.url, m.version, extract(epoch from m.started)::float8, \
        extract(epoch from case m.id when s.holder then s.expires_at else m.expires_at end)::float8, \
        m.sees, m.unreachable, m.sessions, s.commits, extract(epoch from s.expires_at)::float8, \
        m.expires_at > now() and m.expires_at <= now() + $1::text::interval \
        from (select * from gc.store limit 1) s left join gc.member m on true order by m.id";
    let rows = client.query_typed(text, &[(&LONGEST, Type::TEXT)]).await?;
    let mut seen = Observation { held: None, taken: None, rows: Vec::with_capacity(rows.len()) };
    for row in &rows {
        seen.taken = at(row.try_get(2)?);
        if let Some(sign) = Sign::read(row, [0, 11, 12])? {
            seen.held = Some(Held { sign, lasts: row.try_get(1)? });
        }
        if let Some(member) = member(row)? {
            seen.rows.push(Listed { member, lasts: row.try_get(13)? });
        }
    }
    Ok(seen)
}

/// The last takeovers, the newest first.
pub(crate) async fn takeovers(client: &Client) -> Result<Vec<Takeover>, Fault> {
    let text = "select extract(epoch from at)::float8, holder, url, previous, previous_url, reason, \
        extract(epoch from vacant)::float8 from gc.takeover order by number desc limit $1";
    let most = i64::try_from(TAKEOVERS).unwrap_or(i64::MAX);
    let rows = client.query_typed(text, &[(&most, Type::INT8)]).await?;
    rows.iter().map(takeover).collect()
}

fn takeover(row: &Row) -> Result<Takeover, Fault> {
    let from = row.try_get::<_, Option<Uuid>>(3)?;
    let url = row.try_get(4)?;
    let seconds: Option<f64> = row.try_get(6)?;
    Ok(Takeover {
        at: at(row.try_get(0)?).unwrap_or(UNIX_EPOCH),
        to: Origin { id: row.try_get(1)?, url: row.try_get(2)? },
        from: from.map(|id| Origin { id, url }),
        reason: TakeoverReason::named(row.try_get(5)?),
        vacant: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
    })
}

fn member(row: &Row) -> Result<Option<Member>, Fault> {
    let Some(id) = row.try_get::<_, Option<Uuid>>(3)? else { return Ok(None) };
    let member = Member::new(id, row.try_get::<_, String>(4)?, row.try_get::<_, String>(5)?);
    let standing = Standing {
        sees: row.try_get::<_, Vec<String>>(8)?.into_iter().collect(),
        is_unreachable: row.try_get(9)?,
        sessions: number_read(row.try_get(10)?),
    };
    let [started, expires] =
        [row.try_get(6)?, row.try_get(7)?].map(|seconds| at(seconds).unwrap_or(UNIX_EPOCH));
    Ok(Some(Member { started, expires, standing, ..member }))
}

/// Of seconds since 1970.
pub(crate) fn at(seconds: Option<f64>) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds?).ok()?)
}
