//! Finesse's errors: at once with an HTTP status, or later as a notification.

/// One `ApiError`, in a response (capitalized names) or in a notification (lower-case names).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) data: String,
    /// The telephone system's own error, added since 12.5.
    pub(crate) peripheral: Option<Peripheral>,
}

/// An error of the telephone system behind Finesse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peripheral {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

impl ApiError {
    pub(crate) fn new(kind: &str, message: &str, data: &str) -> Self {
        Self { kind: kind.to_owned(), message: message.to_owned(), data: data.to_owned(), peripheral: None }
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// By the REST API itself, with this HTTP status.
    Now(u16, ApiError),
    /// By the contact centre behind it: the response is 202, and the error follows as a notification.
    Later(ApiError),
}

/// A control failure of the CTI server: its number and the name of its constant.
type Failure = (&'static str, &'static str);

const INVALID_DESTINATION: Failure = ("14", "CF_INVALID_DESTINATION");
const INVALID_FEATURE: Failure = ("15", "CF_INVALID_FEATURE");
const INVALID_OBJECT_STATE: Failure = ("22", "CF_INVALID_OBJECT_STATE");
const RESOURCE_BUSY: Failure = ("33", "CF_RESOURCE_BUSY");
const INVALID_PASSWORD: Failure = ("257", "CF_INVALID_PASSWORD_SPECIFIED");
const INVALID_LOGON_DEVICE: Failure = ("260", "CF_INVALID_LOGON_DEVICE_SPECIFIED");
const INVALID_WORKMODE: Failure = ("265", "CF_INVALID_AGENT_WORKMODE");
const EXTENSION_IN_USE: Failure = ("283", "CF_SPECIFIED_EXTENSION_ALREADY_IN_USE");
const PARTICIPANT_DROP_DISABLED: Failure = ("290", "CF_DROP_ANY_PARTY_NOT_ENABLED_CTI");
const ACCOUNT_LOCKED: Failure = ("289", "CF_AGENT_ACCOUNT_LOCKED_OUT");
const INVALID_PARAMETER: Failure = ("1010", "CF_INVALID_PARAMETER");

/// Status codes of the CTI server have the same form.
const TOO_MUCH_DATA: Failure = ("73", "E_CTI_TOO_MUCH_DATA");
const VALUE_TOO_LONG: Failure = ("74", "E_CTI_VALUE_TOO_LONG");

impl Refusal {
    pub(crate) fn bad_request(message: &str) -> Self {
        Self::Now(400, ApiError::new("Bad Request", message, ""))
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::Now(400, ApiError::new("Parameter Missing", &format!("{parameter} is missing"), parameter))
    }

    pub(crate) fn invalid_input(message: &str, value: &str) -> Self {
        Self::Now(400, ApiError::new("Invalid Input", message, value))
    }

    /// The site requires a reason code.
    pub(crate) fn reason_required() -> Self {
        let message = "The state change requires a valid reason code.";
        let data = "finesse.api.reasoncode.require_reasoncode";
        Self::Now(400, ApiError::new("Parameter Missing", message, data))
    }

    /// A supervisor may not give a reason when changing another user; the system sets one.
    pub(crate) fn reason_not_allowed() -> Self {
        let message = "For this operation, Reason Codes are not allowed.";
        Self::invalid_input(message, "finesse.api.reasoncode.not_allowed")
    }

    pub(crate) fn invalid_state(message: &str) -> Self {
        Self::Now(400, ApiError::new("Invalid State", message, ""))
    }

    pub(crate) fn invalid_destination(number: &str) -> Self {
        Self::Now(400, ApiError::new("Invalid Destination", "The destination is invalid", number))
    }

    pub(crate) fn unauthorized(user: &str) -> Self {
        Self::Now(401, ApiError::new("Authorization Failure", "UNAUTHORIZED", user))
    }

    pub(crate) fn locked() -> Self {
        Self::Now(401, ApiError::new("Authorization Failure", ACCOUNT_LOCKED.1, ACCOUNT_LOCKED.0))
    }

    pub(crate) fn other_user() -> Self {
        let message = "The user specified in the authentication credentials and the uri don't match";
        Self::Now(401, ApiError::new("Invalid Authorization User Specified", message, "4321"))
    }

    pub(crate) fn not_supervised() -> Self {
        let message = "The supervisor does not supervise the team of this user";
        Self::Now(401, ApiError::new("Invalid Supervisor", message, ""))
    }

    pub(crate) fn not_for_supervisors(state: &str) -> Self {
        let message = "This state cannot be set for another user";
        Self::Now(401, ApiError::new("Invalid State", message, state))
    }

    pub(crate) fn other_team(team: &str) -> Self {
        Self::Now(401, ApiError::new("Invalid Authorization", "Not a team of this user", team))
    }

