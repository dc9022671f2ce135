//! Commands come in, wait for their turn, and end once.

use finesse_types::{Answer, Failure, Request, UserState};
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::{ArgumentError, Command, CommandName};

use super::open::{Change, Effect, Open, Stage};
use super::visit::Seen;
use super::{Agent, AskFor};
use crate::settings::Platform;
use crate::{AskId, ClientId, CommandId, Credentials, Output, Timer};

impl Agent {
    pub(super) fn take(&mut self, id: CommandId, client: ClientId, command: Result<Command, ArgumentError>) {
        match command {
            Err(error) => {
                let event = ErrorEvent::of_agent(error.code.clone(), &self.id).with_message(error.message());
                self.turn_away(id, client, Event::Error(event));
            }
            Ok(command) if self.waits_behind_set_up(&client, &command) => {
                self.behind_set_up.push_back((id, client, command));
            }
            Ok(command) => match self.why_not(&client, command.name()) {
                Some(event) => {
                    self.turn_away(id, client, event);
                    if signs_in(&command) {
                        self.free_licence();
                    }
                }
                None => self.begin(id, client, command),
            },
        }
    }

    /// The session may have become somebody else's, or be over, while the command was on its way; and not
    /// every platform has every command.
    fn why_not(&self, client: &ClientId, name: CommandName) -> Option<Event> {
        let platform = self.settings.platform;
        let error = |code| ErrorEvent::of_agent(code, &self.id);
        match &self.owner {
            _ if name == CommandName::Connect => None,
            Some(owner) if owner != client => Some(Event::Error(error(ErrorCode::SessionInvalidated))),
            Some(_) if !platform.has(name) => {
                let works_on = name.declaration().platform;
                let text =
                    format!("{name} works on {works_on} only; this is {platform}. You can go on working.");
                Some(Event::Error(error(ErrorCode::GeneralError).with_message(text)))
            }
            Some(_) => None,
            None => Some(Event::State(State::re_login(&self.id))),
        }
    }

    fn turn_away(&mut self, id: CommandId, client: ClientId, event: Event) {
        self.out.push(Output::Emit { client, event, command: Some(id.clone()), dialog: None });
        self.out.push(Output::Finished(id));
    }

    /// A Login came to nothing: nobody needs the licence that it took, unless there is another one.
    fn free_licence(&mut self) {
        let open = self.open.iter().map(|open| &open.command);
        let mut all = open.chain(self.behind_set_up.iter().map(|(_, _, command)| command));
        if !self.signed_in && !all.any(signs_in) {
            self.out.push(Output::SignedIn(false));
        }
    }

    /// What a client sends behind its own Connect or Login waits, so that it may send its first commands in
    /// one go. One Connect or Login at a time, whosever it is.
    fn waits_behind_set_up(&self, client: &ClientId, command: &Command) -> bool {
        self.open
            .iter()
            .any(|open| is_set_up(&open.command) && (open.client == *client || is_set_up(command)))
    }

    fn is_setting_up(&self) -> bool {
        self.open.iter().any(|open| is_set_up(&open.command))
    }

    /// A supervisor's command for a member; it does not touch the supervisor's own device or state.
    pub(super) fn take_for(&mut self, id: CommandId, client: ClientId, member: String, command: Command) {
        if let Some(event) = self.why_not(&client, command.name()) {
            return self.turn_away(id, client, event);
        }
        self.open.push(Self::opened(id.clone(), client, command.clone()));
        self.out.push(Output::StartTimer(Timer::Deadline(id.clone()), self.settings.deadline));
        self.change_member(&id, member, &command);
    }

    fn opened(id: CommandId, client: ClientId, command: Command) -> Open {
        Open {
            id,
            client,
            command,
            stage: Stage::Preparing,
            request: None,
            ask: None,
            request_id: None,
            subscribes: false,
            failure: None,
            effect: None,
            past_lane: false,
            taken_at_its_word: false,
            so_far: None,
            shown_by_others: false,
        }
    }

