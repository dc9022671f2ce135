//! The link to a Cisco Finesse cluster: REST with deadlines, and notification streams.
