//! One caller, one bucket: AWS's logic read as a formula over what is left of the statements.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::actions::{actions_on, actions_that, all_actions};
use super::class::{Compiled, place};
use super::known::{Folded, Known, fold};
use super::residual::{Library, Numbered, Term};
use super::site::Site;
use super::subject::Subject;
use crate::authorize::law::{Question, Verdict, authorize};
use crate::authorize::s3::Use;
use crate::authorize::{Caller, KeyUse, Layer, Policy, PolicyStack, Reading, Request, is_forwarded};
use crate::iam::{Action, Condition, Context, Effect, Element, Glob, Pattern, Statement};
use crate::space::{Bits, Formula, behind};

/// What has been worked out already, for the principals and buckets of one account.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Statements of a subject's side, by their address and the subject's number; none for those that never apply.
    bound: FxHashMap<(usize, u32), Option<Bound>>,
    /// What is left of resources at a site, by the number of both.
    residues: FxHashMap<(u32, u32), Residue>,
    resources: Numbered<Resource>,
    /// The numbers of what has no variables, by address.
    actions_at: FxHashMap<usize, u32>,
    /// Lists of actions, by where they are compiled in.
    named: FxHashMap<(usize, usize), u32>,
    conditions_at: FxHashMap<usize, u32>,
    resources_at: FxHashMap<usize, u32>,
    /// The terms for requests that bring a public access control list.
    public_lists: Vec<u32>,
    /// The use of keys, by the subject's number, the key, the region and the use.
    keys: FxHashMap<KeyAt, Arc<KeyClass>>,
}

/// The subject's number, the key's ARN, the region of the bucket, and the use.
type KeyAt = (u32, Box<str>, Box<str>, Use);

/// What is left of a condition, by its number.
enum Left {
    Constant(bool),
    Open(u32),
    Relational,
}

/// Patterns of resources, and whether they are excepted.
type Resource = (bool, Vec<Glob>);

/// What is left of a statement once the caller is known.
#[derive(Debug, Clone)]
struct Bound {
    actions: u32,
    /// None: whatever the policy is attached to.
    resource: Option<u32>,
    conditions: Vec<u32>,
}

/// What is left of a `Resource` once the bucket is known.
#[derive(Debug, Clone)]
struct Residue {
    on_bucket: bool,
    /// The keys, and whether they are meant or excepted; none for all.
    keys: Option<(u32, bool)>,
    on_objects: bool,
}

/// Which request is meant: that to S3, or the one that S3 makes to KMS.
enum World<'w> {
    S3,
    /// The keys that S3's request fixes.
    Kms {
        asked: &'w Request,
        per_object: bool,
    },
}

/// The reading of AWS's logic that yields a formula.
struct Symbolic<'s, 'a> {
    library: &'s mut Library,
    memo: &'s mut Memo,
    subject: &'s Subject<'a>,
    /// The numbers of subject and site in the memo.
    numbers: (u32, u32),
    site: &'s Site<'a>,
    world: World<'s>,
    terms: &'s mut Vec<u32>,
    widened: bool,
    /// Of the use of a key: whether some condition asks for the bucket.
    asks_for_bucket: bool,
}

impl Memo {
    /// The number of the actions with these names, in lower case.
    fn named_actions(&mut self, library: &mut Library, names: &[&str]) -> u32 {
        let at = (names.as_ptr().addr(), names.len());
        if let Some(number) = self.named.get(&at) {
            return *number;
        }
        let number = library.actions(actions_that(|data| names.contains(&data.action.lower())));
        self.named.insert(at, number);
        number
    }
}

