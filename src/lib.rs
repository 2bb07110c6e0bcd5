//! palisade: policy as code for data access on Amazon S3.
//!
//! The rooms of this house, from the facts to the report: [`iam`] is the policy language, [`estate`] the facts,
//! [`source`] what makes an estate, [`space`] all requests at once, [`classify`] what the data and the principals are, [`authorize`] AWS's evaluation
//! logic, [`intent`] the Cedar rules, [`check`] the verdicts, [`finding`] the conclusions, [`report`] what is printed,
//! [`assess`] the line through all of them, and [`question`] what reviewers ask besides.

pub mod access;
pub mod assess;
pub mod authorize;
pub mod check;
pub mod classify;
pub mod estate;
pub mod finding;
pub mod fix;
pub mod iam;
pub mod intent;
pub mod question;
pub mod report;
pub mod source;
pub mod space;
