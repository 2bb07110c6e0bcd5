//! A bucket as requests reach it: directly or through an access point, from anywhere or through one VPC endpoint.

use std::sync::LazyLock;

use super::ground::{Ground, fault};
use super::subject::Subject;
use crate::authorize::s3::{allows_of_acls, is_public, is_public_access_point};
use crate::authorize::{AccessPointStack, Caller, KeyUse, Naming, Policy, PolicyStack, names};
use crate::estate::{
    AccessPoint, Account, Acl, Bucket, Fact, KmsGrant, KmsKey, OwnershipControls, PublicAccessBlock,
    VpcEndpoint,
};
use crate::iam::{ActionPattern, Context, ContextValue, Document, Effect, Element, Pattern, Statement};

/// A bucket with the policies of its side, on one way to it.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// The account that owns the bucket.
    pub account: &'a Account,
    /// The bucket.
    pub bucket: &'a Bucket,
    /// Its ARN.
    pub arn: Box<str>,
    /// By which way it is reached.
    pub way: Way<'a>,
    pub(super) policy: Option<Policy<'a>>,
    pub(super) access_point: Option<AccessPointStack<'a>>,
    pub(super) endpoint: Option<Vec<Policy<'a>>>,
    pub(super) key: Option<KeyUse<'a>>,
    pub(super) resource_control: Vec<Vec<Policy<'a>>>,
    pub(super) block: PublicAccessBlock,
    acl: Option<&'a Acl>,
    restricted: bool,
    /// The keys that the bucket and the way fix.
    pub(super) fixed: Context,
    /// Whether the tags of the bucket count and are not known.
    pub(super) unknown_tags: bool,
    /// What is not known of it.
    pub unread: Doubts,
}

/// An access point, with its account and its ARN.
#[derive(Debug, Clone, Copy)]
pub struct Door<'a> {
    /// The account that owns it.
    pub account: &'a Account,
    /// The access point.
    pub point: &'a AccessPoint,
    /// Its ARN.
    pub arn: &'a str,
}

/// The way to a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way<'a> {
    /// By its own name, from anywhere.
    Direct,
    /// Through an access point.
    AccessPoint(&'a AccessPoint),
    /// By its own name, through a VPC endpoint whose policy is known.
    Endpoint(&'a VpcEndpoint),
}

/// What is not known of a bucket, by whom it concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Concerns everybody: a policy that was not read, which may grant and may deny.
    pub of_all: Option<Box<str>>,
    /// Concerns those outside the account: Block Public Access.
    pub of_public: Option<Box<str>>,
    /// Concerns the content of objects: the key.
    pub of_content: Option<Box<str>>,
}

/// The policy of a bucket of which nothing is known: it may admit everybody.
static OPEN: LazyLock<Document> = LazyLock::new(|| {
    Document::parse(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#,
    )
    .unwrap_or_else(Document::unreadable)
});

const UNREAD: &str = "(not read: may allow everything)";

impl<'a> Site<'a> {
    /// The bucket by its own name.
    #[must_use]
    pub fn direct(ground: &Ground<'a>, account: &'a Account, bucket: &'a Bucket) -> Self {
        let around = ground.around(account.account_id);
        let mut unread =
            Doubts { of_all: around.and_then(|around| around.unread.clone()), ..Doubts::default() };
        let policy = bucket_policy(bucket, &mut unread);
        let by_organization = around.and_then(|around| around.blocks_public_access.as_ref());
        let block = match bucket.public_access_block_in_force(account, by_organization) {
            Fact::Known(block) => block,
            Fact::Unread(why) => {
                unread.of_public = Some(format!("Block Public Access was not read: {why}").into());
                PublicAccessBlock::default()
            }
        };
        let mut site = Self {
            account,
            bucket,
            arn: format!("arn:{}:s3:::{}", ground.partition(), bucket.name).into(),
            way: Way::Direct,
            policy,
            access_point: None,
            endpoint: None,
            key: None,
            resource_control: around.map(|around| around.resource_control.clone()).unwrap_or_default(),
            block,
            acl: lists_in_force(bucket, &mut unread),
            restricted: block.restrict_public_buckets
                && policy.is_some_and(|policy| is_public(policy.document)),
            fixed: Context::new(),
            unknown_tags: false,
            unread,
        };
        site.key = site.key_use(ground);
        site.fix(ground);
        site
    }