/// Compiles the class of a caller and a bucket.
pub(super) fn compile<'a>(
    library: &mut Library,
    memo: &mut Memo,
    subject: &Subject<'a>,
    site: &Site<'a>,
    numbers: (u32, u32),
) -> Compiled {
    let stack = site.stack(subject);
    let mut terms = vec![];
    let question = Question {
        caller: &subject.caller,
        resource_account: site.account.account_id,
        service: "s3",
        resource: &site.arn,
    };
    let mut reading = Symbolic {
        library,
        memo,
        subject,
        numbers,
        site,
        world: World::S3,
        terms: &mut terms,
        widened: false,
        asks_for_bucket: false,
    };
    let verdict = authorize(&mut reading, &stack, question);
    let granted = granted(&verdict, subject.caller.account() == Some(site.account.account_id));
    let mut allow = verdict.allow;
    let mut widened = reading.widened;
    if let (Some(key), true) = (&site.key, allow != Formula::Constant(false)) {
        for needed in [Use::Decrypt, Use::GenerateDataKey] {
            let number = memo.named_actions(library, needed.needing());
            let at = place(&mut terms, library.term(Term { actions: number, ..Term::default() }));
            let mut work = Work { library, memo, subject, site, numbers };
            let used = key_formula(&mut work, &stack, key, needed);
            widened |= used.widened;
            let places: Vec<usize> = used.terms.iter().map(|term| place(&mut terms, *term)).collect();
            allow = allow.and(&Formula::one(at).negate().or(&used.allow.renumbered(&places)));
        }
    }
    Compiled { terms, allow, granted, widened }
}

/// When somebody means to let the caller in: within an account either side, between accounts both, whatever else stands against it.
fn granted(verdict: &Verdict<Formula>, at_home: bool) -> Formula {
    let side = |layer: Layer| {
        let found = verdict.layers.iter().find(|(known, _)| *known == layer);
        found.map_or(Formula::Constant(false), |(_, side)| side.allow.clone())
    };
    let (caller, resource) = (side(Layer::IdentityPolicies), side(Layer::ResourcePolicy));
    if at_home { caller.or(&resource) } else { caller.and(&resource) }
}

/// When KMS lets the caller use the key, with terms of its own. Unless something asks for the bucket, it is the same for every bucket
/// with that key in that region.
fn key_formula<'a>(
    work: &mut Work<'_, 'a>,
    stack: &PolicyStack<'a>,
    key: &KeyUse<'a>,
    needed: Use,
) -> Arc<KeyClass> {
    let (subject, site) = (work.subject, work.site);
    let region = site.fixed.one("aws:RequestedRegion").unwrap_or_default();
    let at = (work.numbers.0, key.arn.into(), region.into(), needed);
    if let Some(known) = work.memo.keys.get(&at) {
        return known.clone();
    }
    // A request for some object: what KMS sees of it but for the keys that are open.
    let context = site.fixed_with(subject);
    let Some(action) = Action::parse("s3:GetObject") else { return Arc::default() };
    let request = Request {
        caller: subject.caller.clone(),
        action,
        resource: format!("{}/", site.arn).into(),
        resource_account: site.account.account_id,
        access_point_resource: None,
        context,
    };
    let asked = key.request(&request, needed);
    let stack = key.stack(&request, stack, needed);
    let question = Question {
        caller: &subject.caller,
        resource_account: key.account,
        service: "kms",
        resource: key.arn,
    };
    let mut class = KeyClass::default();
    let world = World::Kms { asked: &asked, per_object: !key.bucket_key };
    let mut reading = Symbolic {
        library: work.library,
        memo: work.memo,
        subject,
        numbers: work.numbers,
        site,
        world,
        terms: &mut class.terms,
        widened: false,
        asks_for_bucket: key.grants.iter().any(|grant| grant.constraints.is_some()),
    };
    let allow = authorize(&mut reading, &stack, question).allow;
    let asks_for_bucket = reading.asks_for_bucket;
    class.widened = reading.widened;
    // KMS takes signed requests only.
    class.allow = if subject.caller == Caller::Anonymous { Formula::Constant(false) } else { allow };
    let class = Arc::new(class);
    if !asks_for_bucket {
        work.memo.keys.insert(at, class.clone());
    }
    class
}

