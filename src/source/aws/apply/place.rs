//! One edit where it is made: the account, the region, and what is found there.

use std::collections::BTreeMap;
use std::error::Error;

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::types;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures_util::future::join_all;
use serde::Serialize;

use super::super::api::{self, Api};
use super::super::refusal::Refusal;
use super::super::s3;
use super::super::session::Session;
use super::super::target::Target as Aws;
use super::error::Problem;
use super::{access_point, bucket, identity, key, managed, setting};
use crate::estate::{AccountId, Content, Edit, PolicyDocument, Target};
use crate::iam::Arn;

/// The lines to the accounts, or why there is none.
pub(super) struct Sessions(BTreeMap<AccountId, Result<Session, (String, Refusal)>>);

/// One edit where it is made.
pub(super) struct Place<'a> {
    pub(super) edit: &'a Edit,
    pub(super) session: &'a Session,
    pub(super) region: Box<str>,
}

/// What is there.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In the shape that the snapshot has it.
    pub(super) content: Option<Content>,
    /// With what the snapshot leaves out, and what has to be known to change it.
    pub(super) whole: Whole,
}

/// What is there beside its content.
#[derive(Debug, Default)]
pub(super) enum Whole {
    /// Nothing that matters.
    #[default]
    Nothing,
    /// Where access logs go.
    Logging(types::LoggingEnabled),
    /// A bucket's lifecycle.
    Lifecycle(GetBucketLifecycleConfigurationOutput),
    /// The version of a managed policy that is in force.
    Version(Box<str>),
}

impl Sessions {
    /// Enters every account once.
    pub(super) async fn enter(aws: &Aws, edits: impl Iterator<Item = &Edit>) -> Self {
        let accounts: std::collections::BTreeSet<AccountId> = edits.map(|edit| edit.account).collect();
        let entered = accounts.into_iter().map(|account| async move { (account, aws.enter(account).await) });
        Self(join_all(entered).await.into_iter().collect())
    }

    pub(super) async fn place<'a>(&'a self, edit: &'a Edit) -> Result<Place<'a>, Problem> {
        let session = match self.0.get(&edit.account) {
            Some(Ok(session)) => session,
            Some(Err((role, Refusal { code, message, .. }))) => {
                let (role, code, message) = (role.clone(), code.clone(), message.clone());
                return Err(Problem::Entry { role, code, message });
            }
            None => return Err(Problem::impossible("its account was not entered")),
        };
        let region = region(session, edit).await?;
        Ok(Place { edit, session, region })
    }
}

/// The region that is told, or where the target is found to be.
async fn region(session: &Session, edit: &Edit) -> Result<Box<str>, Problem> {
    if let Some(region) = &edit.region {
        return Ok(region.clone());
    }
    if let Some(bucket) = edit.target.bucket() {
        let region = s3::location(session, bucket).await;
        return region.map_err(|refusal| Problem::refused(api::GET_BUCKET_LOCATION, refusal));
    }
    match &edit.target {
        Target::KeyPolicy { key } => {
            Ok(Arn::parse(key).map_or(session.home_region(), |arn| arn.region).into())
        }
        _ => Ok(session.home_region().into()),
    }
}

