//! The functions of the shell that the scripts call.

use std::collections::BTreeSet;

const LIBRARY: &str = include_str!("library.sh");

/// The functions of these names, and those that they call, in the order of the library: each stands after those that it calls.
pub(super) fn functions(mut needed: BTreeSet<String>) -> String {
    let mut taken = vec![];
    for (name, text) in parts().into_iter().rev().filter(|(name, _)| !name.is_empty()) {
        if needed.contains(name) {
            let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            needed.extend(words.map(str::to_owned));
            taken.push(text);
        }
    }
    taken.reverse();
    taken.join("\n")
}

/// The library cut at its empty lines, each part with the name of its function; the first part is for its readers.
fn parts() -> Vec<(&'static str, String)> {
    let part = |text: &'static str| {
        let head = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
        (head.strip_suffix("() {").unwrap_or_default(), text.trim_end().to_owned() + "\n")
    };
    LIBRARY.split("\n\n").map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_but_the_first_is_a_function_that_stands_after_those_it_calls() {
        let parts = parts();
        assert!(parts.iter().skip(1).all(|(name, _)| !name.is_empty()));
        for (place, (name, _)) in parts.iter().enumerate().skip(1) {
            let earlier = parts.iter().take(place).skip(1);
            assert!(earlier.into_iter().all(|(_, text)| !text.contains(&format!("  {name} "))), "{name}");
        }
    }

    #[test]
    fn only_what_is_needed_is_taken() {
        let text = functions(["get_tags".to_owned()].into());
        let names: Vec<&str> = text.lines().filter_map(|line| line.strip_suffix("() {")).collect();
        assert_eq!(names, ["unless_absent", "bucket", "get_tags"]);
    }
}
