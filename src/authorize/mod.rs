//! AWS's evaluation logic.
//!
//! [`law`] is the logic on one screen, generic over how a statement is read ([`Reading`]): for one concrete request
//! ([`Concrete`], which keeps the derivation), or for a set of requests. [`decide()`] is the reference evaluator: one request, its
//! policies, the answer and the statements that made it. [`s3`] holds what S3 adds of its own, [`simulation`] the JSON in and out.

mod caller;
mod decide;
mod guard;
mod key;
pub mod law;
mod limits;
mod near;
mod reading;
mod request;
pub mod s3;
mod services;
pub mod simulation;
mod stack;
mod sweep;
mod trust;

pub(crate) use caller::names;
pub use caller::{Caller, Identity, Naming, UnknownCallerError};
pub use decide::{Decision, Derivation, Outcome, decide, derive};
pub use guard::{PolicySets, enforces_tls, guards_versions, may_reach_buckets};
pub use key::KeyUse;
pub(crate) use key::is_forwarded;
pub use near::{Lack, NearMiss, near_misses};
pub use reading::{Applied, Concrete, Proposition, Reading, Trivalent};
pub use request::{Ignored, Parts, Request, RequestError};
pub use stack::{AccessPointStack, AllowBeside, Layer, Policy, PolicyStack};
pub use sweep::{Sweep, Target};
pub use trust::{Outsider, Way, opened_to_outside, outsiders};