/// What a compilation works with.
struct Work<'w, 'a> {
    library: &'w mut Library,
    memo: &'w mut Memo,
    subject: &'w Subject<'a>,
    site: &'w Site<'a>,
    numbers: (u32, u32),
}

/// What the logic says of the use of a key.
#[derive(Debug)]
struct KeyClass {
    terms: Vec<u32>,
    allow: Formula,
    widened: bool,
}

impl Default for KeyClass {
    fn default() -> Self {
        Self { terms: vec![], allow: Formula::Constant(false), widened: false }
    }
}

impl Reading for Symbolic<'_, '_> {
    type Prop = Formula;

    fn always(&mut self) -> Formula {
        Formula::Constant(true)
    }
    fn never(&mut self) -> Formula {
        Formula::Constant(false)
    }
    fn and(&mut self, a: &Formula, b: &Formula) -> Formula {
        a.and(b)
    }
    fn or(&mut self, a: &Formula, b: &Formula) -> Formula {
        a.or(b)
    }
    fn not(&mut self, a: &Formula) -> Formula {
        a.negate()
    }
    /// Most statements say nothing of a bucket.
    fn widen(&mut self, prop: &mut Formula, by: &Formula) {
        if *by != Formula::Constant(false) {
            *prop = prop.or(by);
        }
    }

    fn applies(&mut self, layer: Layer, _policy: Policy<'_>, statement: &Statement) -> Formula {
        match self.world {
            World::S3 => self.of_s3(layer, statement),
            World::Kms { asked, per_object } => self.of_kms(statement, asked, per_object),
        }
    }

    fn is_action(&mut self, actions: &[&str]) -> Formula {
        if let World::Kms { asked, .. } = self.world {
            return Formula::Constant(actions.contains(&asked.action.lower()));
        }
        let number = self.memo.named_actions(self.library, actions);
        self.one(Term { actions: number, ..Term::default() })
    }

    fn comes_from(&mut self, vpc: &str) -> Formula {
        let Some(condition) = Condition::parse("StringEquals", "aws:SourceVpc", &[vpc]) else {
            return Formula::Constant(false);
        };
        let all = self.library.actions(all_actions().clone());
        match self.fold(&condition) {
            Folded::Constant(is) => Formula::Constant(is),
            Folded::Open(condition) => {
                let conditions = vec![self.library.condition(&condition)];
                self.one(Term { actions: all, conditions, ..Term::default() })
            }
            Folded::Relational => Formula::Constant(true),
        }
    }

    fn writes_public_acl(&mut self) -> Formula {
        if self.memo.public_lists.is_empty() {
            self.memo.public_lists = public_lists(self.library);
        }
        let places: Bits = self.memo.public_lists.iter().map(|term| place(self.terms, *term)).collect();
        Formula::Any(places)
    }

    /// The doubt is that of a single request: replaying the witness tells whether it has it.
    fn doubt(&mut self, _why: &'static str) {}
}

impl Symbolic<'_, '_> {
    fn one(&mut self, term: Term) -> Formula {
        let number = self.library.term(term);
        Formula::one(place(self.terms, number))
    }

    fn of_s3(&mut self, layer: Layer, statement: &Statement) -> Formula {
        let address = (std::ptr::from_ref(statement).addr(), self.numbers.0);
        let bound = match self.memo.bound.get(&address) {
            Some(bound) => bound.clone(),
            None => {
                let (bound, of_caller_only) = self.bind(statement);
                if of_caller_only && !self.widened {
                    self.memo.bound.insert(address, bound.clone());
                }
                bound
            }
        };
        let Some(Bound { actions, resource, conditions }) = bound else { return Formula::Constant(false) };
        let Some(resource) = resource else {
            return self.one(Term { actions, keys: vec![], conditions });
        };
        let direct = self.residue(resource, None);
        let Some(point) = self.site.access_point else {
            return self.covering(actions, &[direct], conditions);
        };
        let behind = self.residue(resource, Some(point.arn));
        match (layer, statement.effect) {
            (Layer::AccessPoint, _) => self.covering(actions, &[behind], conditions),
            (Layer::ResourcePolicy | Layer::ResourceControlPolicies, _) => {
                self.covering(actions, &[direct], conditions)
            }
            // Which of the two a statement of the caller's side must name, the guides do not say: either will do for an Allow,
            // and only both for a Deny.
            (_, Effect::Allow) => {
                let one = self.covering(actions, &[direct], conditions.clone());
                one.or(&self.covering(actions, &[behind], conditions))
            }
            (_, Effect::Deny) => self.covering(actions, &[direct, behind], conditions),
        }
    }

