//! Splits a body into the arguments that a command declares.

use crate::argument::{Argument, Kind};
use crate::problem::{BadArgument, Problem};
use gc_events::{CallVariable, ErrorCode};
use secrecy::SecretString;
use std::slice;
use std::vec;

/// The arguments of one command, read in the order of their declaration.
pub(crate) struct Arguments<'a> {
    declared: slice::Iter<'static, Argument>,
    given: vec::IntoIter<Option<&'a str>>,
}

impl<'a> Arguments<'a> {
    /// Splits the body, and takes what it holds.
    pub(crate) fn split(declared: &'static [Argument], body: &'a str) -> Result<Self, BadArgument> {
        let body = body.trim();
        let given = if body.is_empty() || body == "null" { Vec::new() } else { split(declared, body) };
        Self::of(declared, given)
    }

    /// Takes them as they are. More arguments than declared are an error.
    pub(crate) fn of(
        declared: &'static [Argument],
        given: Vec<Option<&'a str>>,
    ) -> Result<Self, BadArgument> {
        if given.len() > declared.len() {
            let problem = Problem::Surplus { allowed: declared.len(), given: given.len() };
            let code = problem.code(&ErrorCode::PleaseRetry);
            return Err(BadArgument { argument: None, problem, code });
        }
        Ok(Self { declared: declared.iter(), given: given.into_iter() })
    }

    /// The next argument as text.
    pub(crate) fn text(&mut self) -> Result<String, BadArgument> {
        self.required(|_, text| Ok(text.to_owned()))
    }

    /// The next argument as a secret.
    pub(crate) fn secret(&mut self) -> Result<SecretString, BadArgument> {
        self.required(|_, text| Ok(SecretString::from(text)))
    }

    /// The next argument as text, if present.
    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, BadArgument> {
        self.optional(|_, text| Ok(text.to_owned()))
    }

    /// The next argument as one of its declared words, in the declared spelling.
    pub(crate) fn word(&mut self) -> Result<&'static str, BadArgument> {
        self.required(word)
    }

    /// The next argument as one of its declared words, if present.
    pub(crate) fn optional_word(&mut self) -> Result<Option<&'static str>, BadArgument> {
        self.optional(word)
    }

    /// The next argument as a whole number, if present.
    pub(crate) fn optional_count(&mut self) -> Result<Option<u32>, BadArgument> {
        self.optional(|name, text| unbracketed(text).parse().map_err(|_| Problem::NotACount(name.name)))
    }

    /// The next argument as call variables.
    pub(crate) fn variables(&mut self) -> Result<Vec<CallVariable>, BadArgument> {
        self.required(|argument, text| {
            text.split('|').map(|pair| variable(pair).ok_or(Problem::NotAPair(argument.name))).collect()
        })
    }

    /// Reads the arguments that belong to no field: fixed words, which must be present.
    pub(crate) fn end(&mut self) -> Result<(), BadArgument> {
        while self.declared.len() > 0 {
            self.word()?;
        }
        Ok(())
    }

    /// The error for an optional argument that is missing although another argument requires it.
    pub(crate) fn missing(&self, name: &'static str) -> BadArgument {
        self.error(name, Problem::Missing(name), &ErrorCode::PleaseRetry)
    }

    fn required<T>(
        &mut self,
        read: impl FnOnce(&'static Argument, &'a str) -> Result<T, Problem>,
    ) -> Result<T, BadArgument> {
        let declared = self.declared.clone().next();
        match self.optional(read)? {
            Some(value) => Ok(value),
            None => {
                let (name, missing) =
                    declared.map_or(("an argument", &ErrorCode::PleaseRetry), |a| (a.name, &a.missing));
                Err(self.error(name, Problem::Missing(name), missing))
            }
        }
    }

    fn optional<T>(
        &mut self,
        read: impl FnOnce(&'static Argument, &'a str) -> Result<T, Problem>,
    ) -> Result<Option<T>, BadArgument> {
        let given = self.given.next().flatten().map(str::trim).filter(|text| !text.is_empty());
        let (Some(argument), Some(text)) = (self.declared.next(), given) else { return Ok(None) };
        match check(argument, text).and_then(|()| read(argument, text)) {
            Ok(value) => Ok(Some(value)),
            Err(problem) => Err(self.error(argument.name, problem, &argument.missing)),
        }
    }

    fn error(&self, name: &'static str, problem: Problem, missing: &ErrorCode) -> BadArgument {
        let code = problem.code(missing);
        BadArgument { argument: Some(name), problem, code }
    }
}

