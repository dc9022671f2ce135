//! check_config
