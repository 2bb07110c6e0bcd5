//! The actions that the search speaks of: those of S3 on buckets and on objects, numbered.

use std::sync::LazyLock;

use crate::authorize::s3::{Use, key_action};
use crate::iam::{Action, Catalogue};
use crate::space::Bits;

/// What conditions of goals call the key of the object, which AWS has no condition key for. Where the action is on the bucket, it is
/// empty.
pub const OBJECT_KEY: &str = "object-key";

/// An action of S3 on buckets or on objects.
#[derive(Debug, Clone)]
pub struct DataAction {
    /// The action.
    pub action: Action,
    /// Whether it acts on objects, not on the bucket.
    pub on_objects: bool,
    /// Whether it lists keys below `s3:prefix`.
    pub lists: bool,
    /// What it needs the object's key for.
    pub key: Option<Use>,
}

static ACTIONS: LazyLock<Vec<DataAction>> = LazyLock::new(|| {
    let entries = Catalogue::get().actions_of("s3").into_iter();
    let data = |on_objects: bool, name: &str| {
        let action = Action::parse(name)?;
        let lists = !on_objects && Catalogue::get().can_carry(&action, "s3:prefix");
        Some(DataAction { key: key_action(&action), on_objects, lists, action })
    };
    entries
        .filter(|entry| entry.acts_on("object") || entry.acts_on("bucket"))
        .filter_map(|entry| data(entry.acts_on("object"), &entry.name))
        .collect()
});

static ON_OBJECTS: LazyLock<Bits> = LazyLock::new(|| actions_that(|data| data.on_objects));
static ON_BUCKETS: LazyLock<Bits> = LazyLock::new(|| actions_that(|data| !data.on_objects));
static ALL: LazyLock<Bits> = LazyLock::new(|| actions_that(|_| true));

/// The actions on objects, or those on the bucket.
pub(super) fn actions_on(objects: bool) -> &'static Bits {
    if objects { &ON_OBJECTS } else { &ON_BUCKETS }
}

/// All of them.
pub(super) fn all_actions() -> &'static Bits {
    &ALL
}

/// Every action, by name; sets of actions are sets of places in this list.
#[must_use]
pub fn data_actions() -> &'static [DataAction] {
    &ACTIONS
}

/// The actions for which `is` holds.
#[must_use]
pub fn actions_that(is: impl Fn(&DataAction) -> bool) -> Bits {
    data_actions().iter().enumerate().filter(|(_, action)| is(action)).map(|(place, _)| place).collect()
}
