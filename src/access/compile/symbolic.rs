//! The reading of AWS's logic that yields a formula: a statement is what is left of it once caller and bucket are known.

use super::memo::{Bound, Memo, Residue};
use crate::access::actions::{actions_on, actions_that, all_actions};
use crate::access::class::place;
use crate::access::known::{Folded, Known, fold};
use crate::access::residual::{Library, Term};
use crate::access::site::Site;
use crate::access::subject::Subject;
use crate::authorize::{Layer, Policy, Reading, Request, is_forwarded};
use crate::iam::{Condition, Context, Effect, Element, Glob, Pattern, Statement};
use crate::space::{Bits, Formula, behind};

/// What is left of a condition, by its number.
enum Left {
    Constant(bool),
    Open(u32),
    Relational,
}

/// Which request is meant: that to S3, or the one that S3 makes to KMS.
pub(super) enum World<'w> {
    S3,
    /// The keys that S3's request fixes.
    Kms {
        asked: &'w Request,
        per_object: bool,
    },
}

/// The reading of AWS's logic that yields a formula.
pub(super) struct Symbolic<'s, 'a> {
    pub(super) library: &'s mut Library,
    pub(super) memo: &'s mut Memo,
    pub(super) subject: &'s Subject<'a>,
    /// The numbers of subject and site in the memo.
    pub(super) numbers: (u32, u32),
    pub(super) site: &'s Site<'a>,
    pub(super) world: World<'s>,
    pub(super) terms: &'s mut Vec<u32>,
    pub(super) widened: bool,
    /// Of the use of a key: whether some condition asks for the bucket.
    pub(super) asks_for_bucket: bool,
}

impl Reading for Symbolic<'_, '_> {
    type Prop = Formula;

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
    pub(super) fn one(&mut self, term: Term) -> Formula {
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
    pub(super) fn narrow(
        &mut self,
        condition: &Condition,
        effect: Effect,
        conditions: &mut Vec<u32>,
    ) -> bool {
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
