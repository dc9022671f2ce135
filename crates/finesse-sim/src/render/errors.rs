//! Errors of requests.

use crate::world::ApiError;
use crate::xml::Xml;

/// An error in a notification.
pub(crate) fn async_errors(error: &ApiError) -> String {
    let mut xml = Xml::new();
    xml.node("apiErrors", |xml| {
        xml.node("apiError", |xml| {
            xml.leaf("errorData", &error.data)
                .leaf("errorMessage", &error.message)
                .leaf("errorType", &error.kind);
            peripheral(xml, error);
        });
    });
    xml.finish()
}

/// An error in a response.
pub(crate) fn api_errors(error: &ApiError) -> String {
    let mut xml = Xml::new();
    xml.node("ApiErrors", |xml| {
        xml.node("ApiError", |xml| {
            xml.leaf("ErrorType", &error.kind)
                .leaf("ErrorData", &error.data)
                .leaf("ErrorMessage", &error.message);
            peripheral(xml, error);
        });
    });
    xml.finish()
}

fn peripheral(xml: &mut Xml, error: &ApiError) {
    if let Some(peripheral) = error.peripheral {
        xml.leaf("peripheralErrorCode", peripheral.code)
            .leaf("peripheralErrorMsg", peripheral.name)
            .leaf("peripheralErrorText", peripheral.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_includes_the_error_of_the_telephone_system() {
        let crate::world::Refusal::Later(error) = crate::world::Refusal::invalid_device() else { panic!() };
        let peripheral = "<peripheralErrorCode>10125</peripheralErrorCode>\
            <peripheralErrorMsg>PERERR_TELDRIVE_NODEVICETARGETFORNETTARGETID</peripheralErrorMsg>\
            <peripheralErrorText>The peripheral has no device target for this extension</peripheralErrorText>";
        assert_eq!(
            async_errors(&error),
            format!(
                "<apiErrors><apiError><errorData>260</errorData>\
                 <errorMessage>CF_INVALID_LOGON_DEVICE_SPECIFIED</errorMessage>\
                 <errorType>Invalid Device</errorType>{peripheral}</apiError></apiErrors>"
            )
        );
        assert_eq!(
            api_errors(&error),
            format!(
                "<ApiErrors><ApiError><ErrorType>Invalid Device</ErrorType><ErrorData>260</ErrorData>\
                 <ErrorMessage>CF_INVALID_LOGON_DEVICE_SPECIFIED</ErrorMessage>{peripheral}</ApiError></ApiErrors>"
            )
        );
    }
}
