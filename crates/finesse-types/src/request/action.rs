//! The actions of an agent on a call ("Finesse Developer Guide, Dialog API").

use crate::open_enum::open_enum;

open_enum! {
    /// An action of an agent on a call. Actions with parameters are separate requests.
    pub enum DialogAction {
        /// Answer it.
        Answer = "ANSWER",
        /// Put it on hold.
        Hold = "HOLD",
        /// Take it off hold.
        Retrieve = "RETRIEVE",
        /// Leave it. This also ends silent monitoring.
        Drop = "DROP",
        /// Transfer this call, which is on hold, to the consulted party.
        Transfer = "TRANSFER",
        /// Join this call, which is on hold, and the consulted party in a conference.
        Conference = "CONFERENCE",
        /// Drop another party from it (UCCE).
        ParticipantDrop = "PARTICIPANT_DROP",
        /// Record it (UCCX).
        StartRecording = "START_RECORDING",
        /// Call the customer of this preview.
        Accept = "ACCEPT",
        /// Reject this preview; the customer is offered again.
        Reject = "REJECT",
        /// Reject this preview; the customer is not offered again.
        Close = "CLOSE",
        /// Cancel the scheduled callback for this customer.
        CancelScheduledCallback = "CANCEL_SCHEDULED_CALLBACK",
    }
}

open_enum! {
    /// The classification of a dialer call: what answered it.
    pub enum Classification {
        /// A person.
        Voice = "VOICE",
        /// A fax machine.
        Fax = "FAX",
        /// An answering machine.
        AnsweringMachine = "ANS_MACHINE",
        /// The number is not valid.
        Invalid = "INVALID",
        /// A person who does not want to be called again.
        DoNotCall = "DO_NOT_CALL",
        /// The line was busy.
        Busy = "BUSY",
    }
}
