//! Variables of the environment that were meant for the configuration.

use super::keys::known_keys;

/// Those that are right as they are: where gc.toml is, and what the command line `gc` reads.
const OTHERS: [&str; 6] = ["GC_CONFIG", "GC_URL", "GC_ADMIN_URL", "GC_TOKEN", "GC_PROFILE", "GC_CLIENT"];

/// Variables that are no keys, because their underscores are wrong: `GC_SESSION_DEADLINE`.
pub(super) fn misspelt(variables: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut known = None;
    let mut found = Vec::new();
    for variable in variables {
        let is_ours = variable.starts_with("GC_") && !variable.starts_with("GC__");
        if !is_ours || OTHERS.contains(&variable.as_str()) {
            continue;
        }
        // Another program of this environment may have variables that begin so: only what is a key otherwise is one of ours.
        let flat = |key: &str| key.to_lowercase().replace("__", "_").replace('.', "_");
        let written = flat(variable.trim_start_matches("GC_"));
        let known = known.get_or_insert_with(known_keys);
        if let Some(key) = known.iter().find(|key| !key.contains('*') && flat(key) == written) {
            let meant = key.to_uppercase().replace('.', "__");
            found.push(format!("variable {variable}: has no effect: did you mean GC__{meant}?"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::misspelt;

    #[test]
    fn a_variable_with_wrong_underscores_is_named() {
        let variables = [
            "GC_SESSION_DEADLINE",
            "GC_HTTP__LISTEN",
            "GC_CONFIG",
            "GC_CLIENT",
            "GC__SESSION__DEADLINE",
            "GC_SERVICE_PORT",
        ];
        assert_eq!(
            misspelt(variables.map(str::to_owned)),
            [
                "variable GC_SESSION_DEADLINE: has no effect: did you mean GC__SESSION__DEADLINE?",
                "variable GC_HTTP__LISTEN: has no effect: did you mean GC__HTTP__LISTEN?",
            ]
        );
    }
}
