//! Who can act as a role that is not his own: by `sts:AssumeRole`, or by passing it to a service of AWS that runs his code.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ground::Ground;
use super::single::{Axes, Possible, Single};
use super::subject::Subject;
use crate::authorize::{Caller, Identity, Naming, Policy, PolicyStack, names};
use crate::estate::{Account, Principal, Role};
use crate::iam::{Action, AwsPrincipal, Context, Document, Effect, Element, PrincipalId, Statement};

/// A principal that can act as a role.
#[derive(Debug, Clone)]
pub struct Becoming<'a> {
    /// Who.
    pub who: Principal<'a>,
    /// The role.
    pub role: Principal<'a>,
    /// How.
    pub how: How,
    /// Whether nothing had to be assumed.
    pub certain: bool,
}

/// How somebody comes to act as a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// By `sts:AssumeRole`.
    Assume,
    /// By `iam:PassRole` to this service, which runs what it is told to under the role.
    Pass(&'static str),
}

impl How {
    /// What whoever does so must be allowed on the role.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Assume => "sts:AssumeRole",
            Self::Pass(_) => "iam:PassRole",
        }
    }
}

impl Becoming<'_> {
    /// Whether a statement of the role's trust policy lets the caller, or the service, in.
    #[must_use]
    pub fn is_trusted_by(&self, statement: &Statement) -> bool {
        self.naming(statement) != Naming::Not
    }

    /// Whether it names him by his own ARN, and not his account or everybody.
    #[must_use]
    pub fn is_named_by(&self, statement: &Statement) -> bool {
        let everyone =
            matches!(&statement.principal, Some(Element::Is(principals)) if principals.include_anyone());
        self.naming(statement) >= Naming::Role && !everyone
    }

    fn naming(&self, statement: &Statement) -> Naming {
        let caller = match self.how {
            How::Pass(service) => Caller::Service(service.into()),
            How::Assume => {
                let account = self.who.account_id();
                let arn = self.who.arn().into();
                let identity = match self.who.as_role() {
                    Some(_) => Identity::Role(arn),
                    None => Identity::User(arn),
                };
                Caller::Account { account, identity }
            }
        };
        match (&statement.principal, statement.effect) {
            (Some(Element::Is(principals)), Effect::Allow) => {
                principals.ids.iter().map(|id| names(id, &caller, None)).max().unwrap_or(Naming::Not)
            }
            _ => Naming::Not,
        }
    }
}

/// A service that runs its customer's code under a role that the customer passes: one action of each group is needed.
///
/// (Service Authorization Reference: the actions that have `iam:PassRole` as a dependent action; IAM User Guide,
/// id_roles_use_passrole)
struct Runner {
    service: &'static str,
    needs: &'static [&'static [&'static str]],
}

const RUNNERS: &[Runner] = &[
    Runner {
        service: "codebuild.amazonaws.com",
        needs: &[
            &["codebuild:CreateProject", "codebuild:UpdateProject"],
            &["codebuild:StartBuild", "codebuild:StartBuildBatch", "codebuild:CreateWebhook"],
        ],
    },
    Runner {
        service: "lambda.amazonaws.com",
        needs: &[
            &["lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"],
            &[
                "lambda:InvokeFunction",
                "lambda:InvokeFunctionUrl",
                "lambda:AddPermission",
                "lambda:CreateEventSourceMapping",
            ],
        ],
    },
    Runner {
        service: "glue.amazonaws.com",
        needs: &[
            &["glue:CreateJob", "glue:UpdateJob", "glue:CreateDevEndpoint", "glue:CreateSession"],
            &["glue:StartJobRun", "glue:CreateTrigger", "glue:GetDevEndpoint", "glue:RunStatement"],
        ],
    },
    Runner {
        service: "sagemaker.amazonaws.com",
        needs: &[&[
            "sagemaker:CreateNotebookInstance",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:CreateTrainingJob",
            "sagemaker:CreateProcessingJob",
            "sagemaker:CreatePipeline",
            "sagemaker:UpdatePipeline",
            "sagemaker:CreateUserProfile",
            "sagemaker:UpdateUserProfile",
            "sagemaker:CreateModel",
        ]],
    },
    Runner {
        service: "ec2.amazonaws.com",
        needs: &[&[
            "ec2:RunInstances",
            "ec2:AssociateIamInstanceProfile",
            "ec2:ReplaceIamInstanceProfileAssociation",
        ]],
    },
    Runner {
        service: "ecs-tasks.amazonaws.com",
        needs: &[
            &["ecs:RegisterTaskDefinition"],
            &["ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService"],
        ],
    },
    Runner {
        service: "states.amazonaws.com",
        needs: &[
            &["states:CreateStateMachine", "states:UpdateStateMachine"],
            &["states:StartExecution", "states:StartSyncExecution"],
        ],
    },
    Runner {
        service: "codepipeline.amazonaws.com",
        needs: &[&["codepipeline:CreatePipeline", "codepipeline:UpdatePipeline"]],
    },
    Runner {
        service: "cloudformation.amazonaws.com",
        needs: &[&[
            "cloudformation:CreateStack",
            "cloudformation:UpdateStack",
            "cloudformation:CreateChangeSet",
        ]],
    },
];

/// Finds out who can become which role of one account, and remembers what it has found out about the policies of callers.
#[derive(Debug, Default)]
pub struct Becomings<'a> {
    /// The callers that were met, by ARN.
    subjects: FxHashMap<&'a str, Arc<Subject<'a>>>,
    /// Whether callers may have services run something, and whether that is certain, by ARN and service.
    runs: FxHashMap<(&'a str, &'static str), Option<bool>>,
    axes: Axes,
    /// Whether a document may allow one of the actions that are asked about, by its address and the action.
    allows: FxHashMap<(usize, &'static str), bool>,
}

impl<'a> Becomings<'a> {
    /// Everybody who can act as one of the roles of an account that `asked` takes, in the order of the evidence.
    pub fn of(
        &mut self,
        ground: &'a Ground<'a>,
        account: &'a Account,
        asked: impl Fn(&Principal<'a>) -> bool,
    ) -> Vec<Becoming<'a>> {
        let mut found = vec![];
        for principal in account.principals() {
            let Some(role) = principal.as_role() else { continue };
            let Some(trust) = role.assume_role_policy_document.known() else { continue };
            let trusts = trusts_callers(trust.document()) || runners_of(trust.document()).next().is_some();
            if !trusts || !asked(&principal) {
                continue;
            }
            let target = Target::new(ground, principal, role, trust.document());
            self.assuming(ground, &target, &mut found);
            self.passing(ground, &target, &mut found);
        }
        found
    }

