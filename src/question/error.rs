//! Why a question has no answer.

use crate::authorize::RequestError;
use crate::intent::IntentError;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum QuestionError {
    /// The text is no resource of S3.
    #[error("{0:?} is no bucket and no object")]
    #[diagnostic(help(
        "write a bucket as my-bucket, objects as my-bucket/published/*, or their ARN, or s3://my-bucket/key"
    ))]
    Resource(Box<str>),
    /// No bucket of the estate has the name.
    #[error("no bucket of the estate is called {0}")]
    #[diagnostic(help(
        "a bucket of another organization, or one that was not read, cannot be asked about; palisade audit lists what was not read"
    ))]
    UnknownBucket(Box<str>),
    /// No access point of the estate has the ARN.
    #[error("no access point of the estate has the ARN {0}")]
    UnknownAccessPoint(Box<str>),
    /// No action on buckets or objects has the name.
    #[error("no action of S3 on buckets or objects is called {0}")]
    #[diagnostic(help(
        "write s3:GetObject, or s3:Put* for all that begin so; actions on neither, such as s3:ListAllMyBuckets, read no data"
    ))]
    UnknownAction(Box<str>),
    /// The action acts on the bucket, and the resource names keys.
    #[error("{0} acts on the bucket, not on its objects")]
    #[diagnostic(help("leave the key out"))]
    ActsOnBucket(Box<str>),
    /// The text names nobody who could ask.
    #[error("{0:?} names nobody that is known")]
    #[diagnostic(help(
        "write the ARN of a user, a role or a session, the number of an account outside the organization, the name of an AWS service, or * for whoever does not sign"
    ))]
    UnknownPrincipal(Box<str>),
    /// A key has to be one key.
    #[error("{0} stands for many keys; the request to explain has one")]
    ManyKeys(Box<str>),
    /// The object has no key.
    #[error("{0} acts on objects, and the resource names none")]
    #[diagnostic(help("write the object's key behind the bucket: my-bucket/key"))]
    NoKey(Box<str>),
    /// The request is none.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A policy of the rules fails.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Intent(#[from] IntentError),
}
