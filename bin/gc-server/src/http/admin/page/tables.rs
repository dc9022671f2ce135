//! The tables of the page.

mod members;

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::agents::{Agent, Agents, Stream, Wanted};
use super::super::clients::{Client, Clients};
use super::super::clusters::{Cluster, Clusters};
use super::super::errors::{Code, Errors};
use super::super::members::Members;
use super::links::{duration, encoded, query};
use crate::http::PAGE;
use crate::log_control::Logged;

/// What the tables show.
pub(super) struct Tables {
    pub(super) clusters: Clusters,
    /// For administrators of everything, where there are several connectors.
    pub(super) members: Option<Members>,
    /// Which agents.
    pub(super) wanted: Wanted,
    pub(super) agents: Agents,
    pub(super) clients: Clients,
    pub(super) errors: Errors,
    pub(super) refusals: BTreeMap<&'static str, u64>,
    /// For administrators of everything, where the connector logs itself.
    pub(super) log: Option<Logged>,
}

impl Tables {
    /// The id and the name of each table.
    pub(super) fn names(&self) -> Vec<(&'static str, &'static str)> {
        let log = self.log.as_ref().map(|_| ("log", "Log"));
        let members = self.members.as_ref().map(|_| ("members", "Connectors"));
        let all =
            [("agents", "Agents"), ("clients", "Clients"), ("errors", "Errors"), ("refusals", "Refusals")];
        [("clusters", "Finesse")].into_iter().chain(members).chain(all).chain(log).collect()
    }

    pub(super) fn markup(&self) -> Markup {
        html! {
            (section("clusters", "Finesse", "/admin/clusters", &self.clusters()))
            @if let Some(members) = &self.members { (section("members", "Connectors", "/admin/members", &members::connectors(members))) }
            (section("agents", "Agents", &format!("/admin/agents{}", query(&self.wanted)), &self.agents()))
            (section("clients", "Clients", "/admin/clients", &self.clients()))
            (section("errors", "Errors", "/admin/errors", &self.errors()))
            (section("refusals", "Refusals", "/admin/refusals", &self.refusals()))
            @if let Some(log) = &self.log { (section("log", "Log", "/admin/log", &shown_log(log))) }
        }
    }

    fn clusters(&self) -> Markup {
        html! {
            table {
                caption { "Clusters and their nodes" }
                thead { tr {
                    th scope="col" { "Node" } th scope="col" { "Cluster" } th scope="col" { "Service" }
                    th scope="col" { "For" } th scope="col" { "Transport" }
                } }
                tbody { @for cluster in &self.clusters.clusters { (nodes(cluster)) } }
            }
        }
    }

    fn agents(&self) -> Markup {
        let Agents { agents, next } = &self.agents;
        html! {
            (self.filters())
            table {
                caption { (counted(agents.len(), next.is_some(), "agent")) }
                thead { tr {
                    th scope="col" { "Agent" } th scope="col" { "State" } th scope="col" { "Client" }
                    th scope="col" { "Stream" } th scope="col" { "Calls" } th scope="col" { "Open commands" } th scope="col" { "JSON" }
                } }
                tbody { @for agent in agents { (self.agent(agent)) } }
            }
            @if let Some(next) = next {
                p { a href=(agents_with(&Wanted { after: Some(next.clone()), ..self.wanted.clone() })) { "More agents" } }
            }
        }
    }

    /// What the table of agents is restricted to, and how to see all again.
    fn filters(&self) -> Markup {
        let wanted = &self.wanted;
        let absent = Wanted { stream: Some(Stream::Absent), ..Wanted::default() };
        let stream = wanted.stream.map(|stream| if stream == Stream::Open { "open" } else { "absent" });
        let all = [
            ("cluster", wanted.cluster.as_deref()),
            ("client", wanted.client.as_deref()),
            ("state", wanted.state.as_deref()),
            ("stream", stream),
            ("behind", wanted.after.as_deref()),
        ];
        let given: Vec<_> =
            all.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?))).collect();
        html! {
            p {
                @if given.is_empty() { "All agents. " a href=(agents_with(&absent)) { "Only those without a stream" } }
                @else { "Only: " (given.join(", ")) ". " a href=(agents_with(&Wanted::default())) { "All agents" } }
            }
        }
    }

    fn agent(&self, agent: &Agent) -> Markup {
        let only = |change: &dyn Fn(&mut Wanted)| {
            let mut wanted = Wanted { after: None, ..self.wanted.clone() };
            change(&mut wanted);
            agents_with(&wanted)
        };
        let stream = &agent.stream;
        let json = format!("/admin/agents/{}?cluster={}", encoded(&agent.agent), encoded(&agent.cluster));
        html! {
            tr id=(format!("agent-{}-{}", encoded(&agent.cluster), encoded(&agent.agent))) {
                th scope="row" { (id(&agent.agent)) }
                td {
                    @match &agent.state {
                        Some(state) => a href=(only(&|wanted| wanted.state = Some(state.clone()))) { (state) },
                        None => "not known yet",
                    }
                }
                td { a href=(only(&|wanted| wanted.client = Some(agent.client.clone()))) { (agent.client) } }
                td .(if stream.open { "good" } else { "bad" }) {
                    @if stream.open { "open for " (duration(stream.age_seconds)) } @else { "none for " (duration(stream.age_seconds)) }
                    @if let Some(node) = &stream.node { ", at " (node) }
                    @if let Some(transport) = stream.transport { " (" (transport) ")" }
                }
                td {
                    @for call in &agent.calls { div { (id(&call.dialog_id)) " " (call.state) " " (call.call_type) } }
                }
                td {
                    @for command in &agent.open_commands {
                        div { (command.command) " for " (duration(command.age_seconds)) " " (id(&command.command_id)) }
                    }
                }
                td { (as_json(&json, &agent.agent)) }
            }
        }
    }

    fn clients(&self) -> Markup {
        let Clients { clients, next } = &self.clients;
        html! {
            table {
                caption { (counted(clients.len(), next.is_some(), "client")) }
                thead { tr {
                    th scope="col" { "Client" } th scope="col" { "Agents" } th scope="col" { "Waiting events" }
                    th scope="col" { "Last attempt" } th scope="col" { "Dead letters" } th scope="col" { "Callback" } th scope="col" { "JSON" }
                } }
                tbody { @for each in clients { (client(each)) } }
            }
            @if let Some(next) = next {
                p { a href=(format!("{PAGE}?after_client={}#clients", encoded(next))) { "More clients" } }
            }
        }
    }

    fn errors(&self) -> Markup {
        html! {
            table {
                caption { (counted(self.errors.errors.len(), false, "code")) " since the start" }
                thead { tr {
                    th scope="col" { "Code" } th scope="col" { "Count" } th scope="col" { "Last at" } th scope="col" { "Agent" }
                    th scope="col" { "Client" } th scope="col" { "Last text" }
                } }
                tbody { @for code in &self.errors.errors { (error(code)) } }
            }
        }
    }

    fn refusals(&self) -> Markup {
        let some: Vec<_> = self.refusals.iter().filter(|(_, count)| **count > 0).collect();
        html! {
            table {
                caption { (counted(some.len(), false, "reason")) " for refused requests since the start" }
                thead { tr { th scope="col" { "Reason" } th scope="col" { "Count" } } }
                tbody { @for (reason, count) in some { tr id=(format!("refusal-{reason}")) { th scope="row" { (reason) } td { (count) } } } }
            }
        }
    }
}

