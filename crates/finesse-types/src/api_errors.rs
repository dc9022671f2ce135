//! ApiErrors: how Finesse says no, in an answer or later in a notification.

use gc_xml::Element;

use crate::error_mapping::says;
use crate::read::text;

/// What Finesse says about a refusal; it may say several things, or nothing at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiErrors {
    /// The errors in their order.
    pub errors: Vec<ApiError>,
}

impl ApiErrors {
    pub(crate) fn read(errors: &Element) -> Self {
        Self { errors: errors.children_named("ApiError").map(ApiError::read).collect() }
    }

    /// The error that names the cause: the first with the name or number of a code that the table of errors
    /// has, else the first of a known errorType, else the first with the name of a code of another release,
    /// else the first. `Generic Error` and `Call Operation Failure` are types that say nothing.
    pub fn telling(&self) -> Option<&ApiError> {
        self.errors.iter().min_by_key(|error| says(error))
    }
}

/// One error ("Finesse Developer Guide, API errors" and "Dialog CTI error notification").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiError {
    /// The family: `Invalid State`, `Generic Error`, …
    pub error_type: String,
    /// A constant such as `CF_INVALID_OBJECT_STATE`, or a sentence.
    pub error_message: String,
    /// A number of the CTI server, an extension or the user: whatever the error is about.
    pub error_data: String,
    /// The switch's own code (12.5).
    pub peripheral_error_code: String,
    /// The switch's own text (12.5).
    pub peripheral_error_text: String,
}

impl ApiError {
    /// Whether its message holds the word, in any case.
    pub(crate) fn says(&self, word: &str) -> bool {
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
