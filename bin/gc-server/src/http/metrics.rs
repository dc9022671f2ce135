//! `GET /metrics`: what the parts have measured, as OpenMetrics text. It is read when it is asked for; nothing is recorded
//! here. No label names an agent, a call, a client or a URL.

mod group;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gc_delivery::{DeliveryMeasures, Health};
use gc_events::ErrorCode;
use gc_measure::{BOUNDS, Histogram};
use gc_rules::ClusterId;
use gc_session::ClusterMeasures;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use self::group::Group;
use super::audit::Reason;
use super::caller::Caller;
use super::{App, Front, error_answer};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// For callers of the whole connector: the figures are those of all clients together.
pub(super) async fn metrics(State(app): State<App>, caller: Caller) -> Response {
    match refused(&app, &caller) {
        Some(refused) => refused,
        None => answer(&app).await,
    }
}

/// The same of a connector that follows: it has no clients and agents of its own.
pub(super) async fn of_follower(State(front): State<Front>, caller: Caller) -> Response {
    refused(&front, &caller).unwrap_or_else(|| {
        let group = Group::now(&front.view, None);
        page(Following { refusals: front.audit.refusals.counts().collect(), group })
    })
}

fn refused(front: &Front, caller: &Caller) -> Option<Response> {
    if caller.who.may_read_figures() {
        return None;
    }
    caller.note.refused(Reason::RightMissing);
    let text = "This needs the right read with destinations = [\"*\"], or the right admin without destinations, and no \
                cluster. Ask the administrator.";
    Some(error_answer(front, StatusCode::FORBIDDEN, ErrorCode::GeneralError, text))
}

/// The same at the listener for health checks, which other machines may reach although the first one is open for this
/// machine only.
pub(super) async fn at_health_listener(State(app): State<App>, caller: Caller) -> Response {
    match refused_from_afar(&app, &caller) {
        Some(refused) => refused,
        None => metrics(State(app), caller).await,
    }
}

/// The same of a connector that follows.
pub(super) async fn of_follower_at_health_listener(State(front): State<Front>, caller: Caller) -> Response {
    match refused_from_afar(&front, &caller) {
        Some(refused) => refused,
        None => of_follower(State(front), caller).await,
    }
}

fn refused_from_afar(front: &Front, caller: &Caller) -> Option<Response> {
    if !caller.who.is_open() || caller.peer.to_canonical().is_loopback() {
        return None;
    }
    let text = "Callers are not identified, so that this is for this machine only.";
    Some(error_answer(front, StatusCode::FORBIDDEN, ErrorCode::GeneralError, text))
}

async fn answer(app: &App) -> Response {
    let backlogs = app.delivery.backlogs().await.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn Error, "the outboxes cannot be read for the metrics");
        Vec::new()
    });
    let scrape = Scrape {
        clusters: app.engine.measures(&backlogs),
        delivery: app.delivery.measures(),
        refusals: app.audit.refusals.counts().collect(),
        store_works: app.delivery.health() == Health::Working,
        group: Group::now(&app.view, Some(&app.lease)),
    };
    page(scrape)
}

fn page(figures: impl Collector) -> Response {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(figures));
    let mut body = String::new();
    match text::encode(&mut body, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPENMETRICS)], body).into_response(),
        // A string takes everything.
        Err(fmt::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Everything as it is now.
#[derive(Debug)]
struct Scrape {
    clusters: BTreeMap<ClusterId, ClusterMeasures>,
    delivery: DeliveryMeasures,
    refusals: Vec<(&'static str, u64)>,
    store_works: bool,
    group: Group,
}

/// Writes metrics one after the other.
struct Page<'a>(DescriptorEncoder<'a>);

/// One value with its labels.
type Row<'a, T, const LABELS: usize> = ([(&'static str, &'a str); LABELS], T);

impl Page<'_> {
    fn build(&mut self) -> fmt::Result {
        self.0
            .encode_descriptor("gc_build", "The program: its version.", None, MetricType::Info)?
            .encode_info(&[("version", crate::version::version())])
    }

    fn refusals(&mut self, refusals: &[(&'static str, u64)]) -> fmt::Result {
        let refusals = refusals.iter().map(|(reason, count)| ([("reason", *reason)], *count));
        self.counters("gc_refusals", "Refused requests.", refusals)
    }

    fn counters<'r, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl Iterator<Item = Row<'r, u64, N>>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in rows {
            metric.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&value, None)?;
        }
        Ok(())
    }

    fn gauges<'r, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl Iterator<Item = Row<'r, u64, N>>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in rows {
            metric.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn seconds<'r, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl Iterator<Item = Row<'r, &'r Histogram, N>>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for (labels, histogram) in rows {
            write_histogram(metric.encode_family(&labels)?, histogram)?;
        }
        Ok(())
    }

    fn seconds_of_all(&mut self, name: &str, help: &str, histogram: &Histogram) -> fmt::Result {
        let metric = self.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        write_histogram(metric, histogram)
    }
}

