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
        let steps: Vec<Step> = edits.iter().map(|edit| Step::of(edit, plan)).collect();
        File { name: format!("{account}.sh").into(), text: fixes(*account, plan, &steps) }
    };
    accounts.iter().map(script).collect()
}

/// One change, as the scripts make it.
struct Step {
    what: String,
    call: Call,
    before: String,
    after: String,
}

impl Step {
    fn of(edit: &Edit, plan: &Plan) -> Self {
        let text = |content: Option<&Content>| match (present(content), &edit.target) {
            (Some(content), _) => content.text().to_owned(),
            // "you can never return it to an unversioned state" (S3 User Guide, manage-versioning-examples)
            (None, Target::BucketVersioning { .. }) => r#"{"Status":"Suspended"}"#.to_owned(),
            (None, _) => String::new(),
        };
        Self {
            what: quote(&edit.target.describe()),
            call: Call::of(edit, home_region(plan)),
            before: quote(&text(edit.before.as_ref())),
            after: quote(&text(edit.after.as_ref())),
        }
    }
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
    text.push_str(&start(account, plan, calls.chain(["same".to_owned()])));
    text.push_str(
        "\ncase \"$#${1:-}\" in\n  0 | 1--check) ;;\n  *) fail \"usage: bash $0 [--check]\" ;;\nesac\n",
    );
    for (number, step) in (1..).zip(steps) {
        let Step { what, before, after, .. } = step;
        let _ = write!(text, "\n# {}\nbefore_{number}={before}\nafter_{number}={after}\n", one_line(what));
    }
    checks(&mut text, steps);
    way_back(&mut text, &rollback(account, plan, steps));
    for (number, step) in (1..).zip(steps) {
        set(&mut text, step, number, steps.len(), &format!("after_{number}"));
    }
    text.push_str("tell 'done'\n");
    text
}

/// What restores everything, last change first. It is complete in itself: the script that made the changes may be gone.
fn rollback(account: AccountId, plan: &Plan, steps: &[Step]) -> String {
    let mut text = format!("#!/usr/bin/env bash\n# Puts back what was there before {account}.sh was run.\n");
    text.push_str(&start(account, plan, steps.iter().map(|step| step.call.setter())));
    for (number, step) in (1..).zip(steps.iter().rev()) {
        let _ = write!(text, "\nbefore={}\n", step.before);
        set(&mut text, step, number, steps.len(), "before");
    }
    text.push_str("\ntell 'everything is back'\n");
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

fn set(text: &mut String, Step { what, call, .. }: &Step, number: usize, of: usize, content: &str) {
    let _ = write!(text, "tell '{number} of {of}:' {what}\n{} \"${content}\" >/dev/null\n", call.set());
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