    /// The statement where it covers every one of these.
    fn covering(&mut self, actions: u32, residues: &[Residue], conditions: Vec<u32>) -> Formula {
        let on_bucket = residues.iter().all(|residue| residue.on_bucket);
        let on_objects = residues.iter().all(|residue| residue.on_objects);
        let actions = match (on_bucket, on_objects) {
            (true, true) => actions,
            (false, false) => return Formula::Constant(false),
            (on_bucket, _) => {
                let wanted = self.library.action_set(actions);
                self.library.actions(wanted.and(actions_on(!on_bucket)))
            }
        };
        if self.library.action_set(actions).is_empty() {
            return Formula::Constant(false);
        }
        let keys = residues.iter().filter(|_| on_objects).filter_map(|residue| residue.keys).collect();
        self.one(Term { actions, keys, conditions })
    }

    /// What is left of a condition, by number.
    fn fold_numbered(&mut self, condition: &Condition) -> Left {
        let has_variables = condition.operands.iter().any(|operand| operand.variables().next().is_some());
        if has_variables {
            return match self.fold(condition) {
                Folded::Constant(is) => Left::Constant(is),
                Folded::Open(condition) => Left::Open(self.library.condition(&condition)),
                Folded::Relational => Left::Relational,
            };
        }
        match self.known(&condition.key.to_ascii_lowercase()) {
            Known::Absent => Left::Constant(condition.holds(&Context::new())),
            Known::Value(_) => Left::Constant(condition.holds(self.values_with(&condition.key))),
            Known::Open => {
                let address = std::ptr::from_ref(condition).addr();
                if let Some(number) = self.memo.conditions_at.get(&address) {
                    return Left::Open(*number);
                }
                let number = self.library.condition(condition);
                self.memo.conditions_at.insert(address, number);
                Left::Open(number)
            }
        }
    }

    /// Adds what is left of a condition; false if the statement then never applies. What compares two open things an Allow is taken
    /// to meet and a Deny is not.
    fn narrow(&mut self, condition: &Condition, effect: Effect, conditions: &mut Vec<u32>) -> bool {
        match self.fold_numbered(condition) {
            Left::Constant(is) => is,
            Left::Open(number) => {
                conditions.push(number);
                true
            }
            Left::Relational => {
                self.widened = true;
                effect == Effect::Allow
            }
        }
    }

    /// The values that hold the one of a key that is known.
    fn values_with(&self, key: &str) -> &Context {
        match self.world {
            World::Kms { asked, .. } => &asked.context,
            World::S3 if self.site.fixed.value(key).is_some() => &self.site.fixed,
            World::S3 => &self.subject.fixed.values,
        }
    }

