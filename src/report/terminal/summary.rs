//! The figures at the end.

use std::io;

use anstyle::Style;
use comfy_table::{Cell, CellAlignment, Table, presets};

use super::count;
use super::page::Page;
use crate::finding::{Assessment, ClassSummary, Fixable, Severity};

pub(super) fn write(page: &mut Page<'_>, assessment: &Assessment) -> io::Result<()> {
    let classes = assessment.by_class();
    if !classes.is_empty() {
        table(page, &classes)?;
        page.blank()?;
    }
    verdict(page, assessment)?;
    if is_incomplete(assessment) {
        plain(page, "what is undecided or could not be read is no pass: the rules may be broken there")?;
    }
    let estate = &assessment.estate;
    let judged = format!(
        "{} judged on {}, {} and {}, as of {}",
        count(assessment.summary.rules, "rule"),
        count(estate.accounts, "account"),
        count(estate.buckets, "bucket"),
        count(estate.principals, "principal"),
        estate.collected_at,
    );
    plain(page, &judged)?;
    let pairs = assessment.summary.pairs;
    if pairs > 0 {
        plain(page, &format!("access decided over all requests of {}", count(pairs, "pair")))?;
    }
    if let Some(fixes) = assessment.summary.fixes.filter(|fixes| *fixes != Fixable::default()) {
        plain(page, &fixable(fixes))?;
    }
    if let Some(finding) = assessment.findings.first() {
        plain(page, &format!("`palisade rules explain {}` tells why a rule is there", finding.rule))?;
    }
    Ok(())
}

fn table(page: &mut Page<'_>, classes: &[ClassSummary<'_>]) -> io::Result<()> {
    let palette = page.layout().palette;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let severities = Severity::ALL.into_iter().map(|severity| severity.to_string());
    let names = ["class".to_owned(), "data sets".to_owned()].into_iter().chain(severities);
    table.set_header(names.chain(["undecided".to_owned()]));
    for class in classes {
        let datasets = class.class.map_or_else(|| "-".to_owned(), |_| class.datasets.to_string());
        let violations = Severity::ALL.into_iter().map(|severity| class.violations.get(&severity).copied());
        let figures = violations.chain([Some(class.undecided)]).map(|figure| match figure {
            None | Some(0) => "-".to_owned(),
            Some(figure) => figure.to_string(),
        });
        table.add_row(
            [class.class.unwrap_or("(none)").to_owned(), datasets].into_iter().chain(figures).map(Cell::new),
        );
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for (number, line) in table.lines().enumerate() {
        let style = if number == 0 { palette.strong } else { Style::new() };
        page.line(&[(style, line.strip_prefix(' ').unwrap_or(&line).trim_end())])?;
    }
    Ok(())
}

/// One line that says how it went: `6 violations: 1 critical, 5 high; 2 undecided; 3 gaps`.
fn verdict(page: &mut Page<'_>, assessment: &Assessment) -> io::Result<()> {
    let palette = page.layout().palette;
    let summary = &assessment.summary;
    let worst = Severity::ALL.into_iter().filter_map(|severity| {
        let number = summary.violations.get(&severity).copied().unwrap_or_default();
        (number > 0).then_some((severity, number))
    });
    let worst: Vec<_> = worst.collect();
    let mut text = match summary.violations.values().sum() {
        0 => "no violations".to_owned(),
        total => {
            let parts: Vec<_> =
                worst.iter().map(|(severity, number)| format!("{number} {severity}")).collect();
            format!("{}: {}", count(total, "violation"), parts.join(", "))
        }
    };
    if summary.undecided > 0 {
        text = format!("{text}; {} undecided", summary.undecided);
    }
    if summary.gaps > 0 {
        text = format!("{text}; {}", count(summary.gaps, "gap"));
    }
    if summary.hidden > 0 {
        text = format!("{text}; {} left out by filters", count(summary.hidden, "finding"));
    }
    let style = match worst.first() {
        Some((severity, _)) => palette.severity(*severity),
        None if is_incomplete(assessment) => palette.undecided,
        None => palette.clean,
    };
    page.wrapped(&[(Style::new(), "")], &[(Style::new(), "")], (style, &text))
}

/// `48 of 50 violations have a fix that is proved safe, 2 one that breaks something; `palisade fix` shows them`
fn fixable(fixes: Fixable) -> String {
    let Fixable { safe, breaks, none } = fixes;
    let all = count(safe + breaks + none, "violation");
    let mut text = format!("{safe} of {all} can be cured by a fix that is proved safe");
    if breaks > 0 {
        text = format!("{text}, {breaks} by one that breaks something");
    }
    format!("{text}; `palisade fix` shows what is changed")
}

fn is_incomplete(assessment: &Assessment) -> bool {
    assessment.summary.undecided + assessment.summary.gaps > 0
}

fn plain(page: &mut Page<'_>, text: &str) -> io::Result<()> {
    page.wrapped(&[], &[], (page.layout().palette.faint, text))
}
