//! S3: the buckets of an account and everything that is configured on each.

mod bucket;
pub(super) mod evidence;
mod list;
pub(super) mod rules;

pub(super) use bucket::read;
pub(super) use list::{buckets, location};
