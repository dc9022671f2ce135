//! ApiErrors: how Finesse reports a failure, in an answer or later in a notification.

use gc_xml::Element;
use serde::{Deserialize, Serialize};

use crate::read::text;

/// Finesse's description of a failure: several errors, one or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiErrors {
    /// The errors, in order.
    pub errors: Vec<ApiError>,
}

impl ApiErrors {
    pub(crate) fn read(errors: &Element) -> Self {
        Self { errors: errors.children_named("ApiError").map(ApiError::read).collect() }
    }
}

/// One error ("Finesse Developer Guide, API errors" and "Dialog CTI error notification").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
