//! A real doccano, started as in its documentation and stopped by its process id.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;

/// The administrator, whose token the bridge has.
pub(crate) const ADMIN: (&str, &str) = ("canary-admin", "canary-pass-1");

/// Creating the first database takes a quarter of a minute. The others are copies of it.
static TEMPLATE: Mutex<()> = Mutex::new(());

/// A running doccano with a separate database.
pub(crate) struct Server {
    pub(crate) origin: String,
    process: Child,
    folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(template(), folder.path().join("db.sqlite3")).unwrap();
        let mut command = command(folder.path(), "bin/python");
        command
            .args(["-m", "gunicorn", "--bind", "127.0.0.1:0"])
            .args(["--workers", "1", "--threads", "4", "config.wsgi"])
            .current_dir(backend())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let listening = log.find_map(|line| {
            let line = line.unwrap();
            let (_, rest) = line.split_once("Listening at: ")?;
            Some(rest.split(' ').next().unwrap().to_owned())
        });
        // A pipe without a reader would block the writer.
        std::thread::spawn(move || log.for_each(drop));
        Self {
            origin: listening.unwrap(),
            process,
            folder,
        }
    }

    /// Reads doccano's own database directly.
    pub(crate) fn sql<T: rusqlite::types::FromSql>(&self, query: &str) -> Vec<(String, T)> {
        let path = self.folder.path().join("db.sqlite3");
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = rusqlite::Connection::open_with_flags(path, flags).unwrap();
        let mut query = database.prepare(query).unwrap();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }
}

impl Server {
    /// Makes an account a superuser or not, as `manage.py shell` would.
    pub(crate) fn set_superuser(&self, id: i64, is_superuser: bool) {
        let path = self.folder.path().join("db.sqlite3");
        let database = rusqlite::Connection::open(path).unwrap();
        database.busy_timeout(Duration::from_secs(10)).unwrap();
        let set = "UPDATE auth_user SET is_superuser = ?1 WHERE id = ?2";
        let changed = database.execute(set, (is_superuser, id));
        assert_eq!(changed.unwrap(), 1);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // gunicorn stops its worker on SIGTERM, and leaves it running on SIGKILL.
        let stop = format!("kill -TERM {}", self.process.id());
        Command::new("sh").args(["-c", &stop]).status().unwrap();
        self.process.wait().unwrap();
    }
}

fn venv() -> PathBuf {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv-tools/doccano");
    venv.canonicalize()
        .unwrap_or_else(|_| panic!("{} is missing: make venv-tools", venv.display()))
}

/// Folder of the server's code, for any version of Python.
fn backend() -> PathBuf {
    let lib = std::fs::read_dir(venv().join("lib")).unwrap();
    let python = lib.map(|entry| entry.unwrap().path()).next().unwrap();
    python.join("site-packages/backend")
}

fn command(data: &Path, program: &str) -> Command {
    let mut command = Command::new(venv().join(program));
    let database = data.join("db.sqlite3");
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("DOCCANO_HOME", data)
        .env("DATABASE_URL", format!("sqlite:///{}", database.display()))
        .env("MEDIA_ROOT", data.join("media"))
        .env("DJANGO_SETTINGS_MODULE", "config.settings.production")
        .envs([("STANDALONE", "True"), ("DEBUG", "False")])
        .env("SECRET_KEY", "canary-key-of-a-test")
        .stdin(Stdio::null());
    command
}

/// A database with tables, roles and the administrator.
fn template() -> PathBuf {
    let _one_makes_it = TEMPLATE.lock().unwrap_or_else(PoisonError::into_inner);
    let done = Path::new(env!("CARGO_TARGET_TMPDIR")).join("doccano-1.8.4.sqlite3");
    if done.exists() {
        return done;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (name, password) = ADMIN;
    let user = ["createuser", "--username", name, "--password", password];
    let user = [&user[..], &["--email", "canary-admin@example.org"]].concat();
    for args in [vec!["init"], user] {
        let made = command(folder.path(), "bin/doccano").args(args).output();
        let made = made.unwrap();
        assert!(made.status.success(), "{made:?}");
    }
    std::fs::rename(folder.path().join("db.sqlite3"), &done).unwrap();
    done
}
