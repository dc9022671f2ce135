//! Users, complete and in short form.

use super::optional_time;
use crate::world::{AgentState, User, World};
use crate::xml::Xml;
use crate::{NoReason, Platform};

/// A user; the root is `User` in responses and `user` in notifications.
pub(crate) fn user(root: &str, user: &User, world: &World) -> String {
    let profile = &user.profile;
    let mut xml = Xml::new();
    xml.node(root, |xml| {
        if let Some(device) = &user.device {
            xml.leaf("activeDeviceId", device);
        }
        names(xml, user);
        xml.leaf("loginName", &profile.login_name).leaf("mediaType", "1");
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
        xml.leaf("uri", &uri(user)).leaf("wrapUpTimer", &profile.wrap_up_timer.to_string());
    });
    xml.finish()
}

fn uri(user: &User) -> String {
    format!("/finesse/api/User/{}", user.profile.id)
}

/// What both forms begin with.
fn names(xml: &mut Xml, user: &User) {
    let profile = &user.profile;
    xml.leaf("dialogs", &format!("{}/Dialogs", uri(user)))
        .leaf("extension", &user.extension)
        .leaf("firstName", &profile.first_name)
        .leaf("lastName", &profile.last_name)
        .leaf("loginId", &profile.id);
}

fn roles(xml: &mut Xml, user: &User) {
    xml.node("roles", |xml| {
        xml.leaf("role", "Agent");
        if !user.profile.supervises.is_empty() {
            xml.leaf("role", "Supervisor");
        }
    });
}

/// The devices of an extension. The guide names the object and not its members, which are invented here.
pub(crate) fn devices(ids: &[String], extension: &str) -> String {
    let mut xml = Xml::new();
    xml.node("Devices", |xml| {
        for id in ids {
            xml.node("Device", |xml| {
                xml.leaf("deviceId", id).leaf("extension", extension);
            });
        }
    });
    xml.finish()
}

/// The short form of a user in a team.
pub(crate) fn team_member(user: &User, world: &World) -> String {
    summary("User", user, world, |_| {})
}

/// The short form of a user in a team's notifications: with the roles, which clients look for.
pub(crate) fn team_event(user: &User, world: &World) -> String {
    summary("user", user, world, |xml| roles(xml, user))
}

fn summary(root: &str, user: &User, world: &World, roles: impl FnOnce(&mut Xml)) -> String {
    let profile = &user.profile;
    let mut xml = Xml::new();
    xml.node(root, |xml| {
        names(xml, user);
        if world.platform == Platform::Uccx {
            let busy = world.calls_of(&profile.id).next().is_some();
            xml.leaf("mediaState", if busy { "BUSY" } else { "IDLE" });
        }
        xml.leaf("pendingState", pending_state(user, world));
        reason(xml, user, world);
        roles(xml);
        xml.leaf("state", user.state.name())
            .leaf("stateChangeTime", &optional_time(user.since))
            .leaf("uri", &uri(user));
    });
    xml.finish()
}

/// The state that follows the call; UCCX shows only LOGOUT.
fn pending_state(user: &User, world: &World) -> &'static str {
    match &user.pending {
        Some((state, _)) if world.platform == Platform::Ucce || *state == AgentState::Logout => state.name(),
        _ => "",
    }
}

/// The reason of NOT_READY or LOGOUT. How a missing reason is written differs between releases.
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
