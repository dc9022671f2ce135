//! The world as the XML that Finesse sends. Children are alphabetical as in real answers (capitals
//! first; `callvariables` last), empty elements are written out, and what real answers leave out is
//! left out.

mod lists;

use jiff::Timestamp;

use crate::world::{
    AgentState, ApiError, Call, Callback, CampaignKind, DialogState, Party, PartyState, Side, User, World,
};
use crate::xml::Xml;
use crate::{NoReason, Platform};
pub(crate) use lists::{
    contacts, phone_books, queue, reason_code, reason_codes, team, teams, wrap_up_reason, wrap_up_reasons,
};

/// The envelope of a notification around markup of this module.
pub(crate) fn update(data: &str, event: &str, request_id: &str, source: &str) -> String {
    let mut xml = Xml::new();
    xml.node("Update", |xml| {
        xml.node("data", |xml| {
            xml.raw(data);
        });
        xml.leaf("event", event).leaf("requestId", request_id).leaf("source", source);
    });
    xml.finish()
}

/// A user; the root is `User` in answers and `user` in notifications.
pub(crate) fn user(root: &str, user: &User, world: &World) -> String {
    let profile = &user.profile;
    let uri = format!("/finesse/api/User/{}", profile.id);
    let mut xml = Xml::new();
    xml.node(root, |xml| {
        xml.leaf("dialogs", &format!("{uri}/Dialogs"))
            .leaf("extension", &user.extension)
            .leaf("firstName", &profile.first_name)
            .leaf("lastName", &profile.last_name)
            .leaf("loginId", &profile.id)
            .leaf("loginName", &profile.login_name)
            .leaf("mediaType", "1");
        if let Some(mobile) = &user.mobile {
            xml.node("mobileAgent", |xml| {
                xml.leaf("dialNumber", &mobile.number).leaf("mode", &mobile.mode);
            });
        }
        xml.leaf("pendingState", pending_state(user, world));
        reason(xml, user, world);
        roles(xml, user);
        xml.node("settings", |xml| {
            xml.leaf("wrapUpOnIncoming", &profile.wrap_up_on_incoming)
                .leaf("wrapUpOnOutgoing", &profile.wrap_up_on_outgoing);
        });
        xml.leaf("state", user.state.name()).leaf("stateChangeTime", &optional_time(user.since));
        xml.leaf("teamId", &profile.team).leaf("teamName", team_name(&profile.team, world));
        if !profile.supervises.is_empty() {
            xml.node("teams", |xml| {
                for id in &profile.supervises {
                    xml.node("Team", |xml| {
                        xml.leaf("id", id)
                            .leaf("name", team_name(id, world))
                            .leaf("uri", &format!("/finesse/api/Team/{id}"));
                    });
                }
            });
        }
        xml.leaf("uri", &uri).leaf("wrapUpTimer", &profile.wrap_up_timer.to_string());
    });
    xml.finish()
}

fn roles(xml: &mut Xml, user: &User) {
    xml.node("roles", |xml| {
        xml.leaf("role", "Agent");
        if !user.profile.supervises.is_empty() {
            xml.leaf("role", "Supervisor");
        }
    });
}

/// The short form of a user in the answer about a team.
pub(crate) fn team_member(user: &User, world: &World) -> String {
    summary("User", user, world, |_| {})
}

/// The short form of a user in the notifications of a team: with the roles, which clients look for.
pub(crate) fn team_event(user: &User, world: &World) -> String {
    summary("user", user, world, |xml| roles(xml, user))
}

fn summary(root: &str, user: &User, world: &World, roles: impl FnOnce(&mut Xml)) -> String {
    let profile = &user.profile;
    let uri = format!("/finesse/api/User/{}", profile.id);
    let mut xml = Xml::new();
    xml.node(root, |xml| {
        xml.leaf("dialogs", &format!("{uri}/Dialogs"))
            .leaf("extension", &user.extension)
            .leaf("firstName", &profile.first_name)
            .leaf("lastName", &profile.last_name)
            .leaf("loginId", &profile.id);
        if world.platform == Platform::Uccx {
            let busy = world.calls_of(&profile.id).next().is_some();
            xml.leaf("mediaState", if busy { "BUSY" } else { "IDLE" });
        }
        xml.leaf("pendingState", pending_state(user, world));
        reason(xml, user, world);
        roles(xml);
        xml.leaf("state", user.state.name())
            .leaf("stateChangeTime", &optional_time(user.since))
            .leaf("uri", &uri);
    });
    xml.finish()
}

