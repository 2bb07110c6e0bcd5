//! Where output goes, and what happens if it cannot.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use super::{code, run, stderr, stdout, text};

#[test]
fn a_report_goes_to_a_file_in_one_piece() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.json");
    fs::write(&file, "an older report").expect("written");
    let output = run(&["audit", "demo", "--format", "json", "--output", text(&file)]);
    assert_eq!((code(&output), stdout(&output)), (1, ""));
    assert!(stderr(&output).starts_with(&format!("wrote {}: ", text(&file))));
    let report = fs::read_to_string(&file).expect("a report");
    assert_eq!(report, stdout(&run(&["audit", "demo", "--format", "json"])));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left behind");
}

#[test]
fn a_file_is_not_coloured_like_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.txt");
    assert_eq!(stderr(&run(&["audit", "demo", "--quiet", "--output", text(&file)])), "");
    assert!(!fs::read_to_string(&file).expect("a report").contains('\u{1b}'));
}

#[test]
fn a_dash_is_standard_output() {
    assert_eq!(stdout(&run(&["audit", "demo", "--output", "-"])), stdout(&run(&["audit", "demo"])));
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let output = run(&["audit", "demo", "--output", "/no/such/folder/report.json"]);
    assert_eq!((code(&output), stdout(&output)), (4, ""));
    assert!(stderr(&output).contains("cannot write /no/such/folder/report.json"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_the_umask_decides_who_reads() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().expect("a folder");
    let (file, link, plain) =
        (folder.path().join("real"), folder.path().join("link"), folder.path().join("plain"));
    fs::write(&file, "").expect("written");
    fs::write(&plain, "").expect("written");
    symlink(&file, &link).expect("linked");
    run(&["audit", "demo", "--output", text(&link)]);
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert!(!fs::read_to_string(&file).expect("a report").is_empty());
    let mode = |path| fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode(&file), mode(&plain));
}

/// `palisade ... | head -1` is no reason to complain.
#[cfg(unix)]
#[test]
fn a_reader_may_leave() {
    for arguments in [&["audit", "demo"][..], &["rules", "list"], &["completions", "bash"], &["--help"]] {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("palisade"))
            .args(arguments)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("palisade starts");
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        assert_eq!(said, "", "{arguments:?}");
        assert!(matches!(child.wait().expect("an end").code(), Some(0 | 1)), "{arguments:?}");
    }
}
