//! Call data: the ten call variables, ECC variables and campaign variables, and their limits.

use super::{Call, Refusal, World};
use crate::{CallVariableLimit, Platform};

/// The maximum bytes of one call variable.
const CALL_VARIABLE: usize = 40;

/// The maximum bytes of all other variables together.
const ECC_VARIABLES: usize = 2000;

/// The variables of campaigns; every call may have them.
const VARIABLES: [&str; 8] = [
    "BAAccountNumber",
    "BABuddyName",
    "BACampaign",
    "BACustomerNumber",
    "BADialedListID",
    "BAResponse",
    "BAStatus",
    "BATimeZone",
];

/// Data that an agent sets on a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallData {
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) wrap_up_reason: Option<String>,
    /// Several wrap-up reasons (UCCX).
    pub(crate) wrap_up_items: Option<Vec<String>>,
}

/// The variables of a call: `callVariable1` to `callVariable10`, then the others that were set.
#[derive(Clone, Debug)]
pub(crate) struct Variables(Vec<(String, String)>);

impl Variables {
    /// The ten call variables, all empty.
    pub(super) fn empty() -> Self {
        Self((1..=10).map(|number| (format!("callVariable{number}"), String::new())).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Sets or adds a variable. The value is truncated to the limit.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let room = self.room(name).min(value.len());
        let fits = (0..=room).rev().find_map(|end| value.get(..end));
        let value = fits.unwrap_or_default().to_owned();
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// How many bytes the variable may have.
    fn room(&self, name: &str) -> usize {
        if is_call_variable(name) {
            return CALL_VARIABLE;
        }
        let others = self.iter().filter(|(other, _)| *other != name && !is_call_variable(other));
        ECC_VARIABLES.saturating_sub(others.map(|(_, value)| value.len()).sum())
    }
}

impl Call {
    /// The data that a consultation about the call takes over.
    pub(super) fn data(&self) -> CallData {
        CallData {
            variables: self.variables.0.clone(),
            wrap_up_reason: self.wrap_up_reason.clone(),
            wrap_up_items: Some(self.wrap_up_items.clone()),
        }
    }

    /// Sets the data on the call; what the data does not name stays unchanged.
    pub(super) fn write(&mut self, data: CallData) {
        for (name, value) in &data.variables {
            self.variables.set(name, value);
        }
        self.wrap_up_reason = data.wrap_up_reason.or(self.wrap_up_reason.take());
        if let Some(items) = data.wrap_up_items {
            self.wrap_up_items = items;
        }
    }
}

impl World {
    /// Checks that the variables exist, that values are ASCII on UCCE (guide, "Dialog - Update call data"), and, where
    /// the site refuses values that are too long, their lengths. `variables` are those of the call.
    pub(super) fn check_data(&self, variables: &Variables, data: &CallData) -> Result<(), Refusal> {
        let mut after = variables.clone();
        for (name, value) in &data.variables {
            if !self.has_variable(name) {
                return Err(Refusal::invalid_input("There is no such call variable", name));
            }
            if self.platform == Platform::Ucce && !value.is_ascii() {
                return Err(Refusal::invalid_input("The value has characters outside of ASCII", name));
            }
            if self.file.rules.call_variable_limit == CallVariableLimit::Refuse
                && value.len() > after.room(name)
            {
                let one = is_call_variable(name);
                return Err(if one { Refusal::value_too_long() } else { Refusal::too_much_data() });
            }
            after.set(name, value);
        }
        Ok(())
    }

    /// Whether calls can have this variable.
    pub(super) fn has_variable(&self, name: &str) -> bool {
        is_call_variable(name)
            || VARIABLES.contains(&name)
            || self.file.ecc_variables.iter().any(|ecc| ecc == name)
    }
}

/// Whether it is one of the ten call variables.
fn is_call_variable(name: &str) -> bool {
    let number = name.strip_prefix("callVariable").and_then(|number| number.parse::<u8>().ok());
    number.is_some_and(|number| (1..=10).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(variables: &'a Variables, name: &str) -> &'a str {
        variables.iter().find(|(known, _)| *known == name).unwrap().1
    }

    #[test]
    fn a_call_variable_holds_forty_bytes_and_no_partial_character() {
        let mut variables = Variables::empty();
        variables.set("callVariable3", &"x".repeat(41));
        assert_eq!(value(&variables, "callVariable3").len(), 40);
        variables.set("callVariable3", &"日".repeat(14));
        assert_eq!(value(&variables, "callVariable3"), "日".repeat(13));
    }

    #[test]
    fn other_variables_share_two_thousand_bytes() {
        let mut variables = Variables::empty();
        variables.set("callVariable1", &"x".repeat(40));
        variables.set("user.a", &"x".repeat(1500));
        variables.set("user.b", &"x".repeat(600));
        assert_eq!(value(&variables, "user.b").len(), 500);
        variables.set("user.a", "");
        variables.set("user.b", &"x".repeat(2000));
        assert_eq!(value(&variables, "user.b").len(), 2000, "a shorter value frees room");
    }
}
