//! Actions of requests, and the patterns of `Action` and `NotAction`.

use std::fmt;

use super::glob::Glob;

/// The action of one request, as `service:Name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action {
    name: Box<str>,
    lower: Box<str>,
}

/// One entry of `Action` or `NotAction`: `*`, `s3:*`, `s3:Get*Object`.
///
/// "The prefix and the action name are case-insensitive." (IAM User Guide, reference_policies_elements_action)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionPattern {
    text: Box<str>,
    lower: Glob,
}

impl Action {
    /// An action such as `s3:GetObject`; none without a service prefix and a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (service, operation) = name.split_once(':')?;
        let plain =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        (plain(service) && plain(operation))
            .then(|| Self { name: name.into(), lower: name.to_ascii_lowercase().into() })
    }

    /// The action as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The action in lower case.
    #[must_use]
    pub fn lower(&self) -> &str {
        &self.lower
    }

    /// The service's prefix in lower case: `s3`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.lower.split_once(':').map_or("", |(service, _)| service)
    }

    /// The operation in lower case, without the service: `getobject`.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.lower.split_once(':').map_or("", |(_, operation)| operation)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl ActionPattern {
    /// Reads `*` or `service:name`, with wildcards; none for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = match text.split_once(':') {
            Some((service, name)) => !service.is_empty() && !name.is_empty() && !name.contains(':'),
            None => !text.is_empty() && text.bytes().all(|byte| byte == b'*'),
        };
        well_formed.then(|| Self { text: text.into(), lower: Glob::new(&text.to_ascii_lowercase()) })
    }

    /// The pattern as the policy writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the action matches, without regard to case.
    #[must_use]
    pub fn matches(&self, action: &Action) -> bool {
        self.lower.matches(&action.lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter() {
        let action = Action::parse("S3:GetObject").expect("an action");
        for pattern in ["*", "s3:*", "s3:getobject", "S3:G?tObj*", "s3:Get*"] {
            assert!(ActionPattern::parse(pattern).expect("a pattern").matches(&action), "{pattern}");
        }
        assert!(!ActionPattern::parse("s3:GetObjectAcl").expect("a pattern").matches(&action));
    }

    #[test]
    fn what_is_no_action_is_refused() {
        for text in ["", "GetObject", "s3", "s3:", ":Get", "s3:a:b"] {
            assert!(ActionPattern::parse(text).is_none(), "{text}");
        }
        assert!(Action::parse("s3:Get*").is_none());
    }
}