    /// The bucket through one of its access points.
    #[must_use]
    pub fn through(&self, ground: &Ground<'a>, door: &Door<'a>) -> Self {
        let Door { account, point, arn } = *door;
        let mut site = self.clone();
        site.way = Way::AccessPoint(point);
        let document = match &point.policy {
            Fact::Known(policy) => policy.as_ref().map(|policy| policy.document()),
            Fact::Unread(why) => {
                site.unread.of_all =
                    Some(format!("the policy of access point {arn} was not read: {why}").into());
                Some(&*OPEN)
            }
        };
        if let Some(why) = document.and_then(|document| fault(arn, document)) {
            site.unread.of_all = Some(why);
        }
        let policy = document.map(|document| Policy { name: arn, document });
        let vpc = point.vpc_id.as_deref().filter(|_| &*point.network_origin == "VPC");
        site.access_point = Some(AccessPointStack { arn, account: account.account_id, policy, vpc });
        // "Amazon S3 applies the most restrictive combination of the access point, bucket, and account-level settings."
        let own = point.public_access_block.known().copied().flatten().unwrap_or(PublicAccessBlock::ALL);
        site.block = site.block.union(own);
        // "An access point that has a VPC network origin is always considered non-public, regardless of its policy."
        // (S3 User Guide, access-control-block-public-access)
        let public = self.policy.is_some_and(|policy| is_public(policy.document))
            || vpc.is_none() && policy.is_some_and(|policy| is_public_access_point(policy.document));
        site.restricted = site.block.restrict_public_buckets && public;
        let origin = if vpc.is_some() { "VPC" } else { "Internet" };
        site.fixed.set_one("s3:DataAccessPointArn", arn);
        site.fixed.set_one("s3:DataAccessPointAccount", &account.account_id.to_string());
        site.fixed.set_one("s3:AccessPointNetworkOrigin", origin);
        site.unknown_tags |= ground.estate.account(account.account_id).is_none();
        site
    }

    /// The bucket through a VPC endpoint.
    #[must_use]
    pub fn by_endpoint(&self, endpoint: &'a VpcEndpoint) -> Self {
        let mut site = self.clone();
        site.way = Way::Endpoint(endpoint);
        site.fixed.set_one("aws:SourceVpce", &endpoint.vpc_endpoint_id);
        site.fixed.set_one("aws:SourceVpc", &endpoint.vpc_id);
        site.endpoint = match &endpoint.policy {
            Fact::Known(Some(policy)) => {
                let document = policy.document();
                if let Some(why) = fault(&endpoint.vpc_endpoint_id, document) {
                    site.unread.of_all = Some(why);
                }
                Some(vec![Policy { name: &endpoint.vpc_endpoint_id, document }])
            }
            // "If you do not attach an endpoint policy [...] we attach the default policy", which allows everything.
            Fact::Known(None) => None,
            Fact::Unread(why) => {
                let endpoint = &endpoint.vpc_endpoint_id;
                site.unread.of_all = Some(format!("the policy of {endpoint} was not read: {why}").into());
                None
            }
        };
        site
    }

