//! The organization: its tree, its accounts, and the policies that bind them.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{self, PolicyType as Kind, PolicyTypeStatus};
use futures_util::future::{join, join_all, try_join, try_join_all};

use super::answer::{document, items, text};
use super::api;
use super::client::retry_partition;
use super::notes::Notes;
use super::refusal::Refusal;
use super::session::Session;
use crate::estate::{
    AccountEntry, AccountId, Attachment, DelegatedAdministrator, Fact, Organization, OrganizationDetails,
    OrganizationPolicy, OrganizationalUnit, PolicyType, Root, Tag, Unread,
};

/// The kinds of policy that bear on who reaches data.
const KINDS: [(Kind, PolicyType); 3] = [
    (Kind::ServiceControlPolicy, PolicyType::ServiceControlPolicy),
    (Kind::ResourceControlPolicy, PolicyType::ResourceControlPolicy),
    (Kind::S3Policy, PolicyType::S3Policy),
];

/// "Your account isn't a member of an organization." (Organizations API Reference, DescribeOrganization)
const NO_ORGANIZATION: &[&str] = &["AWSOrganizationsNotInUseException"];

/// Reads the organization; `Known(None)` where the account belongs to none. It is one fact: without one of its policies or units
/// nobody would know what binds an account.
pub(super) async fn organization(session: &Session, notes: &Notes) -> Fact<Option<Organization>> {
    let builder = aws_sdk_organizations::config::Builder::from(&session.config);
    let client = Client::from_conf(builder.retry_partition(retry_partition()).build());
    let reader = Reader { session, client: &client, notes };
    let details = match reader.details().await {
        Ok(details) => details,
        Err(Failed { refusal, .. }) if refusal.is(NO_ORGANIZATION) => return Fact::Known(None),
        Err(failed) => return reader.unread(failed),
    };
    let organization = match reader.everything(details).await {
        Ok(organization) => organization,
        Err(failed) => return reader.unread(failed),
    };
    Fact::Known(Some(organization))
}

struct Reader<'a> {
    session: &'a Session,
    client: &'a Client,
    notes: &'a Notes,
}

/// A call that did not tell, and what it was about.
struct Failed {
    api: api::Api,
    resource: String,
    refusal: Refusal,
}

type Read<T> = Result<T, Failed>;

/// Names the call that a refusal came from.
fn of<T>(api: api::Api, resource: &str, answer: Result<T, Refusal>) -> Read<T> {
    answer.map_err(|refusal| Failed { api, resource: resource.to_owned(), refusal })
}

