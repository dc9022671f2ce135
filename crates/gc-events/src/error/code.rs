//! The table of error codes: name, origin, description and what the client should do.

use crate::error::{CfCode, CtiCode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use strum::{Display, EnumIter, EnumMessage, EnumString, IntoEnumIterator, IntoStaticStr};

/// An error code, the value of `errorType`. The documentation of each variant is its description in `docs/errors.md`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EnumString, EnumMessage, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// The number does not exist, or nobody can be reached there.
    BadDestination,
    /// Finesse is out of service, or the connection to it broke.
    Down,
    /// Something failed for a reason that is not known.
    GeneralError,
    /// A call variable is not written as name=value.
    InvalidCallData,
    /// All licences are in use.
    LicensesExceeded,
    /// The call is missing.
    MissingDialogId,
    /// The extension is missing.
    MissingExtension,
    /// The number to dial is missing.
    MissingNumber,
    /// The password is missing.
    MissingPassword,
    /// The reason is missing.
    MissingReasonCode,
    /// The agent does not have this call, or no longer has it.
    NoDialogId,
    /// Finesse did not answer in time.
    NotReachable,
    /// This cannot be done as requested, or its effect was not observed in time.
    PleaseRetry,
    /// The agent's session was taken over from another place.
    SessionInvalidated,
    /// Invalid Credentials: Finesse does not accept this user name and password.
    SubscriptionFailed,
    /// The connection to Finesse's notifications could not be opened.
    UnableToSubscribeToFinesse,
    /// Invalid Credentials: Finesse does not accept this user name and password.
    #[strum(serialize = "Unauthorized")]
    Unauthorized,
    /// Finesse does not know this agent.
    UserNotFound,
    /// The extension is not a number.
    WrongExtension,
    /// A control failure: the telephone system refused the request.
    #[strum(disabled)]
    Cf(CfCode),
    /// A status code of the CTI server.
    #[strum(disabled)]
    Cti(CtiCode),
    /// A code that this table does not have. It is passed on by name.
    #[strum(disabled)]
    Other(String),
}

/// Who detects the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum Origin {
    /// The connector itself.
    #[strum(serialize = "GC")]
    Gc,
    /// Finesse; the connector passes it on.
    Finesse,
}

impl ErrorCode {
    /// The code with this name on the wire. A name that is not in the table is kept.
    pub fn from_name(name: &str) -> Self {
        Self::known(name).unwrap_or_else(|| Self::Other(name.to_owned()))
    }

    fn known(name: &str) -> Option<Self> {
        if let Some(rest) = name.strip_prefix("CF_") {
            return CfCode::from_str(rest).ok().map(Self::Cf);
        }
        if let Some(rest) = name.strip_prefix("E_CTI_") {
            return CtiCode::from_str(rest).ok().map(Self::Cti);
        }
        Self::from_str(name).ok()
    }

    /// The `CF_` code with this number, which Finesse reports in `errorData`.
    pub fn from_cf_number(number: u32) -> Option<Self> {
        let number = u16::try_from(number).ok()?;
        CfCode::from_repr(number).map(Self::Cf)
    }

    /// Every code in the table.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter().chain(CfCode::iter().map(Self::Cf)).chain(CtiCode::iter().map(Self::Cti))
    }

    /// Who detects the error.
    pub fn origin(&self) -> Origin {
        match self {
            Self::BadDestination
            | Self::GeneralError
            | Self::Unauthorized
            | Self::UserNotFound
            | Self::Cf(_)
            | Self::Cti(_)
            | Self::Other(_) => Origin::Finesse,
            _ => Origin::Gc,
        }
    }

    /// What is wrong, in one sentence.
    pub fn description(&self) -> &'static str {
        let documentation = match self {
            Self::Cf(code) => code.get_documentation(),
            Self::Cti(code) => code.get_documentation(),
            Self::Other(_) => Some("Finesse reports an error that the connector does not know."),
            own => own.get_documentation(),
        };
        documentation.unwrap_or_default()
    }

    /// What the agent, or the client on its behalf, should do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Down | Self::NotReachable => {
                "You can go on working. Check whether the action was carried out; if not, repeat it in a moment."
            }
            Self::LicensesExceeded => {
                "Try again when somebody has logged out, or ask the administrator for more licences."
            }
            Self::MissingExtension => "Enter your extension.",
            Self::WrongExtension => "Enter a valid extension.",
            Self::MissingNumber => "Enter the number to dial.",
            Self::MissingPassword => "Enter the user name and the password.",
            Self::MissingReasonCode => "Choose a reason code.",
            Self::MissingDialogId => "Choose a call.",
            Self::NoDialogId | Self::Cti(CtiCode::InvalidCallid) => "Refresh to see which calls are open.",
            Self::Cti(CtiCode::InvalidObjectState) => CHECK_STATE,
            Self::SubscriptionFailed | Self::Unauthorized => {
                "Enter the correct password. Five wrong passwords in a row lock the account for 5 minutes."
            }
            Self::UnableToSubscribeToFinesse => {
                "Connect again in a moment; if it fails again, tell the administrator."
            }
            Self::SessionInvalidated => "Connect and log in again to work from here.",
            Self::UserNotFound => {
                "Check the user name; if it is correct, ask the administrator to add the user to Finesse."
            }
            Self::BadDestination => "Check the number and try again.",
            Self::InvalidCallData => "Correct the call variable and repeat the action.",
            Self::PleaseRetry => "Check what you entered and try again.",
            Self::Cf(code) => self.cf_behaviour(*code),
            Self::GeneralError | Self::Cti(_) | Self::Other(_) => REPORT,
        }
    }

    fn cf_behaviour(&self, code: CfCode) -> &'static str {
        match code {
            CfCode::InvalidCstaDeviceIdentifier | CfCode::InvalidLogonDeviceSpecified => {
                "Enter a valid extension."
            }
            CfCode::SpecifiedExtensionAlreadyInUse => "Enter another extension.",
            CfCode::InvalidPasswordSpecified | CfCode::InvalidAgentIdOrPasswordSpecified => {
                "Log in with a valid password."
            }
            CfCode::SpecifiedAgentAlreadySignedOn => "Log out there first, or log in on that extension.",
            CfCode::AgentAccountLockedOut => "Wait 5 minutes, then log in with the correct password.",
            CfCode::ReasonCodeRequired | CfCode::InvalidAgentReasonCode => "Choose a reason code.",
            CfCode::InvalidDestination => Self::BadDestination.advice(),
            CfCode::ResourceBusy
            | CfCode::ServiceBusy
            | CfCode::NetworkBusy
            | CfCode::GenericSystemResourceAvailability => "Repeat the action in a moment.",
            CfCode::InvalidObjectState | CfCode::GenericStateIncompatibility => CHECK_STATE,
            // Everyday errors, which the administrator need not know.
            _ if self.cause().is_some() => GO_ON,
            _ => REPORT,
        }
    }

    /// The message of an `Error` event with this code: what is wrong, and what to do.
    pub fn message(&self) -> String {
        format!("{} {}", self.description(), self.advice())
    }
}