/// Splits at commas. If one argument may contain commas itself, the arguments before it are split off the front and
/// those after it off the end, and it keeps the rest. If there are fewer arguments than required, they are the first
/// ones.
fn split<'a>(declared: &[Argument], body: &'a str) -> Vec<Option<&'a str>> {
    let given = body.split(',').count();
    let required = declared.iter().filter(|argument| !argument.optional).count();
    let Some(free) = declared.iter().position(|argument| argument.kind.may_hold_commas()) else {
        return body.split(',').map(Some).collect();
    };
    if given < required {
        return body.split(',').map(Some).collect();
    }
    let mut rest = body;
    let mut front = Vec::new();
    for _ in 0..free {
        let (argument, after) = rest.split_once(',').unwrap_or((rest, ""));
        front.push(Some(argument));
        rest = after;
    }
    let mut back = Vec::new();
    for argument in declared.iter().skip(free + 1).rev() {
        match rest.rsplit_once(',') {
            Some((before, text)) if !argument.optional || is_meant(argument, before, text.trim()) => {
                back.push(Some(text));
                rest = before;
            }
            _ => back.push(None),
        }
    }
    front.push(Some(rest));
    front.extend(back.into_iter().rev());
    front
}

/// Whether the last text is this optional argument, and not a part of the one that may contain commas.
fn is_meant(argument: &Argument, before: &str, text: &str) -> bool {
    match argument.kind {
        // An extension has no letters, so nothing else can be meant.
        Kind::Device => {
            is_device(text)
                && before.rsplit_once(',').is_some_and(|(_, extension)| is_extension(extension.trim()))
        }
        _ => word(argument, text).is_ok(),
    }
}

fn check(argument: &Argument, text: &str) -> Result<(), Problem> {
    let limit = argument.kind.limit();
    if text.len() > limit {
        return Err(Problem::TooLong { name: argument.name, limit });
    }
    if text.chars().any(is_forbidden) {
        return Err(Problem::ForbiddenCharacter(argument.name));
    }
    match argument.kind {
        Kind::Extension if !is_extension(text) => Err(Problem::NotAnExtension(argument.name)),
        Kind::Device if !is_device(text) => Err(Problem::NotADevice(argument.name)),
        Kind::Time if !is_time(text) => Err(Problem::NotATime(argument.name)),
        _ => Ok(()),
    }
}

/// Control characters, and those that XML 1.0 does not allow even when escaped.
pub(crate) fn is_forbidden(character: char) -> bool {
    character.is_control() || matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

fn is_extension(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

fn is_device(text: &str) -> bool {
    let may_stand = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(may_stand)
}

/// Whether this is an existing time, written as `YYYY-MM-DDThh:mm`.
fn is_time(text: &str) -> bool {
    let digits = |text: &str, length: usize| -> Option<u32> {
        (text.len() == length && text.chars().all(|c| c.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let parse = || {
        let (date, time) = text.split_once('T')?;
        let (year, month_and_day) = date.split_once('-')?;
        let (month, day) = month_and_day.split_once('-')?;
        let (hour, minute) = time.split_once(':')?;
        let year = digits(year, 4)?;
        let days = match digits(month, 2)? {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        Some((1..=days).contains(&digits(day, 2)?) && digits(hour, 2)? < 24 && digits(minute, 2)? < 60)
    };
    parse().unwrap_or(false)
}

fn unbracketed(text: &str) -> &str {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    inner.unwrap_or(text).trim()
}

fn word(argument: &Argument, text: &str) -> Result<&'static str, Problem> {
    let Kind::Word(words) = argument.kind else {
        return Err(Problem::NotOneOf { name: argument.name, words: &[] });
    };
    let text = unbracketed(text);
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(text));
    found.copied().ok_or(Problem::NotOneOf { name: argument.name, words })
}

fn variable(pair: &str) -> Option<CallVariable> {
    let (name, value) = pair.split_once('=')?;
    let name = name.trim();
    (!name.is_empty()).then(|| CallVariable::new(name, value.trim()))
}
