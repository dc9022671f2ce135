//! The two servers of a cluster, "side A" (the primary) and "side B": their names, and which of them serve.

use serde::{Deserialize, Serialize};

use super::World;
use super::call::CallType;
use crate::Platform;

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    A,
    B,
}

struct Server {
    host: String,
    in_service: bool,
    /// The web application, which serves REST and publishes; it can be away while the streams live on.
    web_application: bool,
}

/// The servers. Without a second one the first stands for both.
pub(crate) struct Sides {
    a: Server,
    b: Option<Server>,
}

impl Sides {
    pub(crate) fn new(first: &str, second: Option<&str>) -> Self {
        let server = |host: &str| Server { host: host.to_owned(), in_service: true, web_application: true };
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

    fn change(&mut self, side: Side, change: impl FnOnce(&mut Server)) {
        match (side, &mut self.b) {
            (Side::B, Some(server)) => change(server),
            (Side::A, _) => change(&mut self.a),
            (Side::B, None) => {}
        }
    }
}

impl World {
    /// Both sides serve at the beginning; on UCCX the second one stands by.
    pub(super) fn begin_service(&mut self) {
        for side in self.sides.all() {
            let in_service = side == Side::A || self.platform == Platform::Ucce;
            self.sides.change(side, |server| {
                server.in_service = in_service;
                server.web_application = true;
            });
        }
    }

    /// Takes a side (or both) out of service or back. On UCCX one side is at work at a time: when it goes, the
    /// other one takes over, and does not know what kind the calls are.
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
            self.tell_system(side);
            if after {
                if uccx && sides.len() > 1 {
                    self.forget_call_types();
                }
                self.tell_everything_again(side);
            }
        }
    }

    /// The web application of a side goes, or comes back and tells what it knows; `false` if that is so already.
    pub(crate) fn set_web_application(&mut self, side: Side, up: bool) -> bool {
        if self.sides.web_application(side) == up {
            return false;
        }
        self.sides.change(side, |server| server.web_application = up);
        self.tell_system(side);
        if self.sides.in_service(side) {
            self.tell_everything_again(side);
        }
        true
    }

    fn forget_call_types(&mut self) {
        let calls: Vec<String> = self.calls.all().map(|call| call.id.clone()).collect();
        for call in calls {
            self.calls.change(&call, |call| {
                call.parties.iter_mut().for_each(|party| party.call_type = CallType::Null);
            });
        }
    }

    /// The sides whose streams hear what is told now. Out of service, Finesse is silent, and without its web
    /// application anyhow.
    pub(super) fn heard_at(&self) -> Vec<Side> {
        let serves = |side: &Side| match self.telling_again {
            Some(again) => again == *side,
            None => self.sides.in_service(*side),
        };
        let mut sides = self.sides.all();
        sides.retain(|side| serves(side) && self.sides.web_application(*side));
        sides
    }

    /// A side that comes back tells every state and call again.
    fn tell_everything_again(&mut self, side: Side) {
        self.telling_again = Some(side);
        let users: Vec<String> = self.lines.values().cloned().collect();
        users.iter().for_each(|user| self.tell_user(user));
        let calls: Vec<String> = self.calls.all().map(|call| call.id.clone()).collect();
        calls.iter().for_each(|call| self.tell_call(call));
        self.telling_again = None;
    }
}
