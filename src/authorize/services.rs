//! What differs from service to service.

/// The services whose resources are bound by resource control policies (Organizations User Guide,
/// orgs_manage_policies_rcps, as of 2026-09-26). The guide's list grows; a service that is missing here is not bound, so that
/// access to it is over-reported and never under-reported.
const WITH_RESOURCE_CONTROL_POLICIES: &[&str] =
    &["dynamodb", "ecr", "kms", "logs", "s3", "secretsmanager", "sqs", "sts"];

/// Whether resource control policies bind the resources of a service, given by its prefix.
pub(crate) fn supports_resource_control_policies(service: &str) -> bool {
    WITH_RESOURCE_CONTROL_POLICIES.contains(&service)
}
