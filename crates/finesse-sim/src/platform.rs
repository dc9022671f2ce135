//! The two kinds of contact centre.

/// The contact centre behind Finesse; several rules differ between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Unified Contact Center Enterprise.
    Ucce,
    /// Unified Contact Center Express.
    Uccx,
}

impl Platform {
    /// The value of `SystemInfo/deploymentType`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ucce => "UCCE",
            Self::Uccx => "UCCX",
        }
    }
}
