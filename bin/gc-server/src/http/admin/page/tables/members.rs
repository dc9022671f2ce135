//! The connectors of a group, and who of them has led.

use maud::{Markup, html};

use super::super::super::members::{Members, OriginShown};

pub(super) fn connectors(Members { leader, leads_since, members, takeovers }: &Members) -> Markup {
    html! {
        @if leader.is_none() { p { "Nobody leads." } }
        @if let Some(since) = leads_since { p { "The one that leads does so since " (since) "." } }
        table {
            caption { "Connectors on this database" }
            thead { tr {
                th scope="col" { "Connector" } th scope="col" { "Leads" } th scope="col" { "Agents" }
                th scope="col" { "Sees in service" } th scope="col" { "Certificate valid" } th scope="col" { "Lease until" }
                th scope="col" { "Version" } th scope="col" { "Started" }
            } }
            tbody {
                @for member in members {
                    tr {
                        th scope="row" { (member.url) @if member.answers { " (this one)" } }
                        td { (yes_or_no(member.leads)) }
                        td { (member.sessions) }
                        td { @for (index, cluster) in member.sees.iter().enumerate() { @if index > 0 { ", " } (cluster) } }
                        td { (yes_or_no(member.certificate_valid)) }
                        td { (member.lease_until) }
                        td { (member.version) }
                        td { (member.started) }
                    }
                }
            }
        }
        @if !takeovers.is_empty() {
            table {
                caption { "Takeovers" }
                thead { tr {
                    th scope="col" { "At" } th scope="col" { "To" } th scope="col" { "From" } th scope="col" { "Why" }
                    th scope="col" { "Nobody led for" }
                } }
                tbody {
                    @for takeover in takeovers {
                        tr {
                            th scope="row" { (takeover.at) }
                            td { (named(&takeover.to)) }
                            td { @if let Some(from) = &takeover.from { (named(from)) } }
                            td { (takeover.reason) }
                            td { @if let Some(ms) = takeover.leaderless_ms { (ms) " ms" } }
                        }
                    }
                }
            }
        }
    }
}

fn named(origin: &OriginShown) -> &str {
    origin.url.as_deref().unwrap_or(&origin.id)
}

fn yes_or_no(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}
