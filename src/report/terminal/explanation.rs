//! One request explained, layer by layer.

use std::io::{self, Write};

use anstyle::Style;

use super::page::Page;
use super::{Layout, evidence, finding};
use crate::finding::{Call, Explanation, LayerAnswer, Outcome, RulesAnswer};

/// Writes an explanation.
///
/// # Errors
/// Those of the writer.
pub fn write_explanation(explanation: &Explanation, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, layout);
    let palette = layout.palette;
    let style = if explanation.decision == Outcome::Allowed { palette.clean } else { palette.high };
    let request = finding::witness(&explanation.request);
    let rest = [(Style::new(), "  ")];
    let answer = outcome(explanation.decision);
    page.wrapped(&[(style, answer), (Style::new(), ": ")], &rest, (Style::new(), &request))?;
    page.note_if_any("way", explanation.way.as_deref().unwrap_or_default())?;
    for why in &explanation.may {
        page.note("may", why)?;
    }
    for ignored in &explanation.ignored {
        page.note("ignored", ignored)?;
    }
    for call in &explanation.calls {
        page.blank()?;
        write_call(&mut page, call)?;
    }
    if !explanation.changes.is_empty() {
        page.blank()?;
        page.line(&[(palette.strong, "for it to be allowed")])?;
        for change in &explanation.changes {
            page.wrapped(&[(palette.margin, "   - ")], &[(Style::new(), "     ")], (Style::new(), change))?;
        }
    }
    if let Some(rules) = &explanation.rules {
        page.blank()?;
        write_rules(&mut page, rules)?;
    }
    Ok(())
}

fn write_call(page: &mut Page<'_>, call: &Call) -> io::Result<()> {
    let palette = page.layout().palette;
    let text = format!("{} on {}: {}", call.action, call.resource, outcome(call.decision));
    page.wrapped(&[], &[(Style::new(), "  ")], (palette.strong, &text))?;
    for layer in &call.layers {
        write_layer(page, layer)?;
    }
    Ok(())
}

fn write_layer(page: &mut Page<'_>, layer: &LayerAnswer) -> io::Result<()> {
    let palette = page.layout().palette;
    let (mark, style) = if layer.blocks { ("x", palette.high) } else { ("-", palette.margin) };
    let says = format!(" {}", layer.answer.as_str());
    page.line(&[
        (Style::new(), " "),
        (style, mark),
        (Style::new(), " "),
        (palette.strong, &layer.layer),
        (Style::new(), &says),
    ])?;
    if !layer.statements.is_empty() {
        evidence::write(page, &layer.statements, &|_| false)?;
    }
    for near in &layer.near {
        let name =
            format!("{} does not apply: {}", evidence::name(&near.statement, false), near.lacks.join("; "));
        page.note("near", &name)?;
    }
    Ok(())
}

fn write_rules(page: &mut Page<'_>, rules: &RulesAnswer) -> io::Result<()> {
    let palette = page.layout().palette;
    let (verdict, style) = match (rules.permitted, rules.unread.is_empty()) {
        (true, _) => ("sanctioned", palette.clean),
        (false, true) => ("not sanctioned", palette.high),
        (false, false) => ("undecided", palette.undecided),
    };
    let text = format!("{verdict} by the rules for {}", rules.dataset);
    page.wrapped(&[], &[(Style::new(), "  ")], (style, &text))?;
    page.note_if_any("permits", &finding::first_of(&rules.permits, usize::MAX))?;
    page.note_if_any("breaks", &finding::first_of(&rules.violated, usize::MAX))?;
    page.note_if_any("unread", &finding::first_of(&rules.unread, usize::MAX))
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::ExplicitlyDenied => "denied explicitly",
        Outcome::ImplicitlyDenied => "denied, for nothing allows it",
    }
}
