//! What an agent's view of a dialog depends on.

use finesse_types::UserState;
use jiff::tz::TimeZone;

/// How the agent sees a dialog.
#[derive(Clone, Copy, Debug)]
pub(in crate::agent) struct Perspective<'a> {
    pub agent_id: &'a str,
    pub extension: &'a str,
    pub user_state: Option<&'a UserState>,
    pub zone: &'a TimeZone,
    /// The text for the status bar when a campaign's customer is on the line; may be empty.
    pub outbound_text: &'a str,
    /// The dialog comes from a re-read, so its beginning may have been missed.
    pub reread: bool,
    /// `associatedDialogUri` names a preview reservation of this agent.
    pub of_preview: bool,
    /// A pending command of the agent makes a leg, for a consultation or a transfer.
    pub makes_leg: bool,
    /// The dialog is that leg: it echoes the command's request, or has its associated call or its number.
    pub is_that_leg: bool,
    /// The leg of this call in the same snapshot.
    pub leg: Option<&'a str>,
}
