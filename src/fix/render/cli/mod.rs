//! A script of AWS CLI calls for each account. It looks whether everything is still as it was read, writes the way back, and only
//! then changes anything.

mod call;
mod library;

use std::fmt::Write as _;

use call::Call;

use super::{File, by_account, home_region, present};
use crate::estate::{AccountId, Content, Edit, Target};
use crate::finding::Plan;

/// One script for each account: `210000000000.sh`.
pub(super) fn files(plan: &Plan, edits: &[Edit]) -> Vec<File> {
    let accounts = by_account(edits);
    let script = |(account, edits): (&AccountId, &Vec<&Edit>)| {
        let steps: Vec<Step> = edits.iter().map(|edit| Step::of(edit, edits, plan)).collect();
        File { name: format!("{account}.sh").into(), text: fixes(*account, plan, &steps) }
    };
    accounts.iter().map(script).collect()
}

/// One change, as the scripts make it.
struct Step {
    title: String,
    what: String,
    call: Call,
    before: String,
    after: String,
    /// The alias of a key that an earlier step makes and this one names, and its region.
    key: Option<String>,
}

impl Step {
    fn of(edit: &Edit, edits: &[&Edit], plan: &Plan) -> Self {
        let text = |content: Option<&Content>| match (present(content), &edit.target) {
            (Some(content), _) => content.text().to_owned(),
            // "you can never return it to an unversioned state" (S3 User Guide, manage-versioning-examples)
            (None, Target::BucketVersioning { .. }) => r#"{"Status":"Suspended"}"#.to_owned(),
            (None, _) => String::new(),
        };
        let title = edit.target.describe();
        Self {
            title: one_line(&title),
            what: quote(&title),
            call: Call::of(edit, home_region(plan)),
            before: quote(&text(edit.before.as_ref())),
            after: quote(&text(edit.after.as_ref())),
            key: new_key(edit, edits, home_region(plan)),
        }
    }
}

/// The new key that the default encryption of a bucket names by its alias, as arguments.
fn new_key(edit: &Edit, edits: &[&Edit], home: &str) -> Option<String> {
    let Target::BucketEncryption { .. } = edit.target else { return None };
    let after = edit.after.as_ref()?.value();
    let name = after.pointer("/Rules/0/ApplyServerSideEncryptionByDefault/KMSMasterKeyID")?.as_str()?;
    edits.iter().find_map(|edit| match &edit.target {
        Target::Key { alias } if **alias == *name => {
            Some(format!("{} {}", quote(alias), quote(edit.region.as_deref().unwrap_or(home))))
        }
        _ => None,
    })
}

fn fixes(account: AccountId, plan: &Plan, steps: &[Step]) -> String {
    let evidence = one_line(&plan.collected_at);
    let mut text = format!(
        r#"#!/usr/bin/env bash
# What palisade changes in account {account}, from evidence of {evidence}.
#
#   bash {account}.sh --check   looks whether everything is still as it was read, and changes nothing
#   bash {account}.sh           looks, writes rollback-{account}-TIME.sh into the current folder, and makes the changes
"#
    );
    let calls = steps.iter().flat_map(|step| [step.call.getter(), step.call.setter()]);
    let keys = steps.iter().filter(|step| step.key.is_some()).map(|_| "with_key".to_owned());
    text.push_str(&start(account, plan, calls.chain(keys).chain(["same".to_owned()])));
    text.push_str(
        "\ncase \"$#${1:-}\" in\n  0 | 1--check) ;;\n  *) fail \"usage: bash $0 [--check]\" ;;\nesac\n",
    );
    for (number, step) in (1..).zip(steps) {
        let Step { title, before, after, .. } = step;
        let _ = write!(text, "\n# {title}\nbefore_{number}={before}\nafter_{number}={after}\n");
    }
    checks(&mut text, steps);
    way_back(&mut text, &rollback(account, plan, steps));
    for (number, step) in (1..).zip(steps) {
        let (Step { what, call, key, .. }, of) = (step, steps.len());
        if let Some(key) = key {
            let _ = writeln!(text, "after_{number}=\"$(with_key \"$after_{number}\" {key})\"");
        }
        let _ =
            write!(text, "tell '{number} of {of}:' {what}\n{} \"$after_{number}\" >/dev/null\n", call.set());
    }
    text.push_str("tell 'done'\n");
    text
}

