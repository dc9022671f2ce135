//! How error codes arise, as far as it can be told.

use crate::error::{CfCode, CtiCode, ErrorCode};

impl ErrorCode {
    /// What brings the code about, in one line; none where all that can be said is that the contact center
    /// refuses. gc-server's tests show each that is told here.
    pub fn cause(&self) -> Option<&'static str> {
        Some(match self {
            Self::BadDestination => {
                "A call to a number that does not exist: the error comes with the failed call. A call to one's own number; silentmonitor or bargein where nobody is signed in."
            }
            Self::Down => {
                "Finesse refuses or breaks the connection, or answers that it is out of service (503)."
            }
            Self::GeneralError => {
                "Finesse fails (500) or does not allow it (403); or what the command needs is not configured or not on this platform."
            }
            Self::InvalidCallData => "update_call_variable with something else than `name=value`.",
            Self::LicensesExceeded => "Login beyond `session.licences`.",
            Self::MissingDialogId => "A command for a call without its dialog id.",
            Self::MissingExtension => "Login without the extension.",
            Self::MissingNumber => "MakeCall, ConsultCall or Transfer_sst without the number.",
            Self::MissingPassword => "Connect or Login without the password.",
            Self::MissingReasonCode => "MakeNotReadyWithReason or logoutwithreason without the code.",
            Self::NoDialogId => "A command for a call that the agent does not have.",
            Self::NotReachable => "Finesse takes the request and does not answer in time.",
            Self::PleaseRetry => {
                "Too many arguments, or one that cannot be read; a value that Finesse does not take; an effect that is not seen before the deadline."
            }
            Self::SessionInvalidated => {
                "Another client connects the agent, or the agent signs in elsewhere; a command of a client who does not own the agent (HTTP 409)."
            }
            Self::SubscriptionFailed => "Connect with a wrong password.",
            Self::UnableToSubscribeToFinesse => "Connect while the notification service cannot be reached.",
            Self::Unauthorized => {
                "Login with a wrong password, after Connect; a password that was changed meanwhile."
            }
            Self::UserNotFound => "A command about an agent whom Finesse does not have.",
            Self::WrongExtension => "An extension that is not digits, with or without a leading `+`.",
            Self::Cf(code) => return of_control_failure(*code),
            Self::Cti(CtiCode::InvalidCallid) => {
                "ReleaseCall of a call that the CTI server does not have any more."
            }
            Self::Cti(_) | Self::Other(_) => return None,
        })
    }
}

fn of_control_failure(code: CfCode) -> Option<&'static str> {
    Some(match code {
        CfCode::AgentAccountLockedOut => {
            "Login after five wrong passwords in a row, even with the right one."
        }
        CfCode::AgentNotPartyOnCall => "dropparticipant of somebody who is not in the call.",
        CfCode::DropAnyPartyNotEnabledCti => "dropparticipant by an agent, where only supervisors may.",
        CfCode::GenericOperation => "Conferencecall in a conference that somebody else made (UCCE).",
        CfCode::GenericSystemResourceAvailability => {
            "MakeCall while the contact center is short of resources."
        }
        CfCode::GenericUnspecifiedRejection => "MakeReady, refused without a reason.",
        CfCode::InvalidAgentReasonCode => "A reason code that is not in Finesse's list.",
        CfCode::InvalidAgentWorkmode => "makeworkready of an agent who may not wrap up.",
        CfCode::InvalidCalledDevice => {
            "MakeCall to a telephone that cannot be called; bargein by the monitor leg at an extension where nobody of the supervisor's teams is signed in."
        }
        CfCode::InvalidCallingDevice => "MakeCall from a telephone that cannot call.",
        CfCode::InvalidConnectionIdForActiveCall => "HoldCall of a call that is about to end.",
        CfCode::InvalidConsultType => "ConsultCall where consultations are not possible.",
        CfCode::InvalidCstaDeviceIdentifier => {
            "Login at a telephone that the contact center does not control."
        }
        CfCode::InvalidDestination => "Transfer_sst to a number that does not exist.",
        CfCode::InvalidLogonDeviceSpecified => "Login on an extension that does not exist.",
        CfCode::InvalidObjectState => {
            "An action that is not possible now: RetrieveCall of a call that is not held."
        }
        CfCode::InvalidParameter => "MakeNotReady of an agent who is signed out (UCCX).",
        CfCode::InvalidPasswordSpecified => "MakeNotReady of an agent who is signed out (UCCE).",
        CfCode::ReasonCodeRequired => "Named by the telephony, where the site requires a reason.",
        CfCode::ResourceBusy => "MakeReady during a call (UCCX).",
        CfCode::SpecifiedAgentAlreadySignedOn => {
            "Login on another extension than the one where the agent is signed in."
        }
        CfCode::SpecifiedExtensionAlreadyInUse => "Login on an extension where somebody else is signed in.",
        _ => return None,
    })
}