/// What follows the call; UCCX tells only a LOGOUT.
fn pending_state(user: &User, world: &World) -> &'static str {
    match &user.pending {
        Some((state, _)) if world.platform == Platform::Ucce || *state == AgentState::Logout => state.name(),
        _ => "",
    }
}

/// The reason of NOT_READY or LOGOUT. How the lack of one is written differs between releases.
fn reason(xml: &mut Xml, user: &User, world: &World) {
    let has_reason = matches!(user.state, AgentState::NotReady | AgentState::Logout);
    let code = user.reason.as_ref().and_then(|id| world.file.reason_codes.iter().find(|code| code.id == *id));
    match (has_reason, code, world.file.rules.no_reason) {
        (true, Some(code), _) => {
            xml.node("reasonCode", |xml| {
                xml.leaf("category", &code.category)
                    .leaf("code", &code.code)
                    .leaf("forAll", "true")
                    .leaf("id", &code.id)
                    .leaf("label", &code.label)
                    .leaf("systemCode", &code.system.to_string())
                    .leaf("uri", &format!("/finesse/api/ReasonCode/{}", code.id));
            });
            xml.leaf("reasonCodeId", &code.id);
        }
        (true, None, NoReason::MinusOne | NoReason::Stale) => {
            xml.leaf("reasonCodeId", "-1");
        }
        (false, Some(code), NoReason::Stale) => {
            xml.leaf("reasonCodeId", &code.id);
        }
        _ => {}
    }
}

fn team_name<'a>(id: &str, world: &'a World) -> &'a str {
    world.team(id).map_or("", |team| &team.name)
}

