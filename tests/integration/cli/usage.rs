//! Help, version, completions, and command lines that make no sense.

use super::{code, palisade, run, stderr, stdout};

#[test]
fn without_arguments_it_tells_what_it_can_do() {
    let output = run(&[]);
    assert_eq!(code(&output), 2);
    assert!(stdout(&output).is_empty());
    assert!(stderr(&output).contains("Usage: palisade"));
}

#[test]
fn help() {
    for (command, name) in [
        (&[][..], "palisade"),
        (&["audit"], "audit"),
        (&["who-can"], "who-can"),
        (&["can"], "can"),
        (&["explain"], "explain"),
        (&["fix"], "fix"),
        (&["simulate"], "simulate"),
        (&["rules"], "rules"),
        (&["rules", "list"], "rules list"),
        (&["rules", "explain"], "rules explain"),
        (&["collect"], "collect"),
        (&["permissions"], "permissions"),
        (&["completions"], "completions"),
    ] {
        let output = run(&[command, &["--help"]].concat());
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{name}");
        insta::assert_snapshot!(format!("help of {name}"), stdout(&output));
    }
}

#[test]
fn every_command_has_examples() {
    for command in [
        "audit",
        "who-can",
        "can",
        "explain",
        "fix",
        "collect",
        "permissions",
        "simulate",
        "rules",
        "completions",
    ] {
        assert!(
            stdout(&run(&[command, "--help"])).contains(&format!("Examples:\n  palisade {command}")),
            "{command}"
        );
    }
}

#[test]
fn the_version_is_the_packages() {
    let output = run(&["--version"]);
    assert_eq!((code(&output), stdout(&output)), (0, concat!("palisade ", env!("CARGO_PKG_VERSION"), "\n")));
}

#[test]
fn errors_of_usage_name_what_is_wrong_and_what_is_near() {
    for (arguments, words) in [
        (&["audot", "demo"][..], &["'audot'", "'audit'"][..]),
        (&["audit"], &["<SOURCE>"]),
        (&["audit", "demo", "--formt", "json"], &["'--formt'", "'--format'"]),
        (&["audit", "demo", "--format", "yaml"], &["'yaml'", "terminal", "json"]),
        (&["audit", "demo", "--min-severity", "hihg"], &["'hihg'", "'high'"]),
        (&["audit", "demo", "--fail-on", "always"], &["'always'", "never"]),
        (
            &["audit", "demo", "--rule", "models-not-verisoned"],
            &["'models-not-verisoned'", "'models-not-versioned'"],
        ),
        (&["audit", "demo", "--class", "model"], &["'model'", "'models'"]),
        (&["rules", "list", "--class", "zzzz"], &["'zzzz'", "models"]),
        (
            &["rules", "explain", "models-not-verisoned"],
            &["'models-not-verisoned'", "'models-not-versioned'"],
        ),
        (&["completions", "tcsh"], &["'tcsh'", "bash"]),
    ] {
        let output = run(arguments);
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{arguments:?}");
        for word in words {
            assert!(
                stderr(&output).contains(word),
                "{arguments:?} does not say {word}:\n{}",
                stderr(&output)
            );
        }
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = run(&["completions", shell]);
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{shell}");
        for word in ["audit", "simulate", "completions", "fail-on"] {
            assert!(stdout(&output).contains(word), "{shell} does not complete {word}");
        }
    }
}

#[test]
fn help_has_no_colour_unless_it_is_forced() {
    assert!(!stdout(&run(&["--help"])).contains('\u{1b}'));
    let forced = palisade(&["--help"]).env("CLICOLOR_FORCE", "1").output().expect("palisade starts");
    assert!(stdout(&forced).contains('\u{1b}'));
}
