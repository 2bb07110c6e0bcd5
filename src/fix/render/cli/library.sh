# What a script and its way back call: get_* print what is there as JSON, and nothing if nothing is there; set_* put their last
# argument there, and remove what is there if it is empty. Only the functions that a script needs get into it. Each stands
# after those that it calls, and may run where `set -e` does not reach: in $(...).

tell() {
  printf '%s\n' "$*" >&2
}

fail() {
  tell "$@"
  exit 1
}

# Whether two JSON texts say the same. AWS keeps no order of what is a set, writes a list of one as it likes, and has members
# with a default.
same() {
  if [[ -z "$1" || -z "$2" ]]; then
    [[ -z "$1$2" ]]
    return
  fi
  jq --null-input --exit-status --argjson a "$1" --argjson b "$2" '
    def plain: walk(
      if type == "array" then unique | if length == 1 then .[0] else . end
      elif type == "object" and has("ApplyServerSideEncryptionByDefault") then
        .BucketKeyEnabled = (.BucketKeyEnabled // false) | del(.BlockedEncryptionTypes)
      else . end);
    ($a | plain) == ($b | plain)' >/dev/null
}

# Makes a call of which the error $1 means that nothing is there; every other error is one.
unless_absent() {
  local code="$1" status=0
  shift
  "$@" 2>"$scratch/errors" || status=$?
  if ((status != 0)) && grep --quiet --fixed-strings "($code)" "$scratch/errors"; then
    return 0
  fi
  cat "$scratch/errors" >&2
  return "$status"
}

# BUCKET REGION OPERATION [OPTION...]
bucket() {
  aws s3api "$3" --bucket="$1" --region="$2" --expected-bucket-owner="$account" --output=json "${@:4}"
}

# BUCKET REGION. What was never versioned counts as suspended: "you can never return it to an unversioned state".
# (S3 User Guide, manage-versioning-examples)
get_versioning() {
  bucket "$1" "$2" get-bucket-versioning | jq --slurp '.[0] // {} | if has("Status") then . else {Status: "Suspended"} end'
}

# BUCKET REGION CONTENT
set_versioning() {
  bucket "$1" "$2" put-bucket-versioning --versioning-configuration="$3"
}

# BUCKET REGION
get_encryption() {
  unless_absent ServerSideEncryptionConfigurationNotFoundError bucket "$1" "$2" get-bucket-encryption \
    | jq .ServerSideEncryptionConfiguration
}

# BUCKET REGION CONTENT. Which encryption is blocked stays as it is, unless the content says.
set_encryption() {
  local now
  if [[ -z "$3" ]]; then
    bucket "$1" "$2" delete-bucket-encryption
    return
  fi
  now="$(get_encryption "$1" "$2")"
  bucket "$1" "$2" put-bucket-encryption --server-side-encryption-configuration="$(
    jq --compact-output --argjson now "${now:-null}" '
      ($now.Rules[0].BlockedEncryptionTypes? // null) as $blocked
      | if $blocked then .Rules[] |= {BlockedEncryptionTypes: $blocked} + . else . end' <<<"$3"
  )"
}

# CONTENT ALIAS REGION. The content with the key's ARN for its alias: "If you use a KMS key alias instead, then AWS KMS resolves
# the key within the requester's account", which may be another than the bucket's. (S3 API Reference, API_PutBucketEncryption)
with_key() {
  local key
  key="$(aws kms describe-key --key-id="$2" --region="$3" --output=json | jq --raw-output .KeyMetadata.Arn)" || return
  jq --compact-output --arg alias "$2" --arg key "$key" '
    .Rules[].ApplyServerSideEncryptionByDefault |= if .KMSMasterKeyID == $alias then .KMSMasterKeyID = $key else . end' <<<"$1"
}

# BUCKET REGION
get_public_access_block() {
  unless_absent NoSuchPublicAccessBlockConfiguration bucket "$1" "$2" get-public-access-block \
    | jq .PublicAccessBlockConfiguration
}

# BUCKET REGION CONTENT
set_public_access_block() {
  if [[ -n "$3" ]]; then
    bucket "$1" "$2" put-public-access-block --public-access-block-configuration="$3"
  else
    bucket "$1" "$2" delete-public-access-block
  fi
}

# BUCKET REGION
get_ownership() {
  unless_absent OwnershipControlsNotFoundError bucket "$1" "$2" get-bucket-ownership-controls | jq .OwnershipControls
}

# BUCKET REGION CONTENT
set_ownership() {
  if [[ -n "$3" ]]; then
    bucket "$1" "$2" put-bucket-ownership-controls --ownership-controls="$3"
  else
    bucket "$1" "$2" delete-bucket-ownership-controls
  fi
}

# BUCKET REGION
get_logging() {
  bucket "$1" "$2" get-bucket-logging | jq 'select(has("LoggingEnabled")) | {LoggingEnabled}'
}

# BUCKET REGION CONTENT
set_logging() {
  local off='{}'
  bucket "$1" "$2" put-bucket-logging --bucket-logging-status="${3:-$off}"
}

# BUCKET REGION
get_lifecycle() {
  unless_absent NoSuchLifecycleConfiguration bucket "$1" "$2" get-bucket-lifecycle-configuration | jq '{Rules}'
}

# BUCKET REGION CONTENT. The smallest object that is moved is no part of the content, and stays as it is.
set_lifecycle() {
  local smallest
  if [[ -z "$3" ]]; then
    bucket "$1" "$2" delete-bucket-lifecycle
    return
  fi
  smallest="$(
    unless_absent NoSuchLifecycleConfiguration bucket "$1" "$2" get-bucket-lifecycle-configuration \
      | jq --raw-output '.TransitionDefaultMinimumObjectSize // empty'
  )"
  bucket "$1" "$2" put-bucket-lifecycle-configuration --lifecycle-configuration="$3" \
    ${smallest:+"--transition-default-minimum-object-size=$smallest"}
}

