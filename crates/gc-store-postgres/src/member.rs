//! The table of members: who lives, and who leads.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gc_group::{CALM, Lead, Member, View};
use tokio_postgres::{Client, Row, types::Type};
use uuid::Uuid;

use crate::{fault::Fault, link::LEASE};

/// What the table says at one moment.
pub(crate) struct Observation {
    /// `Here` never: whether this connector leads already, only it knows.
    pub(crate) view: View,
    pub(crate) holder: Holder,
}

/// In whose name the store is held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Holder {
    Lives(Uuid),
    /// It has not renewed its lease.
    Died(Uuid),
    Nobody,
}

/// Adds the member, or renews it.
pub(crate) async fn renew(client: &Client, member: &Member) -> Result<(), Fault> {
    let text = "insert into gc.member (id, url, version, started, expires_at, sees) \
        values ($1, $2, $3, now(), now() + $4::text::interval, $5) \
        on conflict (id) do update set expires_at = excluded.expires_at, sees = excluded.sees";
    let (url, version) = (member.url.as_str(), member.version.as_str());
    let sees: Vec<&str> = member.sees.iter().map(String::as_str).collect();
    let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 5] = [
        (&member.id, Type::UUID),
        (&url, Type::TEXT),
        (&version, Type::TEXT),
        (&LEASE, Type::TEXT),
        (&sees, Type::TEXT_ARRAY),
    ];
    client.execute_typed(text, &values).await?;
    Ok(())
}

/// Removes the member, and those that have long been dead.
pub(crate) async fn remove(client: &Client, id: Uuid) -> Result<(), Fault> {
    let text = "delete from gc.member where id = $1 or expires_at < now() - interval '1 day'";
    client.execute_typed(text, &[(&id, Type::UUID)]).await?;
    Ok(())
}

/// Notes that the holder leaves the store to another connector; false, and nothing is noted, if a holder has done so lately.
pub(crate) async fn hand_over(client: &Client, holder: Uuid) -> Result<bool, Fault> {
    let text = "update gc.store set handed_over = now() where holder = $1 \
        and (handed_over is null or handed_over < now() - $2::text::interval)";
    let calm = format!("{} s", CALM.as_secs());
    let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
        [(&holder, Type::UUID), (&calm, Type::TEXT)];
    Ok(client.execute_typed(text, &values).await? > 0)
}

/// Looks at everything. The holder is found although its row is over, because the store is what says that it leads.
pub(crate) async fn look(client: &Client) -> Result<Observation, Fault> {
    let text = "select s.holder, s.expires_at > now(), extract(epoch from s.since)::float8, \
        m.id, m.url, m.version, extract(epoch from m.started)::float8, m.sees \
        from gc.store s left join gc.member m \
        on m.expires_at > now() or (m.id = s.holder and s.expires_at > now()) order by m.id";
    let rows = client.query_typed(text, &[]).await?;
    let (mut view, mut holder) = (View::unknown(), Holder::Nobody);
    for row in &rows {
        holder = match (row.try_get(0)?, row.try_get(1)?) {
            (None, _) => Holder::Nobody,
            (Some(id), true) => Holder::Lives(id),
            (Some(id), false) => Holder::Died(id),
        };
        if matches!(holder, Holder::Lives(_)) {
            view.since = at(row.try_get(2)?);
        }
        let Some(member) = member(row)? else { continue };
        if holder == Holder::Lives(member.id) {
            view.lead = Lead::At(member.clone());
        }
        view.members.push(member);
    }
    Ok(Observation { view, holder })
}

fn member(row: &Row) -> Result<Option<Member>, Fault> {
    let Some(id) = row.try_get::<_, Option<Uuid>>(3)? else { return Ok(None) };
    let member = Member::new(id, row.try_get::<_, String>(4)?, row.try_get::<_, String>(5)?);
    let sees = row.try_get::<_, Option<Vec<String>>>(7)?.unwrap_or_default().into_iter().collect();
    Ok(Some(Member { started: at(row.try_get(6)?).unwrap_or(UNIX_EPOCH), sees, ..member }))
}

/// Of seconds since 1970.
fn at(seconds: Option<f64>) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds?).ok()?)
}
