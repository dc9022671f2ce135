//! Which outbox a client has at present.

use std::{collections::BTreeMap, sync::Arc};

use crate::{ClientKey, Outbox};

/// The outbox that each client has at present.
pub type Directory = BTreeMap<ClientKey, Arc<dyn Outbox>>;
