//! Login: sign in at Finesse, then tell the client everything.

use finesse_types::{Request, UserState};
use gc_events::{CfCode, ErrorCode};
use gc_protocol::Command;
use secrecy::SecretString;

use super::Agent;
use super::open::{Effect, Stage};
use crate::{CommandId, Credentials};

impl Agent {
    pub(super) fn login(&mut self, id: &CommandId, password: SecretString, extension: String) {
        let Some(user) = &self.user else {
            // Whether the agent is signed in elsewhere must be known first.
            return self.reread_or_join(id);
        };
        let elsewhere =
            user.state != UserState::Logout && !user.extension.is_empty() && user.extension != extension;
        if elsewhere {
            // Finesse would force the sign-in and leave the other device in an odd state.
            let text =
                format!("The agent is signed in on extension {}. Sign out there first.", user.extension);
            self.fail(id, ErrorCode::Cf(CfCode::SpecifiedAgentAlreadySignedOn), text);
            return;
        }
        let credentials = Credentials { user: self.id.clone(), password };
        let request = Request::Login { user: self.id.clone(), extension, mobile: None };
        self.write_as(credentials, id, request, Effect::SignedIn);
    }

    /// The user is known now.
    pub(super) fn login_again(&mut self, id: &CommandId) {
        if let Some(Command::Login { password, extension }) =
            self.open_command(id).map(|open| open.command.clone())
        {
            self.login(id, password, extension);
        }
    }

    pub(super) fn login_accepted(&mut self, password: &SecretString) {
        self.credentials = Some(Credentials { user: self.id.clone(), password: password.clone() });
        self.wish = None;
    }

    /// The Login that waits for its effect.
    pub(super) fn login_under_way(&self) -> Option<CommandId> {
        let login = self
            .open
            .iter()
            .find(|open| open.stage == Stage::Sent && matches!(open.command, Command::Login { .. }));
        login.map(|open| open.id.clone())
    }
}
