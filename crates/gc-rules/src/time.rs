//! Finesse's times: parsed, compared, and formatted for events.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `2026-03-01T08:15:30.250Z` in the configured zone, as `2026-03-01 08:15:30`. An empty time stays empty; one that cannot
/// be parsed is passed on unchanged.
pub(crate) fn shown(time: &str, zone: &TimeZone) -> String {
    match time.parse::<Timestamp>() {
        Ok(instant) => instant.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => time.to_owned(),
    }
}

/// Whether `time` is after `than`. An empty time is newer than none; any other time is newer than an empty one.
pub(crate) fn is_newer(time: &str, than: &str) -> bool {
    if time.is_empty() {
        return false;
    }
    match (time.parse::<Timestamp>(), than.parse::<Timestamp>()) {
        (Ok(time), Ok(than)) => time > than,
        _ => than.is_empty() || time > than,
    }
}

/// The newest of several times; empty when there is none.
pub(crate) fn newest<'a>(times: impl Iterator<Item = &'a str>) -> &'a str {
    times.fold("", |newest, time| if is_newer(time, newest) { time } else { newest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_the_configured_zone() {
        let zone = TimeZone::get("Europe/Vienna").unwrap();
        assert_eq!(shown("2026-07-01T08:15:30.250Z", &zone), "2026-07-01 10:15:30");
        assert_eq!(shown("2026-07-01T08:15:30.250Z", &TimeZone::UTC), "2026-07-01 08:15:30");
        assert_eq!(shown("", &zone), "");
        assert_eq!(shown("soon", &zone), "soon");
    }

    #[test]
    fn times_are_compared_by_milliseconds_and_an_empty_one_is_never_newer() {
        assert!(!is_newer("2026-07-01T08:15:30.250Z", "2026-07-01T08:15:30.25Z"));
        assert!(is_newer("2026-07-01T08:15:30.251Z", "2026-07-01T08:15:30.25Z"));
        assert!(is_newer("2026-07-01T08:15:30Z", ""));
        assert!(!is_newer("", "2026-07-01T08:15:30Z"));
        assert!(!is_newer("", ""));
        assert_eq!(
            newest(["2026-01-01T00:00:00Z", "", "2026-01-02T00:00:00Z"].into_iter()),
            "2026-01-02T00:00:00Z"
        );
    }
}
