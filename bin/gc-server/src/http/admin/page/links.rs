//! Addresses within the page, and times as people read them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::agents::{Stream, Wanted};
use crate::http::PAGE;

/// Where the page shows what this address of the JSON shows.
pub(super) fn address(json: &str) -> String {
    let (path, query) =
        json.split_once('?').map_or((json, String::new()), |(path, query)| (path, format!("?{query}")));
    match path.strip_prefix(PAGE) {
        Some(table) => format!("{PAGE}{query}#{table}"),
        None => json.to_owned(),
    }
}

/// One segment or value of an address.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// What is asked for, as a query: `?state=READY`; empty for everything.
pub(super) fn query(wanted: &Wanted) -> String {
    let Wanted { cluster, client, state, stream, after, limit: _ } = wanted;
    let stream = stream.map(|stream| match stream {
        Stream::Open => "open".to_owned(),
        Stream::Absent => "absent".to_owned(),
    });
    let all =
        [("cluster", cluster), ("client", client), ("state", state), ("stream", &stream), ("after", after)];
    let given =
        all.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded(value.as_deref()?))));
    let given: Vec<_> = given.collect();
    if given.is_empty() { String::new() } else { format!("?{}", given.join("&")) }
}

/// `3 h 20 min`: the two largest units.
pub(super) fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_json_leads_to_its_table() {
        assert_eq!(address("/admin/agents?stream=absent"), "/admin/?stream=absent#agents");
        assert_eq!(address("/admin/clients"), "/admin/#clients");
        assert_eq!(address("/health/ready"), "/health/ready");
    }

    #[test]
    fn nothing_in_a_value_ends_it() {
        let wanted =
            Wanted { client: Some("a&b=\"<ü".to_owned()), stream: Some(Stream::Open), ..Wanted::default() };
        assert_eq!(query(&wanted), "?client=a%26b%3D%22%3C%C3%BC&stream=open");
        assert_eq!(query(&Wanted::default()), "");
    }

    #[test]
    fn times_have_their_two_largest_units() {
        let said = [0, 59, 61, 3600, 90_061].map(duration);
        assert_eq!(said, ["0 s", "59 s", "1 min 1 s", "1 h 0 min", "1 d 1 h"]);
    }
}
