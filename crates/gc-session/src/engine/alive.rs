//! When the process was last alive, for the one after it.

use std::sync::Arc;
use std::time::Duration;

use gc_store::Change;

use crate::shared::Shared;

/// The precision with which the next process knows when this one ended.
const ALIVE_RECORDED_EVERY: Duration = Duration::from_secs(10);

/// Records every few seconds that the process is alive, so that the next one knows how long there was none.
pub(super) async fn record_alive(shared: Arc<Shared>) {
    while !shared.stop.is_cancelled() {
        // Nobody has to wait for it.
        drop(shared.outlet.delivery.commit([], [Change::Alive(shared.seconds())]));
        let pause = tokio::time::sleep(ALIVE_RECORDED_EVERY);
        let _ = shared.stop.run_until_cancelled(pause).await;
    }
}