    fn assuming(&mut self, ground: &'a Ground<'a>, target: &Target<'a>, found: &mut Vec<Becoming<'a>>) {
        for who in self.named(ground, target) {
            let subject = self.subject(ground, who);
            if let Possible::When { certain, .. } = target.assumed_by(&subject, &mut self.axes) {
                let certain = certain && subject.unread.is_none();
                found.push(Becoming { who, role: target.principal, how: How::Assume, certain });
            }
        }
    }

    /// Users and roles that the trust policy names, by ARN, by account or by wildcard. Whom the account decides about must be allowed
    /// by his own policies.
    fn named(&mut self, ground: &'a Ground<'a>, target: &Target<'a>) -> Vec<Principal<'a>> {
        let mut named: Vec<Principal<'a>> = vec![];
        let statements = target.trust.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        for statement in statements {
            let ids: &[PrincipalId] = match &statement.principal {
                Some(Element::Is(principals)) => &principals.ids,
                _ => continue,
            };
            for id in ids {
                let PrincipalId::Aws(id) = id else { continue };
                let everyone = *id == AwsPrincipal::Anyone;
                let accounts = ground.estate.accounts();
                let accounts = accounts.filter(|account| {
                    everyone || id.account().is_some_and(|named| named == account.account_id.to_string())
                });
                for account in accounts {
                    named.extend(account.principals().filter(|principal| match id {
                        AwsPrincipal::User(arn) | AwsPrincipal::Role(arn) => **arn == *principal.arn(),
                        AwsPrincipal::Anyone | AwsPrincipal::Account { .. } => {
                            self.may(principal, "sts:AssumeRole")
                        }
                        _ => false,
                    }));
                }
            }
        }
        named.retain(|who| target.is_other(who));
        named.sort_by_key(|who| who.arn());
        named.dedup_by_key(|who| who.arn());
        named
    }

    /// "You can pass a role to a service only within the same account." (IAM User Guide, id_roles_use_passrole)
    fn passing(&mut self, ground: &'a Ground<'a>, target: &Target<'a>, found: &mut Vec<Becoming<'a>>) {
        let runners: Vec<&Runner> = runners_of(target.trust)
            .filter(|runner| {
                let service = Subject::without_account(ground, Caller::Service(runner.service.into()));
                target.assumed_by(&service, &mut self.axes) != Possible::Never
            })
            .collect();
        for who in target.account.principals().filter(|who| target.is_other(who)) {
            if runners.is_empty() || !self.may(&who, "iam:PassRole") {
                continue;
            }
            let subject = self.subject(ground, who);
            let mut passed: Vec<Becoming<'a>> = vec![];
            for runner in &runners {
                let possible = target.passed_by(&subject, runner.service, &mut self.axes);
                let Possible::When { certain, .. } = possible else { continue };
                let axes = &mut self.axes;
                let runs = self.runs.entry((who.arn(), runner.service));
                let Some(runs) = *runs.or_insert_with(|| target.run_by(&subject, runner, axes)) else {
                    continue;
                };
                let certain = certain && runs && subject.unread.is_none();
                passed.push(Becoming {
                    who,
                    role: target.principal,
                    how: How::Pass(runner.service),
                    certain,
                });
            }
            found.extend(passed.into_iter().max_by_key(|becoming| becoming.certain));
        }
    }

    fn subject(&mut self, ground: &Ground<'a>, who: Principal<'a>) -> Arc<Subject<'a>> {
        let new = || Arc::new(Subject::principal(ground, who));
        self.subjects.entry(who.arn()).or_insert_with(new).clone()
    }

