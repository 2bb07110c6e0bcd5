//! Everything that is configured on one bucket: a call for each fact that is not known yet.

use super::super::api::{self, Api};
use super::super::notes::Notes;
use super::super::refusal::Refusal;
use super::super::session::Session;
use super::{evidence, rules};
use crate::estate::{Bucket, Fact};

/// Reads what is not known about a bucket.
pub(crate) async fn read(session: &Session, bucket: &Bucket, notes: &Notes) -> Bucket {
    let Fact::Known(region) = &bucket.region else {
        // Without its region no call about the bucket can be made; that was noted where it was asked for.
        return bucket.clone();
    };
    let (client, name) = (session.s3(region), &*bucket.name);
    let reader = Reader { session, name, notes };
    // One call each; `client` makes the request, `evidence` reads the answer, the codes say that nothing is configured.
    macro_rules! read {
        ($fact:ident, $api:ident, $call:ident, $evidence:path) => {
            reader.fact(&bucket.$fact, api::$api, async {
                $evidence(session.call(client.$call().bucket(name).send()).await?)
            })
        };
        ($fact:ident, $api:ident, $call:ident, $evidence:path, none if $($code:literal)|+) => {
            reader.fact(&bucket.$fact, api::$api, async {
                match session.call(client.$call().bucket(name).send()).await {
                    Ok(answer) => $evidence(answer).map(Some),
                    Err(refusal) if refusal.is(&[$($code),+]) => Ok(None),
                    Err(refusal) => Err(refusal),
                }
            })
        };
    }
    let policies = async {
        let policy = read!(policy, GET_BUCKET_POLICY, get_bucket_policy, evidence::policy, none if "NoSuchBucketPolicy").await;
        // AWS has no opinion of a policy that is not there, and no call is made to hear that.
        let status = match &policy {
            Fact::Known(None) => Fact::Known(None),
            _ => read!(policy_status, GET_BUCKET_POLICY_STATUS, get_bucket_policy_status, evidence::policy_status, none if "NoSuchBucketPolicy").await,
        };
        (policy, status)
    };
    let (
        (policy, policy_status),
        versioning,
        encryption,
        public_access_block,
        ownership_controls,
        acl,
        logging,
        object_lock,
        lifecycle,
        replication,
        notification,
        tags,
        abac,
    ) = tokio::join!(
        policies,
        read!(versioning, GET_BUCKET_VERSIONING, get_bucket_versioning, evidence::versioning),
        read!(encryption, GET_BUCKET_ENCRYPTION, get_bucket_encryption, evidence::encryption, none if "ServerSideEncryptionConfigurationNotFoundError"),
        read!(public_access_block, GET_PUBLIC_ACCESS_BLOCK, get_public_access_block, evidence::public_access_block, none if "NoSuchPublicAccessBlockConfiguration"),
        read!(ownership_controls, GET_OWNERSHIP_CONTROLS, get_bucket_ownership_controls, evidence::ownership_controls, none if "OwnershipControlsNotFoundError"),
        read!(acl, GET_BUCKET_ACL, get_bucket_acl, evidence::acl),
        read!(logging, GET_BUCKET_LOGGING, get_bucket_logging, evidence::logging),
        read!(object_lock, GET_OBJECT_LOCK, get_object_lock_configuration, evidence::object_lock, none if "ObjectLockConfigurationNotFoundError"),
        read!(lifecycle, GET_BUCKET_LIFECYCLE, get_bucket_lifecycle_configuration, rules::lifecycle, none if "NoSuchLifecycleConfiguration"),
        read!(replication, GET_BUCKET_REPLICATION, get_bucket_replication, rules::replication, none if "ReplicationConfigurationNotFoundError"),
        read!(
            notification,
            GET_BUCKET_NOTIFICATION,
            get_bucket_notification_configuration,
            rules::notification
        ),
        reader.fact(&bucket.tags, api::GET_BUCKET_TAGGING, async {
            match session.call(client.get_bucket_tagging().bucket(name).send()).await {
                Ok(answer) => evidence::tags(answer),
                Err(refusal) if refusal.is(&["NoSuchTagSet", "NoSuchTagSetError"]) => Ok(vec![]),
                Err(refusal) => Err(refusal),
            }
        }),
        read!(abac, GET_BUCKET_ABAC, get_bucket_abac, evidence::abac),
    );
    Bucket {
        name: bucket.name.clone(),
        region: Fact::Known(region.clone()),
        creation_date: bucket.creation_date.clone(),
        policy,
        policy_status,
        versioning,
        encryption,
        public_access_block,
        ownership_controls,
        acl,
        logging,
        object_lock,
        lifecycle,
        replication,
        notification,
        tags,
        abac,
    }
}

struct Reader<'a> {
    session: &'a Session,
    name: &'a str,
    notes: &'a Notes,
}

impl Reader<'_> {
    /// The fact as it is known, or as AWS tells it now.
    async fn fact<T: Clone>(
        &self,
        known: &Fact<T>,
        api: Api,
        read: impl Future<Output = Result<T, Refusal>>,
    ) -> Fact<T> {
        match known {
            Fact::Known(fact) => Fact::Known(fact.clone()),
            Fact::Unread(_) => {
                let arn = format!("arn:{}:s3:::{}", self.session.partition, self.name);
                self.notes.fact(api, &arn, read.await)
            }
        }
    }
}
