//! The terminal report, as it looks at the two usual widths.

use palisade::report::{Format, Layout, Palette};

use super::sample;

fn render(assessment: &palisade::finding::Assessment, layout: &Layout) -> String {
    let mut out = vec![];
    Format::Terminal.write(assessment, layout, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

fn layout(width: usize, palette: Palette, verbose: bool) -> Layout {
    Layout { width, palette, verbose }
}

#[test]
fn at_80_columns() {
    insta::assert_snapshot!(render(&sample::assessment(), &layout(80, Palette::plain(), false)));
}

#[test]
fn at_120_columns() {
    insta::assert_snapshot!(render(&sample::assessment(), &layout(120, Palette::plain(), false)));
}

#[test]
fn in_full() {
    insta::assert_snapshot!(render(&sample::assessment(), &layout(100, Palette::plain(), true)));
}

#[test]
fn at_80_columns_in_colour() {
    let text = render(&sample::assessment(), &layout(80, Palette::colored(), false));
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn at_120_columns_in_colour() {
    let text = render(&sample::assessment(), &layout(120, Palette::colored(), false));
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn nothing_found() {
    insta::assert_snapshot!(render(&sample::clean(), &layout(80, Palette::plain(), false)));
}

#[test]
fn only_the_palette_writes_escapes() {
    let text = render(&sample::assessment(), &layout(80, Palette::plain(), true));
    assert!(!text.contains('\u{1b}'), "a role's name reached the terminal");
}

/// Nothing but a name that must not be broken reaches beyond the margin.
#[test]
fn lines_fit() {
    for width in [60, 80, 100, 120] {
        let text = render(&sample::assessment(), &layout(width, Palette::plain(), true));
        for line in text.lines().filter(|line| line.chars().count() > width) {
            let longest = line.split_whitespace().map(|word| word.chars().count()).max();
            assert!(longest > Some(30), "wider than {width}: {line}");
        }
    }
}
