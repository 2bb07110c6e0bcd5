//! Names that only the rules know. One that they do not know is an error of usage, with its nearest neighbours.

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::args::Cli;
use crate::error::Failure;

/// How many neighbours are suggested.
const SUGGESTIONS: usize = 3;
/// How alike two names must be; from clap, for its own suggestions.
const ALIKE: f64 = 0.7;

/// Checks that every name is known; `argument` is what takes them, and `all` the command that lists what is known.
pub(super) fn check<'a>(
    names: &[String],
    known: impl Iterator<Item = &'a str> + Clone,
    argument: &str,
    all: &str,
) -> Result<(), Failure> {
    match names.iter().find(|name| !known.clone().any(|known| known == **name)) {
        None => Ok(()),
        Some(name) => Err(unknown(name, known, argument, all)),
    }
}

fn unknown<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    argument: &str,
    all: &str,
) -> Failure {
    let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(&Cli::command());
    error.insert(ContextKind::InvalidArg, ContextValue::String(argument.to_owned()));
    error.insert(ContextKind::InvalidValue, ContextValue::String(name.to_owned()));
    match near(name, known.clone()).as_slice() {
        // So few names can be read at a glance; more would bury the error.
        [] if known.clone().count() <= 12 => {
            let few = known.map(str::to_owned).collect();
            error.insert(ContextKind::ValidValue, ContextValue::Strings(few));
        }
        [] => {
            let tip = format!("`{all}` lists them all").into();
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
        }
        near => {
            let near = near.iter().map(|name| (*name).to_owned()).collect();
            error.insert(ContextKind::SuggestedValue, ContextValue::Strings(near));
        }
    }
    Failure::Usage(Box::new(error))
}

/// The names that contain `name` or look like it, nearest first.
fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let likeness = |known: &str| {
        let part = if name.len() > 2 && known.contains(name) { 1.0 } else { 0.0 };
        strsim::jaro(name, known).max(part)
    };
    let mut near: Vec<_> =
        known.map(|known| (likeness(known), known)).filter(|(likeness, _)| *likeness > ALIKE).collect();
    near.sort_by(|(a, left), (b, right)| b.total_cmp(a).then(left.cmp(right)));
    near.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] =
        ["datasets-not-versioned", "models-not-versioned", "models-public", "unsanctioned-access"];

    #[test]
    fn a_slip_of_the_finger_is_near() {
        assert_eq!(near("models-not-verisoned", KNOWN.into_iter()).first(), Some(&"models-not-versioned"));
    }

    #[test]
    fn a_part_of_a_name_is_near() {
        assert_eq!(near("versioned", KNOWN.into_iter()), ["datasets-not-versioned", "models-not-versioned"]);
    }

    #[test]
    fn nonsense_is_far() {
        assert!(near("zzz", KNOWN.into_iter()).is_empty());
    }
}
