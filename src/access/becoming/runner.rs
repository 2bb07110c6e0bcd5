//! The services of AWS that run their customer's code under a role that the customer passes.

use crate::iam::{Document, Element, PrincipalId};

/// A service that runs its customer's code under a role that the customer passes: one action of each group is needed.
///
/// (Service Authorization Reference: the actions that have `iam:PassRole` as a dependent action; IAM User Guide,
/// id_roles_use_passrole)
pub(super) struct Runner {
    pub(super) service: &'static str,
    pub(super) needs: &'static [&'static [&'static str]],
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

/// The services that a trust policy names and that run their customer's code.
pub(super) fn runners_of(trust: &Document) -> impl Iterator<Item = &'static Runner> {
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
