//! Completions, man pages and the version.

use std::process::Command;

use bridge::args::Cli;
use clap::CommandFactory;
use clap_complete::Shell;

use super::kit::{bare, run};

/// The words of each command, such as `["employer", "hire"]`.
fn commands() -> Vec<Vec<String>> {
    fn below(command: &clap::Command, before: &[String], all: &mut Vec<Vec<String>>) {
        for sub in command.get_subcommands() {
            let words = [before, &[sub.get_name().to_owned()]].concat();
            below(sub, &words, all);
            all.push(words);
        }
    }
    let mut all = Vec::new();
    below(&Cli::command(), &[], &mut all);
    assert!(all.len() > 40, "{}", all.len());
    all
}

#[tokio::test]
async fn the_completions_of_each_shell_name_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let done = run(bare(folder.path(), &["completions", shell])).await;
        assert_eq!(done.code, Some(0), "{}", done.err);
        for command in commands() {
            let word = command.last().unwrap();
            assert!(done.out.contains(word), "{shell}: {command:?}");
        }
    }
    let unknown = run(bare(folder.path(), &["completions", "cmd"])).await;
    assert_eq!(unknown.code, Some(2));
    for shell in clap::ValueEnum::value_variants() {
        let name = Shell::to_string(shell);
        assert!(unknown.err.contains(&name), "{name}: {}", unknown.err);
    }
}

/// bash itself completes the commands and their flags.
#[tokio::test]
async fn bash_completes_a_command_and_its_flags() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(bare(folder.path(), &["completions", "bash"])).await;
    std::fs::write(folder.path().join("bridge.bash"), done.out).unwrap();
    for (line, expected) in [
        ("bridge recon", "reconcile"),
        ("bridge reconcile --dry", "--dry-run"),
    ] {
        let words: Vec<_> = line.split(' ').collect();
        let (at, current) = (words.len() - 1, words[words.len() - 1]);
        // bash calls the function with the command, the current word and the one before it.
        let script = format!(
            "source bridge.bash && COMP_WORDS=({line}) COMP_CWORD={at} && _bridge bridge {current} {} && echo \"${{COMPREPLY[*]}}\"",
            words[at - 1]
        );
        let output = Command::new("bash")
            .args(["--norc", "-c", &script])
            .current_dir(folder.path())
            .output();
        let output = output.unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert_eq!(shown.trim(), expected, "{line}: {output:?}");
    }
}

#[tokio::test]
async fn every_command_has_a_man_page_with_its_flags() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(bare(folder.path(), &["man", "share/man1"])).await;
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    for command in commands() {
        let path = folder
            .path()
            .join("share/man1")
            .join(format!("bridge-{}.1", command.join("-")));
        let page = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
        assert!(page.contains(".SH SYNOPSIS"), "{}", path.display());
    }
    let page =
        std::fs::read_to_string(folder.path().join("share/man1/bridge-reconcile.1")).unwrap();
    assert!(page.contains(r"\-\-dry\-run"), "{page}");
    let overview = std::fs::read_to_string(folder.path().join("share/man1/bridge.1")).unwrap();
    assert!(overview.contains("bridge\\-reconcile(1)"), "{overview}");

    std::fs::write(folder.path().join("file"), "").unwrap();
    let refused = run(bare(folder.path(), &["man", "file"])).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.err.contains("to file: choose a folder"),
        "{}",
        refused.err
    );
}

/// Release builds have the commit in place of `debug build`: `.ci/dist` compares it.
#[tokio::test]
async fn the_version_says_which_build_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(bare(folder.path(), &["--version"])).await;
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(done.out.trim(), format!("bridge {version} (debug build)"));
}
