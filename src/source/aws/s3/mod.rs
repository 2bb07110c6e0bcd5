//! S3: the buckets of an account and everything that is configured on each.

mod bucket;
mod evidence;
mod list;
mod rules;

pub(super) use bucket::read;
pub(super) use list::buckets;
