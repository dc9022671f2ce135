//! Known causes of error codes.

use crate::error::{CfCode, CtiCode, ErrorCode};

impl ErrorCode {
    /// What causes the code, in one line; none if only the contact center knows. A test of gc-server covers each cause.
    pub fn cause(&self) -> Option<&'static str> {
        Some(match self {
            Self::BadDestination => {
                "A call to a number that does not exist (the error follows the failed call) or to the agent's own number; silentmonitor or bargein at an extension where no agent is logged in."
            }
            Self::Down => {
                "Finesse refuses or closes the connection, or answers that it is out of service (503)."
            }
            Self::GeneralError => {
                "Finesse has an internal error (500) or does not allow the action (403); or the command needs something that is not configured or not available on the platform."
            }
            Self::InvalidCallData => "update_call_variable with something other than `name=value`.",
            Self::LicensesExceeded => "Login when `session.licences` agents are already logged in.",
            Self::MissingDialogId => "A command for a call without its dialog id.",
            Self::MissingExtension => "Login without the extension.",
            Self::MissingNumber => "MakeCall, ConsultCall or Transfer_sst without the number.",
            Self::MissingPassword => "Connect or Login without the password.",
            Self::MissingReasonCode => "MakeNotReadyWithReason or logoutwithreason without the code.",
            Self::NoDialogId => "A command for a call that the agent does not have.",
            Self::NotReachable => "Finesse accepts the request but does not answer in time.",
            Self::PleaseRetry => {
                "Too many arguments, or one that cannot be read; a value that Finesse does not accept; an effect that is not observed before the deadline; Connect or Login after too many wrong passwords."
            }
            Self::SessionInvalidated => {
                "Another client connects the agent, or the agent logs in elsewhere; a command from a client that does not own the agent (HTTP 409)."
            }
            Self::SubscriptionFailed => {
                "Connect with a password that Finesse refuses: it is wrong or has expired, or the account is locked or disabled; such a refusal when a lost stream is opened again, which ends the session."
            }
            Self::UnableToSubscribeToFinesse => "Connect while the notification service cannot be reached.",
            Self::Unauthorized => {
                "Login with a wrong password after Connect; a password that was changed after Connect."
            }
            Self::UserNotFound => "A command for an agent that Finesse does not know.",
            Self::WrongExtension => "An extension with something other than digits and a leading `+`.",
            Self::Cf(code) => return of_control_failure(*code),
            Self::Cti(CtiCode::InvalidCallid) => "ReleaseCall for a call that the CTI server no longer has.",
            Self::Cti(_) | Self::Other(_) => return None,
        })
    }
}

fn of_control_failure(code: CfCode) -> Option<&'static str> {
    Some(match code {
        CfCode::AgentAccountLockedOut => {
            "Login after five wrong passwords in a row, even with the right one."
        }
        CfCode::AgentNotPartyOnCall => "dropparticipant for somebody who is not in the call.",
        CfCode::DropAnyPartyNotEnabledCti => {
            "dropparticipant by an agent where only supervisors are allowed to drop participants."
        }
        CfCode::GenericOperation => "Conferencecall in a conference that somebody else started (UCCE).",
        CfCode::GenericSystemResourceAvailability => {
            "MakeCall while the contact center has no free resources."
        }
        CfCode::GenericUnspecifiedRejection => "MakeReady, refused without a reason.",
        CfCode::InvalidAgentReasonCode => "A reason code that is not in Finesse's list.",
        CfCode::InvalidAgentWorkmode => "makeworkready for an agent who is not allowed to wrap up.",
        CfCode::InvalidCalledDevice => {
            "MakeCall to a telephone that cannot be called; bargein with the monitor leg at an extension where no member of the supervisor's teams is logged in."
        }
        CfCode::InvalidCallingDevice => "MakeCall from a telephone that cannot make calls.",
        CfCode::InvalidConnectionIdForActiveCall => "HoldCall for a call that is about to end.",
        CfCode::InvalidConsultType => "ConsultCall where consultations are not possible.",
        CfCode::InvalidCstaDeviceIdentifier => {
            "Login on a telephone that the contact center does not control."
        }
        CfCode::InvalidDestination => "Transfer_sst to a number that does not exist.",
        CfCode::InvalidLogonDeviceSpecified => "Login on an extension that does not exist.",
        CfCode::InvalidObjectState => {
            "An action that the current state does not allow, such as RetrieveCall for a call that is not held."
        }
        CfCode::InvalidParameter => "MakeNotReady for an agent who is logged out (UCCX).",
        CfCode::InvalidPasswordSpecified => "MakeNotReady for an agent who is logged out (UCCE).",
        CfCode::ReasonCodeRequired => "Reported by the telephone system where a reason code is required.",
        CfCode::ResourceBusy => "MakeReady during a call (UCCX).",
        CfCode::SpecifiedAgentAlreadySignedOn => {
            "Login on another extension than the one on which the agent is logged in."
        }
        CfCode::SpecifiedExtensionAlreadyInUse => {
            "Login on an extension on which another agent is logged in."
        }
        _ => return None,
    })
}
