use super::*;

fn from(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn is_cut(place: &Arc<Place>) -> bool {
    place.cut.is_cancelled()
}

#[test]
fn the_connection_that_has_been_idle_longest_is_closed() {
    let room = Room::new(4, 4);
    let [asked, working, silent, another] = [1, 2, 3, 4].map(|last| room.enter(from(last)).unwrap());
    drop(asked.begin());
    let _request = working.begin();
    let _fifth = room.enter(from(5)).unwrap();
    assert_eq!([&asked, &working, &silent, &another].map(is_cut), [false, false, true, false]);
    drop(silent);
    let _sixth = room.enter(from(6)).unwrap();
    assert_eq!([&asked, &working, &another].map(is_cut), [false, false, true]);
}

#[test]
fn whoever_asks_again_has_not_been_idle_longest() {
    let room = Room::new(2, 2);
    let [first, second] = [1, 2].map(|last| room.enter(from(last)).unwrap());
    for place in [&first, &second, &first] {
        drop(place.begin());
    }
    let _third = room.enter(from(3)).unwrap();
    assert_eq!([&first, &second].map(is_cut), [false, true]);
}

#[test]
fn a_connection_that_never_asked_is_closed_before_one_that_has_been_idle_longer() {
    let room = Room::new(2, 2);
    let asked = room.enter(from(1)).unwrap();
    drop(asked.begin());
    let silent = room.enter(from(2)).unwrap();
    let _third = room.enter(from(3)).unwrap();
    assert_eq!([&asked, &silent].map(is_cut), [false, true]);
}

#[test]
fn a_connection_is_idle_only_when_all_its_requests_are_over() {
    let room = Room::new(1, 1);
    let place = room.enter(from(1)).unwrap();
    let (one, two) = (place.begin(), place.begin());
    drop(one);
    let beyond = room.enter(from(2)).unwrap();
    assert!(!is_cut(&place) && beyond.is_reserved());
    drop((two, beyond));
    assert!(!room.enter(from(2)).unwrap().is_reserved() && is_cut(&place));
}

#[test]
fn beyond_a_full_room_are_places_for_health_checks_until_there_is_room_again() {
    let room = Room::new(2, 1000);
    let places = [1, 2].map(|last| room.enter(from(last)).unwrap());
    let requests = places.each_ref().map(Place::begin);
    let enter = |_| {
        let place = room.enter(from(3)).unwrap();
        (place.begin(), place)
    };
    let (all_busy, beyond): (Vec<_>, Vec<_>) = (0..RESERVED).map(enter).unzip();
    assert!(beyond.iter().all(|place| place.is_reserved()));
    assert_eq!(room.enter(from(4)).unwrap_err(), Limit::AllConnections);
    drop(all_busy);
    // Those that are idle by now are closed here, too.
    let last = room.enter(from(4)).unwrap();
    assert!(is_cut(&beyond[0]) && last.is_reserved());
    // Its request came too late, and changes nothing.
    drop(beyond[0].begin());
    drop((beyond, requests, places));
    assert!(!last.is_reserved());
    let places = room.places();
    assert_eq!((places.taken, places.idle.len()), (1, 1));
}

#[test]
fn an_address_has_no_more_than_its_share_and_gets_it_back() {
    let room = Room::new(10, 2);
    let [first, _second] = [1, 1].map(|last| room.enter(from(last)).unwrap());
    assert_eq!(room.enter(from(1)).unwrap_err(), Limit::Connections);
    let _other = room.enter(from(2)).unwrap();
    // However it is spelled.
    let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
    assert_eq!(room.enter(mapped).unwrap_err(), Limit::Connections);
    drop(first);
    let again = room.enter(mapped).unwrap();
    drop((again, _second, _other));
    let places = room.places();
    assert!(places.by_address.is_empty() && places.idle.is_empty() && places.taken == 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_idle_from_the_end_of_its_last_request() {
    let place = Room::new(1, 1).enter(from(1)).unwrap();
    let (second, start) = (Duration::from_secs(1), tokio::time::Instant::now());
    let idle = tokio::spawn({
        let place = Arc::clone(&place);
        async move { place.idle_for(second * 10).await }
    });
    tokio::time::sleep(second * 9).await;
    drop(place.begin());
    tokio::time::sleep(second * 9).await;
    let request = place.begin();
    tokio::time::sleep(second * 100).await;
    drop(request);
    idle.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 128);
}
