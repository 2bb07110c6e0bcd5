//! S3's own rules: which policies are public, what access control lists grant, what encryption demands.

mod acl;
mod encryption;
mod public;

pub(crate) use acl::{CANNED_PUBLIC_ACLS, GRANT_HEADERS, PUBLIC_GROUPS, WRITES_ACL};
pub use acl::{allows_of_acls, writes_public_acl};
pub use encryption::{Use, key_action};
pub use public::{is_public, is_public_access_point};