    /// Only the primary serves the configuration.
    pub(crate) fn forbidden(path: &str) -> Self {
        Self::Now(403, ApiError::new("Forbidden", "The configuration API is on the primary node", path))
    }

    pub(crate) fn no_user() -> Self {
        Self::Now(404, ApiError::new("User Not Found", "UNKNOWN_USER", "4023"))
    }

    pub(crate) fn no_dialog(id: &str) -> Self {
        Self::Now(404, ApiError::new("Dialog Not Found", "Invalid dialogId specified for dialog", id))
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::Now(404, ApiError::new(what, "The requested object does not exist", id))
    }

    pub(crate) fn range(header: &str) -> Self {
        Self::Now(416, ApiError::new("Range Not Satisfiable", "Invalid Range Specified", header))
    }

    /// This platform's contact centre does not support it.
    pub(crate) fn wrong_platform(what: &str) -> Self {
        Self::Now(501, ApiError::new("Not Implemented", "Not supported on this platform", what))
    }

    pub(crate) fn out_of_service() -> Self {
        Self::Now(503, ApiError::new("Service Unavailable", "Finesse is out of service", ""))
    }

    /// The agent is in the wrong state.
    pub(crate) fn wrong_state() -> Self {
        Self::later("Invalid State", INVALID_OBJECT_STATE)
    }

    /// A signed-out agent requests NOT_READY: UCCE reports a wrong password, UCCX an invalid parameter.
    pub(crate) fn signed_out(uccx: bool) -> Self {
        Self::later("Invalid State", if uccx { INVALID_PARAMETER } else { INVALID_PASSWORD })
    }

    /// The agent is not allowed this kind of wrap-up.
    pub(crate) fn wrong_work_mode() -> Self {
        Self::later("Invalid State", INVALID_WORKMODE)
    }

    pub(crate) fn device_busy() -> Self {
        Self::later("Device Busy", EXTENSION_IN_USE)
    }

    pub(crate) fn invalid_device() -> Self {
        let (data, message) = INVALID_LOGON_DEVICE;
        Self::Later(ApiError {
            peripheral: Some(Peripheral {
                code: "10125",
                name: "PERERR_TELDRIVE_NODEVICETARGETFORNETTARGETID",
                text: "The peripheral has no device target for this extension",
            }),
            ..ApiError::new("Invalid Device", message, data)
        })
    }

    /// UCCX: READY during a call that is not from a queue.
    pub(crate) fn busy_with_a_call() -> Self {
        Self::later("Invalid State", RESOURCE_BUSY)
    }

    /// The contact centre does not support this feature.
    pub(crate) fn no_such_feature() -> Self {
        Self::later("Generic Error", INVALID_FEATURE)
    }

    /// A call variable of more than 40 bytes.
    pub(crate) fn value_too_long() -> Self {
        Self::later("Generic Error", VALUE_TOO_LONG)
    }

    /// ECC variables of more than 2000 bytes in all.
    pub(crate) fn too_much_data() -> Self {
        Self::later("Generic Error", TOO_MUCH_DATA)
    }

    /// Another agent created the conference.
    pub(crate) fn not_controller(platform: crate::Platform) -> Self {
        match platform {
            crate::Platform::Ucce => {
                let message = "<ConferenceCallCommand>: Conference failed, the agent is not its controller";
                Self::Later(ApiError::new("Generic Error", message, "20999"))
            }
            crate::Platform::Uccx => Self::wrong_state(),
        }
    }

    /// UCCX: an agent reserved by a campaign cannot change state.
    pub(crate) fn kept_by_campaign() -> Self {
        Self::later("Internal Server Error", INVALID_OBJECT_STATE)
    }

    /// The agent has no call to monitor.
    pub(crate) fn not_monitored(platform: crate::Platform) -> Self {
        let code = match platform {
            crate::Platform::Ucce => "13145",
            crate::Platform::Uccx => "88049",
        };
        Self::Later(ApiError::new("Generic Error", "The agent has no call to monitor", code))
    }

    /// The site does not allow this user to drop participants from a conference.
    pub(crate) fn participant_drop_disabled() -> Self {
        Self::later("Generic Error", PARTICIPANT_DROP_DISABLED)
    }

    /// A call cannot be transferred to this number.
    pub(crate) fn unreachable_destination() -> Self {
        Self::later("Call Operation Failure", INVALID_DESTINATION)
    }

    /// An action that is not in the participant's list.
    pub(crate) fn invalid_action(action: &str, extension: &str) -> Self {
        let message = format!("INVALID_ACTION {action} on extension {extension}");
        Self::Later(ApiError::new("Generic Error", &message, extension))
    }

    fn later(kind: &str, (data, message): Failure) -> Self {
        Self::Later(ApiError::new(kind, message, data))
    }
}
