//! `postmortem completions` and `postmortem man`: what a shell and a reader of manuals want to know of the commands.

use std::path::Path;

use clap_complete::Shell;
use clap_mangen::Man;

use super::args::ManArgs;

/// Prints a script that completes what is typed.
pub(super) fn completions(shell: Shell, mut command: clap::Command) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "postmortem", &mut script);
    outln!("{}", String::from_utf8_lossy(&script).trim_end());
}

/// Prints a page of the manual, or writes them all.
pub(super) fn man(args: &ManArgs, command: clap::Command) -> Result<(), String> {
    let pages = pages(command);
    if let Some(directory) = &args.directory {
        std::fs::create_dir_all(directory)
            .map_err(|problem| format!("{} cannot be made: {problem}.", directory.display()))?;
        for (name, page) in &pages {
            write(directory, &format!("{name}.1"), page)?;
        }
        return Ok(());
    }
    let wanted = args
        .command
        .as_ref()
        .map_or_else(|| "postmortem".to_owned(), |command| format!("postmortem-{command}"));
    let (_, page) = pages.iter().find(|(name, _)| *name == wanted).ok_or_else(|| {
        let command = args.command.as_deref().unwrap_or_default();
        format!("there is no command {command:?}; `postmortem help` lists them all.")
    })?;
    outln!("{}", page.trim_end());
    Ok(())
}

fn write(directory: &Path, name: &str, page: &str) -> Result<(), String> {
    let file = directory.join(name);
    std::fs::write(&file, page).map_err(|problem| format!("{} cannot be written: {problem}.", file.display()))
}

/// The name and text of each page: of the program, and of each of its commands.
fn pages(command: clap::Command) -> Vec<(String, String)> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let page = |command: &clap::Command, name: &str| {
        let mut page = Vec::new();
        let date = "";
        // Writing into memory does not fail.
        let _ = Man::new(command.clone().display_name(name.to_owned()))
            .date(date)
            .source(concat!("postmortem ", env!("CARGO_PKG_VERSION")))
            .manual("Postmortem")
            .render(&mut page);
        (name.to_owned(), String::from_utf8_lossy(&page).into_owned())
    };
    let mut pages = vec![page(&command, "postmortem")];
    for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        pages.push(page(one, &format!("postmortem-{}", one.get_name())));
    }
    pages
}
