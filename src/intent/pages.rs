//! The Markdown pages beside the policies: one section a rule.

use std::collections::BTreeMap;

use super::PolicyFile;

/// The sections with the wanted headings: each from its heading `## rule-id` to the next one of that level or above.
pub(super) fn sections(files: &[PolicyFile], wanted: impl Fn(&str) -> bool) -> BTreeMap<Box<str>, Box<str>> {
    let pages = files.iter().filter(|file| file.name.ends_with(".md"));
    let sections = pages.flat_map(|page| split(&page.text)).filter(|(heading, _)| wanted(heading));
    sections.map(|(heading, section)| (heading.into(), section.into())).collect()
}

/// The sections of a page under its headings of the second level.
fn split(page: &str) -> Vec<(&str, &str)> {
    let mut starts = vec![];
    let mut offset = 0;
    let mut fenced = false;
    for line in page.split_inclusive('\n') {
        fenced ^= line.starts_with("```");
        if !fenced && (line.starts_with("# ") || line.starts_with("## ")) {
            starts.push(offset);
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([page.len()]);
    let sections = starts.iter().zip(ends).filter_map(|(start, end)| page.get(*start..end));
    sections
        .filter_map(|section| {
            let heading = section.lines().next()?.strip_prefix("## ")?;
            Some((heading.trim().trim_matches('`'), section.trim_end()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_ends_at_the_next_heading_that_is_not_in_a_block() {
        let page = "# Page\n\nText.\n\n## one\n\n```\n## not-this\n```\n\n### part\n\n## two\nLast.\n";
        let sections = split(page);
        assert_eq!(
            sections,
            [("one", "## one\n\n```\n## not-this\n```\n\n### part"), ("two", "## two\nLast.")]
        );
    }
}