    fn begin(&mut self, id: CommandId, client: ClientId, command: Command) {
        let open = Self::opened(id.clone(), client, command.clone());
        let waits = open.is_call_control() && self.lane_is_busy();
        self.open.push(open);
        if waits {
            self.set_stage(&id, Stage::Queued);
        } else {
            self.start(&id, command);
        }
    }

    fn start(&mut self, id: &CommandId, command: Command) {
        self.out.push(Output::StartTimer(Timer::Deadline(id.clone()), self.settings.deadline));
        if self.open_command(id).is_some_and(Open::is_call_control) {
            self.out.push(Output::StartTimer(Timer::Lane(id.clone()), self.settings.lane));
        }
        match command {
            Command::Connect { password, .. } => self.connect(id, password),
            Command::Login { .. } | Command::MobileAgentLogin { .. } => self.login(id, &command),
            Command::Logout
            | Command::LogoutWithReason { .. }
            | Command::MakeReady
            | Command::MakeNotReady
            | Command::MakeNotReadyWithReason { .. }
            | Command::MakeWorkReady
            | Command::MakeWorkNotReady
            | Command::ForceLogout => self.change_state(id, &command),
            Command::GetState | Command::Refresh => self.reread(id),
            Command::MakeCall { number } => self.make_call(id, number),
            Command::AnswerCall { .. }
            | Command::HoldCall { .. }
            | Command::RetrieveCall { .. }
            | Command::ReleaseCall { .. }
            | Command::TransferSst { .. }
            | Command::ConsultCall { .. }
            | Command::TransferCall { .. }
            | Command::ConferenceCall { .. }
            | Command::AcceptOutboundPreview { .. }
            | Command::RejectOutboundPreview { .. }
            | Command::CloseOutboundPreview { .. }
            | Command::UpdateCallVariable { .. }
            | Command::Wrapup { .. }
            | Command::ScheduleCallback { .. }
            | Command::UpdateCallback { .. }
            | Command::CancelScheduledCallback { .. }
            | Command::ReclassifyCall { .. }
            | Command::EndSilentMonitor { .. }
            | Command::DropParticipant { .. }
            | Command::GetDialogStateControls { .. }
            | Command::GetDialogParticipants { .. } => self.work_on_call(id, &command, false),
            Command::GetDialogState { dialog_id } => self.dialog_state(id, dialog_id),
            Command::WrapupReasonCode
            | Command::ReasonCodeLogout
            | Command::ReasonCodeNotReady
            | Command::GetPhonebooks
            | Command::GetTeamPhonebooks { .. }
            | Command::GetPhonebookContacts { .. }
            | Command::GetAllAgents
            | Command::GetQueueList
            | Command::GetTeamUserState { .. }
            | Command::GetSkillGroup(_)
            | Command::GetSupervisor
            | Command::GetAgentExtension { .. }
            | Command::ZoomPauseRecording
            | Command::ZoomResumeRecording => self.list(id, &command),
            Command::GetTeamUsers { .. } => self.team_users(id, &command),
            Command::SilentMonitor { agent_extension } => self.silent_monitor(id, agent_extension),
            Command::BargeIn { agent_extension, dialog_id } => self.barge_in(id, agent_extension, dialog_id),
            // The door answers these itself.
            Command::Hello | Command::Beat => self.fail_with(id, ErrorCode::GeneralError),
        }
    }

    pub(super) fn open_mut(&mut self, id: &CommandId) -> Option<&mut Open> {
        self.open.iter_mut().find(|open| open.id == *id)
    }

    pub(super) fn open_command(&self, id: &CommandId) -> Option<&Open> {
        self.open.iter().find(|open| open.id == *id)
    }

    pub(super) fn set_stage(&mut self, id: &CommandId, stage: Stage) {
        if let Some(open) = self.open_mut(id) {
            open.stage = stage;
        }
    }

    /// Sends a command's change to Finesse; its effect is awaited from now on.
    pub(super) fn write(&mut self, id: &CommandId, request: Request, effect: Effect) {
        self.note_sent(id, &request, effect);
        if self.ask(request, AskFor::Write(id.clone())).is_none() {
            self.end_without_session(id);
        }
    }

