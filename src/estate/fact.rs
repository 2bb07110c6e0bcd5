//! A fact that was read, or the reason why it was not.

use std::cell::Cell;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Evidence about the estate: what was read, or why it could not be.
///
/// "Not configured" is a value, never the absence of one: `Known(None)` says that a bucket has no policy,
/// `Unread` that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// What was read.
    Known(T),
    /// Why it was not.
    Unread(Unread),
}

/// Why a fact is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Unread {
    /// The evidence does not mention it.
    #[default]
    Missing,
    /// What stands there is not of its type.
    Malformed(Box<str>),
    /// AWS refused to tell; the error code, such as `AccessDenied`.
    Refused(Box<str>),
}

impl<T> Fact<T> {
    /// The fact, if it was read.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(fact) => Some(fact),
            Self::Unread(_) => None,
        }
    }

    /// The fact, if it was read, to be changed in place.
    pub fn known_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Known(fact) => Some(fact),
            Self::Unread(_) => None,
        }
    }

    /// Why the fact is not known.
    pub fn unread(&self) -> Option<&Unread> {
        match self {
            Self::Known(_) => None,
            Self::Unread(why) => Some(why),
        }
    }

    /// Whether the fact is not known.
    pub fn is_unread(&self) -> bool {
        self.unread().is_some()
    }

    /// A fact that follows from this one.
    pub fn map<U>(&self, conclude: impl FnOnce(&T) -> U) -> Fact<U> {
        self.and_then(|fact| Fact::Known(conclude(fact)))
    }

    /// A fact that follows from this one and may itself be unread.
    pub fn and_then<U>(&self, conclude: impl FnOnce(&T) -> Fact<U>) -> Fact<U> {
        match self {
            Self::Known(fact) => conclude(fact),
            Self::Unread(why) => Fact::Unread(why.clone()),
        }
    }
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::Unread(Unread::Missing)
    }
}

impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(fact) => fact.serialize(serializer),
            Self::Unread(_) => serializer.serialize_unit(),
        }
    }
}

thread_local! {
    static TRUSTS: Cell<bool> = const { Cell::new(false) };
}

/// Runs `read` on the assumption that all evidence is well formed: it is parsed in one walk, where each [`Fact`] and
/// [`List`](super::List) would otherwise first find the end of its own text. The assumption can only fail as an error;
/// then the same text must be read without it.
pub(crate) fn trusting<R>(read: impl FnOnce() -> R) -> R {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            TRUSTS.set(self.0);
        }
    }
    let _before = Before(TRUSTS.replace(true));
    read()
}

/// Whether the caller runs inside [`trusting`].
pub(super) fn trusts() -> bool {
    TRUSTS.get()
}

/// A value of the wrong type makes this one fact unread; what stands beside it is still read.
impl<'de, T: DeserializeOwned> Deserialize<'de> for Fact<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if trusts() {
            return T::deserialize(deserializer).map(Self::Known);
        }
        Ok(Self::read(<&RawValue>::deserialize(deserializer)?))
    }
}

impl<T: DeserializeOwned> Fact<T> {
    /// The fact that a JSON text holds; [`Unread::Malformed`] if it is not of the fact's type.
    pub fn read(raw: &RawValue) -> Self {
        // The quick way first: only an error asks for its path.
        if let Ok(fact) = serde_json::from_str(raw.get()) {
            return Self::Known(fact);
        }
        let mut json = serde_json::Deserializer::from_str(raw.get());
        match serde_path_to_error::deserialize(&mut json) {
            Ok(fact) => Self::Known(fact),
            Err(error) => Self::Unread(Unread::Malformed(describe(&error).into())),
        }
    }
}

/// The error and the path inside the fact, without the position, which would count from the fact's own beginning.
fn describe(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let text = error.inner().to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    match error.path().to_string().as_str() {
        "." => message.to_owned(),
        path => format!("{path}: {message}"),
    }
}

impl Unread {
    /// The error code for a list of gaps: AWS's own, or `Missing` or `Malformed`.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Missing => "Missing",
            Self::Malformed(_) => "Malformed",
            Self::Refused(code) => code,
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the evidence does not mention it"),
            Self::Malformed(why) => write!(f, "malformed: {why}"),
            Self::Refused(code) => write!(f, "AWS answered {code}"),
        }
    }
}