fn section(id: &str, name: &str, json: &str, table: &Markup) -> Markup {
    html! {
        section id=(id) {
            h2 { (name) }
            (table)
            p.json { (as_json(json, name)) }
        }
    }
}

fn nodes(cluster: &Cluster) -> Markup {
    let of_cluster = Wanted { cluster: Some(cluster.cluster.clone()), ..Wanted::default() };
    html! {
        @for node in &cluster.nodes {
            tr id=(format!("node-{}-{}", encoded(&cluster.cluster), encoded(&node.node))) {
                th scope="row" { (id(&node.node)) }
                td {
                    (cluster.cluster) ": " a href=(agents_with(&of_cluster)) { (counted(cluster.agents, false, "agent")) }
                }
                @match node.in_service {
                    Some(true) => td.good { "in service" @if node.current { ", in use" } },
                    Some(false) => td.bad { "out of service" @if let Some(reason) = &node.reason { ": " (reason) } },
                    None => td { "not checked yet" },
                }
                td { @if let Some(age) = node.age_seconds { (duration(age)) } }
                td { (node.transport.unwrap_or_default()) }
            }
        }
    }
}

fn client(client: &Client) -> Markup {
    let own = Wanted { client: Some(client.destination.clone()), ..Wanted::default() };
    let json = format!("/admin/clients/{}", encoded(&client.destination));
    html! {
        tr id=(format!("client-{}", encoded(&client.destination))) {
            th scope="row" { (id(&client.destination)) }
            td { a href=(agents_with(&own)) { (counted(client.agents, false, "agent")) } }
            td {
                (client.undelivered)
                @if let Some(age) = client.oldest_age_seconds { ", the oldest for " (duration(age)) }
            }
            td {
                (client.last_attempt.as_deref().unwrap_or("none yet"))
                @if let Some(breaker) = client.breaker.filter(|breaker| *breaker != "closed") { " (breaker " (breaker) ")" }
            }
            @if client.dead_letters > 0 {
                td.bad { a href=(format!("{json}/dead-letters")) { (client.dead_letters) " as JSON" } }
            } @else { td { "0" } }
            td { (client.callback.as_deref().unwrap_or("none: live stream only")) }
            td { (as_json(&json, &client.destination)) }
        }
    }
}

fn error(code: &Code) -> Markup {
    let last = code.last.first();
    html! {
        tr id=(format!("error-{}", encoded(&code.code))) {
            th scope="row" { (code.code) }
            td { (code.count) }
            td { (last.and_then(|last| last.at.as_deref()).unwrap_or_default()) }
            td { @if let Some(agent) = last.and_then(|last| last.agent.as_deref()) { (id(agent)) } }
            td { (last.map(|last| last.client.as_str()).unwrap_or_default()) }
            td { (last.map(|last| last.text.as_str()).unwrap_or_default()) }
        }
    }
}

fn shown_log(log: &Logged) -> Markup {
    html! {
        dl {
            dt { "Filter" } dd { code { (log.filter) } @if log.filter == log.configured { " (as configured)" } }
            @for (agent, level) in &log.agents { dt { "Agent " (agent) } dd { (level) } }
            @if let Some(by) = &log.changed_by { dt { "Changed by" } dd { (by) } }
        }
    }
}

fn agents_with(wanted: &Wanted) -> String {
    format!("{PAGE}{}#agents", query(wanted))
}

/// Something to copy.
fn id(text: &str) -> Markup {
    html! { code { (text) } " " button.copy.live type="button" data-copy=(text) aria-label=(format!("Copy {text}")) { "Copy" } }
}

fn as_json(address: &str, what: &str) -> Markup {
    html! { a href=(address) aria-label=(format!("{what} as JSON")) { "as JSON" } }
}

/// `1 agent`, `100 agents and more`.
fn counted(count: usize, and_more: bool, what: &str) -> String {
    let (s, more) = (if count == 1 { "" } else { "s" }, if and_more { " and more" } else { "" });
    format!("{count} {what}{s}{more}")
}
