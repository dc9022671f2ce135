//! Which outbox a client has at present.

use std::{collections::BTreeMap, sync::Arc};

use crate::{ClientKey, Outbox};

pub(super) type Directory = BTreeMap<ClientKey, Arc<dyn Outbox>>;
