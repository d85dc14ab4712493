//! A real Label Studio, started as in its documentation and stopped by its process id.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::common::wait;

/// The superuser, who created the organisation.
pub(crate) const ADMIN: (&str, &str) = ("canary-admin@example.org", "canary-Pass-1");

/// The superuser's legacy token.
pub(crate) const TOKEN: &str = "canaryaaaabbbbccccddddeeeeffff0000111122";

/// One server at a time: it needs half a gigabyte and a core.
static PLACE: Mutex<()> = Mutex::const_new(());

/// The first start creates tables for half a minute or more; a start with a copy takes seconds.
const PATIENCE: Duration = Duration::from_secs(240);

/// Sign-up modes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignUp {
    ByLink,
    Open,
}

/// A running Label Studio with separate data.
pub(crate) struct Server {
    pub(crate) origin: String,
    process: Child,
    folder: TempDir,
    _place: MutexGuard<'static, ()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(SignUp::ByLink).await
    }

    pub(crate) async fn start_with(sign_up: SignUp) -> Self {
        let place = PLACE.lock().await;
        let folder = tempfile::tempdir().unwrap();
        copy(&template().await, folder.path());
        let (process, origin) = start(folder.path(), sign_up).await;
        Self {
            origin,
            process,
            folder,
            _place: place,
        }
    }

    /// Label Studio's own database, opened directly.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        let path = self.folder.path().join("label_studio.sqlite3");
        let database = rusqlite::Connection::open(path).unwrap();
        database.busy_timeout(Duration::from_secs(20)).unwrap();
        database
    }

    /// Whether the account is enabled.
    pub(crate) fn is_active(&self, email: &str) -> bool {
        let sql = "SELECT is_active FROM htx_user WHERE email = ?1";
        let active = self.database().query_row(sql, [email], |row| row.get(0));
        active.unwrap()
    }

    /// Enables or disables both kinds of tokens, as the page of the organisation does.
    pub(crate) fn switch_tokens(&self, on: bool) {
        let sql = "UPDATE jwt_auth_jwtsettings SET api_tokens_enabled = ?1, legacy_api_tokens_enabled = ?1";
        assert_eq!(self.database().execute(sql, [on]).unwrap(), 1);
    }

    /// Moves tasks that were changed within the last hour to yesterday.
    pub(crate) fn age_tasks(&self, project: &str) {
        let sql = "UPDATE task SET updated_at = strftime('%Y-%m-%d %H:%M:%S.000000', 'now', '-1 day')
                    WHERE project_id = ?1 AND updated_at > strftime('%Y-%m-%d %H:%M:%S', 'now', '-1 hour')";
        self.database().execute(sql, [project]).unwrap();
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        stop(&mut self.process);
    }
}

fn stop(process: &mut Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

/// Starts it, and waits until it answers. If its port is in use, Label Studio silently moves to another one, so the
/// answering server must know our token.
async fn start(data: &Path, sign_up: SignUp) -> (Child, String) {
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let origin = format!("http://127.0.0.1:{port}");
    let mut process = command(data, &origin, sign_up)
        .args(["start", "--no-browser", "--internal-host", "127.0.0.1"])
        .args(["--port", &port.to_string()])
        .spawn()
        .unwrap();
    let (began, client) = (Instant::now(), wait::client());
    let mut look = tokio::time::interval(Duration::from_millis(100));
    loop {
        look.tick().await;
        let whoami = client.get(format!("{origin}/api/current-user/whoami"));
        let answer = whoami
            .header("authorization", format!("Token {TOKEN}"))
            .send();
        if answer
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            return (process, origin);
        }
        let ended = process.try_wait().unwrap();
        assert!(ended.is_none(), "Label Studio stopped: {ended:?}");
        if began.elapsed() > PATIENCE {
            stop(&mut process);
            panic!("Label Studio does not answer at {origin}: was the port taken?");
        }
    }
}

fn command(data: &Path, origin: &str, sign_up: SignUp) -> Command {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv-tools/label-studio");
    let program = venv.join("bin/label-studio");
    assert!(
        program.exists(),
        "{} is missing: make venv-tools",
        program.display()
    );
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", data)
        .env("LABEL_STUDIO_BASE_DATA_DIR", data)
        .env("LABEL_STUDIO_HOST", origin)
        .env("LABEL_STUDIO_USERNAME", ADMIN.0)
        .env("LABEL_STUDIO_PASSWORD", ADMIN.1)
        .env("LABEL_STUDIO_USER_TOKEN", TOKEN)
        .env("LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN", "true")
        .env(
            "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK",
            (sign_up == SignUp::ByLink).to_string(),
        )
        .env("COLLECT_ANALYTICS", "false")
        .env("LATEST_VERSION_CHECK", "false")
        .envs([("SENTRY_DSN", ""), ("FRONTEND_SENTRY_DSN", "")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A data folder with tables and the superuser in it.
async fn template() -> PathBuf {
    let done = Path::new(env!("CARGO_TARGET_TMPDIR")).join("label-studio-1.23.2");
    if done.exists() {
        return done;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (mut process, _) = start(folder.path(), SignUp::ByLink).await;
    stop(&mut process);
    fs::rename(folder.keep(), &done).unwrap();
    done
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
