//! A Cisco Finesse to develop and test against.
