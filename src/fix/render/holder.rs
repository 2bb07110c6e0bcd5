//! The users, groups, roles and policies that an ARN names.

use crate::iam::Arn;

/// What IAM's ARNs name: `arn:aws:iam::111122223333:role/path/name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holder<'a> {
    /// `user`, `group`, `role` or `policy`.
    pub(super) kind: &'a str,
    /// `/`, or `/path/`: "it must begin and end with a forward slash".
    /// (IAM API Reference, API_CreateRole)
    pub(super) path: &'a str,
    /// The last part, which is how every call of IAM's API names it.
    pub(super) name: &'a str,
}

impl<'a> Holder<'a> {
    /// What an ARN names; of another text, the text as a name.
    pub(super) fn of(arn: &'a str) -> Self {
        let resource = Arn::parse(arn).map_or(arn, |arn| arn.resource);
        let kind = resource.split('/').next().unwrap_or(resource);
        let name = resource.rsplit('/').next().unwrap_or(resource);
        let rest = resource.strip_prefix(kind).unwrap_or_default();
        Self { kind, path: rest.strip_suffix(name).filter(|path| !path.is_empty()).unwrap_or("/"), name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_between_kind_and_name() {
        let role = Holder::of("arn:aws:iam::111122223333:role/ml/ds/alice");
        assert_eq!(role, Holder { kind: "role", path: "/ml/ds/", name: "alice" });
        let user = Holder::of("arn:aws:iam::111122223333:user/bob");
        assert_eq!(user, Holder { kind: "user", path: "/", name: "bob" });
        assert_eq!(Holder::of("bob").name, "bob");
    }
}
