//! ApiErrors: how Finesse reports a failure, in an answer or later in a notification.

use gc_xml::Element;

use crate::error_mapping::specificity;
use crate::read::text;

/// Finesse's description of a failure: several errors, one or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiErrors {
    /// The errors, in order.
    pub errors: Vec<ApiError>,
}

impl ApiErrors {
    pub(crate) fn read(errors: &Element) -> Self {
        Self { errors: errors.children_named("ApiError").map(ApiError::read).collect() }
    }

    /// The error that is most specific about the cause: the first with the name or number of a known code, otherwise the
    /// first with a known errorType, otherwise the first with the name of an unknown code, otherwise the first.
    /// `Generic Error` and `Call Operation Failure` are not specific types.
    pub fn most_specific(&self) -> Option<&ApiError> {
        self.errors.iter().min_by_key(|error| specificity(error))
    }
}

/// One error ("Finesse Developer Guide, API errors" and "Dialog CTI error notification").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiError {
    /// The type: `Invalid State`, `Generic Error`, …
    pub error_type: String,
    /// A constant such as `CF_INVALID_OBJECT_STATE`, or a sentence.
    pub error_message: String,
    /// A number of the CTI server, an extension or a user, depending on the error.
    pub error_data: String,
    /// The telephone system's code (12.5).
    pub peripheral_error_code: String,
    /// The telephone system's text (12.5).
    pub peripheral_error_text: String,
}

impl ApiError {
    /// Whether the message contains this text, in any case.
    pub(crate) fn message_contains(&self, word: &str) -> bool {
        self.error_message.to_ascii_lowercase().contains(&word.to_ascii_lowercase())
    }

    fn read(error: &Element) -> Self {
        Self {
            error_type: text(error, "ErrorType"),
            error_message: text(error, "ErrorMessage"),
            error_data: text(error, "ErrorData"),
            peripheral_error_code: text(error, "peripheralErrorCode"),
            peripheral_error_text: text(error, "peripheralErrorText"),
        }
    }
}
