//! The world as the XML that Finesse sends. As in real responses, children are in alphabetical order (capitals first;
//! `callvariables` last), empty elements are written out, and the same elements are omitted.

mod dialog;
mod errors;
mod lists;
mod user;

use jiff::Timestamp;

pub(crate) use dialog::{dialog, dialogs};
pub(crate) use errors::{api_errors, async_errors};
pub(crate) use lists::{
    contacts, phone_books, queue, reason_code, reason_codes, team, teams, wrap_up_reason, wrap_up_reasons,
};
pub(crate) use user::{devices, team_event, team_member, user};

use crate::Release;
use crate::world::{Maintained, MaintenanceStatus, Side, World};
use crate::xml::Xml;

/// The envelope of a notification.
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

/// The root is `SystemInfo` in responses, `systemInfo` in notifications.
pub(crate) fn system_info(root: &str, world: &World, side: Side) -> String {
    let (now, in_service) = (world.now(), world.sides.in_service(side));
    let host = world.sides.host(side);
    let mut xml = Xml::new();
    xml.node(root, |xml| {
        xml.leaf("currentTimestamp", &time(now))
            .leaf("deploymentType", world.platform.name())
            .leaf("lastCTIHeartbeatStatus", if in_service { "success" } else { "failure" })
            .leaf("lastSuccessCTIHeartbeatTime", &now.as_millisecond().to_string())
            .leaf("ctiVersion", if world.has_maintenance_mode() { "24" } else { "23" })
            .leaf("ctiHeartbeatInterval", "5");
        if world.has_maintenance_mode() {
            for (status, time, of) in [
                ("ctiMMode", "ctiTimeInMMode", Maintained::Cti),
                ("finesseMMode", "finesseTimeInMMode", Maintained::Finesse),
            ] {
                let maintenance = world.sides.maintenance(side, of);
                let seconds = match maintenance.status {
                    MaintenanceStatus::Off => -1,
                    _ => now.duration_since(maintenance.since).as_secs(),
                };
                xml.leaf(status, maintenance.status.name()).leaf(time, &seconds.to_string());
            }
        }
        xml.leaf("peripheralId", "5000");
        for (node, side) in [("primaryNode", Side::A), ("secondaryNode", Side::B)] {
            xml.node(node, |xml| node_address(xml, world, side));
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

/// Where a server is: since 12.6 with its ports, of which one that it does not have is 0.
fn node_address(xml: &mut Xml, world: &World, side: Side) {
    xml.leaf("host", world.sides.host(side));
    let ports = world.sides.ports(side);
    let plain = match world.file.rules.release {
        Release::Finesse12_5 => return,
        Release::Finesse12_6 => ports.xmpp,
        Release::Finesse15 => None,
    };
    for (name, port) in
        [("httpsPort", ports.https), ("xmppPort", plain), ("xmppSecurePort", ports.xmpp_secure)]
    {
        xml.leaf(name, &port.unwrap_or_default().to_string());
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
    use crate::world::{CustomerCall, Effect, Owner, Sides, SignOn};
    use crate::{Platform, WorldFile};

    /// The notifications of a login and a customer's call, one element on a line.
    fn updates() -> Vec<String> {
        let mut world =
            World::new(WorldFile::demo().unwrap(), Platform::Ucce, Sides::new("cc.example", None)).unwrap();
        let moment: Timestamp = "2026-03-04T05:06:07.089Z".parse().unwrap();
        let request = SignOn { extension: "2092".into(), mobile: None, device: None };
        world.at(moment).sign_on("1092", request).unwrap();
        let call = CustomerCall {
            from: "5550100".into(),
            to: "1092".into(),
            variables: vec![("callVariable2".into(), "a<b".into()), ("user.account".into(), "77".into())],
        };
        world.at(moment).customer_calls(call).unwrap();
        let updates = world.take_effects().into_iter().filter_map(|effect| match effect {
            Effect::Publish(notice) if notice.owner != Owner::Nobody => Some(notice.update),
            _ => None,
        });
        updates.map(|update| update.replace("><", ">\n<").replace(">\n</", "></")).collect()
    }

    #[test]
    fn a_user_is_rendered_as_finesse_does() {
        assert_snapshot!(updates()[0]);
    }

    #[test]
    fn a_dialog_is_rendered_as_finesse_does() {
        assert_snapshot!(updates()[1]);
    }
}
