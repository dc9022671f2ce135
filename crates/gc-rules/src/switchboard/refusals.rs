//! The refusals, with their texts.

use gc_access::Right;
use gc_events::{ErrorCode, ErrorEvent, Event, ServiceStatus, System};
use gc_protocol::{CommandName, Request};

use super::{Decision, Refusal, Refused};
use crate::ClientKey;

pub(super) fn refused(reason: Refusal, event: Event, client: Option<ClientKey>) -> Decision {
    Decision::Refused(Refused { reason, event: Box::new(event), client })
}

pub(super) fn reconnect() -> Decision {
    let event = Event::System(System { status: ServiceStatus::Reconnect });
    refused(Refusal::UnknownClient, event, None)
}

pub(super) fn too_many_clients() -> Decision {
    let text = "There are as many clients as the connector takes (http.max_clients).";
    let event = ErrorEvent::of_service(ErrorCode::PleaseRetry).with_message(text);
    refused(Refusal::TooManyClients, Event::Error(event), None)
}

pub(super) fn which_cluster(request: &Request, text: String) -> Decision {
    refused(Refusal::WhichCluster, error(request, ErrorCode::PleaseRetry, text), None)
}

pub(super) fn in_several_clusters(request: &Request, clusters: &str) -> Decision {
    let text = format!(
        "Agent {} is connected in more than one cluster: {clusters}. Send the sessionUrl of the client, or post to \
         /gc/<cluster>/command.",
        request.id
    );
    which_cluster(request, text)
}

pub(super) fn without_right(request: &Request, right: Right) -> Decision {
    let name = request.name;
    let text =
        format!("{name} needs the right {right}, which this caller does not have. Ask the administrator.");
    refused(Refusal::RightMissing, error(request, ErrorCode::GeneralError, text), None)
}

/// By the configuration alone, so that it does not say whether somebody else has the destination.
pub(super) fn not_yours(request: &Request, client: &ClientKey) -> Decision {
    let text = format!(
        "The destination {client} is not one of this caller's. Ask the administrator, who lists them in the caller's key \
         destinations."
    );
    refused(Refusal::NotItsOwn, error(request, ErrorCode::GeneralError, text), None)
}

fn error(request: &Request, code: ErrorCode, text: String) -> Event {
    let event = match request.name {
        CommandName::Hello | CommandName::Beat => ErrorEvent::of_service(code),
        _ => ErrorEvent::of_agent(code, &request.id),
    };
    Event::Error(event.with_message(text))
}
