//! `palisade who-can`, `can` and `explain`: one question about an estate, and its answer.

use palisade::assess::{self, Options};
use palisade::classify::Rules;
use palisade::estate::Estate;
use palisade::finding::{Assessment, Finding, Grants};
use palisade::intent::Intent;
use palisade::question::{self, Asked, Asset};
use palisade::report::{Layout, terminal as page, write_json};

use super::judging;
use super::source::From;
use crate::args::{AboutArgs, CanArgs, ExplainArgs, WhoCanArgs};
use crate::error::Failure;
use crate::exit::Exit;
use crate::output::Output;
use crate::terminal::{Progress, Terminal};

pub(crate) fn who_can(args: &WhoCanArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let about = About::read(&args.about)?;
    let answer = question::who_can(&about.estate, &about.rules, &args.action, &args.resource)?;
    let layout = layout(&args.about, terminal);
    Output::Stdout.write(|out| {
        if args.about.json { write_json(&answer, out) } else { page::write_who_can(&answer, &layout, out) }
    })?;
    Ok(exit(&answer))
}

pub(crate) fn can(args: &CanArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let About { intent, rules, estate } = About::read(&args.about)?;
    let answer = question::can(&estate, &rules, &intent, &args.principal, args.resource.as_ref())?;
    let layout = layout(&args.about, terminal);
    Output::Stdout.write(|out| {
        if args.about.json { write_json(&answer, out) } else { page::write_can(&answer, &layout, out) }
    })?;
    Ok(exit(&answer))
}

pub(crate) fn explain(args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let about = About::read(&args.about)?;
    match (&args.fingerprint, &args.principal, &args.action, &args.resource) {
        (None, Some(principal), Some(action), Some(asset)) => {
            let context = args.context();
            let asked = Asked { principal, action, asset, context: &context };
            explain_request(&about, &asked, &args.about, terminal)?;
        }
        (fingerprint, ..) => {
            explain_finding(&about, fingerprint.as_deref().unwrap_or_default(), &args.about, terminal)?;
        }
    }
    Ok(Exit::Clean)
}

/// What is asked about, and by what it is judged.
struct About {
    intent: Intent,
    rules: Rules,
    estate: Estate,
}

impl About {
    fn read(args: &AboutArgs) -> Result<Self, Failure> {
        // Whatever can be wrong with the arguments comes to light before minutes of reading.
        let intent = judging::intent(&args.policies)?;
        let rules = judging::classification(args.classification.as_deref())?;
        let from = From {
            source: &args.source,
            #[cfg(feature = "aws")]
            collecting: &args.collecting,
            #[cfg(feature = "aws")]
            buckets: vec![],
            #[cfg(feature = "aws")]
            quiet: args.quiet,
        };
        from.check()?;
        let progress = Progress::new(args.quiet);
        let estate = from.estate(&progress)?;
        Ok(Self { intent, rules, estate })
    }
}

fn explain_request(
    about: &About,
    asked: &Asked<'_>,
    args: &AboutArgs,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let explanation = question::explain(&about.estate, &about.rules, &about.intent, asked)?;
    let layout = layout(args, terminal);
    Output::Stdout.write(|out| {
        if args.json {
            write_json(&explanation, out)
        } else {
            page::write_explanation(&explanation, &layout, out)
        }
    })
}

/// A finding in full, and the derivation of its witness.
fn explain_finding(
    about: &About,
    fingerprint: &str,
    args: &AboutArgs,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let options = Options { all_subjects: args.verbose, simulations: false };
    let assessment = assess::audit(&about.estate, &about.rules, &about.intent, &options)?;
    let finding = named(&assessment, fingerprint)?;
    let explanation = match finding.witness.as_ref().and_then(request) {
        None => None,
        Some((principal, action, asset, context)) => {
            let asked = Asked { principal, action, asset: &asset, context: &context };
            let mut explanation = question::explain(&about.estate, &about.rules, &about.intent, &asked)?;
            // What the role itself may do is not what is wrong.
            explanation.rules = explanation.rules.filter(|_| finding.via.is_empty());
            Some(explanation)
        }
    };
    let layout = layout(args, terminal);
    Output::Stdout.write(|out| {
        if args.json {
            return write_json(&serde_json::json!({ "finding": finding, "explanation": explanation }), out);
        }
        page::write_finding(finding, &layout, out)?;
        match &explanation {
            None => Ok(()),
            Some(explanation) => {
                writeln!(out)?;
                page::write_explanation(explanation, &layout, out)
            }
        }
    })
}

/// The finding whose fingerprint begins like this.
fn named<'a>(assessment: &'a Assessment, fingerprint: &str) -> Result<&'a Finding, Failure> {
    let wanted = fingerprint.to_ascii_lowercase();
    let is_meant = |finding: &&Finding| finding.fingerprint.to_string().starts_with(&wanted);
    let found: Vec<&Finding> = assessment.findings.iter().filter(is_meant).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::new(format!("no finding has the fingerprint {fingerprint}")).with_help(
            "an audit of the same evidence prints the fingerprints; a finding that is cured has none",
        )),
        many => Err(Failure::new(format!(
            "{} findings have fingerprints that begin with {fingerprint}",
            many.len()
        ))
        .with_help("write more of it")),
    }
}

/// Principal, action, resource, and condition keys.
type Request<'w> = (&'w str, &'w str, Asset, Vec<(Box<str>, Vec<Box<str>>)>);

/// The request of a witness.
fn request(witness: &serde_json::Value) -> Option<Request<'_>> {
    let request = witness.get("request")?;
    let text = |pointer| request.pointer(pointer)?.as_str();
    let values = |stated: &serde_json::Value| -> Vec<Box<str>> {
        let all = stated.as_array().map_or(std::slice::from_ref(stated), |values| values);
        all.iter().filter_map(|value| Some(value.as_str()?.into())).collect()
    };
    let context = request.get("contextVariables")?.as_object()?;
    let context = context.iter().map(|(key, stated)| (key.as_str().into(), values(stated))).collect();
    let asset = Asset::parse(text("/resource/resource")?).ok()?;
    Some((text("/principal")?, text("/action")?, asset, context))
}

fn layout(args: &AboutArgs, terminal: &Terminal) -> Layout {
    let is_terminal = Output::Stdout.is_terminal();
    Layout {
        width: terminal.width(is_terminal),
        palette: terminal.palette(is_terminal),
        verbose: args.verbose,
    }
}

/// What could not be decided or read may add to the answer.
fn exit(answer: &Grants) -> Exit {
    if answer.undecided.is_empty() && answer.gaps.is_empty() { Exit::Clean } else { Exit::Incomplete }
}
