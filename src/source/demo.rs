//! The example organization that is compiled into the binary: `examples/demo/estate`.

use std::borrow::Cow;

use super::snapshot::{self, SnapshotError};
use crate::estate::Estate;

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../examples/demo/estate/", $path)))),*]
    };
}

const FILES: &[(&str, &[u8])] = files![
    "estate.json",
    "organization.json",
    "accounts/100000000000.json",
    "accounts/110000000000.json",
    "accounts/210000000000.json",
    "accounts/310000000000.json",
    "accounts/320000000000.json",
    "accounts/410000000000.json",
];

/// The example organization.
///
/// # Errors
/// Never for what is released: a test loads it.
pub fn estate() -> Result<Estate, SnapshotError> {
    snapshot::from_files(FILES.iter().map(|(path, text)| ((*path).to_owned(), Cow::Borrowed(*text))))
}
