//! The condition keys of one request and their values.

use std::borrow::Cow;

/// What a request carries for one condition key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextValue {
    /// The value of a single-valued key.
    One(Box<str>),
    /// The values of a multivalued key; may be empty.
    Many(Vec<Box<str>>),
}

/// The request context: condition keys with their values. A key that is not here is absent from the request.
///
/// "Condition key names are not case-sensitive." (IAM User Guide, reference_policies_elements_condition);
/// that holds for the tag key in `aws:PrincipalTag/...` too.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context {
    /// In order of insertion; the names in lower case. A request has a dozen keys: a scan beats a map.
    entries: Vec<(Cow<'static, str>, ContextValue)>,
}

impl Context {
    /// A context without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key, replacing what it held.
    pub fn set(&mut self, key: &str, value: ContextValue) {
        let name = lower(key);
        match self.entries.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, held)) => *held = value,
            None => self.entries.push((Cow::Owned(name.into_owned()), value)),
        }
    }

    /// Sets a single-valued key that AWS itself fills in, by its name in lower case, which is not copied.
    pub(crate) fn fix(&mut self, name: &'static str, value: Box<str>) {
        let value = ContextValue::One(value);
        match self.entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, held)) => *held = value,
            None => self.entries.push((Cow::Borrowed(name), value)),
        }
    }

    /// Keeps the keys, given in lower case, for which `keep` says so.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&str, &ContextValue) -> bool) {
        self.entries.retain(|(key, value)| keep(key, value));
    }

    /// Sets a single-valued key.
    pub fn set_one(&mut self, key: &str, value: &str) {
        self.set(key, ContextValue::One(value.into()));
    }

    /// Removes a key and returns what it held.
    pub fn remove(&mut self, key: &str) -> Option<ContextValue> {
        let name = lower(key);
        let at = self.entries.iter().position(|(known, _)| **known == *name)?;
        Some(self.entries.remove(at).1)
    }

    /// What the request carries for a key, whatever the case it is written in.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&ContextValue> {
        self.entries.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// The value of a single-valued key; none for a multivalued one.
    #[must_use]
    pub fn one(&self, key: &str) -> Option<&str> {
        match self.value(key)? {
            ContextValue::One(value) => Some(value),
            ContextValue::Many(_) => None,
        }
    }

    /// Every key, in lower case, with its value, in order of insertion.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ContextValue)> {
        self.entries.iter().map(|(key, value)| (&**key, value))
    }
}

impl<'k> FromIterator<(&'k str, ContextValue)> for Context {
    fn from_iter<I: IntoIterator<Item = (&'k str, ContextValue)>>(entries: I) -> Self {
        let mut context = Self::new();
        for (key, value) in entries {
            context.set(key, value);
        }
        context
    }
}

impl ContextValue {
    /// The values one by one.
    #[must_use]
    pub fn elements(&self) -> &[Box<str>] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// The key in lower case, as it is if it is so already.
pub(crate) fn lower(key: &str) -> Cow<'_, str> {
    if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(key.to_ascii_lowercase())
    } else {
        Cow::Borrowed(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_any_case() {
        let mut context = Context::new();
        context.set_one("aws:PrincipalTag/Team", "vision");
        assert_eq!(context.one("AWS:principaltag/team"), Some("vision"));
        context.set_one("aws:principaltag/TEAM", "speech");
        assert_eq!(context.iter().count(), 1);
        assert_eq!(context.remove("aws:PrincipalTag/team"), Some(ContextValue::One("speech".into())));
        assert_eq!(context.value("aws:PrincipalTag/team"), None);
    }
}