    /// Whether an identity policy of the principal has an Allow for the action, on whatever.
    fn may(&mut self, principal: &Principal<'_>, action: &'static str) -> bool {
        let identity = principal.identity_policies();
        let Some(policies) = identity.known() else { return true };
        policies.iter().any(|(_, policy)| {
            let document = policy.document();
            let at = (std::ptr::from_ref(document).addr(), action);
            *self.allows.entry(at).or_insert_with(|| {
                let Some(action) = Action::parse(action) else { return false };
                let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
                !document.faults.is_empty()
                    || allows.into_iter().any(|statement| statement.covers_action(&action))
            })
        })
    }
}

/// Whether a trust policy names any principal of AWS.
fn trusts_callers(trust: &Document) -> bool {
    trust.statements.iter().any(|statement| match &statement.principal {
        Some(Element::Is(principals)) => principals.ids.iter().any(|id| matches!(id, PrincipalId::Aws(_))),
        _ => false,
    })
}

/// The services that a trust policy names and that run their customer's code.
fn runners_of(trust: &Document) -> impl Iterator<Item = &'static Runner> {
    let named =
        |id: &PrincipalId, service: &str| matches!(id, PrincipalId::Service(name) if **name == *service);
    let names = move |service: &str| {
        trust.statements.iter().any(|statement| match &statement.principal {
            Some(Element::Is(principals)) => principals.ids.iter().any(|id| named(id, service)),
            _ => false,
        })
    };
    RUNNERS.iter().filter(move |runner| names(runner.service))
}

/// A role that somebody may become.
struct Target<'a> {
    principal: Principal<'a>,
    account: &'a Account,
    trust: &'a Document,
    resource_control: Vec<Vec<Policy<'a>>>,
    /// The keys that the role fixes.
    fixed: Context,
}

impl<'a> Target<'a> {
    fn new(ground: &Ground<'a>, principal: Principal<'a>, role: &'a Role, trust: &'a Document) -> Self {
        let account = principal.account_id();
        let around = ground.around(account);
        let mut fixed = Context::new();
        fixed.set_one("aws:ResourceAccount", &account.to_string());
        if let Some(organization) = around.and_then(|around| around.organization) {
            fixed.set_one("aws:ResourceOrgID", organization);
        }
        for tag in &role.tags {
            fixed.set_one(&format!("aws:ResourceTag/{}", tag.key), &tag.value);
            fixed.set_one(&format!("iam:ResourceTag/{}", tag.key), &tag.value);
        }
        let resource_control = around.map(|around| around.resource_control.clone()).unwrap_or_default();
        Self { principal, account: principal.account, trust, resource_control, fixed }
    }

    /// Whether a principal is somebody else who can act by himself; service-linked roles do as their service does.
    fn is_other(&self, who: &Principal<'_>) -> bool {
        who.arn() != self.principal.arn() && !who.path().starts_with("/aws-service-role/")
    }

    fn assumed_by(&self, subject: &Subject<'a>, axes: &mut Axes) -> Possible {
        let mut stack = subject.stack.clone();
        stack.resource = Some(Policy { name: self.principal.arn(), document: self.trust });
        stack.resource_control.clone_from(&self.resource_control);
        self.single(subject, &stack, "sts:AssumeRole", Some(self.principal.arn()), &self.fixed, axes)
    }

    fn passed_by(&self, subject: &Subject<'a>, service: &str, axes: &mut Axes) -> Possible {
        let mut fixed = self.fixed.clone();
        fixed.set_one("iam:PassedToService", service);
        self.single(subject, &subject.stack, "iam:PassRole", Some(self.principal.arn()), &fixed, axes)
    }

    /// Whether the subject may have the service run something, and whether that is certain.
    fn run_by(&self, subject: &Subject<'a>, runner: &Runner, axes: &mut Axes) -> Option<bool> {
        let fixed = Context::new();
        let mut all = true;
        for group in runner.needs {
            let possible = group.iter().filter_map(|action| {
                match self.single(subject, &subject.stack, action, None, &fixed, axes) {
                    Possible::Never => None,
                    Possible::When { certain, .. } => Some(certain),
                }
            });
            all &= possible.max()?;
        }
        Some(all)
    }

    fn single(
        &self,
        subject: &Subject<'a>,
        stack: &PolicyStack<'a>,
        action: &str,
        resource: Option<&str>,
        fixed: &Context,
        axes: &mut Axes,
    ) -> Possible {
        let Some(action) = Action::parse(action) else { return Possible::Never };
        let resource_account = self.principal.account_id();
        Single { subject, stack, action: &action, resource, resource_account, fixed }.possible(axes)
    }
}
