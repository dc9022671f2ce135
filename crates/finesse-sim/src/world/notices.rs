//! Notifications: the node, the event and the request id.

use super::{ApiError, Effect, Notice, Owner, Refusal, Side, World};
use crate::render;

/// The request in progress. Its id is echoed in the notifications that it causes on the nodes of these two users.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The login id of the user to be changed.
    pub(crate) user: String,
    /// The login id of the user who sent the request, and who is notified of errors; it may be a supervisor.
    pub(crate) requester: String,
    /// The header `requestId`; empty without one.
    pub(crate) request_id: String,
    pub(crate) scope: Scope,
    /// The object of the request, for errors: `/finesse/api/User/1001`
    pub(crate) source: String,
}

/// The user's node on which the effect of a request is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    User,
    Dialogs,
}

impl World {
    /// Carries out a request. As with Finesse, errors of the contact centre become notifications and the request itself
    /// is accepted.
    pub(crate) fn request(
        &mut self,
        origin: Origin,
        act: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.origin = Some(origin);
        let outcome = match act(self) {
            Err(Refusal::Later(error)) => {
                self.notify_error(&error);
                Ok(())
            }
            outcome => outcome,
        };
        self.origin = None;
        outcome
    }

    /// Publishes an error of the request in progress on the requester's node; the event is lower case, as captured.
    fn notify_error(&mut self, error: &ApiError) {
        let Some(origin) = self.origin.clone() else { return };
        let data = render::async_errors(error);
        self.publish(&origin.requester, origin.scope, &data, "put", &origin.source);
    }

    /// Publishes an unsolicited error about a call or the user; `false` if there is no such user.
    pub(crate) fn push_error(&mut self, name: &str, dialog: Option<&str>, error: &ApiError) -> bool {
        let Some(user) = self.user_by_name(name).map(|user| user.id().to_owned()) else { return false };
        let (scope, source) = match dialog {
            Some(dialog) => (Scope::Dialogs, format!("/finesse/api/Dialog/{dialog}")),
            None => (Scope::User, format!("/finesse/api/User/{user}")),
        };
        self.publish(&user, scope, &render::async_errors(error), "put", &source);
        true
    }

    /// Publishes any notification to a user, unchecked; `false` if there is no such user.
    pub(crate) fn push_update(&mut self, name: &str, node: String, update: String) -> bool {
        let Some(user) = self.user_by_name(name).map(|user| user.id().to_owned()) else { return false };
        self.push(node, Owner::User(user), update);
        true
    }

    /// Publishes a user on the user's own node and the team's.
    pub(super) fn notify_user(&mut self, id: &str) {
        let Some(user) = self.users.get(id) else { return };
        let data = render::user("user", user, self);
        let summary = render::team_event(user, self);
        let (source, team) = (format!("/finesse/api/User/{id}"), user.profile.team.clone());
        self.publish(id, Scope::User, &data, "PUT", &source);
        let node = format!("/finesse/api/Team/{team}/Users");
        let update = render::update(&summary, "put", "", &source);
        self.push(node, Owner::Nobody, update);
    }

    /// Publishes the devices of a user whose extension has several, on a node of its own.
    pub(super) fn notify_devices(&mut self, id: &str) {
        let Some(user) = self.users.get(id) else { return };
        let Some(devices) = self.file.devices_of.get(&user.extension) else { return };
        let devices = render::devices(devices, &user.extension);
        let node = format!("/finesse/api/User/{id}/Devices");
        let update = render::update(&devices, "PUT", "", &node);
        self.push(node, Owner::User(id.to_owned()), update);
    }

    /// Publishes a queue's statistics on its node.
    pub(super) fn notify_queue(&mut self, id: &str, statistics: &str) {
        let node = format!("/finesse/api/Queue/{id}");
        let update = render::update(statistics, "put", "", &node);
        self.push(node, Owner::Nobody, update);
    }

    /// Publishes that a call is added (POST) or removed (DELETE) for a user: the whole dialog, on the user's
    /// collection.
    pub(super) fn notify_dialogs(&mut self, call: &str, user: &str, event: &str) {
        let Some(dialog) = self.calls.get(call).map(|call| render::dialog("Dialog", call, user, self)) else {
            return;
        };
        let source = format!("/finesse/api/User/{user}/Dialogs");
        self.publish(user, Scope::Dialogs, &format!("<dialogs>{dialog}</dialogs>"), event, &source);
    }

    /// Publishes a changed call to everybody who sees it.
    pub(super) fn notify_call(&mut self, id: &str) {
        let source = format!("/finesse/api/Dialog/{id}");
        let watchers = self.calls.get(id).map(super::Call::watchers).unwrap_or_default();
        for user in watchers {
            let Some(data) = self.calls.get(id).map(|call| render::dialog("dialog", call, &user, self))
            else {
                return;
            };
            self.publish(&user, Scope::Dialogs, &data, "PUT", &source);
        }
    }

    /// Publishes the status of a side to everybody connected there.
    pub(super) fn notify_system(&mut self, side: Side) {
        if !self.sides.web_application(side) {
            return;
        }
        let source = "/finesse/api/SystemInfo";
        let update = render::update(&render::system_info("systemInfo", self, side), "PUT", "", source);
        let notice = Notice { node: source.into(), owner: Owner::Everybody, update, sides: vec![side] };
        self.effects.push(Effect::Publish(notice));
    }

    fn publish(&mut self, user: &str, scope: Scope, data: &str, event: &str, source: &str) {
        let concerned =
            |origin: &&Origin| origin.scope == scope && (origin.user == user || origin.requester == user);
        let origin = self.origin.as_ref().filter(concerned);
        let request_id = origin.map(|origin| origin.request_id.clone()).unwrap_or_default();
        let suffix = if scope == Scope::Dialogs { "/Dialogs" } else { "" };
        let node = format!("/finesse/api/User/{user}{suffix}");
        self.push(node, Owner::User(user.to_owned()), render::update(data, event, &request_id, source));
    }

    fn push(&mut self, node: String, owner: Owner, update: String) {
        let sides = self.publishing_sides();
        if !sides.is_empty() {
            self.effects.push(Effect::Publish(Notice { node, owner, update, sides }));
        }
    }
}
