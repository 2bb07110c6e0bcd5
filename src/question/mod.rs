//! What reviewers ask of an estate: who can do something, what somebody can do, and why AWS answers a request as it does.
//!
//! The first two are decided over all requests, with the search that audits use; each grant comes with a request that the evaluator
//! confirms.

mod can;
mod error;
mod explain;
mod grants;
mod resource;
mod who_can;

pub use can::can;
pub use error::QuestionError;
pub use explain::{Asked, explain};
pub use resource::Asset;
pub use who_can::who_can;