    pub(super) fn write_as(
        &mut self,
        credentials: Credentials,
        id: &CommandId,
        request: Request,
        effect: Effect,
    ) {
        self.note_sent(id, &request, effect);
        self.ask_as(credentials, request, AskFor::Write(id.clone()));
    }

    fn note_sent(&mut self, id: &CommandId, request: &Request, effect: Effect) {
        if let Some(open) = self.open_mut(id) {
            open.stage = Stage::Sent;
            open.effect = Some(effect);
            open.request = Some(request.clone());
            open.failure = None;
            open.shown_by_others = false;
        }
    }

    /// Finesse took the change in, refused it, or did not answer.
    pub(super) fn written(&mut self, id: &CommandId, ask: AskId, result: Result<Answer, Failure>) {
        let Some(open) = self.open_command(id).filter(|open| open.ask == Some(ask)) else {
            return; // Its effect was seen before the answer came.
        };
        match result {
            Ok(_) => self.accepted(id),
            Err(failure) => {
                let Some(request) = open.request.clone() else { return };
                let (code, text) = (failure.code(&request), failure.message(&request));
                if failure.may_have_arrived() {
                    // Never sent again: what Finesse shows decides.
                    if let Some(open) = self.open_mut(id) {
                        open.failure = Some((code, text));
                    }
                    match self.open_command(id).and_then(|open| open.effect.as_ref()) {
                        Some(Effect::Member(..)) => self.look_at_member(id),
                        _ => self.decide(id),
                    }
                } else {
                    self.fail(id, code, text);
                }
            }
        }
    }

    fn accepted(&mut self, id: &CommandId) {
        let Some(open) = self.open_command(id) else { return };
        let (command, effect, stage) = (open.command.clone(), open.effect.clone(), open.stage);
        let shown_by_others = open.shown_by_others;
        if let Command::Login { password, .. } | Command::MobileAgentLogin { password, .. } = &command {
            self.login_accepted(password);
        }
        let Some(effect) = effect.filter(|_| stage == Stage::Sent) else { return };
        if matches!(effect, Effect::Member(..)) {
            return self.look_at_member(id);
        }
        // Finesse may say nothing about a state that it is in already: then reading it decides at once.
        // UCCX never says that a state is pending.
        let unseen = self.settings.platform == Platform::Uccx && effect.may_be_pending() && self.is_talking();
        if unseen {
            if let Some(open) = self.open_mut(id) {
                open.taken_at_its_word = true;
            }
            self.decide(id);
        } else if shown_by_others || self.is_there_already(&effect) {
            self.look_for_effect(id);
        }
    }