impl Place<'_> {
    /// What is there now.
    pub(super) async fn read(&self) -> Result<Found, Problem> {
        match &self.edit.target {
            Target::BucketVersioning { bucket }
            | Target::BucketEncryption { bucket }
            | Target::BucketPublicAccessBlock { bucket }
            | Target::BucketOwnership { bucket }
            | Target::BucketLogging { bucket }
            | Target::BucketLifecycle { bucket }
            | Target::BucketTags { bucket }
            | Target::BucketPolicy { bucket } => bucket::read(self, bucket).await,
            Target::AccessPointPolicy { name, .. } => access_point::read(self, name).await,
            Target::Key { alias } => key::read_alias(self, alias).await,
            Target::KeyPolicy { key } => key::read_policy(self, key).await,
            Target::TrustPolicy { role } => identity::read_trust(self, role).await,
            Target::InlinePolicy { principal, name } => identity::read_inline(self, principal, name).await,
            Target::ManagedPolicy { policy } => managed::read(self, policy).await,
            Target::AttachedPolicy { principal, policy } => {
                identity::read_attached(self, principal, policy).await
            }
            Target::PermissionsBoundary { principal } => identity::read_boundary(self, principal).await,
        }
    }

    /// Whether the content can be put in the place of what is found, with nothing lost that nobody speaks of.
    pub(super) fn check(&self, found: &Found, to: Option<&Content>) -> Result<(), Problem> {
        match &self.edit.target {
            Target::BucketVersioning { .. }
            | Target::BucketEncryption { .. }
            | Target::BucketPublicAccessBlock { .. }
            | Target::BucketOwnership { .. }
            | Target::BucketLogging { .. }
            | Target::BucketLifecycle { .. }
            | Target::BucketTags { .. } => setting::check(&self.edit.target, found, to),
            Target::Key { .. } if to.is_none() => Err(Problem::impossible("no key is made without a policy")),
            Target::KeyPolicy { .. } | Target::TrustPolicy { .. } if to.is_none() => {
                Err(Problem::impossible(
                    "there is no key without a key policy, and no role without a trust policy",
                ))
            }
            Target::ManagedPolicy { policy } => managed::check(policy, found, to),
            Target::AttachedPolicy { policy, .. } => match to.map(identity::policy_arn).transpose()? {
                Some(arn) if arn != **policy => Err(Problem::impossible(format!("{arn} is another policy"))),
                _ => Ok(()),
            },
            Target::PermissionsBoundary { .. } => to.map(identity::policy_arn).transpose().map(drop),
            _ => Ok(()),
        }
    }

    /// Puts the content in the place of what was found. Keys and managed policies are changed by [`key`] and [`managed`], which
    /// keep a record of what they make.
    pub(super) async fn write(&self, found: &Found, to: Option<&Content>) -> Result<(), Problem> {
        match &self.edit.target {
            Target::BucketVersioning { bucket }
            | Target::BucketEncryption { bucket }
            | Target::BucketPublicAccessBlock { bucket }
            | Target::BucketOwnership { bucket }
            | Target::BucketLogging { bucket }
            | Target::BucketLifecycle { bucket }
            | Target::BucketTags { bucket }
            | Target::BucketPolicy { bucket } => bucket::write(self, bucket, found, to).await,
            Target::AccessPointPolicy { name, .. } => access_point::write(self, name, to).await,
            Target::KeyPolicy { key } => key::write_policy(self, key, to).await,
            Target::TrustPolicy { role } => identity::write_trust(self, role, to).await,
            Target::InlinePolicy { principal, name } => {
                identity::write_inline(self, principal, name, to).await
            }
            Target::AttachedPolicy { principal, policy } => {
                identity::write_attached(self, principal, policy, to).await
            }
            Target::PermissionsBoundary { principal } => identity::write_boundary(self, principal, to).await,
            Target::Key { .. } | Target::ManagedPolicy { .. } => {
                Err(Problem::impossible("it is not written without a record"))
            }
        }
    }

    /// Makes a call that AWS must answer.
    pub(super) async fn call<T, E>(
        &self,
        api: Api,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Problem>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        self.session.call(request).await.map_err(|refusal| Problem::refused(api, refusal))
    }

    /// Makes a call that takes something away, whether or not it is still there: it may be the second try of one whose answer was lost.
    pub(super) async fn remove<T, E>(
        &self,
        api: Api,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<(), Problem>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let gone = ["NoSuchEntity", "NotFoundException", "NoSuchAccessPointPolicy"];
        self.ask(api, &gone, request).await.map(drop)
    }

    /// Makes a call that AWS answers by one of these codes where there is nothing.
    pub(super) async fn ask<T, E>(
        &self,
        api: Api,
        none: &[&str],
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<Option<T>, Problem>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match self.session.call(request).await {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if refusal.is(none) => Ok(None),
            Err(refusal) => Err(Problem::refused(api, refusal)),
        }
    }
}

impl Found {
    /// A document, if there is one.
    pub(super) fn document(
        api: Api,
        document: Option<Result<PolicyDocument, Refusal>>,
    ) -> Result<Self, Problem> {
        let document = document.transpose().map_err(|refusal| Problem::refused(api, refusal))?;
        let content = document.map(|document| Content::new(document.text()));
        Ok(Self { content, whole: Whole::Nothing })
    }

    /// A setting, if there is one.
    pub(super) fn setting(
        api: Api,
        setting: Option<Result<impl Serialize, Refusal>>,
        whole: Whole,
    ) -> Result<Self, Problem> {
        let setting = setting.transpose().map_err(|refusal| Problem::refused(api, refusal))?;
        let value = setting.map(serde_json::to_value).transpose().map_err(Problem::impossible)?;
        let content = value.filter(|value| !value.is_null()).map(|value| Content::of(&value));
        Ok(Self { content, whole })
    }

    /// The ARN of a policy that is attached, if it is.
    pub(super) fn policy_arn(arn: Option<&str>) -> Self {
        Self { content: arn.map(|arn| Content::of(&arn.into())), whole: Whole::Nothing }
    }
}
