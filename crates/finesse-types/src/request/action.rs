//! The words for what an agent does with a call ("Finesse Developer Guide, Dialog API").

use crate::open_enum::open_enum;

open_enum! {
    /// What an agent does with a call; the actions that need more words are requests of their own.
    pub enum DialogAction {
        /// Take it.
        Answer = "ANSWER",
        /// Put it on hold.
        Hold = "HOLD",
        /// Come back to it.
        Retrieve = "RETRIEVE",
        /// Leave it; also ends a silent monitoring.
        Drop = "DROP",
        /// Hand it, the held one, over to the one who was consulted.
        Transfer = "TRANSFER",
        /// Join it, the held one, with the one who was consulted.
        Conference = "CONFERENCE",
        /// Make another party leave it (UCCE).
        ParticipantDrop = "PARTICIPANT_DROP",
        /// Record it (UCCX).
        StartRecording = "START_RECORDING",
        /// Call the customer of this preview.
        Accept = "ACCEPT",
        /// Not now: offer the customer of this preview again.
        Reject = "REJECT",
        /// Never offer the customer of this preview again.
        Close = "CLOSE",
        /// Forget the callback that is planned for this customer.
        CancelScheduledCallback = "CANCEL_SCHEDULED_CALLBACK",
    }
}

open_enum! {
    /// What answered a call of the dialer.
    pub enum Classification {
        /// A person.
        Voice = "VOICE",
        /// A fax machine.
        Fax = "FAX",
        /// An answering machine.
        AnsweringMachine = "ANS_MACHINE",
        /// Nobody: the number is wrong.
        Invalid = "INVALID",
        /// A person who is not to be called again.
        DoNotCall = "DO_NOT_CALL",
        /// The busy tone.
        Busy = "BUSY",
    }
}
