//! Dialogs.

use super::time;
use crate::Platform;
use crate::world::{Call, Callback, CampaignKind, DialogState, Party, PartyState, World};
use crate::xml::Xml;

/// A call from the perspective of one party; the root is `Dialog` in collections and responses, `dialog` in PUT.
pub(crate) fn dialog(root: &str, call: &Call, user: &str, world: &World) -> String {
    let own = call.party(user);
    let answered = matches!(call.state, DialogState::Active | DialogState::Dropped)
        && call.parties.iter().all(|party| party.state != PartyState::Alerting);
    let queue = call.queue.as_ref().and_then(|id| world.queue(id));
    // The queue is shown once the call is answered, not while it rings.
    let (queue_name, queue_id) = match queue {
        Some(queue) if answered => (queue.name.as_str(), queue.id.as_str()),
        _ => ("", ""),
    };
    let mut xml = Xml::new();
    xml.node(root, |xml| {
        // A campaign's call names its reservation in every release.
        let named = world.file.rules.associated_dialog_uri || call.outbound.is_some();
        let associated =
            call.associated.as_ref().filter(|_| named).map(|id| format!("/finesse/api/Dialog/{id}"));
        xml.leaf("associatedDialogUri", &associated.unwrap_or_default());
        if let Some(number) = callback_number(call, world) {
            xml.leaf("callbackNumber", number);
        }
        xml.leaf("fromAddress", &call.from).leaf("id", &call.id);
        xml.node("mediaProperties", |xml| {
            xml.leaf("DNIS", &call.dnis);
            if world.platform == Platform::Ucce {
                xml.leaf("callKeyCallId", &call.number.to_string())
                    .leaf("callKeyPrefix", "153021")
                    .leaf("callKeySequenceNum", "0");
            }
            xml.leaf("callType", own.map_or("", |party| party.call_type.name()))
                .leaf("dialedNumber", &call.to)
                .leaf("mediaId", "1")
                .leaf("outboundClassification", "")
                .leaf("queueName", queue_name)
                .leaf("queueNumber", queue_id);
            if world.platform == Platform::Uccx && !call.wrap_up_items.is_empty() {
                xml.node("wrapUpItems", |xml| {
                    for item in &call.wrap_up_items {
                        xml.leaf("wrapUpItem", item);
                    }
                });
            }
            if let Some(reason) = &call.wrap_up_reason {
                xml.leaf("wrapUpReason", reason);
            }
            xml.node("callvariables", |xml| {
                for (name, value) in call.variables.iter() {
                    xml.node("CallVariable", |xml| {
                        xml.leaf("name", name).leaf("value", value);
                    });
                }
            });
        });
        xml.leaf("mediaType", "Voice");
        xml.node("participants", |xml| {
            for party in &call.parties {
                participant(xml, party, &world.actions(call, party));
            }
        });
        if let Some(callback) = call.outbound.as_ref().and_then(|outbound| outbound.callback.as_ref()) {
            scheduled_callback(xml, callback);
        }
        if let Some(merged) = &call.secondary {
            xml.leaf("secondaryId", merged);
        }
        xml.leaf("state", call.state.name())
            .leaf("toAddress", &call.to)
            .leaf("uri", &format!("/finesse/api/Dialog/{}", call.id));
    });
    xml.finish()
}

/// In a UCCE direct preview, the number that the agent's telephone will call.
fn callback_number<'a>(call: &'a Call, world: &World) -> Option<&'a str> {
    let outbound = call.outbound.as_ref()?;
    let shown = world.platform == Platform::Ucce && outbound.kind == CampaignKind::DirectPreview;
    shown.then_some(outbound.customer.as_str())
}

/// The scheduled callback; empty when it was cancelled.
fn scheduled_callback(xml: &mut Xml, callback: &Callback) {
    xml.node("scheduledCallbackInfo", |xml| {
        for (name, value) in [("callbackNumber", &callback.number), ("callbackTime", &callback.time)] {
            if !value.is_empty() {
                xml.leaf(name, value);
            }
        }
    });
}

fn participant(xml: &mut Xml, party: &Party, actions: &[&str]) {
    xml.node("Participant", |xml| {
        xml.node("actions", |xml| {
            for action in actions {
                xml.leaf("action", action);
            }
        });
        xml.leaf("mediaAddress", &party.address)
            .leaf("mediaAddressType", if party.device { "AGENT_DEVICE" } else { "" })
            .leaf("startTime", &time(party.start))
            .leaf("state", party.state.name())
            .leaf("stateCause", party.cause)
            .leaf("stateChangeTime", &time(party.changed));
    });
}

/// All calls of a user; without calls the literal `<Dialogs/>`, which clients look for.
pub(crate) fn dialogs(user: &str, world: &World) -> String {
    let dialogs: String = world.calls_of(user).map(|call| dialog("Dialog", call, user, world)).collect();
    if dialogs.is_empty() { "<Dialogs/>".to_owned() } else { format!("<Dialogs>{dialogs}</Dialogs>") }
}