    /// Every policy that bears on the requests of a subject on this way.
    #[must_use]
    pub fn stack(&self, subject: &Subject<'a>) -> PolicyStack<'a> {
        let canonical_id = subject.stack.canonical_id;
        PolicyStack {
            resource: self.policy,
            resource_control: self.resource_control.clone(),
            endpoint: self.endpoint.clone(),
            access_point: self.access_point,
            beside: allows_of_acls(
                self.acl,
                None,
                &subject.caller,
                canonical_id,
                self.block.ignore_public_acls,
            ),
            restricted: self.restricted,
            blocks_public_acls: self.block.block_public_acls,
            ..subject.stack.clone()
        }
    }

    /// Everything that is fixed: by the caller, and by the bucket and the way to it.
    pub(super) fn fixed_with(&self, subject: &Subject<'_>) -> Context {
        let mut fixed = subject.fixed.values.clone();
        for (key, value) in self.fixed.iter() {
            fixed.set(key, value.clone());
        }
        fixed
    }

    /// Whether some statement allows what may be meant for the bucket.
    pub(super) fn may_be_allowed_by(&self, document: &Document) -> bool {
        document.statements.iter().any(|statement| self.may_be_meant(statement))
    }

    /// Whether an Allow may speak of the bucket or of what is in it, by the beginning of its resources.
    fn may_be_meant(&self, statement: &Statement) -> bool {
        let arn = self.access_point.map_or(&*self.arn, |point| point.arn);
        let starts = |pattern: &Pattern| {
            let start = pattern.as_str().split(['*', '?', '$']).next().unwrap_or_default();
            [&*self.arn, arn].iter().any(|arn| arn.starts_with(start) || start.starts_with(arn))
        };
        let may_be_of_s3 = |pattern: &ActionPattern| {
            let service = pattern.as_str().split(':').next().unwrap_or_default();
            service.contains(['*', '?']) || service.eq_ignore_ascii_case("s3")
        };
        let of_s3 = match &statement.action {
            Element::Is(patterns) => patterns.iter().any(may_be_of_s3),
            Element::IsNot(_) => true,
        };
        statement.effect == Effect::Allow
            && of_s3
            && match &statement.resource {
                Some(Element::Is(patterns)) => patterns.iter().any(starts),
                _ => true,
            }
    }

    /// Whether a policy or an access control list of the bucket's side may grant something to a caller by itself.
    pub(super) fn may_grant(&self, caller: &Caller, canonical_id: Option<&str>) -> bool {
        let point = self.access_point.and_then(|point| point.policy);
        let names_caller = |statement: &Statement| match &statement.principal {
            Some(Element::Is(principals)) => {
                principals.ids.iter().any(|id| names(id, caller, canonical_id) >= Naming::Role)
            }
            Some(Element::IsNot(_)) => true,
            None => false,
        };
        let grants = |policy: Policy<'_>| {
            policy.document.statements.iter().any(|s| s.effect == Effect::Allow && names_caller(s))
        };
        self.acl.is_some() || self.policy.into_iter().chain(point).any(grants)
    }

