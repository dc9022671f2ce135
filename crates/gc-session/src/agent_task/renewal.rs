//! What the log says of a token that was not renewed.

use finesse_types::Failure;

/// Why the token service has not renewed it, and what comes of that.
pub(super) fn explained(failure: &Failure) -> (String, &'static str) {
    let reason = match failure {
        Failure::Refused { status, .. } => format!("it answered HTTP {status}"),
        Failure::Proxy { status } => format!("a proxy in front of it answered HTTP {status}"),
        Failure::Unreadable { reason, .. } => format!("its answer cannot be used: {reason}"),
        Failure::Unreachable { reason, .. } => format!("it cannot be reached: {reason}"),
        Failure::TimedOut { .. } => "it did not answer in time".to_owned(),
        Failure::TokenEnded => failure.to_string(),
    };
    let then = match failure.is_refused_renewal() {
        true => "it is not asked again for this token, which is used until it ends",
        false => "it is asked again after 15 to 30 s",
    };
    (reason, then)
}

#[cfg(test)]
mod tests {
    use finesse_types::ApiErrors;

    use super::*;

    #[test]
    fn a_renewal_that_failed_is_the_services_fault_and_says_what_follows() {
        let refused = |status| Failure::Refused { status, errors: ApiErrors::default() };
        let unreadable = Failure::Unreadable { status: 200, reason: "no token".to_owned() };
        for (failure, reason, is_final) in [
            (refused(401), "it answered HTTP 401", true),
            (refused(503), "it answered HTTP 503", false),
            (unreadable, "its answer cannot be used: no token", false),
            (Failure::TimedOut { sent: true }, "it did not answer in time", false),
        ] {
            let (said, then) = explained(&failure);
            assert_eq!((said.as_str(), then.starts_with("it is not asked again")), (reason, is_final));
            assert!(!said.contains("Finesse"), "{said}");
        }
    }
}
