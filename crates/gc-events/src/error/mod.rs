//! The `Error` event and the table of error codes.

mod cause;
mod cf;
mod code;
mod cti;
mod error_event;

pub use cf::CfCode;
pub use code::{ErrorCode, Origin};
pub use cti::CtiCode;
pub use error_event::ErrorEvent;
