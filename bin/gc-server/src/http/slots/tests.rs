use super::*;

fn from(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn is_cut(slot: &Arc<Slot>) -> bool {
    slot.cut.is_cancelled()
}

#[test]
fn the_connection_that_has_been_idle_longest_is_closed() {
    let slots = ConnectionSlots::new(4, 4);
    let [asked, working, silent, another] = [1, 2, 3, 4].map(|last| slots.acquire(from(last)).unwrap());
    drop(asked.begin());
    let _request = working.begin();
    let _fifth = slots.acquire(from(5)).unwrap();
    assert_eq!([&asked, &working, &silent, &another].map(is_cut), [false, false, true, false]);
    drop(silent);
    let _sixth = slots.acquire(from(6)).unwrap();
    assert_eq!([&asked, &working, &another].map(is_cut), [false, false, true]);
}

#[test]
fn whoever_asks_again_has_not_been_idle_longest() {
    let slots = ConnectionSlots::new(2, 2);
    let [first, second] = [1, 2].map(|last| slots.acquire(from(last)).unwrap());
    for slot in [&first, &second, &first] {
        drop(slot.begin());
    }
    let _third = slots.acquire(from(3)).unwrap();
    assert_eq!([&first, &second].map(is_cut), [false, true]);
}

#[test]
fn a_connection_that_never_asked_is_closed_before_one_that_has_been_idle_longer() {
    let slots = ConnectionSlots::new(2, 2);
    let asked = slots.acquire(from(1)).unwrap();
    drop(asked.begin());
    let silent = slots.acquire(from(2)).unwrap();
    let _third = slots.acquire(from(3)).unwrap();
    assert_eq!([&asked, &silent].map(is_cut), [false, true]);
}

#[test]
fn a_connection_is_idle_only_when_all_its_requests_are_over() {
    let slots = ConnectionSlots::new(1, 1);
    let slot = slots.acquire(from(1)).unwrap();
    let (one, two) = (slot.begin(), slot.begin());
    drop(one);
    let beyond = slots.acquire(from(2)).unwrap();
    assert!(!is_cut(&slot) && beyond.is_reserved());
    drop((two, beyond));
    assert!(!slots.acquire(from(2)).unwrap().is_reserved() && is_cut(&slot));
}

#[test]
fn beyond_a_full_room_are_places_for_health_checks_until_there_is_room_again() {
    let slots = ConnectionSlots::new(2, 1000);
    let state = [1, 2].map(|last| slots.acquire(from(last)).unwrap());
    let requests = state.each_ref().map(Slot::begin);
    let enter = |_| {
        let slot = slots.acquire(from(3)).unwrap();
        (slot.begin(), slot)
    };
    let (all_busy, beyond): (Vec<_>, Vec<_>) = (0..RESERVED).map(enter).unzip();
    assert!(beyond.iter().all(|slot| slot.is_reserved()));
    assert_eq!(slots.acquire(from(4)).unwrap_err(), Limit::AllConnections);
    drop(all_busy);
    // Those that are idle by now are closed here, too.
    let last = slots.acquire(from(4)).unwrap();
    assert!(is_cut(&beyond[0]) && last.is_reserved());
    // Its request came too late, and changes nothing.
    drop(beyond[0].begin());
    drop((beyond, requests, state));
    assert!(!last.is_reserved());
    let state = slots.state();
    assert_eq!((state.taken, state.idle.len()), (1, 1));
}

#[test]
fn an_address_has_no_more_than_its_share_and_gets_it_back() {
    let slots = ConnectionSlots::new(10, 2);
    let [first, _second] = [1, 1].map(|last| slots.acquire(from(last)).unwrap());
    assert_eq!(slots.acquire(from(1)).unwrap_err(), Limit::Connections);
    let _other = slots.acquire(from(2)).unwrap();
    // However it is spelled.
    let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
    assert_eq!(slots.acquire(mapped).unwrap_err(), Limit::Connections);
    drop(first);
    let again = slots.acquire(mapped).unwrap();
    drop((again, _second, _other));
    let state = slots.state();
    assert!(state.by_address.is_empty() && state.idle.is_empty() && state.taken == 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_idle_from_the_end_of_its_last_request() {
    let slot = ConnectionSlots::new(1, 1).acquire(from(1)).unwrap();
    let (second, start) = (Duration::from_secs(1), tokio::time::Instant::now());
    let idle = tokio::spawn({
        let slot = Arc::clone(&slot);
        async move { slot.idle_for(second * 10).await }
    });
    tokio::time::sleep(second * 9).await;
    drop(slot.begin());
    tokio::time::sleep(second * 9).await;
    let request = slot.begin();
    tokio::time::sleep(second * 100).await;
    drop(request);
    idle.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 128);
}