const CHECK_STATE: &str = "Check the state of the agent and the call, and try again when it allows this.";
const GO_ON: &str = "You can go on working.";
const REPORT: &str = "You can go on working; if it happens again, tell the administrator.";

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cf(code) => code.fmt(f),
            Self::Cti(code) => code.fmt(f),
            Self::Other(name) => f.write_str(name),
            own => f.write_str(own.into()),
        }
    }
}

impl From<CfCode> for ErrorCode {
    fn from(code: CfCode) -> Self {
        Self::Cf(code)
    }
}

impl From<CtiCode> for ErrorCode {
    fn from(code: CtiCode) -> Self {
        Self::Cti(code)
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::from_name(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_own_name() {
        for code in ErrorCode::all() {
            let name = code.to_string();
            assert_eq!(ErrorCode::from_name(&name), code, "{name}");
            assert!(!name.is_empty() && !code.description().is_empty() && !code.advice().is_empty());
        }
    }

    #[test]
    fn names_are_those_of_the_wire() {
        assert_eq!(ErrorCode::UnableToSubscribeToFinesse.to_string(), "UNABLE_TO_SUBSCRIBE_TO_FINESSE");
        assert_eq!(ErrorCode::Unauthorized.to_string(), "Unauthorized");
        assert_eq!(
            ErrorCode::from(CfCode::AnsmapOrAdparamFieldNotValid).to_string(),
            "CF_ANSMAP_OR_ADPARAM_FIELD_NOT_VALID"
        );
        assert_eq!(ErrorCode::from(CtiCode::InvalidCallid).to_string(), "E_CTI_INVALID_CALLID");
    }

    #[test]
    fn unknown_codes_keep_their_name() {
        for name in [
            "CF_SOMETHING_NEW",
            "E_CTI_SOMETHING_NEW",
            "PERERR_42",
            "",
            "busy",
            "Cf",
            "OTHER",
            "RESOURCE_BUSY",
        ] {
            assert_eq!(ErrorCode::from_name(name), ErrorCode::Other(name.to_owned()));
            assert_eq!(ErrorCode::from_name(name).to_string(), name);
        }
    }

    #[test]
    fn cf_codes_are_also_found_by_number() {
        let by_number = ErrorCode::from_cf_number(260);
        assert_eq!(by_number, Some(ErrorCode::Cf(CfCode::InvalidLogonDeviceSpecified)));
        assert_eq!(ErrorCode::from_cf_number(20999), None);
        assert_eq!(ErrorCode::from_cf_number(u32::from(u16::MAX) + 2), None, "a number is not truncated");
    }

    #[test]
    fn errors_with_a_known_cause_use_the_words_of_agents() {
        for code in ErrorCode::all().filter(|code| code.cause().is_some()) {
            let message = code.message().to_lowercase();
            for word in ["object", "device", "parameter", "connection id", "rejected", "operation"] {
                assert!(!message.contains(word), "{code}: {message}");
            }
        }
    }

    #[test]
    fn only_errors_about_passwords_mention_passwords() {
        let mentions_password = |code: &ErrorCode| {
            let message = code.message().to_lowercase();
            message.contains("password") || message.contains("credentials")
        };
        let mentioning: Vec<_> =
            ErrorCode::all().filter(mentions_password).map(|code| code.to_string()).collect();
        let about_passwords = [
            "MISSING_PASSWORD",
            "SUBSCRIPTION_FAILED",
            "Unauthorized",
            "CF_INVALID_PASSWORD_SPECIFIED",
            "CF_INVALID_AGENT_ID_OR_PASSWORD_SPECIFIED",
            "CF_AGENT_ACCOUNT_LOCKED_OUT",
            "E_CTI_INVALID_PASSWORD",
        ];
        assert_eq!(mentioning, about_passwords);
    }

    #[test]
    fn messages_say_what_is_wrong_and_what_to_do() {
        assert_eq!(
            ErrorCode::WrongExtension.message(),
            "The extension is not a number. Enter a valid extension."
        );
        let wrong_state = "The current state of the agent or the call does not allow this. Check the state of the \
                           agent and the call, and try again when it allows this.";
        for code in [ErrorCode::Cf(CfCode::InvalidObjectState), ErrorCode::Cti(CtiCode::InvalidObjectState)] {
            assert_eq!(code.message(), wrong_state);
        }
    }
}