# BUCKET REGION
get_tags() {
  unless_absent NoSuchTagSet bucket "$1" "$2" get-bucket-tagging | jq .TagSet
}

# BUCKET REGION CONTENT
set_tags() {
  if [[ -n "$3" ]]; then
    bucket "$1" "$2" put-bucket-tagging --tagging="$(jq --compact-output '{TagSet: .}' <<<"$3")"
  else
    bucket "$1" "$2" delete-bucket-tagging
  fi
}

# BUCKET REGION
get_bucket_policy() {
  unless_absent NoSuchBucketPolicy bucket "$1" "$2" get-bucket-policy | jq --raw-output .Policy
}

# BUCKET REGION CONTENT
set_bucket_policy() {
  if [[ -n "$3" ]]; then
    bucket "$1" "$2" put-bucket-policy --policy="$3"
  else
    bucket "$1" "$2" delete-bucket-policy
  fi
}

# NAME REGION OPERATION [OPTION...]
access_point() {
  aws s3control "$3" --account-id="$account" --name="$1" --region="$2" --output=json "${@:4}"
}

# NAME REGION
get_access_point_policy() {
  unless_absent NoSuchAccessPointPolicy access_point "$1" "$2" get-access-point-policy | jq --raw-output .Policy
}

# NAME REGION CONTENT
set_access_point_policy() {
  if [[ -n "$3" ]]; then
    access_point "$1" "$2" put-access-point-policy --policy="$3"
  else
    access_point "$1" "$2" delete-access-point-policy
  fi
}

# KEY REGION
get_key_policy() {
  aws kms get-key-policy --key-id="$1" --region="$2" --policy-name=default --output=json | jq --raw-output .Policy
}

# KEY REGION CONTENT
set_key_policy() {
  aws kms put-key-policy --key-id="$1" --region="$2" --policy-name=default --policy="${3:?a key always has a policy}"
}

# ALIAS REGION
key_of_alias() {
  unless_absent NotFoundException aws kms describe-key --key-id="$1" --region="$2" --output=json \
    | jq --raw-output .KeyMetadata.KeyId
}

# ALIAS REGION
get_key() {
  local key
  key="$(key_of_alias "$1" "$2")" || return
  [[ -z "$key" ]] || get_key_policy "$key" "$2"
}

# ALIAS REGION CONTENT. A key is deleted as late as AWS lets it be: what was encrypted with it is lost then.
set_key() {
  local key
  key="$(key_of_alias "$1" "$2")"
  if [[ -n "$3" && -n "$key" ]]; then
    set_key_policy "$key" "$2" "$3"
  elif [[ -n "$3" ]]; then
    key="$(aws kms create-key --region="$2" --policy="$3" --output=json | jq --raw-output .KeyMetadata.KeyId)"
    tell "  made key $key"
    aws kms create-alias --alias-name="$1" --target-key-id="$key" --region="$2"
  elif [[ -n "$key" ]]; then
    aws kms delete-alias --alias-name="$1" --region="$2"
    aws kms schedule-key-deletion --key-id="$key" --pending-window-in-days=30 --region="$2"
    tell "  key $key will be deleted in 30 days; to keep it: aws kms cancel-key-deletion --key-id=$key --region=$2"
  fi
}

