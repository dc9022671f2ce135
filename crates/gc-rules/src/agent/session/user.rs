//! How a change of the agent's user is reported.

use finesse_types::{User, UserState};
use gc_events::Event;

use crate::CommandId;
use crate::agent::Agent;
use crate::agent::commands::{Change, Origin, PendingCommand, union};

impl Agent {
    pub(in crate::agent) fn user_changed(&mut self, user: User, origin: &Origin) {
        match self.login_under_way() {
            // Login reports everything in its own order, after a re-read. The change is reported by that.
            Some(login) if user.state != UserState::Logout => {
                self.session.user = Some(user);
                self.reread_for_effect(&login);
            }
            _ if self.is_the_sign_out_being_undone(&user) => {}
            _ if self.should_sign_in_again(&user) => self.sign_in_again(user),
            _ => {
                let (event, changed) = self.note_user(user);
                self.report_user(event, changed, origin, None);
                self.make_ready_again();
                self.send_deferred_logout();
            }
        }
    }

    /// Emits the agent's state, unless it is the one emitted last and answers no command. `full_report_for`: a command that
    /// gets a full report.
    pub(in crate::agent) fn report_user(
        &mut self,
        event: Event,
        changed: bool,
        origin: &Origin,
        full_report_for: Option<CommandId>,
    ) {
        let change = self.session.user.as_ref().map(Change::of);
        let shown_to = |origin| change.as_ref().map(|change| self.commands.met_by(change, origin));
        let met = shown_to(origin).unwrap_or_default();
        let others =
            if origin.is_named() { shown_to(&Origin::Unnamed).unwrap_or_default() } else { Vec::new() };
        self.shown_by_others(&others, &met);
        let late = self.take_deferred_logout();
        // A Login has its events after its own re-read.
        let signs_in = |id: &CommandId| self.commands.get(id).is_some_and(PendingCommand::signs_in);
        let echo = origin.echo().filter(|id| !signs_in(id)).cloned();
        let commands = union(full_report_for.or(echo).or(late), &met);
        if changed && commands.is_empty() {
            self.out.emit(event, None);
        } else {
            commands.into_iter().for_each(|id| self.out.emit(event.clone(), Some(id)));
        }
        met.iter().for_each(|id| self.effect_observed(id));
    }
}