fn write_histogram(mut metric: MetricEncoder<'_>, histogram: &Histogram) -> fmt::Result {
    // Its last bound means everything else.
    let bounds = BOUNDS.into_iter().chain([f64::MAX]);
    let buckets: Vec<_> = bounds.zip(histogram.buckets).collect();
    let sum = histogram.sum.as_secs_f64();
    metric.encode_histogram::<NoLabelSet>(sum, histogram.count(), &buckets, None)
}

impl Collector for Scrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        page.build()?;
        self.finesse(&mut page)?;
        self.sessions(&mut page)?;
        self.events(&mut page)?;
        self.deliveries(&mut page)?;
        self.group.write(&mut page)?;
        page.refusals(&self.refusals)
    }
}

/// What a connector has of its own that follows.
#[derive(Debug)]
struct Following {
    refusals: Vec<(&'static str, u64)>,
    group: Group,
}

impl Collector for Following {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        page.build()?;
        self.group.write(&mut page)?;
        page.refusals(&self.refusals)
    }
}

impl Scrape {
    fn each(&self) -> impl Iterator<Item = ((&'static str, &str), &ClusterMeasures)> {
        self.clusters.iter().map(|(cluster, measures)| (("cluster", cluster.as_str()), measures))
    }

    /// One figure of each cluster by one label.
    fn by<'a, K: AsRef<str> + 'a>(
        &'a self,
        label: &'static str,
        figure: impl Fn(&'a ClusterMeasures) -> &'a BTreeMap<K, u64>,
    ) -> impl Iterator<Item = Row<'a, u64, 2>> {
        self.each().flat_map(move |(cluster, measures)| {
            figure(measures).iter().map(move |(key, count)| ([cluster, (label, key.as_ref())], *count))
        })
    }

    fn one<'a>(&'a self, figure: impl Fn(&ClusterMeasures) -> u64) -> impl Iterator<Item = Row<'a, u64, 1>> {
        self.each().map(move |(cluster, measures)| ([cluster], figure(measures)))
    }

    fn finesse(&self, page: &mut Page<'_>) -> fmt::Result {
        let nodes = self.each().flat_map(|(cluster, measures)| {
            let checked = measures.link.nodes.iter().filter_map(|node| Some((node, node.in_service?)));
            checked.map(move |(node, serves)| ([cluster, ("node", node.name.as_str())], u64::from(serves)))
        });
        page.gauges(
            "gc_finesse_service",
            "1 while the node's last health check found it in service, else 0.",
            nodes,
        )?;
        let maintained = self.each().flat_map(|(cluster, measures)| {
            let checked = measures.link.nodes.iter().filter(|node| node.in_service.is_some());
            checked.map(move |node| ([cluster, ("node", node.name.as_str())], u64::from(node.in_maintenance)))
        });
        page.gauges(
            "gc_finesse_maintenance",
            "1 while the node's last health check found it in maintenance, else 0.",
            maintained,
        )?;
        let requests = self.each().flat_map(|(cluster, measures)| {
            let all = measures.link.requests.iter();
            all.map(move |((operation, outcome), histogram)| {
                ([cluster, ("operation", *operation), ("outcome", *outcome)], histogram)
            })
        });
        page.seconds("gc_finesse_request", "Attempts of requests to Finesse.", requests)
    }

    fn sessions(&self, page: &mut Page<'_>) -> fmt::Result {
        let help = "Agents with a session, by the state that Finesse reported last.";
        page.gauges("gc_agents", help, self.by("state", |measures| &measures.agents))?;
        let help = "Agents that have a session, or are about to.";
        page.gauges("gc_sessions", help, self.one(|measures| measures.sessions))?;
        let help = "Open notification streams.";
        page.gauges("gc_streams", help, self.by("transport", |measures| &measures.streams))?;
        let closed = self.by("reason", |measures| &measures.streams_closed);
        page.counters("gc_stream_closed", "Notification streams that have ended.", closed)?;
        let rereads = self.by("cause", |measures| &measures.rereads);
        page.counters("gc_rereads", "Re-reads of an agent.", rereads)?;
        let commands = self.each().flat_map(|(cluster, measures)| {
            let all = measures.commands.iter();
            all.map(move |((command, outcome), count)| {
                ([cluster, ("command", command.as_str()), ("outcome", *outcome)], *count)
            })
        });
        page.counters("gc_commands", "Accepted commands that have their outcome.", commands)?;
        let times = self.each().flat_map(|(cluster, measures)| {
            let all = measures.command_times.iter();
            all.map(move |(command, histogram)| ([cluster, ("command", command.as_str())], histogram))
        });
        page.seconds("gc_command", "From a command's acceptance to its outcome.", times)?;
        let help = "Accepted commands without an outcome.";
        page.gauges("gc_open_commands", help, self.one(|measures| measures.open_commands))
    }

    fn events(&self, page: &mut Page<'_>) -> fmt::Result {
        let events = self.by("type", |measures| &measures.events);
        page.counters("gc_events", "Events that were emitted.", events)?;
        let help = "Events that wait for their delivery.";
        page.gauges("gc_outbox_undelivered", help, self.one(|measures| measures.undelivered))?;
        let help = "Age of the oldest event that waits for its delivery.";
        let mut metric =
            page.0.encode_descriptor("gc_outbox_oldest", help, Some(&Unit::Seconds), MetricType::Gauge)?;
        for (cluster, measures) in self.each() {
            metric.encode_family(&[cluster])?.encode_gauge(&measures.oldest.as_secs_f64())?;
        }
        Ok(())
    }

    fn deliveries(&self, page: &mut Page<'_>) -> fmt::Result {
        let DeliveryMeasures {
            attempts,
            attempt_times,
            end_to_end,
            dead_letters,
            dead_letters_kept,
            breakers_open,
            commit_times,
            batches_lost,
        } = &self.delivery;
        let results = attempts.iter().map(|(result, count)| ([("result", *result)], *count));
        page.counters("gc_deliveries", "Attempts to deliver an event to a callback.", results)?;
        page.seconds_of_all("gc_delivery", "Attempts to deliver an event to a callback.", attempt_times)?;
        let help = "From an event's emission until its callback has taken it.";
        page.seconds_of_all("gc_event_end_to_end", help, end_to_end)?;
        let reasons = dead_letters.iter().map(|(reason, count)| ([("reason", *reason)], *count));
        page.counters("gc_dead_letters", "Events that became dead letters.", reasons)?;
        page.gauge("gc_dead_letters_kept", "Dead letters that there are now.", *dead_letters_kept)?;
        page.gauge("gc_breaker_open", "Hosts of callbacks that cannot be reached.", *breakers_open)?;
        page.seconds_of_all("gc_store_commit", "Commits of the journal.", commit_times)?;
        let help = "Batches of events and changes that the store did not take: they are lost.";
        page.counters("gc_store_lost", help, [([], *batches_lost)].into_iter())?;
        let help = "1 while what is promised to be kept is kept, 0 after the disk has failed, or while the database is away.";
        page.gauge("gc_store_working", help, u64::from(self.store_works))
    }
}
