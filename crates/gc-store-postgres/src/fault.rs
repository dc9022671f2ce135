//! What can be wrong, in words for whoever runs the service; PostgreSQL's own words stand behind them.

use std::error::Error;

use gc_store::stored::Incomplete;
use tokio::task::JoinError;
use tokio_postgres::error::SqlState;

/// Why the database could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The connection or a statement failed.
    #[error("{}", gc_net::causes(_0))]
    Postgres(#[from] tokio_postgres::Error),
    /// A record cannot be written or read.
    #[error("a record cannot be read: {0}")]
    Record(#[from] serde_json::Error),
    /// It does not hold what a store holds.
    #[error("it is damaged: {0}")]
    Damaged(#[source] Box<dyn Error + Send + Sync>),
    /// It is not as it must be.
    #[error("{0}")]
    Unfit(String),
    /// Whoever was to open it panicked.
    #[error("opening it failed: {0}")]
    Opening(#[from] JoinError),
    /// Another process holds it.
    #[error("it is in use by another connector, for {0} s more if that has died")]
    InUse(u64),
    /// A newer version of this program has made it.
    #[error("its schema {found} is newer than {newest}, the newest that is known here")]
    TooNew {
        /// The schema that was found.
        found: i32,
        /// The newest one that is known.
        newest: i32,
    },
    /// This process does not hold it any more.
    #[error("this process does not hold it any more")]
    Fenced,
    /// The database has not renewed what this process held in time.
    #[error("the database has acknowledged nothing in time: another process may hold it soon")]
    Late,
    /// The system lacks what is needed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl From<Incomplete> for Fault {
    fn from(incomplete: Incomplete) -> Self {
        Self::Damaged(incomplete.into())
    }
}

/// Classes of SQLSTATE: cardinality, data, integrity, triggered change, check option, limits of the program, raised by a function.
const REFUSALS: [&str; 7] = ["21", "22", "23", "27", "44", "54", "P0"];
/// What our own function raises.
const FENCED: &str = "GC001";

impl Fault {
    /// What a statement behind the fence came to.
    pub(crate) fn of(error: tokio_postgres::Error) -> Self {
        match error.code().map(SqlState::code) {
            Some(FENCED) => Self::Fenced,
            _ => Self::Postgres(error),
        }
    }

    /// Whether the database can be used, but does not take what was to be written. A statement that is refused for its contents, for a
    /// constraint or a trigger of somebody else, is refused again; what concerns the whole database (rights, space, a missing table) is
    /// an outage, which whoever runs it can end.
    pub(crate) fn is_refusal(&self) -> bool {
        let code = match self {
            Self::Postgres(error) => error.code().map(SqlState::code),
            _ => None,
        };
        code.is_some_and(|code| REFUSALS.iter().any(|class| code.starts_with(class)))
    }

    /// Whether the same may succeed later, without anybody changing the configuration.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::InUse(_) | Self::Fenced | Self::Late | Self::Io(_) => true,
            Self::Postgres(error) => error.code().is_none_or(|code| {
                // A wrong password, an unknown database or a missing right does not mend itself; a server that starts does.
                !["28", "3D", "42"].iter().any(|class| code.code().starts_with(class))
            }),
            Self::Record(_) | Self::Damaged(_) | Self::Unfit(_) | Self::Opening(_) | Self::TooNew { .. } => {
                false
            }
        }
    }
}

/// Why a store cannot be opened. It is as it was.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct OpenError {
    /// Without the password.
    pub(crate) place: String,
    #[source]
    pub(crate) fault: Fault,
}

impl OpenError {
    /// Whether another process holds the store.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(self.fault, Fault::InUse(_))
    }

    /// Whether the same store may be opened later, without anybody changing the configuration.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.fault.may_pass()
    }
}
