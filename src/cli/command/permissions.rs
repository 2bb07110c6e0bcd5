//! `palisade permissions`: what the collector must be allowed, and nothing else; and what applying fixes needs beside it.

use std::io::{self, Write};

use palisade::source::aws::permissions::{self, Member};
use palisade::source::aws::{APIS, Caller, RoleOptions, WRITES};

use crate::args::{PermissionsArgs, PermissionsFormat};
use crate::error::Failure;
use crate::exit::Exit;
use crate::output::Output;

pub(crate) fn run(args: &PermissionsArgs) -> Result<Exit, Failure> {
    let role = RoleOptions { arn_template: RoleOptions::template(&args.role_name), ..RoleOptions::default() };
    let member = Member {
        role_name: args.role_name.clone(),
        trusted_account: args.trusted_account.map(|account| account.to_string()),
        external_id: args.external_id.clone(),
        writes: args.write,
    };
    Output::Stdout.write(|out| match args.format {
        PermissionsFormat::Policy if args.write => json(&permissions::write_policy(&role), out),
        PermissionsFormat::Policy => {
            let caller = if args.caller { Caller::Home } else { Caller::Member };
            json(&permissions::policy(caller, &role), out)
        }
        PermissionsFormat::Cloudformation => write!(out, "{}", permissions::cloudformation(&member)),
        PermissionsFormat::Terraform => write!(out, "{}", permissions::terraform(&member)),
        PermissionsFormat::Calls => json(if args.write { WRITES } else { APIS }, out),
    })?;
    Ok(Exit::Clean)
}

fn json(content: &(impl serde::Serialize + ?Sized), out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, content)?;
    writeln!(out)
}
