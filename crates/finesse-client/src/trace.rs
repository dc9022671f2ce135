//! `traceparent` (W3C Trace Context) of a request, so that a proxy and Finesse can log under which command it was sent.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The header for a request with this `requestId`. The trace is the command's id, if the request was sent for a command: a
/// UUID within the `requestId`, without its dashes. Else it is made of the whole `requestId`. Every attempt of one request
/// has the same.
pub(crate) fn traceparent(request_id: &str) -> Option<String> {
    if request_id.is_empty() {
        return None;
    }
    let trace = uuid_in(request_id)
        .unwrap_or_else(|| format!("{:016x}{:016x}", hash(request_id, 1), hash(request_id, 2)));
    Some(format!("00-{trace}-{:016x}-01", hash(request_id, 3)))
}

/// Never 0, which would be no id.
fn hash(text: &str, number: u8) -> u64 {
    let mut hasher = DefaultHasher::new();
    (number, text).hash(&mut hasher);
    hasher.finish().max(1)
}

fn uuid_in(request_id: &str) -> Option<String> {
    request_id.split('.').find_map(|part| {
        let digits: String = part.chars().filter(|c| *c != '-').collect();
        let is_uuid = part.len() == 36 && digits.len() == 32 && digits.bytes().any(|digit| digit != b'0');
        (is_uuid && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .then(|| digits.to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_of_a_command_is_its_id() {
        let id = "1001.00d712cb-8349-42a1-8b04-f9ef1d2e2436.7";
        let header = traceparent(id).unwrap();
        assert!(header.starts_with("00-00d712cb834942a18b04f9ef1d2e2436-"), "{header}");
        assert_eq!(traceparent(id).unwrap(), header);
    }

    #[test]
    fn every_other_request_has_a_trace_of_its_own() {
        let headers = ["1001.read.7", "1001.read.8", "1001.my-own-id.7"].map(|id| traceparent(id).unwrap());
        for header in &headers {
            let parts: Vec<_> = header.split('-').map(str::len).collect();
            assert_eq!(parts, [2, 32, 16, 2], "{header}");
        }
        assert!(headers[0] != headers[1] && headers[1] != headers[2]);
        assert_eq!(traceparent(""), None);
    }
}
