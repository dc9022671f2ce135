//! Handles notifications.

use std::collections::VecDeque;

use finesse_types::{ApiError, Payload, Update, UpdateEvent, User};
use gc_events::{ErrorEvent, Event};

use super::Agent;
use super::calls::Presence;
use super::commands::Origin;
use crate::Output;
use crate::errors::{error_of_notification, most_specific};

/// How many pubsub item ids are remembered.
const ITEMS: usize = 64;

/// The ids of the newest pubsub items, because Finesse may send an item twice.
#[derive(Debug, Default)]
pub(in crate::agent) struct Items(VecDeque<String>);

impl Items {
    /// Whether this item has been received before; it is remembered.
    pub(in crate::agent) fn is_repeat(&mut self, id: String) -> bool {
        if self.0.contains(&id) {
            return true;
        }
        if self.0.len() >= ITEMS {
            self.0.pop_front();
        }
        self.0.push_back(id);
        false
    }
}

impl Agent {
    pub(in crate::agent) fn notified(&mut self, item_id: Option<String>, update: Update) {
        if item_id.is_some_and(|id| self.items.is_repeat(id)) {
            return;
        }
        let of_calls_or_user =
            matches!(update.payload, Payload::User(_) | Payload::Dialog(_) | Payload::Dialogs(_));
        let update = match of_calls_or_user {
            true => self.resync.keep_until_read(update),
            false => Some(update),
        };
        if let Some(update) = update {
            self.apply_update(update);
        }
    }

    pub(in crate::agent) fn apply_update(&mut self, update: Update) {
        let origin = self.origin(update.request_id.as_deref());
        let presence = if update.event == UpdateEvent::Delete { Presence::Gone } else { Presence::Present };
        match (update.payload, origin) {
            // A refusal belongs to the agent whose request it refuses.
            (Payload::ApiErrors(errors), Origin::OtherAgent(agent)) => {
                let update = Update { payload: Payload::ApiErrors(errors), ..update };
                self.out.push(Output::Forward { agent, update: Box::new(update) });
            }
            (Payload::ApiErrors(errors), origin) => {
                if let Some(error) = most_specific(&errors) {
                    self.refused_later(error, &update.source, &origin);
                }
            }
            (Payload::User(user), origin)
                if presence == Presence::Present && self.is_own(&user, &update.source) =>
            {
                self.user_changed(*user, &origin);
            }
            (Payload::Dialog(dialog), origin) => self.dialog_changed(presence, *dialog, &origin),
            (Payload::Dialogs(dialogs), origin) => {
                dialogs.into_iter().for_each(|dialog| self.dialog_changed(presence, dialog, &origin));
            }
            // Of somebody else, or not of the agent at all.
            (
                Payload::User(_)
                | Payload::Team(_)
                | Payload::Queue(_)
                | Payload::SystemInfo(_)
                | Payload::TeamMessage(_)
                | Payload::Unknown(_),
                _,
            ) => {}
        }
    }

    /// A refusal that could not be forwarded, because the agent in its request id does not exist here.
    pub(in crate::agent) fn unclaimed(&mut self, update: Update) {
        if let Payload::ApiErrors(errors) = &update.payload
            && let Some(error) = most_specific(errors)
        {
            self.refused_later(error, &update.source, &Origin::Foreign);
        }
    }

    fn is_own(&self, user: &User, source: &str) -> bool {
        let named = source.rsplit('/').next().unwrap_or_default();
        user.login_id.eq_ignore_ascii_case(&self.id) || named.eq_ignore_ascii_case(&self.id)
    }

    /// Finesse refuses a request that it had accepted. The error is the outcome of the command whose request it
    /// echoes, otherwise of the oldest pending command on that object. Without such a command it is reported as well.
    fn refused_later(&mut self, error: &ApiError, source: &str, origin: &Origin) {
        let (code, text) = error_of_notification(error);
        let oldest = || {
            let mut on_object = self.commands.awaiting(&Origin::Unnamed).filter(|each| each.acts_on(source));
            on_object.next().map(|pending| pending.id().clone())
        };
        let refused = match origin {
            Origin::Command(id, _) => Some(id.clone()),
            Origin::Unnamed => oldest(),
            _ => None,
        };
        match (refused, origin) {
            (Some(id), _) => self.fail(&id, code, text),
            (None, Origin::SignOut) => self.deferred_logout_failed(code, text),
            (None, Origin::Recovery) => self.recovery_refused(),
            (None, Origin::Unnamed) if self.is_recovering() && !source.contains("/Dialog") => {
                self.recovery_refused();
            }
            (None, _) => {
                let event = ErrorEvent::of_agent(code, &self.id).with_message(text);
                self.out.emit(Event::Error(event), None);
            }
        }
    }
}