impl Reader<'_> {
    fn unread(&self, failed: Failed) -> Fact<Option<Organization>> {
        let why = Unread::Refused(failed.refusal.code.clone());
        self.notes.refused(failed.api, &failed.resource, failed.refusal);
        Fact::Unread(why)
    }

    async fn details(&self) -> Read<OrganizationDetails> {
        let answer = self.session.call(self.client.describe_organization().send()).await;
        let details = answer.and_then(|answer| {
            let organization = answer.organization.ok_or_else(|| Refusal::lacks("Organization"))?;
            let management = text(organization.master_account_id(), "MasterAccountId")?;
            Ok(OrganizationDetails {
                id: text(organization.id(), "Id")?,
                master_account_id: account_id(&management)?,
                feature_set: organization.feature_set().map(|set| set.as_str().into()),
            })
        });
        of(api::DESCRIBE_ORGANIZATION, "*", details)
    }

    async fn everything(&self, details: OrganizationDetails) -> Read<Organization> {
        let roots = self.roots().await?;
        let kinds = enabled(&roots);
        let tree = self.tree(&roots);
        let policies = try_join_all(kinds.into_iter().map(|kind| self.policies(kind)));
        let (read, administrators) = join(try_join(tree, policies), self.administrators()).await;
        let ((units, mut accounts), policies) = read?;
        self.tags(&mut accounts).await;
        let (policies, attachments): (Vec<_>, Vec<_>) = policies.into_iter().flatten().unzip();
        let roots = roots.iter().map(|root| {
            Ok(Root { id: text(root.id(), "Id")?, name: root.name().unwrap_or_default().into() })
        });
        Ok(Organization {
            organization: details,
            roots: of(api::LIST_ROOTS, "*", roots.collect())?,
            organizational_units: units,
            accounts,
            policies,
            attachments: attachments.into_iter().flatten().collect(),
            delegated_administrators: administrators,
        })
    }

    async fn roots(&self) -> Read<Vec<types::Root>> {
        let stream = self.client.list_roots().into_paginator().send();
        of(api::LIST_ROOTS, "*", items(self.session, stream, "Roots", |page| page.roots).await)
    }

    /// The units and accounts, level by level; in the order of the tree, so that it does not depend on who answers first.
    async fn tree(&self, roots: &[types::Root]) -> Read<(Vec<OrganizationalUnit>, Vec<AccountEntry>)> {
        let (mut units, mut accounts) = (vec![], vec![]);
        let mut parents: Vec<String> = roots.iter().filter_map(|root| root.id.clone()).collect();
        while !parents.is_empty() {
            let level = parents.iter().map(|parent| try_join(self.units(parent), self.accounts(parent)));
            let level = try_join_all(level).await?;
            parents.clear();
            for (below, inside) in level {
                parents.extend(below.iter().map(|unit| unit.id.to_string()));
                units.extend(below);
                accounts.extend(inside);
            }
        }
        accounts.sort_by_key(|account: &AccountEntry| account.id);
        units.sort_by(|a: &OrganizationalUnit, b| a.id.cmp(&b.id));
        Ok((units, accounts))
    }

    async fn units(&self, parent: &str) -> Read<Vec<OrganizationalUnit>> {
        let stream = self.client.list_organizational_units_for_parent().parent_id(parent);
        let stream = stream.into_paginator().send();
        let units =
            items(self.session, stream, "OrganizationalUnits", |page| page.organizational_units).await;
        let units = units.and_then(|units| {
            let unit = |unit: types::OrganizationalUnit| {
                Ok(OrganizationalUnit {
                    id: text(unit.id(), "Id")?,
                    name: unit.name().unwrap_or_default().into(),
                    parent_id: parent.into(),
                })
            };
            units.into_iter().map(unit).collect()
        });
        of(api::LIST_UNITS, parent, units)
    }

    async fn accounts(&self, parent: &str) -> Read<Vec<AccountEntry>> {
        let stream = self.client.list_accounts_for_parent().parent_id(parent).into_paginator().send();
        let accounts = items(self.session, stream, "Accounts", |page| page.accounts).await;
        let accounts = accounts.and_then(|accounts| {
            accounts.into_iter().map(|account| entry(&account, parent)).collect::<Result<_, _>>()
        });
        of(api::LIST_ACCOUNTS, parent, accounts)
    }

    /// The tags of every account. They bind nobody, so that a refusal leaves the organization known.
    async fn tags(&self, accounts: &mut [AccountEntry]) {
        let tags = join_all(accounts.iter().map(|account| self.tags_of(account.id))).await;
        for (account, tags) in accounts.iter_mut().zip(tags) {
            account.tags = tags;
        }
    }

    async fn tags_of(&self, account: AccountId) -> Vec<Tag> {
        let account = account.to_string();
        let stream = self.client.list_tags_for_resource().resource_id(&account).into_paginator().send();
        let tags = items(self.session, stream, "Tags", |page| page.tags).await;
        let tag = |tag: types::Tag| Tag { key: tag.key.into(), value: tag.value.into() };
        match self.notes.fact(api::LIST_TAGS, &account, tags) {
            Fact::Known(tags) => tags.into_iter().map(tag).collect(),
            Fact::Unread(_) => vec![],
        }
    }

    /// The policies of a kind, each with what it is attached to.
    async fn policies(
        &self,
        (kind, known): (Kind, PolicyType),
    ) -> Read<Vec<(OrganizationPolicy, Vec<Attachment>)>> {
        let stream = self.client.list_policies().filter(kind.clone()).into_paginator().send();
        let policies = items(self.session, stream, "Policies", |page| page.policies).await;
        let mut policies = of(api::LIST_POLICIES, kind.as_str(), policies)?;
        policies.sort_by(|a, b| a.id.cmp(&b.id));
        try_join_all(policies.iter().map(|policy| self.policy(policy, known))).await
    }

    async fn policy(
        &self,
        summary: &types::PolicySummary,
        kind: PolicyType,
    ) -> Read<(OrganizationPolicy, Vec<Attachment>)> {
        let id = of(api::LIST_POLICIES, "*", text(summary.id(), "Id"))?;
        let (content, attachments) = try_join(self.content(&id), self.attachments(&id)).await?;
        let name = summary.name().unwrap_or_default().into();
        Ok((OrganizationPolicy { id, name, kind, content }, attachments))
    }

    async fn content(&self, id: &str) -> Read<crate::estate::PolicyDocument> {
        let answer = self.session.call(self.client.describe_policy().policy_id(id).send()).await;
        let content = answer
            .and_then(|answer| document(&text(answer.policy().and_then(types::Policy::content), "Content")?));
        of(api::DESCRIBE_POLICY, id, content)
    }

    async fn attachments(&self, id: &str) -> Read<Vec<Attachment>> {
        let stream = self.client.list_targets_for_policy().policy_id(id).into_paginator().send();
        let targets = items(self.session, stream, "Targets", |page| page.targets).await;
        let attachments = targets.and_then(|targets| {
            let attachment = |target: types::PolicyTargetSummary| {
                Ok(Attachment { policy_id: id.into(), target_id: text(target.target_id(), "TargetId")? })
            };
            let mut attachments = targets.into_iter().map(attachment).collect::<Result<Vec<_>, Refusal>>()?;
            attachments.sort();
            Ok(attachments)
        });
        of(api::LIST_TARGETS, id, attachments)
    }

    /// Who administers services for the organization; that it is not told binds nobody.
    async fn administrators(&self) -> Vec<DelegatedAdministrator> {
        let stream = self.client.list_delegated_administrators().into_paginator().send();
        let administrators =
            items(self.session, stream, "DelegatedAdministrators", |page| page.delegated_administrators)
                .await;
        let administrators = administrators.and_then(|administrators| {
            let administrator = |administrator: types::DelegatedAdministrator| {
                Ok(DelegatedAdministrator {
                    id: account_id(&text(administrator.id(), "Id")?)?,
                    name: administrator.name().unwrap_or_default().into(),
                })
            };
            let mut administrators =
                administrators.into_iter().map(administrator).collect::<Result<Vec<_>, Refusal>>()?;
            administrators.sort_by_key(|administrator| administrator.id);
            Ok(administrators)
        });
        match self.notes.fact(api::LIST_ADMINISTRATORS, "*", administrators) {
            Fact::Known(administrators) => administrators,
            Fact::Unread(_) => vec![],
        }
    }
}

