//! Plays every file of `fixtures/scenarios` against the core.

use std::path::Path;

use gc_scenario::Scenario;

use crate::stage::Stage;

fn all() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/scenarios");
    Scenario::read_all(&folder).unwrap_or_else(|error| panic!("{error}"))
}

/// One test for all files, so that a new file needs no code. `SCENARIO=takeover` selects some of them.
#[test]
fn the_core_passes_every_scenario() {
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let scenarios: Vec<_> = all().into_iter().filter(|each| each.file.contains(&wanted)).collect();
    assert!(!scenarios.is_empty(), "no scenario is called {wanted}");
    let runs = scenarios.iter().flat_map(|each| each.platforms.iter().map(move |platform| (each, *platform)));
    let played = runs.map(|(scenario, platform)| {
        Stage::play(scenario, platform).map_err(|failure| format!("on {platform}: {failure}"))
    });
    let failures: Vec<_> = played.filter_map(Result::err).collect();
    assert!(
        failures.is_empty(),
        "{} of {} failed\n\n{}",
        failures.len(),
        scenarios.len(),
        failures.join("\n\n")
    );
}

#[test]
fn every_scenario_says_in_its_first_line_what_it_shows() {
    for scenario in all() {
        assert!(scenario.title.ends_with('.'), "{}: {:?}", scenario.file, scenario.title);
        assert!(!scenario.lines().is_empty(), "{} is empty", scenario.file);
    }
}