    /// What is left of a statement for this caller, and whether the bucket has no part in it.
    fn bind(&mut self, statement: &Statement) -> (Option<Bound>, bool) {
        let address = std::ptr::from_ref(statement).addr();
        let actions = match self.memo.actions_at.get(&address) {
            Some(number) => *number,
            None => {
                let number = self.library.actions_of(&statement.action);
                self.memo.actions_at.insert(address, number);
                number
            }
        };
        if self.library.action_set(actions).is_empty() {
            return (None, true);
        }
        let of_bucket = |key: &str| {
            let key = key.to_ascii_lowercase();
            self.site.fixed.value(&key).is_some()
                || key.starts_with("aws:resource")
                || key.starts_with("s3:")
                || key.starts_with("aws:source")
                || key == "aws:requestedregion"
        };
        let operands = statement.conditions.iter().flat_map(|condition| &condition.operands);
        let variables = operands.flat_map(|operand| operand.variables()).map(|variable| &*variable.key);
        let in_resource =
            statement.resource.iter().flat_map(|element| element.listed()).flat_map(Pattern::variables);
        let mut keys = statement
            .conditions
            .iter()
            .map(|condition| &*condition.key)
            .chain(variables)
            .chain(in_resource.map(|variable| &*variable.key));
        let of_caller_only = !keys.any(of_bucket);
        let mut conditions = vec![];
        for condition in &statement.conditions {
            if !self.narrow(condition, statement.effect, &mut conditions) {
                return (None, of_caller_only);
            }
        }
        let resource = statement.resource.as_ref().map(|element| self.resource(element, statement.effect));
        (Some(Bound { actions, resource, conditions }), of_caller_only)
    }

    fn known(&self, key: &str) -> Known<'_> {
        match self.world {
            World::S3 => match self.site.fixed.value(key) {
                Some(value) => Known::Value(value),
                None if self.site.unknown_tags && is_tag_of_bucket(key) => Known::Open,
                None => self.subject.fixed.of(&self.subject.caller, key),
            },
            World::Kms { asked, .. } => match asked.context.value(key) {
                Some(value) => Known::Value(value),
                None if is_forwarded(key) => self.subject.fixed.of(&self.subject.caller, key),
                None => Known::Absent,
            },
        }
    }

    fn fold(&self, condition: &Condition) -> Folded {
        let known = |key: &str| self.known(key);
        if let World::Kms { asked, .. } = self.world {
            return fold(condition, &asked.context, &known);
        }
        fold(condition, &self.site.fixed_with(self.subject), &known)
    }

    /// The number of a `Resource` with its variables replaced. Where one is open, an Allow covers all that it can be, and a Deny
    /// nothing of it.
    fn resource(&mut self, element: &Element<Vec<Pattern>>, effect: Effect) -> u32 {
        let negated = matches!(element, Element::IsNot(_));
        let address = std::ptr::from_ref(element).addr();
        if let Some(number) = self.memo.resources_at.get(&address) {
            return *number;
        }
        if element.listed().iter().all(|pattern| pattern.as_glob().is_some()) {
            let globs = element.listed().iter().filter_map(|pattern| pattern.as_glob().cloned()).collect();
            let number = self.memo.resources.number((negated, globs));
            self.memo.resources_at.insert(address, number);
            return number;
        }
        let values = self.site.fixed_with(self.subject);
        let mut globs = vec![];
        for pattern in element.listed() {
            let is_open = |key: &str| self.known(&key.to_ascii_lowercase()) == Known::Open;
            if pattern.variables().any(|variable| is_open(&variable.key)) {
                let wide = pattern.widened(&values, &is_open);
                self.widened = true;
                if (effect == Effect::Allow) != negated {
                    globs.extend(wide);
                }
            } else {
                globs.extend(pattern.resolve(&values).map(std::borrow::Cow::into_owned));
            }
        }
        self.memo.resources.number((negated, globs))
    }

