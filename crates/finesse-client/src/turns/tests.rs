use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use tokio::task::JoinSet;

use super::*;

const MANY: NonZeroUsize = NonZeroUsize::MAX;

fn number(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

/// So many at once, at no rate.
fn gate(at_once: usize, order: Order) -> Arc<Turns> {
    Turns::new(Limits { at_once: number(at_once), in_background: MANY, per_second: None, order })
}

/// A hundred a second.
fn pace() -> Arc<Turns> {
    let per_second = NonZeroU32::new(100);
    Turns::new(Limits { at_once: MANY, in_background: MANY, per_second, order: Order::Kind })
}

/// How long it takes until so many have begun.
async fn took(turns: &Arc<Turns>, times: usize, kind: Kind) -> Duration {
    let (begun, mut all) = (Instant::now(), JoinSet::new());
    for _ in 0..times {
        let turns = Arc::clone(turns);
        all.spawn(async move { drop(turns.turn(kind, begun).await) });
    }
    all.join_all().await;
    begun.elapsed()
}

/// In which order those begin who wait while one is under way: each one's kind, and how many seconds later than the others it
/// has begun to wait.
async fn order(turns: &Arc<Turns>, waiting: &[(Kind, u64)]) -> Vec<(Kind, u64)> {
    let now = Instant::now();
    let inside = turns.turn(Kind::Write, now).await;
    let (order, mut all) = (Arc::new(Mutex::new(Vec::new())), JoinSet::new());
    for &(kind, seconds) in waiting {
        let (turns, order) = (Arc::clone(turns), Arc::clone(&order));
        all.spawn(async move {
            let _turn = turns.turn(kind, now + Duration::from_secs(seconds)).await;
            order.lock().unwrap().push((kind, seconds));
        });
    }
    // The clock moves when everybody waits.
    tokio::time::sleep(Duration::from_secs(60)).await;
    drop(inside);
    all.join_all().await;
    order.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn so_many_are_inside_at_once_and_everybody_comes_in() {
    let (gate, inside) = (gate(32, Order::Age), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let mut logins = JoinSet::new();
    for number in 0..2000 {
        let (gate, inside) = (Arc::clone(&gate), Arc::clone(&inside));
        let kind = Kind::ALL[number % 3];
        logins.spawn(async move {
            let _turn = gate.turn(kind, begun).await;
            assert!(inside.fetch_add(1, Ordering::SeqCst) < 32);
            tokio::time::sleep(Duration::from_secs(1)).await;
            inside.fetch_sub(1, Ordering::SeqCst);
        });
    }
    logins.join_all().await;
    assert_eq!(begun.elapsed(), Duration::from_secs(63), "2,000 in groups of 32: no place stays unused");
}

#[tokio::test(start_paused = true)]
async fn by_age_those_who_have_waited_longest_go_first_whenever_they_come() {
    use Kind::{Background, WaitedFor};
    // Also one that many older ones of another kind go before.
    let kind = |seconds| if seconds == 3 || seconds > 26 { WaitedFor } else { Background };
    let waiting: Vec<_> = (1..30).rev().map(|seconds| (kind(seconds), seconds)).collect();
    let went = order(&gate(1, Order::Age), &waiting).await;
    assert_eq!(went.iter().map(|(_, seconds)| *seconds).collect::<Vec<_>>(), (1..30).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn by_kind_writes_go_first_and_the_background_last() {
    use Kind::{Background, WaitedFor, Write};
    let waiting = [(Background, 1), (WaitedFor, 2), (Write, 4), (WaitedFor, 1), (Write, 3)];
    let went = order(&gate(1, Order::Kind), &waiting).await;
    assert_eq!(went, [(Write, 3), (Write, 4), (WaitedFor, 1), (WaitedFor, 2), (Background, 1)]);
}

#[tokio::test(start_paused = true)]
async fn whoever_was_passed_over_ten_times_goes_next() {
    let mut waiting = vec![(Kind::Background, 1), (Kind::Background, 2)];
    waiting.extend((1..=30).map(|seconds| (Kind::WaitedFor, seconds)));
    let went = order(&gate(1, Order::Kind), &waiting).await;
    let background = |(place, (kind, _)): (usize, &(Kind, u64))| (*kind == Kind::Background).then_some(place);
    // The one that was inside when they came is not among those that passed them over.
    assert_eq!(went.iter().enumerate().filter_map(background).collect::<Vec<_>>(), [10, 21]);
}

#[tokio::test(start_paused = true)]
async fn the_background_leaves_room_for_what_is_waited_for() {
    let limits =
        Limits { at_once: number(4), in_background: number(2), per_second: None, order: Order::Kind };
    let (turns, now) = (Turns::new(limits), Instant::now());
    let turn = |kind| turns.turn(kind, now).now_or_never();
    let background = (turn(Kind::Background), turn(Kind::Background));
    assert!(background.0.is_some() && background.1.is_some());
    assert!(turn(Kind::Background).is_none());
    let others = (turn(Kind::WaitedFor), turn(Kind::Write));
    assert!(others.0.is_some() && others.1.is_some());
    assert!(turn(Kind::Write).is_none(), "four are under way");
    drop(background.0);
    assert!(turn(Kind::Background).is_some());
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_up_keeps_nobody_out() {
    let (gate, now) = (gate(1, Order::Age), Instant::now());
    let inside = gate.turn(Kind::Background, now).await;
    for _ in 0..10_000 {
        assert!(gate.turn(Kind::Background, now).now_or_never().is_none());
    }
    let waiting = || Box::pin(gate.turn(Kind::Background, now));
    let (mut early, mut late, last) = (
        waiting(),
        waiting(),
        tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { drop(gate.turn(Kind::Background, now + Duration::from_secs(1)).await) }
        }),
    );
    assert!((&mut early).now_or_never().is_none() && (&mut late).now_or_never().is_none());
    // The last one waits, too.
    tokio::task::yield_now().await;
    // One gives up while it waits, the other when it has been woken already.
    drop(early);
    drop(inside);
    drop(late);
    tokio::time::timeout(Duration::from_secs(1), last).await.expect("the next one comes in").unwrap();
}

#[tokio::test(start_paused = true)]
async fn in_the_background_so_many_come_in_a_second_and_a_tenth_at_once() {
    let pace = pace();
    assert_eq!(took(&pace, 11, Kind::Background).await, Duration::ZERO);
    let took = took(&pace, 189, Kind::Background).await;
    assert!(took >= Duration::from_millis(1880) && took <= Duration::from_millis(1900), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_waited_for_uses_what_was_left_over() {
    let pace = pace();
    let left_over = usize::try_from(100 * LEFT_OVER.as_secs()).unwrap();
    assert_eq!(took(&pace, left_over + 1, Kind::WaitedFor).await, Duration::ZERO);
    let took = took(&pace, 200, Kind::WaitedFor).await;
    assert!(took >= Duration::from_millis(1980) && took <= Duration::from_millis(2020), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn the_background_waits_behind_what_is_waited_for_and_has_a_share() {
    let pace = pace();
    took(&pace, 1000, Kind::Background).await;
    let background = tokio::spawn({
        let pace = Arc::clone(&pace);
        async move { took(&pace, 100, Kind::Background).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(took(&pace, 1000, Kind::WaitedFor).await, Duration::ZERO, "it does not queue behind");
    let took = background.await.unwrap();
    assert!(took >= Duration::from_millis(9500) && took <= Duration::from_millis(10_100), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_wait_makes_the_next_ones_wait() {
    let pace = pace();
    (0..50).for_each(|_| pace.count());
    assert_eq!(took(&pace, 50, Kind::Write).await, Duration::ZERO);
    assert_eq!(took(&pace, 1, Kind::Background).await, Duration::ZERO, "its share");
    assert_eq!(took(&pace, 1, Kind::Background).await, Duration::from_millis(100));
    assert_eq!(took(&pace, 1, Kind::WaitedFor).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn however_much_is_written_half_of_the_rate_is_for_what_is_waited_for() {
    let pace = pace();
    took(&pace, 100_000, Kind::Write).await;
    let took = took(&pace, 101, Kind::WaitedFor).await;
    assert_eq!(took, Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_has_taken_nothing() {
    let pace = pace();
    took(&pace, 11, Kind::Background).await;
    for _ in 0..100 {
        assert!(pace.turn(Kind::Background, Instant::now()).now_or_never().is_none());
    }
    assert_eq!(took(&pace, 1, Kind::Background).await, Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn what_a_command_comes_to_wait_for_leaves_the_background() {
    let (turns, now) = (gate(1, Order::Kind), Instant::now());
    let inside = turns.turn(Kind::Write, now).await;
    let (is_waited_for, order) = (gc_environment::Watched::new(false), Arc::new(Mutex::new(Vec::new())));
    let mut all = JoinSet::new();
    let waiting = [("late", Priority::background()), ("raised", Priority::Background(is_waited_for.watch()))];
    for (seconds, (name, priority)) in (1..).zip(waiting) {
        let (turns, order) = (Arc::clone(&turns), Arc::clone(&order));
        all.spawn(async move {
            let _turn = turns.turn_for(&priority, now + Duration::from_secs(seconds)).await;
            order.lock().unwrap().push(name);
        });
    }
    tokio::task::yield_now().await;
    is_waited_for.replace(true);
    tokio::task::yield_now().await;
    drop(inside);
    all.join_all().await;
    assert_eq!(*order.lock().unwrap(), ["raised", "late"]);
}
