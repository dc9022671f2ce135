use tokio::{join, time::sleep};

use super::*;
use crate::stage::{Seeded, Slow, TestSink};

/// Where others wait to lead, callbacks have a moment only; what the store does not have yet has more.
#[tokio::test(start_paused = true)]
async fn a_release_waits_for_a_store_that_is_away_after_a_short_drain() {
    let (journal, client) = (Arc::new(Slow::default()), ClientKey::from("crm"));
    let environment = Arc::new(Seeded::new(7));
    let delivery =
        Delivery::with_sink(Config::default(), Arc::<Slow>::clone(&journal), TestSink::new().0, environment);
    let delivery = delivery.unwrap();
    delivery.register(&client, None);
    journal.goes_away();
    drop(delivery.append([(client, Message::new("State", "{}"))]).unwrap());
    delivery.drain(Duration::from_secs(1)).await;
    let begun = Instant::now();
    let comes_back = async {
        sleep(Duration::from_secs(5)).await;
        journal.open_again();
    };
    join!(delivery.release(begun + Duration::from_secs(10)), comes_back);
    assert_eq!((begun.elapsed(), delivery.writer.waiting()), (Duration::from_secs(5), 0));
}
