//! `palisade rules`: what is judged, and why.

use palisade::finding::Rule;
use palisade::report::{Layout, terminal as page, write_json};

use super::{judging, known};
use crate::args::{ListFormat, PoliciesArg, RulesArgs, RulesCommand};
use crate::error::Failure;
use crate::exit::Exit;
use crate::output::Output;
use crate::terminal::Terminal;

pub(crate) fn run(args: &RulesArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    match &args.command {
        RulesCommand::List { format, classes, policies } => list(*format, classes, policies, terminal)?,
        RulesCommand::Explain { id, policies } => explain(id, policies, terminal)?,
    }
    Ok(Exit::Clean)
}

fn list(
    format: ListFormat,
    classes: &[String],
    policies: &PoliciesArg,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let intent = judging::intent(policies)?;
    let mut of_rules: Vec<&str> = intent.rules().iter().filter_map(|rule| rule.class.as_deref()).collect();
    of_rules.sort_unstable();
    of_rules.dedup();
    known::check(classes, of_rules.iter().copied(), "--class <CLASS>", "palisade rules list")?;
    let is_asked_for = |rule: &&Rule| {
        classes.is_empty() || rule.class.as_deref().is_some_and(|of| classes.iter().any(|class| class == of))
    };
    let rules: Vec<&Rule> = intent.rules().iter().filter(is_asked_for).collect();
    Output::Stdout.write(|out| match format {
        ListFormat::Terminal => page::write_rules(&rules, &layout(terminal), out),
        ListFormat::Json => write_json(&rules, out),
    })
}

fn explain(id: &str, policies: &PoliciesArg, terminal: &Terminal) -> Result<(), Failure> {
    let intent = judging::intent(policies)?;
    let ids = intent.rules().iter().map(|rule| &*rule.id);
    known::check(&[id.to_owned()], ids, "<ID>", "palisade rules list")?;
    let Some(rule) = intent.rules().iter().find(|rule| *rule.id == *id) else { return Ok(()) };
    Output::Stdout.write(|out| page::write_rule(rule, intent.page(id), &layout(terminal), out))
}

fn layout(terminal: &Terminal) -> Layout {
    let is_terminal = Output::Stdout.is_terminal();
    Layout { width: terminal.width(is_terminal), palette: terminal.palette(is_terminal), verbose: false }
}
