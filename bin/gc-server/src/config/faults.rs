//! Many faults as one error, so that one run finds all of them.

use std::path::Path;

use super::keys::is_below;
use super::layers::Location;
use super::shape::location_of;
use super::{Config, ConfigError};

impl ConfigError {
    /// The faults that this error has.
    pub fn each(self) -> Vec<Self> {
        match self {
            Self::Several(faults) => faults.into_iter().flat_map(Self::each).collect(),
            fault => vec![fault],
        }
    }

    /// A line for each fault, which begins with its location: `gc.toml:12: session.deadline: …`.
    pub fn lines(&self, file: &Path) -> Vec<String> {
        let file = file.display();
        match self {
            Self::Several(faults) => {
                faults.iter().flat_map(|fault| fault.lines(Path::new(&file.to_string()))).collect()
            }
            Self::At { location: Location::Line(line), fault } => vec![format!("{file}:{line}: {fault}")],
            Self::At { location: Location::Variable(_), .. } => vec![self.to_string()],
            fault => vec![format!("{file}: {fault}")],
        }
    }

    /// These, of which there is at least one, in the order of the file.
    pub(super) fn several(mut faults: Vec<Self>) -> Self {
        faults.sort_by_key(|fault| match fault.location() {
            Some(Location::Line(line)) => *line,
            _ => usize::MAX,
        });
        match faults.len() {
            1 => faults.remove(0),
            _ => Self::Several(faults),
        }
    }

    pub(super) fn at(self, location: Location) -> Self {
        Self::At { location, fault: Box::new(self) }
    }

    pub(super) fn without_place(self) -> Self {
        match self {
            Self::At { fault, .. } => *fault,
            other => other,
        }
    }

    pub(super) fn location(&self) -> Option<&Location> {
        match self {
            Self::At { location, .. } => Some(location),
            _ => None,
        }
    }

    /// The key that it is about.
    fn key(&self) -> Option<&str> {
        match self {
            Self::Value { key, .. } => Some(key),
            Self::Store(_) => Some("store.path"),
            Self::Database { .. } => Some("store.url"),
            Self::At { fault, .. } => fault.key(),
            Self::Unreadable(_) | Self::Shape(_) | Self::Runtime(_) | Self::Several(_) => None,
        }
    }
}

impl Config {
    /// The fault with the location of its key, if the file or a variable has it.
    pub(super) fn placed(&self, fault: ConfigError) -> ConfigError {
        if fault.location().is_some() {
            return fault;
        }
        let key = fault.key().map(|key| self.origin.key_in_file(key));
        match key.and_then(|key| location_of(&self.origin.locations, &key)) {
            Some(location) => fault.at(location),
            None => fault,
        }
    }

    /// These faults, each once, with their locations; without those that only follow from a value that could not be read.
    pub(super) fn faults(&self, found: Vec<ConfigError>) -> Vec<ConfigError> {
        let mut texts = Vec::new();
        let mut faults = Vec::new();
        for fault in found.into_iter().flat_map(ConfigError::each) {
            let text = fault.to_string();
            if !self.follows(&fault) && !texts.contains(&text) {
                texts.push(text);
                faults.push(self.placed(fault));
            }
        }
        faults
    }

    fn follows(&self, fault: &ConfigError) -> bool {
        let Some(key) = fault.key().map(|key| self.origin.key_in_file(key)) else { return false };
        let about_callers = matches!(key.as_str(), "http.listen" | "http.open");
        self.origin.faulty.iter().any(|faulty| {
            is_below(&key, faulty)
                || is_below(faulty, &key)
                || (about_callers && (is_below(faulty, "client") || is_below(faulty, "http.open")))
        })
    }
}

/// All of them, or all their faults.
pub(super) fn all<T>(
    results: impl IntoIterator<Item = Result<T, ConfigError>>,
) -> Result<Vec<T>, ConfigError> {
    let (good, faults) = parted(results);
    faults.map(|()| good)
}

/// The good ones, and the faults of the others.
pub(super) fn parted<T>(
    results: impl IntoIterator<Item = Result<T, ConfigError>>,
) -> (Vec<T>, Result<(), ConfigError>) {
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(fault) => faults.push(fault),
        }
    }
    (good, if faults.is_empty() { Ok(()) } else { Err(ConfigError::several(faults)) })
}

/// Both of them, or the faults of both.
pub(super) fn both<A, B>(
    one: Result<A, ConfigError>,
    other: Result<B, ConfigError>,
) -> Result<(A, B), ConfigError> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(one), Err(other)) => Err(ConfigError::several(vec![one, other])),
        (Err(fault), _) | (_, Err(fault)) => Err(fault),
    }
}

pub(super) fn on_one_line(faults: &[ConfigError]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