# OPERATION [OPTION...]
iam() {
  aws iam "$1" --region="$home" --output=json "${@:2}"
}

# ROLE
get_trust_policy() {
  iam get-role --role-name="$1" | jq .Role.AssumeRolePolicyDocument
}

# ROLE CONTENT
set_trust_policy() {
  iam update-assume-role-policy --role-name="$1" --policy-document="${2:?a role always has a trust policy}"
}

# KIND NAME POLICY. Where there is no such policy there must be its owner at least.
get_inline_policy() {
  local answer
  answer="$(unless_absent NoSuchEntity iam "get-$1-policy" "--$1-name=$2" --policy-name="$3")" || return
  if [[ -z "$answer" ]]; then
    iam "get-$1" "--$1-name=$2" >/dev/null
  else
    jq .PolicyDocument <<<"$answer"
  fi
}

# KIND NAME POLICY CONTENT
set_inline_policy() {
  if [[ -n "$4" ]]; then
    iam "put-$1-policy" "--$1-name=$2" --policy-name="$3" --policy-document="$4"
  else
    unless_absent NoSuchEntity iam "delete-$1-policy" "--$1-name=$2" --policy-name="$3"
  fi
}

# POLICY VERSION
policy_version() {
  iam get-policy-version --policy-arn="$1" --version-id="$2" | jq .PolicyVersion.Document
}

# POLICY NAME PATH
get_managed_policy() {
  local version
  version="$(
    unless_absent NoSuchEntity iam get-policy --policy-arn="$1" | jq --raw-output .Policy.DefaultVersionId
  )" || return
  [[ -z "$version" ]] || policy_version "$1" "$version"
}

# POLICY NAME PATH CONTENT. A version that says the same is put in force again; else there is a new one, and the oldest goes if
# there are five: "a customer managed policy can have up to five versions". (IAM User Guide, access_policies_managed-versioning)
set_managed_policy() {
  local versions version
  versions="$(unless_absent NoSuchEntity iam list-policy-versions --policy-arn="$1" | jq .Versions)"
  if [[ -z "$versions" ]]; then
    [[ -z "$4" ]] || iam create-policy --policy-name="$2" --path="$3" --policy-document="$4"
    return
  fi
  if [[ -z "$4" ]]; then
    for version in $(jq --raw-output '.[] | select(.IsDefaultVersion | not) | .VersionId' <<<"$versions"); do
      iam delete-policy-version --policy-arn="$1" --version-id="$version"
    done
    iam delete-policy --policy-arn="$1"
    return
  fi
  for version in $(jq --raw-output '.[].VersionId' <<<"$versions"); do
    if same "$(policy_version "$1" "$version")" "$4"; then
      iam set-default-policy-version --policy-arn="$1" --version-id="$version"
      return
    fi
  done
  if [[ "$(jq length <<<"$versions")" -ge 5 ]]; then
    version="$(
      jq --raw-output '
        map(select(.IsDefaultVersion | not).VersionId) | min_by(ltrimstr("v") | tonumber)' <<<"$versions"
    )"
    tell "  there are five versions already: the oldest that is not in force, $version, is deleted"
    iam delete-policy-version --policy-arn="$1" --version-id="$version"
  fi
  iam create-policy-version --policy-arn="$1" --policy-document="$4" --set-as-default
}

# KIND NAME POLICY
get_attachment() {
  iam "list-attached-$1-policies" "--$1-name=$2" \
    | jq --arg policy "$3" '.AttachedPolicies[].PolicyArn | select(. == $policy)'
}

# KIND NAME POLICY CONTENT
set_attachment() {
  if [[ -n "$4" ]]; then
    iam "attach-$1-policy" "--$1-name=$2" --policy-arn="$3"
  else
    unless_absent NoSuchEntity iam "detach-$1-policy" "--$1-name=$2" --policy-arn="$3"
  fi
}

# KIND NAME
get_boundary() {
  iam "get-$1" "--$1-name=$2" | jq '.[].PermissionsBoundary.PermissionsBoundaryArn | values'
}

# KIND NAME CONTENT
set_boundary() {
  if [[ -n "$3" ]]; then
    iam "put-$1-permissions-boundary" "--$1-name=$2" --permissions-boundary="$(jq --raw-output . <<<"$3")"
  else
    unless_absent NoSuchEntity iam "delete-$1-permissions-boundary" "--$1-name=$2"
  fi
}
