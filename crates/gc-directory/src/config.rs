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

impl Config {
    /// The keys that hold secrets.
    pub fn secrets(&self) -> Vec<&'static str> {
        let Self { cce, axl, ccx, recorder } = self;
        let recorder = recorder.as_ref();
        let login = recorder.and_then(|recorder| recorder.login.as_ref());
        let keys = [
            cce.as_ref().map(|_| "cce.password"),
            axl.as_ref().map(|_| "axl.password"),
            ccx.as_ref().and_then(|ccx| ccx.auth.as_ref()).map(|_| "ccx.auth"),
            recorder.and_then(|recorder| recorder.auth.as_ref()).map(|_| "recorder.auth"),
            recorder.filter(|recorder| !recorder.headers.is_empty()).map(|_| "recorder.headers"),
            recorder.and_then(|recorder| recorder.body.as_ref()).map(|_| "recorder.body"),
            login.map(|_| "recorder.login.password"),
            login.and_then(|login| login.body.as_ref()).map(|_| "recorder.login.body"),
        ];
        keys.into_iter().flatten().collect()
    }
}