    /// The ARN of the access point, where one is the way.
    #[must_use]
    pub fn access_point_arn(&self) -> Option<&'a str> {
        self.access_point.map(|point| point.arn)
    }

    /// The key that encrypts the objects, where its policy is asked.
    #[must_use]
    pub fn key_use_of(&self) -> Option<&KeyUse<'a>> {
        self.key.as_ref()
    }

    /// The policy of the key.
    #[must_use]
    pub fn key_policy(&self) -> Option<Policy<'a>> {
        self.key.as_ref().and_then(|key| key.policy)
    }

    /// Every document of the bucket's side.
    pub(super) fn documents(&self) -> impl Iterator<Item = &'a Document> {
        let levels = |levels: &[Vec<Policy<'a>>]| {
            levels.iter().flatten().map(|policy| policy.document).collect::<Vec<_>>()
        };
        let point = self.access_point.and_then(|point| point.policy);
        let key = self.key.as_ref().and_then(|key| key.policy);
        let single = self.policy.into_iter().chain(point).chain(key).map(|policy| policy.document);
        let of_key = self.key.as_ref().map(|key| levels(&key.resource_control)).unwrap_or_default();
        let endpoint = self.endpoint.iter().flatten().map(|policy| policy.document).collect::<Vec<_>>();
        single.chain(levels(&self.resource_control)).chain(of_key).chain(endpoint)
    }

    /// Those to whom the key is granted.
    pub(super) fn grantees(&self) -> impl Iterator<Item = &'a str> {
        let grants = self.key.as_ref().map_or(&[][..], |key| key.grants);
        grants.iter().map(|grant| &*grant.grantee_principal)
    }

    /// Access control lists that count.
    pub(super) fn acl(&self) -> Option<&'a Acl> {
        self.acl
    }

    /// Why nothing certain can be said of the requests of a caller, if so; `content` are those that use the object's key.
    #[must_use]
    pub fn doubt(&self, caller: &Caller, content: bool) -> Option<&str> {
        let public = caller.account() != Some(self.account.account_id);
        let of_public = self.unread.of_public.as_deref().filter(|_| public);
        let of_content = self.unread.of_content.as_deref().filter(|_| content);
        self.unread.of_all.as_deref().or(of_public).or(of_content)
    }

    fn fix(&mut self, ground: &Ground<'a>) {
        let account = self.account.account_id;
        self.fixed.set_one("aws:ResourceAccount", &account.to_string());
        self.fixed.set_one("s3:ResourceAccount", &account.to_string());
        if let Some(around) = ground.around(account) {
            if let Some(organization) = around.organization {
                self.fixed.set_one("aws:ResourceOrgID", organization);
            }
            if let Some(path) = &around.path {
                self.fixed.set("aws:ResourceOrgPaths", ContextValue::Many(vec![path.clone()]));
            }
        }
        if let Fact::Known(region) = &self.bucket.region {
            self.fixed.set_one("aws:RequestedRegion", region);
        }
        // "ABAC is disabled by default for all general purpose buckets." (S3 User Guide, buckets-tagging-enable-abac)
        let counts = match &self.bucket.abac {
            Fact::Known(abac) => abac.status == crate::estate::Switch::Enabled,
            Fact::Unread(crate::estate::Unread::Missing) => false,
            Fact::Unread(_) => true,
        };
        match &self.bucket.tags {
            Fact::Known(tags) if counts => {
                for tag in tags {
                    self.fixed.set_one(&format!("aws:ResourceTag/{}", tag.key), &tag.value);
                    self.fixed.set_one(&format!("s3:BucketTag/{}", tag.key), &tag.value);
                }
            }
            _ => self.unknown_tags = counts,
        }
    }

    /// The key that new objects are encrypted with; none where S3's own or AWS's managed key does, which ask nobody.
    fn key_use(&mut self, ground: &Ground<'a>) -> Option<KeyUse<'a>> {
        let encryption = match &self.bucket.encryption {
            Fact::Known(encryption) => encryption.as_ref()?,
            Fact::Unread(why) => {
                self.unread.of_content = Some(format!("the encryption was not read: {why}").into());
                return None;
            }
        };
        let rule = encryption.rules.first()?;
        let name = rule.apply_server_side_encryption_by_default.customer_key()?;
        let owner = KmsKey::owner(name).unwrap_or(self.account.account_id);
        let key = ground.estate.account(owner).and_then(|account| account.key(name));
        let Some(key) = key else {
            self.unread.of_content = Some(format!("the key {name} is not in the evidence").into());
            return None;
        };
        if key.key_manager.as_deref() == Some("AWS") {
            return None;
        }
        let document = match &key.policy {
            Fact::Known(policy) => policy.document(),
            Fact::Unread(why) => {
                self.unread.of_content =
                    Some(format!("the policy of key {} was not read: {why}", key.arn).into());
                return None;
            }
        };
        if let Some(why) = fault(&key.arn, document) {
            self.unread.of_content = Some(why);
        }
        let grants: &[KmsGrant] = key.grants.known().map_or(&[], |grants| grants);
        let around = ground.around(owner);
        Some(KeyUse {
            arn: &key.arn,
            policy: Some(Policy { name: &key.arn, document }),
            account: owner,
            bucket_key: rule.bucket_key_enabled,
            grants,
            resource_control: around.map(|around| around.resource_control.clone()).unwrap_or_default(),
        })
    }
}

/// What was not read may admit everybody; what of the policy could not be read too.
fn bucket_policy<'a>(bucket: &'a Bucket, unread: &mut Doubts) -> Option<Policy<'a>> {
    match &bucket.policy {
        Fact::Known(policy) => {
            let document = policy.as_ref()?.document();
            if let Some(why) = fault("the bucket policy", document) {
                unread.of_all = Some(why);
            }
            Some(Policy { name: &bucket.name, document })
        }
        Fact::Unread(why) => {
            unread.of_all = Some(format!("the bucket policy was not read: {why}").into());
            Some(Policy { name: UNREAD, document: &OPEN })
        }
    }
}

/// The bucket's access control list, unless ownership makes it void.
fn lists_in_force<'a>(bucket: &'a Bucket, unread: &mut Doubts) -> Option<&'a Acl> {
    if bucket
        .ownership_controls
        .known()
        .is_some_and(|controls| controls.as_ref().is_some_and(OwnershipControls::disable_acls))
    {
        return None;
    }
    match (&bucket.acl, &bucket.ownership_controls) {
        (Fact::Known(acl), Fact::Known(_)) => acl.as_ref(),
        (Fact::Known(acl), Fact::Unread(why)) => {
            unread.of_public = Some(format!("who owns the objects was not read: {why}").into());
            acl.as_ref()
        }
        (Fact::Unread(why), _) => {
            unread.of_public = Some(format!("the access control list was not read: {why}").into());
            None
        }
    }
}
