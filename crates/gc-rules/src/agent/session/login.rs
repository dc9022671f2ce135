//! Login: signs the agent in at Finesse, then sends the client a full report.

use finesse_types::{MobileAgent, Request, UserState};
use gc_events::{CfCode, ErrorCode};

use crate::agent::Agent;
use crate::agent::commands::{Attempt, Effect, Login, PendingCommand};
use crate::errors::TOKEN_ENDED;
use crate::settings::Platform;
use crate::{CommandId, Credentials};

impl Agent {
    pub(in crate::agent) fn login(&mut self, id: &CommandId, login: Login) {
        let Some(user) = self.session.user.as_ref().filter(|_| !self.resync.is_due()) else {
            // It must be known first whether the agent is signed in elsewhere.
            return self.reread_or_join(id);
        };
        let Login { password, extension, device, mobile } = login;
        let elsewhere =
            user.state != UserState::Logout && !user.extension.is_empty() && user.extension != extension;
        if elsewhere {
            // Finesse would force the sign-in and leave the other device in an undefined state.
            let text = format!(
                "You are signed in on extension {0} already. Log out there first, or log in with {0}.",
                user.extension
            );
            return self.fail(id, ErrorCode::Cf(CfCode::SpecifiedAgentAlreadySignedOn), text);
        }
        let credentials = self.credentials_like_held(&password);
        if self.is_ended_token(&credentials) {
            return self.fail(id, ErrorCode::Unauthorized, TOKEN_ENDED);
        }
        match self.commands.get(id).map(PendingCommand::attempt) {
            Some(Attempt::Allowed { .. }) => {}
            Some(Attempt::None) => return self.request_attempt(id, &credentials),
            // Its decision comes.
            Some(Attempt::Requested { .. }) | None => return,
        }
        let device = device.or_else(|| self.usual_device(&extension, mobile.as_ref()));
        let request = Request::Login { user: self.id.clone(), extension, device, mobile };
        match credentials.token().is_some() && self.session.holds(&credentials) {
            // With the held token, which may be a newer one than the client's.
            true => self.write(id, request, Effect::SignedIn),
            false => self.write_as(credentials, id, request, Effect::SignedIn),
        }
    }

    /// The configured device of an extension with several. A mobile agent has none, and UCCX knows none.
    fn usual_device(&self, extension: &str, mobile: Option<&MobileAgent>) -> Option<String> {
        let has_devices = mobile.is_none() && self.settings.platform == Platform::Ucce;
        self.settings.active_devices.get(extension).filter(|_| has_devices).cloned()
    }

    pub(in crate::agent) fn login_accepted(&mut self, credentials: Credentials) {
        self.hold(credentials);
        self.session.desired_state = None;
    }

    /// The Login that waits for its effect.
    pub(in crate::agent) fn login_under_way(&self) -> Option<CommandId> {
        let signing_in = |pending: &&PendingCommand| {
            pending.is_only_awaited() && pending.effect() == Some(&Effect::SignedIn)
        };
        self.commands.iter().find(signing_in).map(|pending| pending.id().clone())
    }
}