/// A call as one of its parties sees it; the root is `Dialog` in collections and answers, `dialog` in PUT.
pub(crate) fn dialog(root: &str, call: &Call, viewer: &str, world: &World) -> String {
    let own = call.party(viewer);
    let answered = matches!(call.state, DialogState::Active | DialogState::Dropped)
        && call.parties.iter().all(|party| party.state != PartyState::Alerting);
    let queue = call.queue.as_ref().and_then(|id| world.queue(id));
    // The queue is told from answering on, not while the call rings.
    let (queue_name, queue_id) = match queue {
        Some(queue) if answered => (queue.name.as_str(), queue.id.as_str()),
        _ => ("", ""),
    };
    let mut xml = Xml::new();
    xml.node(root, |xml| {
        // A campaign's call names its reservation whatever the release.
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

/// A UCCE direct preview tells the number that the agent's telephone is going to call.
fn callback_number<'a>(call: &'a Call, world: &World) -> Option<&'a str> {
    let outbound = call.outbound.as_ref()?;
    let told = world.platform == Platform::Ucce && outbound.kind == CampaignKind::DirectPreview;
    told.then_some(outbound.customer.as_str())
}

/// What was promised; nothing inside when the promise was taken back.
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

/// All calls of a user; without any it is the literal `<Dialogs/>` that clients look for.
pub(crate) fn dialogs(viewer: &str, world: &World) -> String {
    let dialogs: String = world.calls_of(viewer).map(|call| dialog("Dialog", call, viewer, world)).collect();
    if dialogs.is_empty() { "<Dialogs/>".to_owned() } else { format!("<Dialogs>{dialogs}</Dialogs>") }
}

/// `SystemInfo` in answers, `systemInfo` in notifications.
pub(crate) fn system_info(root: &str, world: &World, side: Side) -> String {
    let (now, in_service) = (world.now(), world.sides.in_service(side));
    let host = world.sides.host(side);
    let mut xml = Xml::new();
    xml.node(root, |xml| {
        xml.leaf("currentTimestamp", &time(now))
            .leaf("deploymentType", world.platform.name())
            .leaf("lastCTIHeartbeatStatus", if in_service { "success" } else { "failure" })
            .leaf("lastSuccessCTIHeartbeatTime", &now.as_millisecond().to_string())
            .leaf("ctiVersion", "23")
            .leaf("ctiHeartbeatInterval", "5")
            .leaf("peripheralId", "5000");
        for (node, side) in [("primaryNode", Side::A), ("secondaryNode", Side::B)] {
            xml.node(node, |xml| {
                xml.leaf("host", world.sides.host(side));
            });
        }
        let (status, reason) =
            if in_service { ("IN_SERVICE", "") } else { ("OUT_OF_SERVICE", "CTI_HEARTBEAT_FAILURE") };
        xml.leaf("status", status)
            .leaf("statusReason", reason)
            .leaf("systemAuthMode", "NON_SSO")
            .leaf("timezoneOffset", "0")
            .leaf("uri", "/finesse/api/SystemInfo")
            .leaf("xmppDomain", host)
            .leaf("xmppPubSubDomain", &format!("pubsub.{host}"));
    });
    xml.finish()
}

/// An error inside a notification.
pub(crate) fn async_errors(error: &ApiError) -> String {
    let mut xml = Xml::new();
    xml.node("apiErrors", |xml| {
        xml.node("apiError", |xml| {
            xml.leaf("errorData", &error.data)
                .leaf("errorMessage", &error.message)
                .leaf("errorType", &error.kind);
            peripheral(xml, error);
        });
    });
    xml.finish()
}

/// An error in an answer.
pub(crate) fn api_errors(error: &ApiError) -> String {
    let mut xml = Xml::new();
    xml.node("ApiErrors", |xml| {
        xml.node("ApiError", |xml| {
            xml.leaf("ErrorType", &error.kind)
                .leaf("ErrorData", &error.data)
                .leaf("ErrorMessage", &error.message);
            peripheral(xml, error);
        });
    });
    xml.finish()
}

fn peripheral(xml: &mut Xml, error: &ApiError) {
    if let Some(peripheral) = error.peripheral {
        xml.leaf("peripheralErrorCode", peripheral.code)
            .leaf("peripheralErrorMsg", peripheral.name)
            .leaf("peripheralErrorText", peripheral.text);
    }
}

/// `2026-05-05T07:34:07.188Z`
pub(crate) fn time(moment: Timestamp) -> String {
    format!("{moment:.3}")
}

fn optional_time(moment: Option<Timestamp>) -> String {
    moment.map(time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::WorldFile;
    use crate::world::{CustomerCall, Effect, Owner, Sides, SignOn};

    /// The notifications of a login and a customer's call, one element on a line.
    fn updates() -> Vec<String> {
        let mut world =
            World::new(WorldFile::demo().unwrap(), Platform::Ucce, Sides::new("cc.example", None)).unwrap();
        let moment: Timestamp = "2026-03-04T05:06:07.089Z".parse().unwrap();
        let request = SignOn { extension: "2092".into(), mobile: None };
        world.at(moment).sign_on("1092", request).unwrap();
        let call = CustomerCall {
            from: "5550100".into(),
            to: "1092".into(),
            variables: vec![("callVariable2".into(), "a<b".into()), ("user.account".into(), "77".into())],
        };
        world.at(moment).customer_calls(call).unwrap();
        let told = world.take_effects().into_iter().filter_map(|effect| match effect {
            Effect::Publish(notice) if notice.owner != Owner::Nobody => Some(notice.update),
            _ => None,
        });
        told.map(|update| update.replace("><", ">\n<").replace(">\n</", "></")).collect()
    }

    #[test]
    fn a_user_is_told_as_finesse_tells_it() {
        assert_snapshot!(updates()[0]);
    }

    #[test]
    fn a_dialog_is_told_as_finesse_tells_it() {
        assert_snapshot!(updates()[1]);
    }

    #[test]
    fn an_error_is_told_with_the_telephone_systems_own() {
        let crate::world::Refusal::Later(error) = crate::world::Refusal::invalid_device() else { panic!() };
        let peripheral = "<peripheralErrorCode>10125</peripheralErrorCode>\
            <peripheralErrorMsg>PERERR_TELDRIVE_NODEVICETARGETFORNETTARGETID</peripheralErrorMsg>\
            <peripheralErrorText>The peripheral has no device target for this extension</peripheralErrorText>";
        assert_eq!(
            async_errors(&error),
            format!(
                "<apiErrors><apiError><errorData>260</errorData>\
                 <errorMessage>CF_INVALID_LOGON_DEVICE_SPECIFIED</errorMessage>\
                 <errorType>Invalid Device</errorType>{peripheral}</apiError></apiErrors>"
            )
        );
        assert_eq!(
            api_errors(&error),
            format!(
                "<ApiErrors><ApiError><ErrorType>Invalid Device</ErrorType><ErrorData>260</ErrorData>\
                 <ErrorMessage>CF_INVALID_LOGON_DEVICE_SPECIFIED</ErrorMessage>{peripheral}</ApiError></ApiErrors>"
            )
        );
    }
}
