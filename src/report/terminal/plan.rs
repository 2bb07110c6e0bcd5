//! Fixes for people: what each changes, what it cures, what it takes away, and whether it is proved safe.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;
use serde_json::Value;

use super::page::Page;
use super::{Layout, count, finding, quote};
use crate::finding::{Content, Edit, Fix, Loss, Open, Plan, Removal, Safety};

/// How many of a list are shown, unless all are asked for.
const SHOWN: usize = 3;

/// Writes a plan: its fixes, the findings that none cures, and what was proved of all together.
///
/// # Errors
/// Those of the writer.
pub fn write_plan(plan: &Plan, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, layout);
    for fix in &plan.fixes {
        of_fix(&mut page, fix)?;
        page.blank()?;
    }
    if !plan.open.is_empty() {
        of_open(&mut page, &plan.open)?;
        page.blank()?;
    }
    closing(&mut page, plan)
}

/// `fix[9b1c...] safe: refuse requests for acme-team-vision-prod without TLS`
fn of_fix(page: &mut Page<'_>, fix: &Fix) -> io::Result<()> {
    let palette = page.layout().palette;
    let (style, word) = match fix.proof.verdict {
        Safety::Safe => (palette.strong, "safe"),
        Safety::Breaks => (palette.critical, "breaks"),
    };
    let head = format!("fix[{}]", fix.id);
    let first = [(style, &*head), (Style::new(), " "), (style, word), (Style::new(), ": ")];
    page.wrapped(&first, &[(Style::new(), "    ")], (palette.strong, &fix.title))?;
    for edit in &fix.edits {
        of_edit(page, edit)?;
    }
    let verbose = page.layout().verbose;
    let shown = if verbose { usize::MAX } else { SHOWN };
    page.note_if_any("cures", &cures(fix))?;
    for loss in fix.proof.lost.iter().take(shown) {
        page.note("loses", &lost(loss, shown))?;
        page.note("witness", &finding::witness(&loss.witness))?;
    }
    for worse in fix.proof.new.iter().take(shown) {
        let about = [&*worse.dataset].into_iter().chain(worse.subjects.iter().map(|subject| &**subject));
        let about: Vec<&str> = about.filter(|name| !name.is_empty()).collect();
        page.note("new", &format!("{} {}", worse.rule, about.join(", ")))?;
    }
    for obstacle in &fix.proof.obstacles {
        page.note("obstacle", obstacle)?;
    }
    for removal in fix.proof.removed.iter().take(shown) {
        page.note("removes", &removed(removal, shown))?;
    }
    for size in fix.proof.sizes.iter().filter(|_| verbose) {
        page.note("size", &format!("{}: {} of {} {}", size.document, size.is, size.limit, size.unit))?;
    }
    if let Some(what) = &fix.assumes {
        page.note("assumes", what)?;
    }
    for note in &fix.notes {
        page.note("note", note)?;
    }
    Ok(())
}

/// Where, and what goes and comes: of policies statement by statement.
fn of_edit(page: &mut Page<'_>, edit: &Edit) -> io::Result<()> {
    let palette = page.layout().palette;
    let place = format!("{} (account {})", edit.target.describe(), edit.account);
    page.line(&[(palette.margin, "  --> "), (Style::new(), &place)])?;
    let parts = |content: &Option<Content>| match content {
        Some(content) => parts(&content.value(), edit.target.is_policy()),
        None => vec![],
    };
    let (before, after) = (parts(&edit.before), parts(&edit.after));
    let width = page.layout().width.saturating_sub(7);
    let gone = before.iter().filter(|part| !after.contains(part)).map(|part| ("-", palette.critical, part));
    let come = after.iter().filter(|part| !before.contains(part)).map(|part| ("+", palette.clean, part));
    for (sign, style, part) in gone.chain(come) {
        for line in quote::lines(part, width) {
            page.line(&[(palette.margin, "   | "), (style, sign), (Style::new(), " "), (style, &line)])?;
        }
    }
    Ok(())
}

/// What a content is made of: statements, tags, or the whole.
fn parts(content: &Value, is_policy: bool) -> Vec<Value> {
    match (content.get("Statement").filter(|_| is_policy), content) {
        (Some(Value::Array(statements)), _) => statements.clone(),
        (Some(statement), _) => vec![statement.clone()],
        (None, Value::Array(items)) => items.clone(),
        (None, whole) => vec![whole.clone()],
    }
}

/// `6 findings: plaintext-access (5), tls-not-enforced`
fn cures(fix: &Fix) -> String {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for cure in &fix.proof.cures {
        *rules.entry(&cure.rule).or_default() += 1;
    }
    let named = rules
        .iter()
        .map(|(rule, times)| if *times == 1 { (*rule).to_owned() } else { format!("{rule} ({times})") });
    let named: Vec<String> = named.collect();
    format!("{}: {}", count(fix.proof.cures.len(), "finding"), named.join(", "))
}

fn lost(loss: &Loss, shown: usize) -> String {
    let who = finding::first_of(&loss.subjects, shown);
    let what = finding::first_of(&loss.actions, shown);
    format!("{what} on {} by {who}, which {} sanctions", loss.dataset, loss.permit)
}

fn removed(removal: &Removal, shown: usize) -> String {
    let who = finding::first_of(&removal.subjects, shown);
    let actions = finding::first_of(&removal.actions, shown);
    format!("some or all requests of {who} on {} for {actions}", removal.dataset)
}

/// The findings that nothing cures, by why.
fn of_open(page: &mut Page<'_>, open: &[Open]) -> io::Result<()> {
    let mut reasons: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for finding in open {
        *reasons.entry(&finding.why).or_default().entry(&finding.rule).or_default() += 1;
    }
    for (why, rules) in reasons {
        let strong = page.layout().palette.strong;
        page.line(&[(strong, &format!("no fix for {}", count(rules.values().sum(), "finding")))])?;
        page.note("why", why)?;
        let rules: Vec<String> = rules.iter().map(|(rule, times)| format!("{rule} ({times})")).collect();
        page.note("rules", &rules.join(", "))?;
    }
    Ok(())
}

fn closing(page: &mut Page<'_>, plan: &Plan) -> io::Result<()> {
    let strong = page.layout().palette.strong;
    let safe = plan.fixes.iter().filter(|fix| fix.proof.verdict == Safety::Safe).count();
    let breaking = plan.fixes.len() - safe;
    let first = format!(
        "{safe} safe {}, {breaking} that {} something",
        if safe == 1 { "fix" } else { "fixes" },
        if breaking == 1 { "breaks" } else { "break" }
    );
    page.line(&[(strong, &first)])?;
    if safe == 0 {
        return Ok(());
    }
    let text = match plan.together.verdict {
        Safety::Safe => format!(
            "audited again with all safe fixes made: {} gone, none new, no sanctioned access lost",
            count(plan.together.cures.len(), "finding")
        ),
        Safety::Breaks => {
            "audited again with all safe fixes made: together they break something; apply them one by one"
                .to_owned()
        }
    };
    page.note("together", &text)
}