    /// What is left of a resource behind the bucket's own ARN, or behind that of an access point.
    fn residue(&mut self, resource: u32, access_point: Option<&str>) -> Residue {
        let at = (resource, self.numbers.1);
        if let (Some(known), None) = (self.memo.residues.get(&at), access_point) {
            return known.clone();
        }
        let found = self.memo.resources.thing(resource).cloned().unwrap_or_default();
        let (negated, globs) = &*found;
        let (bucket, prefix) = match access_point {
            None => (self.site.arn.clone(), format!("{}/", self.site.arn)),
            Some(arn) => (arn.into(), format!("{arn}/object/")),
        };
        let on_bucket = globs.iter().any(|glob| glob.matches(&bucket)) != *negated;
        let left: Vec<Glob> = globs.iter().flat_map(|glob| behind(glob, &prefix)).collect();
        let everything = left.contains(&Glob::new("*"));
        let residue = if everything || left.is_empty() {
            Residue { on_bucket, keys: None, on_objects: everything != *negated }
        } else {
            Residue { on_bucket, keys: Some((self.library.keys(left), !negated)), on_objects: true }
        };
        if access_point.is_none() {
            self.memo.residues.insert(at, residue.clone());
        }
        residue
    }

    /// A statement about the use of the key: its action and its resource are settled, and of its conditions those that S3's call
    /// fixes.
    fn of_kms(&mut self, statement: &Statement, asked: &Request, per_object: bool) -> Formula {
        if !statement.covers_action(&asked.action)
            || !statement.covers_resource(&asked.resource, &asked.context)
        {
            return Formula::Constant(false);
        }
        let mut term = Term { actions: self.library.actions(all_actions().clone()), ..Term::default() };
        for condition in &statement.conditions {
            let key = condition.key.to_ascii_lowercase();
            self.asks_for_bucket |= key.starts_with("kms:encryptioncontext:")
                || self.site.fixed.value(&key).is_some()
                    && !matches!(&*key, "aws:requestedregion" | "aws:resourceaccount");
            if per_object && condition.key.eq_ignore_ascii_case("kms:EncryptionContext:aws:s3:arn") {
                match self.encrypted_object(condition) {
                    Some(keys) => term.keys.push(keys),
                    None => {
                        self.widened = true;
                        if statement.effect == Effect::Deny {
                            return Formula::Constant(false);
                        }
                    }
                }
                continue;
            }
            if !self.narrow(condition, statement.effect, &mut term.conditions) {
                return Formula::Constant(false);
            }
        }
        self.one(term)
    }

    /// The keys of objects whose ARN, which S3 sends as the encryption context, meets a condition.
    fn encrypted_object(&mut self, condition: &Condition) -> Option<(u32, bool)> {
        use crate::iam::Family::{Arn, Text, TextLike};
        let comparison = condition.operator.comparison;
        if !matches!(comparison.family(), Text | TextLike | Arn) {
            return None;
        }
        let globs: Option<Vec<&Glob>> =
            condition.operands.iter().map(|operand| operand.pattern()?.as_glob()).collect();
        let prefix = format!("{}/", self.site.arn);
        let left = globs?.into_iter().flat_map(|glob| behind(glob, &prefix)).collect();
        Some((self.library.keys(left), !comparison.is_negated()))
    }
}

fn is_tag_of_bucket(key: &str) -> bool {
    key.starts_with("aws:resourcetag/") || key.starts_with("s3:buckettag/")
}

/// The terms for requests that bring an access control list for everyone: see
/// [`writes_public_acl`](crate::authorize::s3::writes_public_acl).
fn public_lists(library: &mut Library) -> Vec<u32> {
    use crate::authorize::s3::{CANNED_PUBLIC_ACLS, GRANT_HEADERS, PUBLIC_GROUPS, WRITES_ACL};
    let writes = library.actions(actions_that(|data| WRITES_ACL.contains(&data.action.lower())));
    let groups: Vec<String> = PUBLIC_GROUPS.iter().map(|group| format!("*{group}*")).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let grants = GRANT_HEADERS.iter().map(|key| ("StringLike", *key, &*groups));
    let headers = std::iter::once(("StringEquals", "s3:x-amz-acl", CANNED_PUBLIC_ACLS)).chain(grants);
    let conditions = headers.filter_map(|(operator, key, values)| Condition::parse(operator, key, values));
    conditions
        .map(|condition| {
            let conditions = vec![library.condition(&condition)];
            library.term(Term { actions: writes, conditions, ..Term::default() })
        })
        .collect()
}