    fn is_talking(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.state == UserState::Talking)
    }

    /// Whether what is known shows the effect.
    fn is_there_already(&self, effect: &Effect) -> bool {
        match effect.dialog().filter(|_| effect.stays()).and_then(|id| self.dialogs.get(id)) {
            Some(known) => {
                effect.is_met_by(&Change::Dialog { dialog: &known.dialog, seen: &Seen::default() })
            }
            None => self.user.as_ref().is_some_and(|user| effect.is_met_by(&Self::change_of(user))),
        }
    }

    /// A re-read decides whether the command had its effect.
    pub(super) fn decide(&mut self, id: &CommandId) {
        let Some(open) = self.open_mut(id) else { return };
        open.stage = Stage::Deciding;
        self.out.push(Output::StopTimer(Timer::Deadline(id.clone())));
        self.reread(id);
    }

    /// A re-read may show the effect. If it does not, the command goes on waiting.
    pub(super) fn look_for_effect(&mut self, id: &CommandId) {
        if let Some(open) = self.open_mut(id).filter(|open| open.stage == Stage::Sent) {
            open.stage = Stage::Looking;
            self.reread(id);
        }
    }

    pub(super) fn deadline_passed(&mut self, id: &CommandId) {
        let Some(open) = self.open_command(id) else { return };
        match open.stage {
            Stage::Sent if matches!(open.effect, Some(Effect::Member(..))) => self.member_took_too_long(id),
            Stage::Sent => self.decide(id),
            // What is being read decides.
            Stage::Looking => self.set_stage(id, Stage::Deciding),
            Stage::Queued | Stage::Deciding | Stage::Met => {}
            Stage::Preparing if matches!(open.command, Command::Connect { .. }) => {
                self.connect_took_too_long(id);
            }
            Stage::Preparing => self.fail_with(id, ErrorCode::PleaseRetry),
        }
    }

    /// Ends a command with an error that has the code's own text.
    pub(super) fn fail_with(&mut self, id: &CommandId, code: ErrorCode) {
        let text = code.message();
        self.fail(id, code, text);
    }

    /// Ends a command with an error, which says what was done of it all the same.
    pub(super) fn fail(&mut self, id: &CommandId, code: ErrorCode, text: impl Into<String>) {
        let so_far = self.open_command(id).and_then(|open| open.so_far.as_deref());
        let text = match so_far {
            Some(so_far) => format!("{so_far} {}", text.into()),
            None => text.into(),
        };
        let event = ErrorEvent::of_agent(code, &self.id).with_message(text);
        self.answer(id, Event::Error(event));
        self.give_up_subscription(id);
        self.finish(id);
    }

    /// Tells the one who asked.
    pub(super) fn answer(&mut self, id: &CommandId, event: Event) {
        if let Some(client) = self.open_command(id).map(|open| open.client.clone()) {
            self.out.push(Output::Emit { client, event, command: Some(id.clone()), dialog: None });
        }
    }

    /// There is no session any more: connect and log in again.
    pub(super) fn end_without_session(&mut self, id: &CommandId) {
        self.answer(id, Event::State(State::re_login(&self.id)));
        self.finish(id);
    }

    /// The command has had its outcome.
    pub(super) fn finish(&mut self, id: &CommandId) {
        let Some(index) = self.open.iter().position(|open| open.id == *id) else { return };
        let open = self.open.remove(index);
        self.out.push(Output::StopTimer(Timer::Deadline(id.clone())));
        self.out.push(Output::StopTimer(Timer::Look(id.clone())));
        self.out.push(Output::Finished(id.clone()));
        if open.is_call_control() {
            self.out.push(Output::StopTimer(Timer::Lane(id.clone())));
            self.next_in_lane();
        }
        if signs_in(&open.command) {
            self.free_licence();
        }
        if is_set_up(&open.command) {
            self.take_those_behind_set_up();
        }
    }

    fn take_those_behind_set_up(&mut self) {
        while !self.is_setting_up()
            && let Some((id, client, command)) = self.behind_set_up.pop_front()
        {
            self.take(id, client, Ok(command));
        }
        if self.owner.is_none() && !self.is_setting_up() {
            self.end_session();
        }
    }

    /// Call control of a device waits for the one before it (Finesse Developer Guide, "call control
    /// requests of one device").
    fn lane_is_busy(&self) -> bool {
        self.open.iter().any(|open| open.is_call_control() && !open.past_lane)
    }

    fn next_in_lane(&mut self) {
        let mut lane = self.open.iter().filter(|open| open.is_call_control() && !open.past_lane);
        if let Some(next) = lane.next().filter(|open| open.stage == Stage::Queued) {
            let (id, command) = (next.id.clone(), next.command.clone());
            self.set_stage(&id, Stage::Preparing);
            self.start(&id, command);
        }
    }

    /// The command before has taken too long for the next one to wait any longer.
    pub(super) fn lane_moves_past(&mut self, id: &CommandId) {
        if let Some(open) = self.open_mut(id) {
            open.past_lane = true;
        }
        self.next_in_lane();
    }
}

fn is_set_up(command: &Command) -> bool {
    matches!(command, Command::Connect { .. }) || signs_in(command)
}

fn signs_in(command: &Command) -> bool {
    matches!(command, Command::Login { .. } | Command::MobileAgentLogin { .. })
}
