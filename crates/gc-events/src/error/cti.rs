//! The `E_CTI_` codes: why a message to the CTI server failed.

use strum::{Display, EnumIter, EnumMessage, EnumString};

/// A status code of the CTI server (the vendor's "CTI Server Message Reference Guide", `PGStatusCode`).
///
/// The discriminant is the number. It displays as the name on the wire. The documentation of each variant is its
/// description in `docs/errors.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, EnumIter, EnumMessage)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", prefix = "E_CTI_")]
#[repr(u16)]
pub enum CtiCode {
    /// No error.
    NoError = 0,
    /// The protocol version is not valid.
    InvalidVersion = 1,
    /// The message type is not valid.
    InvalidMessageType = 2,
    /// A field's tag is not valid.
    InvalidFieldTag = 3,
    /// No session is open.
    SessionNotOpen = 4,
    /// A session is already open.
    SessionAlreadyOpen = 5,
    /// Required data is missing.
    RequiredDataMissing = 6,
    /// The peripheral is not valid.
    InvalidPeripheralId = 7,
    /// The agent's data is not valid.
    InvalidAgentData = 8,
    /// The agent is not logged in.
    AgentNotLoggedOn = 9,
    /// The device is in use by somebody else.
    DeviceInUse = 10,
    /// A newer session replaced this one.
    NewSessionOpened = 11,
    /// The function is not available to this client.
    FunctionNotAvailable = 12,
    /// The contact center does not have this call, or no longer has it.
    InvalidCallid = 13,
    /// The variable may not be changed.
    ProtectedVariable = 14,
    /// The CTI server cannot work normally.
    CtiServerOffline = 15,
    /// The telephone system did not answer in time.
    Timeout = 16,
    /// An error without further detail.
    UnspecifiedFailure = 17,
    /// The timeout is not valid.
    InvalidTimeout = 18,
    /// The service mask is not valid.
    InvalidServiceMask = 19,
    /// The call message mask is not valid.
    InvalidCallMsgMask = 20,
    /// The agent state mask is not valid.
    InvalidAgentStateMask = 21,
    /// A reserved field is not zero.
    InvalidReservedField = 22,
    /// A field's length is not valid.
    InvalidFieldLength = 23,
    /// A digit is not valid.
    InvalidDigits = 24,
    /// The message is malformed.
    BadMessageFormat = 25,
    /// A field does not belong to this message.
    InvalidTagForMsgType = 26,
    /// The type of device id is not valid.
    InvalidDeviceIdType = 27,
    /// The local connection state is not valid.
    InvalidLclConnState = 28,
    /// The cause of the event is not valid.
    InvalidEventCause = 29,
    /// The number of parties is not valid.
    InvalidNumParties = 30,
    /// The system event is not valid.
    InvalidSysEventId = 31,
    /// Agent id, extension and instrument do not belong together.
    InconsistentAgentData = 32,
    /// The type of connection id is not valid.
    InvalidConnectionIdType = 33,
    /// The call type is not valid.
    InvalidCallType = 34,
    /// The client is not a party to this call.
    NotCallParty = 35,
    /// The client's id or password is not valid.
    InvalidPassword = 36,
    /// The connection was lost.
    ClientDisconnected = 37,
    /// The current state of the agent or the call does not allow this.
    InvalidObjectState = 38,
    /// The number of skill groups is not valid.
    InvalidNumSkillGroups = 39,
    /// The number of lines is not valid.
    InvalidNumLines = 40,
    /// The line type is not valid.
    InvalidLineType = 41,
    /// The allocation state is not valid.
    InvalidAllocationState = 42,
    /// The answering machine setting is not valid.
    InvalidAnsweringMachine = 43,
    /// The call manner is not valid.
    InvalidCallMannerType = 44,
    /// The call placement is not valid.
    InvalidCallPlacementType = 45,
    /// The type of consultation is not valid.
    InvalidConsultType = 46,
    /// The facility is not valid.
    InvalidFacilityType = 47,
    /// The message does not exist in this protocol version.
    InvalidMsgTypeForVersion = 48,
    /// The field does not exist in this protocol version.
    InvalidTagForVersion = 49,
    /// The agent's work mode is not valid.
    InvalidAgentWorkMode = 50,
    /// The call option is not valid.
    InvalidCallOption = 51,
    /// The destination country is not valid.
    InvalidDestinationCountry = 52,
    /// The answer detection mode is not valid.
    InvalidAnswerDetectMode = 53,
    /// These types of device id exclude each other.
    MutuallyExclusDeviceidTypes = 54,
    /// The monitor is not valid.
    InvalidMonitorid = 55,
    /// The session is already monitored.
    SessionMonitorAlreadyExists = 56,
    /// The client cannot monitor its own session.
    SessionMonitorIsClients = 57,
    /// The call control mask is not valid.
    InvalidCallControlMask = 58,
    /// The feature mask is not valid.
    InvalidFeatureMask = 59,
    /// The transfer and conference mask is not valid.
    InvalidTransferConferenceSetupMask = 60,
    /// The array index is not valid.
    InvalidArrayIndex = 61,
    /// A character is not valid.
    InvalidCharacter = 62,
    /// The client is not known.
    ClientNotFound = 63,
    /// The agent has no such supervisor.
    SupervisorNotFound = 64,
    /// The team is not known.
    TeamNotFound = 65,
    /// There is no active call.
    NoCallActive = 66,
    /// The named variable is not configured.
    NamedVariableNotConfigured = 67,
    /// The named array is not configured.
    NamedArrayNotConfigured = 68,
    /// The call variable mask is not valid.
    InvalidCallVariableMask = 69,
    /// The element is not known.
    ElementNotFound = 70,
    /// The distribution is not valid.
    InvalidDistributionType = 71,
    /// The skill group is not valid.
    InvalidSkillGroup = 72,
    /// The named variables together are too long.
    TooMuchData = 73,
    /// A value is too long.
    ValueTooLong = 74,
    /// The variable is an array.
    ScalarFunctionOnArray = 75,
    /// The variable is not an array.
    ArrayFunctionOnScalar = 76,
    /// The number of named variables is not valid.
    InvalidNumNamedVariables = 77,
    /// The number of named arrays is not valid.
    InvalidNumNamedArrays = 78,
    /// The direction of the voice stream is not valid.
    InvalidRtpDirection = 79,
    /// The type of the voice stream is not valid.
    InvalidRtpType = 80,
    /// The called party could not be reached.
    CalledPartyDisposition = 81,
    /// The supervisor's action is not valid.
    InvalidSupervisoryAction = 82,
    /// The team is already monitored.
    AgentTeamMonitorAlreadyExists = 83,
    /// The service is not valid.
    InvalidService = 84,
    /// The service conflicts with another.
    ServiceConflict = 85,
    /// The skill group conflicts with another.
    SkillGroupConflict = 86,
    /// The device is not valid.
    InvalidDevice = 87,
    /// The media routing domain is not valid.
    InvalidMrDomain = 88,
    /// The monitor already exists.
    MonitorAlreadyExists = 89,
    /// The monitor has ended.
    MonitorTerminated = 90,
    /// The task message mask is not valid.
    InvalidTaskMsgMask = 91,
    /// The server is the standby one.
    ServerNotMaster = 92,
    /// The contact service definition is not valid.
    InvalidCsd = 93,
    /// The link to the call manager has a problem.
    JtapiCcmProblem = 94,
    /// The configuration message mask is not valid.
    InvalidConfigMsgMask = 95,
    /// The configuration was reset.
    AutoConfigReset = 96,
    /// The monitor's status is not valid.
    InvalidMonitorStatus = 97,
    /// The type of request is not valid.
    InvalidRequestType = 98,
    /// The client cannot work with the standby server.
    InvalidClientForStandby = 107,
    /// The instance's id is not valid.
    InvalidUniqueInstanceId = 108,
    /// The instance's id exists already.
    DuplicateUniqueInstanceId = 109,
}

impl CtiCode {
    /// The vendor's number of the code.
    pub fn number(self) -> u16 {
        self as u16 // the discriminant
    }
}
