//! Fills a database with trainers in all states, and measures the console's pages on it.
//!
//! ```sh
//! cargo build --release -p bridge --all-features --bins --example console_scale
//! target/release/examples/console_scale target/release/bridge 10000
//! target/release/examples/console_scale --fill FILE 300
//! ```

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "this is what it is for; a measurement ends where it is surprised"
)]

#[path = "console_scale/fill.rs"]
mod fill;
#[path = "console_scale/requests.rs"]
mod requests;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reqwest::header::{COOKIE, SET_COOKIE};

/// Requests of each page. The first one after a change reads the database.
const TIMES: usize = 7;

const PAGES: [&str; 16] = [
    "/",
    "/people",
    "/people?state=granted&project=project-7",
    "/people/of?what=usr_00007",
    "/people/of?what=ctr_00007",
    "/projects",
    "/projects/of?id=project-7",
    "/budgets",
    "/budgets?level=low",
    "/budgets/of?connection=default&contract=ctr_00007",
    "/deliveries",
    "/deliveries?outcome=refused",
    "/dead-letters",
    "/usage",
    "/audit",
    "/audit/late",
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["--fill", file, count] => fill::fill(Path::new(file), count.parse()?).await,
        [program, count] => measure(program, count.parse()?).await,
        _ => bail!("usage: console_scale PROGRAM COUNT, or console_scale --fill FILE COUNT"),
    }
}

/// Prints the times of each page: the first, which reads the database, and the median of the others.
async fn measure(program: &str, count: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bridge.db");
    fill::fill(&file, count).await?;
    let mut child = Command::new(program)
        .args(["console", "--db"])
        .arg(&file)
        .env_clear()
        .current_dir(folder.path())
        .env("BRIDGE_CONNECTIONS", folder.path().join("none.json"))
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{program} can't be started"))?;
    let measured = pages(&mut child, &file).await;
    child.kill()?;
    child.wait()?;
    measured
}

async fn pages(child: &mut Child, file: &Path) -> anyhow::Result<()> {
    let out = child.stdout.take().context("the console has no output")?;
    let mut lines = BufReader::new(out).lines().map_while(Result::ok);
    let link =
        lines.find_map(|line| Some(line.trim().to_owned()).filter(|it| it.starts_with("http")));
    let link = link.context("the console printed no link")?;
    let (origin, _) = link.split_once("/open").context("not a link")?;
    let base = shared::http::BaseUrl::parse(origin).context("not an address")?;
    let client = shared::http::client(&base, Duration::from_secs(60))?;
    let opened = client.get(&link).send().await?;
    let cookie = opened
        .headers()
        .get(SET_COOKIE)
        .context("no cookie")?
        .to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    println!("| page | after a change | again, median | size |\n|---|---|---|---|");
    for page in PAGES {
        let mut times = Vec::new();
        let mut size = 0;
        // As a commit of a bridge does, so that the first request reads the database.
        touch(file)?;
        for _ in 0..TIMES {
            let begun = Instant::now();
            let request = client
                .get(format!("{origin}{page}"))
                .header(COOKIE, &cookie);
            let answer = request.send().await?;
            let status = answer.status();
            size = answer.bytes().await?.len();
            times.push(begun.elapsed());
            if !status.is_success() {
                bail!("{page} answered {status}");
            }
        }
        let first = times.remove(0).as_millis();
        times.sort();
        let median = times[times.len() / 2].as_millis();
        println!(
            "| `{page}` | {first} ms | {median} ms | {} KB |",
            size / 1024
        );
    }
    Ok(())
}

fn touch(file: &Path) -> anyhow::Result<()> {
    let db = rusqlite::Connection::open(file)?;
    db.execute(
        "INSERT INTO journal_count VALUES (?, 'too-slow', '', 1) ON CONFLICT DO UPDATE SET requests = requests + 1",
        [0],
    )?;
    Ok(())
}
