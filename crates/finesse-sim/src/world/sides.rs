//! The two servers of a cluster, "side A" (the primary) and "side B": their names and states.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::World;
use super::call_type::CallType;
use crate::{Platform, Release, UccxTakeover};

/// One of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    A,
    B,
}

/// How far a maintenance is, in the words of SystemInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum MaintenanceStatus {
    Initiating,
    InProgress,
    /// There is none; SystemInfo has an empty element then.
    Off,
}

impl MaintenanceStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Initiating => "INITIATING",
            Self::InProgress => "IN_PROGRESS",
            Self::Off => "",
        }
    }
}

/// What is in maintenance: the server itself, or the CTI server that it is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maintained {
    Finesse,
    Cti,
}

/// A maintenance, and since when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maintenance {
    pub(crate) status: MaintenanceStatus,
    pub(crate) since: Timestamp,
}

/// The ports that a server names in SystemInfo, where it has them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NamedPorts {
    pub(crate) https: Option<u16>,
    pub(crate) xmpp: Option<u16>,
    pub(crate) xmpp_secure: Option<u16>,
}

struct Server {
    host: String,
    in_service: bool,
    /// Whether the web application is up, which serves REST and publishes; streams stay open without it.
    web_application: bool,
    finesse: Maintenance,
    cti: Maintenance,
    ports: NamedPorts,
}

/// The servers. Without a second one, both sides are the first.
pub(crate) struct Sides {
    a: Server,
    b: Option<Server>,
}

impl Sides {
    pub(crate) fn new(first: &str, second: Option<&str>) -> Self {
        let none = Maintenance { status: MaintenanceStatus::Off, since: Timestamp::UNIX_EPOCH };
        let server = |host: &str| Server {
            host: host.to_owned(),
            in_service: true,
            web_application: true,
            finesse: none,
            cti: none,
            ports: NamedPorts::default(),
        };
        Self { a: server(first), b: second.map(server) }
    }

    fn get(&self, side: Side) -> &Server {
        match side {
            Side::A => &self.a,
            Side::B => self.b.as_ref().unwrap_or(&self.a),
        }
    }

    /// The sides that exist.
    pub(crate) fn all(&self) -> Vec<Side> {
        if self.b.is_some() { vec![Side::A, Side::B] } else { vec![Side::A] }
    }

    pub(crate) fn host(&self, side: Side) -> &str {
        &self.get(side).host
    }

    pub(crate) fn in_service(&self, side: Side) -> bool {
        self.get(side).in_service
    }

    pub(crate) fn web_application(&self, side: Side) -> bool {
        self.get(side).web_application
    }

    pub(crate) fn maintenance(&self, side: Side, of: Maintained) -> Maintenance {
        let server = self.get(side);
        match of {
            Maintained::Finesse => server.finesse,
            Maintained::Cti => server.cti,
        }
    }

    pub(crate) fn ports(&self, side: Side) -> NamedPorts {
        self.get(side).ports
    }

    /// The ports to be named in SystemInfo from now on.
    pub(crate) fn name_ports(&mut self, side: Side, ports: NamedPorts) {
        self.change(side, |server| server.ports = ports);
    }

    fn change(&mut self, side: Side, change: impl FnOnce(&mut Server)) {
        match (side, &mut self.b) {
            (Side::B, Some(server)) => change(server),
            (Side::A, _) => change(&mut self.a),
            (Side::B, None) => {}
        }
    }
}

impl World {
    /// The initial state: both sides in service; on UCCX the second one is on standby.
    pub(super) fn begin_service(&mut self) {
        for side in self.sides.all() {
            let in_service = side == Side::A || self.platform == Platform::Ucce;
            self.sides.change(side, |server| {
                server.in_service = in_service;
                server.web_application = true;
                server.finesse.status = MaintenanceStatus::Off;
                server.cti.status = MaintenanceStatus::Off;
            });
        }
    }

    /// Whether this release and platform have a maintenance mode (UCCE, since 12.6(1)).
    pub(crate) fn has_maintenance_mode(&self) -> bool {
        self.platform == Platform::Ucce && self.file.rules.release != Release::Finesse12_5
    }

    /// Begins or ends a maintenance of a side (or of both), of which SystemInfo is notified. Nothing else changes: the side
    /// serves until whoever maintains it stops it.
    pub(crate) fn set_maintenance(&mut self, which: Option<Side>, of: Maintained, status: MaintenanceStatus) {
        let since = self.now;
        for side in self.sides.all().into_iter().filter(|side| which.is_none_or(|which| which == *side)) {
            if self.sides.maintenance(side, of).status == status {
                continue;
            }
            self.sides.change(side, |server| {
                let changed = match of {
                    Maintained::Finesse => &mut server.finesse,
                    Maintained::Cti => &mut server.cti,
                };
                *changed = Maintenance { status, since };
            });
            self.notify_system(side);
        }
    }

    /// Takes a side (or both) out of service or back into service. On UCCX one side is active at a time: when it goes
    /// out of service, the other one takes over, without the call types.
    pub(crate) fn set_in_service(&mut self, which: Option<Side>, in_service: bool) {
        let uccx = self.platform == Platform::Uccx;
        let sides = self.sides.all();
        for side in sides.iter().copied() {
            let before = self.sides.in_service(side);
            let after = match which {
                Some(named) if named == side => in_service,
                Some(_) if uccx => !in_service,
                Some(_) => before,
                None => in_service && (side == Side::A || !uccx),
            };
            if before == after {
                continue;
            }
            self.sides.change(side, |server| server.in_service = after);
            self.notify_system(side);
            if after {
                if uccx && sides.len() > 1 {
                    self.reset_call_types();
                    if self.file.rules.uccx_takeover == UccxTakeover::SignsOut {
                        self.forget_agents();
                    }
                }
                self.republish_all(side);
            }
        }
    }

    /// Stops the web application of a side, or starts it, which republishes everything; `false` if nothing changes.
    pub(crate) fn set_web_application(&mut self, side: Side, up: bool) -> bool {
        if self.sides.web_application(side) == up {
            return false;
        }
        self.sides.change(side, |server| server.web_application = up);
        self.notify_system(side);
        if self.sides.in_service(side) {
            self.republish_all(side);
        }
        true
    }

    fn reset_call_types(&mut self) {
        let calls: Vec<String> = self.calls.all().map(|call| call.id.clone()).collect();
        for call in calls {
            self.calls.change(&call, |call| {
                call.parties.iter_mut().for_each(|party| party.call_type = CallType::Null);
            });
        }
    }

    /// The sides that publish notifications now: Finesse publishes nothing while out of service or without its web
    /// application.
    pub(super) fn publishing_sides(&self) -> Vec<Side> {
        let serves = |side: &Side| match self.republishing {
            Some(again) => again == *side,
            None => self.sides.in_service(*side),
        };
        let mut sides = self.sides.all();
        sides.retain(|side| serves(side) && self.sides.web_application(*side));
        sides
    }

    /// Publishes every state and call again on a side that has returned.
    fn republish_all(&mut self, side: Side) {
        self.republishing = Some(side);
        let users: Vec<String> = self.lines.values().cloned().collect();
        users.iter().for_each(|user| self.notify_user(user));
        let calls: Vec<String> = self.calls.all().map(|call| call.id.clone()).collect();
        calls.iter().for_each(|call| self.notify_call(call));
        self.republishing = None;
    }
}
