//! The `CF_` codes: why a request to the telephone system failed.

use strum::{Display, EnumIter, EnumMessage, EnumString, FromRepr};

/// A control failure code of the CTI server, which Finesse passes on by name in `errorMessage` and by
/// number in `errorData` (the vendor's "CTI Server Message Reference Guide", `ControlFailureCode`).
///
/// The discriminant is the number. It displays as the name on the wire. The documentation of each variant is its
/// description in `docs/errors.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, EnumIter, EnumMessage, FromRepr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", prefix = "CF_")]
#[repr(u16)]
pub enum CfCode {
    /// An error without further detail.
    GenericUnspecified = 0,
    /// The contact center could not do this.
    GenericOperation = 1,
    /// The request is not possible for this object.
    RequestIncompatibleWithObject = 2,
    /// A value is out of range.
    ValueOutOfRange = 3,
    /// The object is not known.
    ObjectNotKnown = 4,
    /// The agent's telephone cannot make this call.
    InvalidCallingDevice = 5,
    /// The called telephone cannot take the call.
    InvalidCalledDevice = 6,
    /// The number to forward to is not valid.
    InvalidForwardingDestination = 7,
    /// The device named in the request may not be used this way.
    PrivilegeViolationOnSpecifiedDevice = 8,
    /// The called device may not be called from here.
    PrivilegeViolationOnCalledDevice = 9,
    /// The calling device may not place this call.
    PrivilegeViolationOnCallingDevice = 10,
    /// The call's id is not valid.
    InvalidCstaCallIdentifier = 11,
    /// The contact center does not know this telephone.
    InvalidCstaDeviceIdentifier = 12,
    /// The connection's id is not valid.
    InvalidCstaConnectionIdentifier = 13,
    /// The number does not exist, or nobody can be reached there.
    InvalidDestination = 14,
    /// The feature is not valid.
    InvalidFeature = 15,
    /// The allocation state is not valid.
    InvalidAllocationState = 16,
    /// The cross-reference id is unknown or in use.
    InvalidCrossRefId = 17,
    /// The object is of the wrong type.
    InvalidObjectType = 18,
    /// The request breaks a security rule.
    SecurityViolation = 19,
    /// The current state does not allow this.
    GenericStateIncompatibility = 21,
    /// The current state of the agent or the call does not allow this.
    InvalidObjectState = 22,
    /// This call is not the active call, or no longer is.
    InvalidConnectionIdForActiveCall = 23,
    /// There is no active call.
    NoActiveCall = 24,
    /// There is no held call.
    NoHeldCall = 25,
    /// There is no call to end.
    NoCallToClear = 26,
    /// There is no connection to end.
    NoConnectionToClear = 27,
    /// There is no call to answer.
    NoCallToAnswer = 28,
    /// There is no call to complete.
    NoCallToComplete = 29,
    /// The contact center has no free resources for this.
    GenericSystemResourceAvailability = 31,
    /// The service is busy.
    ServiceBusy = 32,
    /// The agent's telephone or a resource of the contact center is busy.
    ResourceBusy = 33,
    /// A resource of the contact center is out of service.
    ResourceOutOfService = 34,
    /// The network is busy.
    NetworkBusy = 35,
    /// The network is out of service.
    NetworkOutOfService = 36,
    /// Too many monitors are active in the system.
    OverallMonitorLimitExceeded = 37,
    /// The conference has the maximum number of members.
    ConferenceMemberLimitExceeded = 38,
    /// A subscribed resource is not available.
    GenericSubscribedResourceAvailability = 41,
    /// Too many monitors are active on this object.
    ObjectMonitorLimitExceeded = 42,
    /// All outside lines are in use.
    ExternalTrunkLimitExceeded = 43,
    /// Too many requests are unanswered.
    OutstandingRequestLimitExceeded = 44,
    /// The system limits its load.
    GenericPerformanceManagement = 51,
    /// A performance limit is exceeded.
    PerformanceLimitExceeded = 52,
    /// A sequence number is out of order.
    SequenceNumberViolated = 61,
    /// A time stamp is not acceptable.
    TimeStampViolated = 62,
    /// The privilege certificate is not acceptable.
    PacViolated = 63,
    /// The seal of the message is broken.
    SealViolated = 64,
    /// The contact center refuses this.
    GenericUnspecifiedRejection = 70,
    /// The operation was rejected; no detail is known.
    GenericOperationRejection = 71,
    /// The same request was already made.
    DuplicateInvocationRejection = 72,
    /// The operation is not known.
    UnrecognizedOperationRejection = 73,
    /// A value in the request is of the wrong type.
    MistypedArgumentRejection = 74,
    /// A resource limit does not allow the request.
    ResourceLimitationRejection = 75,
    /// The handle in the request is no longer in use.
    AcsHandleTerminationRejection = 76,
    /// The service has ended.
    ServiceTerminationRejection = 77,
    /// The request took too long.
    RequestTimeoutRejection = 78,
    /// Too many requests for this device.
    RequestsOnDeviceExceededRejection = 79,
    /// The agent id is not valid.
    InvalidAgentIdSpecified = 256,
    /// The password is not valid, or the agent is not logged in.
    InvalidPasswordSpecified = 257,
    /// The agent id or the password is not valid.
    InvalidAgentIdOrPasswordSpecified = 258,
    /// The agent is already logged in.
    SpecifiedAgentAlreadySignedOn = 259,
    /// Nobody can log in on this extension.
    InvalidLogonDeviceSpecified = 260,
    /// The answering device is not valid.
    InvalidAnsweringDeviceSpecified = 261,
    /// The skill group is not valid.
    InvalidSkillGroupSpecified = 262,
    /// The class of service is not valid.
    InvalidClassOfServiceSpecified = 263,
    /// The team is not valid.
    InvalidTeamSpecified = 264,
    /// The agent may not go into this state.
    InvalidAgentWorkmode = 265,
    /// This reason code does not exist.
    InvalidAgentReasonCode = 266,
    /// The link to the telephone system failed.
    AdjunctSwitchCommError = 267,
    /// This person is not in the call.
    AgentNotPartyOnCall = 268,
    /// The contact center had an internal error.
    InternalProcessingError = 269,
    /// Taking control of the call was refused.
    TakeCallControlRejection = 270,
    /// Taking control of the domain was refused.
    TakeDomainControlRejection = 271,
    /// The requested service is not registered.
    RequestedServiceNotRegistered = 272,
    /// A consultation of this kind is not possible.
    InvalidConsultType = 273,
    /// A field of the answering or dialing parameters is not valid.
    AnsmapOrAdparamFieldNotValid = 274,
    /// The call control table is not valid.
    InvalidCallControlTableSpecified = 275,
    /// Digits, a timeout or the country are not valid.
    InvalidDigitsRnatimeoutAmsdelayOrCountry = 276,
    /// No port for detecting an answer is free.
    AnswerDetectPortUnavailable = 277,
    /// No virtual agent is free.
    VirtualAgentUnavailable = 278,
    /// The call was taken back and transferred, which ended the route.
    TakebackNXferRouteEnd = 279,
    /// Wrap-up data is required first.
    WrapupDataRequired = 280,
    /// A reason code is required.
    ReasonCodeRequired = 281,
    /// The trunk id is not valid.
    InvalidTrunkIdSpecified = 282,
    /// Another agent uses this extension.
    SpecifiedExtensionAlreadyInUse = 283,
    /// These two calls cannot be joined.
    ArbitraryConfOrXferNotSupported = 284,
    /// The network carries out the transfer or consultation.
    NetworkTransferOrConsult = 285,
    /// The network could not carry out the transfer or consultation.
    NetworkTransferOrConsultFailed = 286,
    /// The device is restricted.
    DeviceRestricted = 287,
    /// The line is restricted.
    LineRestricted = 288,
    /// The account is locked after five wrong passwords in a row.
    AgentAccountLockedOut = 289,
    /// The agent may not drop participants.
    DropAnyPartyNotEnabledCti = 290,
    /// The device has too many lines.
    MaximumLineLimitExceeded = 291,
    /// Shared lines are not supported.
    SharedLinesNotSupported = 292,
    /// The extension exists more than once.
    ExtensionNotUnique = 293,
    /// The interface controller is not known.
    UnknownInterfaceCtrlrId = 1001,
    /// The interface controller is of the wrong type.
    InvalidInterfaceCtrlrType = 1002,
    /// The software revision is not supported.
    SoftwareRevNoSupported = 1003,
    /// The peripheral is not known.
    UnknownPid = 1004,
    /// The table is not valid.
    InvalidTableSpecified = 1005,
    /// The peripheral's service is not active.
    PdServiceInactive = 1006,
    /// The routing client is not known.
    UnknownRoutingClientId = 1007,
    /// The routing client's service is not active.
    RcServiceInactivate = 1008,
    /// The dialed number is not valid.
    InvalidDialedNumber = 1009,
    /// A value in the request is not valid, or the agent is not logged in.
    InvalidParameter = 1010,
    /// The call could not be routed.
    UnknownRoutingProblem = 1011,
    /// The peripheral's message revision is not supported.
    UnsupportedPdMessageRevision = 1012,
    /// The routing client's message revision is not supported.
    UnsupportedRcMessageRevision = 1013,
    /// The interface controller's message revision is not supported.
    UnsupportedIcMessageRevision = 1014,
    /// The routing client's service at the peripheral is not active.
    RcServiceInactivatePim = 1015,
    /// The agent greeting could not be controlled.
    AgentGreetingControlOperationFailure = 1016,
}

impl CfCode {
    /// The vendor's number of the code.
    pub fn number(self) -> u16 {
        self as u16 // the discriminant
    }
}
