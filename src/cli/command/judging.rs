//! By what is judged: the bundled rules, or those of the user's files.

use std::fs;
use std::path::{Path, PathBuf};

use palisade::classify::Rules;
use palisade::intent::{Intent, PolicyFile};

use crate::args::PoliciesArg;
use crate::error::Failure;

/// What a policy folder is made of; other files in it are not ours.
const EXTENSIONS: [&str; 4] = ["cedar", "cedarschema", "md", "toml"];

pub(super) fn intent(arg: &PoliciesArg) -> Result<Intent, Failure> {
    match &arg.policies {
        None => Ok(Intent::bundled()?),
        Some(folder) => Ok(Intent::load(&policy_files(folder)?)?),
    }
}

pub(super) fn classification(file: Option<&Path>) -> Result<Rules, Failure> {
    match file {
        None => Ok(Rules::bundled()),
        Some(file) => Ok(Rules::parse(&read(file)?, &file.display().to_string())?),
    }
}

/// The files of a policy folder, by name: errors and rules come in the same order on every disk.
fn policy_files(folder: &Path) -> Result<Vec<PolicyFile>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(format!("cannot read the policies in {}", folder.display())).because(&error)
    };
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>().map_err(unreadable)?;
    paths.retain(|path| EXTENSIONS.iter().any(|extension| path.extension() == Some(extension.as_ref())));
    paths.sort();
    paths
        .iter()
        .map(|path| Ok(PolicyFile { name: path.display().to_string().into(), text: read(path)?.into() }))
        .collect()
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {}", path.display())).because(&error))
}