/// "To be able to use a policy type, it must be enabled in the root." (Organizations API Reference, Root) Policies of a type that is
/// not enabled are attached to nothing.
fn enabled(roots: &[types::Root]) -> Vec<(Kind, PolicyType)> {
    let is_enabled = |kind: &Kind| {
        let mut types = roots.iter().flat_map(types::Root::policy_types);
        types.any(|summary| {
            summary.r#type() == Some(kind) && summary.status() != Some(&PolicyTypeStatus::PendingEnable)
        })
    };
    KINDS.into_iter().filter(|(kind, _)| is_enabled(kind)).collect()
}

/// "The Status parameter [...] will be retired on September 9, 2026 [...] use the State parameter instead". (Organizations API
/// Reference, Account)
fn entry(account: &types::Account, parent: &str) -> Result<AccountEntry, Refusal> {
    let state = account.state().map(types::AccountState::as_str);
    let status = state.or_else(|| account.status().map(types::AccountStatus::as_str));
    Ok(AccountEntry {
        id: account_id(&text(account.id(), "Id")?)?,
        name: account.name().unwrap_or_default().into(),
        status: text(status, "State")?,
        parent_id: parent.into(),
        tags: vec![],
    })
}

fn account_id(text: &str) -> Result<AccountId, Refusal> {
    AccountId::parse(text).ok_or_else(|| Refusal::malformed(format!("{text:?} is no account number")))
}
