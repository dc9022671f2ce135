//! Cisco Finesse's objects, notifications, requests and errors as values.
