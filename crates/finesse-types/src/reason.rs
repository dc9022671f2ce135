//! Reason codes and wrap-up reasons ("Finesse Developer Guide, ReasonCode and WrapUpReason").

use gc_xml::Element;
use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::read::{flag, id_of, text};

/// A reason for which an agent is not ready or logs out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCode {
    /// The object's id, which requests contain: from `<id>`, otherwise from the end of the path.
    pub id: String,
    /// The code that agents see, and that appears in reports.
    pub code: String,
    /// The text that agents see.
    pub label: String,
    /// When it may be used.
    pub category: ReasonCategory,
    /// Whether it is for all teams.
    pub for_all: bool,
    /// Whether only Finesse itself sets it; `None` before release 12.
    pub system_code: Option<bool>,
    /// The object's own path.
    pub uri: String,
}

impl ReasonCode {
    pub(crate) fn read(reason: &Element) -> Self {
        Self {
            id: id_of(reason),
            code: text(reason, "code"),
            label: text(reason, "label"),
            category: ReasonCategory::from(text(reason, "category").as_str()),
            for_all: flag(reason, "forAll").unwrap_or_default(),
            system_code: flag(reason, "systemCode"),
            uri: text(reason, "uri"),
        }
    }

    /// `None` for an empty `<reasonCode/>`, which means no reason code.
    pub(crate) fn read_filled(reason: &Element) -> Option<Self> {
        let reason = Self::read(reason);
        (reason != Self::default()).then_some(reason)
    }
}

open_enum! {
    /// When a reason code may be used.
    pub enum ReasonCategory {
        /// For going not ready.
        NotReady = "NOT_READY",
        /// For logging out.
        Logout = "LOGOUT",
    }
}

/// A wrap-up reason, which an agent selects for a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUpReason {
    /// The object's id: from `<id>`, otherwise from the end of the path.
    pub id: String,
    /// The text, which is also the value in a dialog.
    pub label: String,
    /// Whether it is for all teams.
    pub for_all: bool,
    /// The object's own path.
    pub uri: String,
}

impl WrapUpReason {
    pub(crate) fn read(reason: &Element) -> Self {
        Self {
            id: id_of(reason),
            label: text(reason, "label"),
            for_all: flag(reason, "forAll").unwrap_or_default(),
            uri: text(reason, "uri"),
        }
    }
}
