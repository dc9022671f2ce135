//! The configuration of all sources.

use serde::Deserialize;

use crate::axl::AxlConfig;
use crate::cce::CceConfig;
use crate::ccx::CcxConfig;
use crate::recorder::RecorderConfig;

/// The section `[directory]`: all sources.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The configuration API of Unified CCE.
    pub cce: Option<CceConfig>,
    /// Administrative XML of Unified Communications Manager.
    pub axl: Option<AxlConfig>,
    /// Queue statistics of UCCX.
    pub ccx: Option<CcxConfig>,
    /// The recorder.
    pub recorder: Option<RecorderConfig>,
}
