//! One life of the process, from its start to its death.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use gc_delivery::{Commit, Config as Delivering, Delivery, Journal as _, Sink};
use gc_environment::Environment;
use gc_session::{Engine, EngineCluster, EngineConfig};
use tokio::task::AbortHandle;

use crate::disk::Disk;
use crate::takeover::Tenure;

/// What the process is made of.
pub(crate) struct Life {
    pub(crate) engine: Engine,
    pub(crate) delivery: Arc<Delivery>,
    disk: Arc<Disk>,
    tenure: Tenure,
    /// Those who read live streams.
    readers: Mutex<Vec<AbortHandle>>,
    /// Commands that were taken, until their commit.
    not_kept: Mutex<Vec<(String, Commit)>>,
}

impl Life {
    /// Goes on with what the disk has.
    pub(crate) fn begin(
        (disk, tenure): (Disk, Tenure),
        sink: Arc<dyn Sink>,
        cluster: EngineCluster,
        config: EngineConfig,
        environment: Arc<dyn Environment>,
    ) -> Self {
        let disk = Arc::new(disk);
        let kept = disk.kept().now_or_never().unwrap().unwrap();
        let delivery =
            Delivery::with_sink(Delivering::default(), Arc::<Disk>::clone(&disk), sink, environment);
        let delivery = Arc::new(delivery.unwrap());
        let engine = Engine::start(config, vec![cluster], Arc::clone(&delivery), kept);
        Self { engine, delivery, disk, tenure, readers: Mutex::default(), not_kept: Mutex::default() }
    }

    pub(crate) fn reads(&self, reader: impl Future<Output = ()> + Send + 'static) {
        self.readers.lock().unwrap().push(tokio::spawn(reader).abort_handle());
    }

    pub(crate) fn took(&self, id: &str, commit: Commit) {
        self.not_kept.lock().unwrap().push((id.to_owned(), commit));
    }

    /// Goes on on the disk, if that works again.
    pub(crate) fn recover(&self) {
        self.disk.recover();
    }

    /// Nothing is kept any more, and nothing is answered; what is handed over waits. Returns when the lease is over.
    pub(crate) async fn hears_no_store(&self) {
        self.disk.is_held();
        self.tenure.runs_out().await;
    }

    /// What is not kept by now is lost, and whatever is handed over is refused.
    pub(crate) fn is_fenced(&self) {
        self.disk.crash();
    }

    /// Its clients are without it. The commands that were not kept: nobody was given an answer about them. And whether everything was in
    /// memory, because the disk had failed.
    pub(crate) fn leaves(&self) -> (Vec<String>, bool) {
        self.readers.lock().unwrap().iter().for_each(AbortHandle::abort);
        let not_kept = std::mem::take(&mut *self.not_kept.lock().unwrap()).into_iter();
        let lost = not_kept
            .filter_map(|(id, commit)| commit.now_or_never().is_none_or(|kept| kept.is_err()).then_some(id));
        (lost.collect(), self.disk.is_in_memory())
    }
}
