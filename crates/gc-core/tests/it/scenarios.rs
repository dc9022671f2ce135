//! Every file of `fixtures/scenarios`, played against the pure core.

use std::fs;
use std::path::Path;

use gc_scenario::Scenario;

use crate::stage::Stage;

fn all() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/scenarios");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            Scenario::parse(name, &fs::read_to_string(path).unwrap())
                .unwrap_or_else(|error| panic!("{error}"))
        })
        .collect()
}

/// One test for all, so that a new file is a new test without a line of code. `SCENARIO=takeover` picks some.
#[test]
fn the_core_behaves_as_every_scenario_says() {
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let scenarios: Vec<_> = all().into_iter().filter(|each| each.file.contains(&wanted)).collect();
    assert!(!scenarios.is_empty(), "no scenario is called {wanted}");
    let failures: Vec<_> = scenarios.iter().filter_map(|scenario| Stage::play(scenario).err()).collect();
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
