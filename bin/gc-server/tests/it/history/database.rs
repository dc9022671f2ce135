//! What the database commits. Triggers write it down in the same transactions, so that what is deleted after its delivery is there, too, and what is rolled
//! back is not. The times are those of the commits (`track_commit_timestamp`).

use std::time::Duration;

use gc_store_postgres::testing::Server;
use serde_json::Value;

use super::{Hold, Record, What};

/// The settings that a server needs for it.
pub(crate) const SETTING: &str = "track_commit_timestamp = on";

const TRIGGERS: &str = "
    create schema history;
    create table history.entry (n bigserial primary key, member text not null default current_setting('application_name'),
        what text not null, was jsonb, is_now jsonb);
    create function history.note() returns trigger language plpgsql as $$
    begin
        insert into history.entry (what, was, is_now) values (tg_table_name || ' ' || tg_op,
            case when tg_op = 'INSERT' then null else to_jsonb(old) - 'body' - 'record' end,
            case when tg_op = 'DELETE' then null else to_jsonb(new) - 'body' - 'record' end
                || case when tg_table_name = 'event' then jsonb_build_object('said', to_jsonb(new) ->> 'body') else '{}' end);
        return null;
    end $$;
    create trigger note after update on gc.store for each row execute function history.note();
    create trigger note after insert or update on gc.outbox for each row execute function history.note();
    create trigger note after insert on gc.event for each row execute function history.note();
    create trigger note after insert on gc.dead_letter for each row execute function history.note();
    create trigger note after insert or delete on gc.command for each row execute function history.note();
    create trigger note after delete on gc.session for each row execute function history.note();
    create trigger note after insert on gc.member for each row execute function history.note();
    insert into history.entry (member, what, is_now)
        select 'psql', 'store UPDATE', to_jsonb(s) from gc.store s;
";

const ALL: &str = "select json_build_array(
        (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000000)::int8, member, what, was, is_now)
    from history.entry order by n";

/// From now on everything is written down. The tables have to be there.
pub(crate) fn begin(server: &Server) {
    server.sql("gc", TRIGGERS).unwrap();
}

/// Everything that was.
pub(crate) fn read(server: &Server) -> Vec<Record> {
    let text = server.sql("gc", ALL).unwrap();
    text.lines().map(|line| record(&serde_json::from_str(line).unwrap())).collect()
}

fn record(line: &Value) -> Record {
    let [at, by, what, was, row] = [0, 1, 2, 3, 4].map(|place| &line[place]);
    let what = match what.as_str().unwrap() {
        "store UPDATE" => What::Held(Hold {
            holder: word(row, "holder"),
            until: time(row),
            commits: number(row, "commits"),
            before: word(was, "holder"),
            until_before: time(was),
        }),
        "member INSERT" => What::Joined { id: text(row, "id") },
        "outbox INSERT" | "outbox UPDATE" => What::Outbox {
            client: text(row, "client"),
            epoch: plain(row, "epoch"),
            last: number(row, "last"),
            delivered: delivered(row),
            claim: word(row, "sender").map(|sender| (number(row, "claim"), sender)),
        },
        "event INSERT" => What::Appended {
            place: (plain(row, "outbox"), number(row, "seq")),
            id: text(row, "id"),
            command: word(row, "command_id"),
            agent: word(row, "agent_id"),
            brief: gc_scenario::brief(&serde_json::from_str(&text(row, "said")).unwrap()),
        },
        "dead_letter INSERT" => What::GivenUp { place: (plain(row, "outbox"), number(row, "own_seq")) },
        "command INSERT" => What::CommandOpened { id: text(row, "command_id") },
        "command DELETE" => What::CommandEnded { id: text(was, "command_id") },
        "session DELETE" => What::SessionOver { agent: text(was, "agent_id") },
        other => panic!("{other}"),
    };
    let at = Duration::from_micros(at.as_u64().unwrap());
    Record { at, by: by.as_str().unwrap().to_owned(), what }
}

fn word(row: &Value, name: &str) -> Option<String> {
    row[name].as_str().map(str::to_owned)
}

fn text(row: &Value, name: &str) -> String {
    word(row, name).unwrap_or_else(|| panic!("{name} of {row}"))
}

/// An epoch as receivers see it.
fn plain(row: &Value, name: &str) -> String {
    text(row, name).replace('-', "")
}

fn number(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_else(|| panic!("{name} of {row}"))
}

/// When the lease ends, as PostgreSQL writes a time into JSON: `2026-11-30T04:30:00.123456+00:00`.
fn time(row: &Value) -> Duration {
    let Some(at) = row["expires_at"].as_str() else { return Duration::ZERO };
    let at = at.parse::<jiff::Timestamp>().unwrap_or_else(|error| panic!("{at}: {error}"));
    Duration::try_from(at.as_duration()).unwrap_or_default()
}

/// As it is kept: `{"up_to":7,"above":[[9,10]]}`.
fn delivered(row: &Value) -> u64 {
    let settled: Value = serde_json::from_str(&text(row, "settled")).unwrap();
    number(&settled, "up_to")
}