/// What restores everything, last change first. It is complete in itself: the script that made the changes may be gone.
fn rollback(account: AccountId, plan: &Plan, steps: &[Step]) -> String {
    let mut text = format!("#!/usr/bin/env bash\n# Puts back what was there before {account}.sh was run.\n");
    text.push_str(&start(account, plan, steps.iter().map(|step| step.call.setter())));
    text.push_str(
        r#"
failed=''

# WHAT COMMAND...: what fails keeps nothing else from being put back.
try() {
  local status
  tell "$1"
  set +e
  (
    set -e
    "${@:2}" >/dev/null
  )
  status=$?
  set -e
  ((status == 0)) || failed+="  $1"$'\n'
}
"#,
    );
    for Step { what, call, before, .. } in steps.iter().rev() {
        let _ = write!(text, "\nbefore={before}\ntry {what} {} \"$before\"\n", call.set());
    }
    text.push_str(
        "\n[[ -z \"$failed\" ]] || fail \"this is not back:\"$'\\n'\"$failed\"\"Run this script again.\"\n",
    );
    text.push_str("tell 'everything is back'\n");
    text
}

/// What both scripts begin with: the functions that they call, the tools, the account.
fn start(account: AccountId, plan: &Plan, needed: impl Iterator<Item = String>) -> String {
    let needed = needed.chain(["tell", "fail"].map(str::to_owned)).collect();
    format!(
        r#"# shellcheck disable=SC2016 # the variables between single quotes are those of jq and of policies
set -euo pipefail

export AWS_PAGER=''
account='{account}'
home={home}

{library}
for tool in aws jq; do
  command -v "$tool" >/dev/null || fail "this script needs $tool (aws: https://aws.amazon.com/cli, jq: https://jqlang.org)"
done

scratch="$(mktemp -d)"
trap 'rm -rf -- "$scratch"' EXIT

caller="$(aws sts get-caller-identity --region="$home" --query=Account --output=text)" \
  || fail "aws has no credentials that work: nothing was changed"
[[ "$caller" == "$account" ]] \
  || fail "these are credentials of account $caller, and this script is for account $account: nothing was changed"
"#,
        home = quote(home_region(plan)),
        library = library::functions(needed),
    )
}

fn checks(text: &mut String, steps: &[Step]) {
    text.push_str(
        r#"
changed=''

# WHAT BEFORE NOW
check() {
  same "$2" "$3" || changed+="  $1"$'\n'
}

"#,
    );
    for (number, Step { what, call, .. }) in (1..).zip(steps) {
        let _ = write!(
            text,
            "now=\"$({call})\" || fail 'nothing was changed, for this could not be read:' {what}\n\
             check {what} \"$before_{number}\" \"$now\"\n",
            call = call.get(),
        );
    }
    text.push_str(
        r#"
[[ -z "$changed" ]] || fail "nothing was changed, for this is not what was read any more:"$'\n'"$changed""Collect again."
if [[ "${1:-}" == --check ]]; then
  tell 'everything is as it was read'
  exit
fi
"#,
    );
}

fn way_back(text: &mut String, rollback: &str) {
    let end = unused("END_OF_ROLLBACK", rollback);
    let _ = write!(
        text,
        r#"
rollback="rollback-$account-$(date -u +%Y%m%dT%H%M%SZ).sh"
[[ ! -e "$rollback" ]] || fail "$rollback is there already: nothing was changed"
cat >"$rollback" <<'{end}'
{rollback}{end}
tell "the way back: bash $rollback"

finish() {{
  local status=$?
  rm -rf -- "$scratch"
  ((status == 0)) || tell "stopped half-way; to put back what was there: bash $rollback"
}}
trap finish EXIT

"#
    );
}

/// A word that is no line of the text.
fn unused(word: &str, text: &str) -> String {
    let mut word = word.to_owned();
    while text.lines().any(|line| line == word) {
        word.push('_');
    }
    word
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text as one word of the shell: between single quotes nothing has a meaning but a single quote.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
