//! A role, and what must be allowed for somebody to act as it.

use super::runner::Runner;
use crate::access::ground::Ground;
use crate::access::single::{Axes, Possible, Single};
use crate::access::subject::Subject;
use crate::authorize::{Policy, PolicyStack};
use crate::estate::{Account, Principal, Role};
use crate::iam::{Action, Context, Document};

/// A role that somebody may become.
pub(super) struct Target<'a> {
    pub(super) principal: Principal<'a>,
    pub(super) account: &'a Account,
    pub(super) trust: &'a Document,
    resource_control: Vec<Vec<Policy<'a>>>,
    /// The keys that the role fixes.
    fixed: Context,
}

impl<'a> Target<'a> {
    pub(super) fn new(
        ground: &Ground<'a>,
        principal: Principal<'a>,
        role: &'a Role,
        trust: &'a Document,
    ) -> Self {
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
    pub(super) fn is_other(&self, who: &Principal<'_>) -> bool {
        who.arn() != self.principal.arn() && !who.path().starts_with("/aws-service-role/")
    }

    pub(super) fn assumed_by(&self, subject: &Subject<'a>, axes: &mut Axes) -> Possible {
        let mut stack = subject.stack.clone();
        stack.resource = Some(Policy { name: self.principal.arn(), document: self.trust });
        stack.resource_control.clone_from(&self.resource_control);
        self.single(subject, &stack, "sts:AssumeRole", Some(self.principal.arn()), &self.fixed, axes)
    }

    pub(super) fn passed_by(&self, subject: &Subject<'a>, service: &str, axes: &mut Axes) -> Possible {
        let mut fixed = self.fixed.clone();
        fixed.set_one("iam:PassedToService", service);
        self.single(subject, &subject.stack, "iam:PassRole", Some(self.principal.arn()), &fixed, axes)
    }

    /// Whether the subject may have the service run something, and whether that is certain.
    pub(super) fn run_by(&self, subject: &Subject<'a>, runner: &Runner, axes: &mut Axes) -> Option<bool> {
        let fixed = Context::new();
        let mut all = true;
        for group in runner.needs {
            let mut best = None;
            for action in *group {
                let possible = self.single(subject, &subject.stack, action, None, &fixed, axes);
                if let Possible::When { certain, .. } = possible {
                    best = best.max(Some(certain));
                }
                if best == Some(true) {
                    break;
                }
            }
            all &= best?;
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
