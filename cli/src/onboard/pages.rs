//! The routes, and who may do what.
//!
//! 1. The link is signed, not too old, and open. Opening it gives the browser a signed cookie of this link.
//! 2. All other pages need that cookie. A form also needs its hidden field, which only this browser's pages have, and
//!    comes from no other site.
//! 3. The `state` of the consent is signed for the link and the browser.
//! 4. What follows the token is for the browser that has stored it.

use std::sync::Arc;
use std::time::Duration;

use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use shared::config::{Reader, opentrain_base_url};
use shared::ledger::{Ledger, OnboardingKey, OnboardingLink, OnboardingState};
use shared::model::clock::Clock;
use tokio::sync::Semaphore;
use url::Url;

use super::answer::Answer;
use super::html;
use super::join::{self, Sent};
use super::order::redirect_uri;
use super::problem::{self, Problem, broken};
use super::request::Asked;
use super::set_up;
use super::signed::{self, Browser, Opened};
use crate::control::Jobs;
use crate::setup::args::ConsentUrlArgs;
use crate::setup::consent_url::consent_url;
use crate::targets::Target;

/// Time limit for a page.
const WITHIN: Duration = Duration::from_secs(45);

/// Maximum number of pages at once that call OpenTrain or this bridge.
const AT_ONCE: usize = 8;

/// The pages of `bridge serve` for customers.
pub struct Onboarding {
    pub(super) target: Target,
    pub(super) ledger: Ledger,
    pub(super) jobs: Arc<Jobs>,
    pub(super) clock: Arc<dyn Clock>,
    key: OnboardingKey,
    room: Semaphore,
}

/// A browser with an open or used link.
struct Visit {
    link: OnboardingLink,
    browser: Browser,
}

impl Onboarding {
    /// Fails if the key can't be read.
    pub(crate) async fn new(
        target: Target,
        ledger: Ledger,
        jobs: Arc<Jobs>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            key: ledger.onboarding_key().await?,
            room: Semaphore::new(AT_ONCE),
            target,
            ledger,
            jobs,
            clock,
        })
    }

    /// Answers a request to `…/onboard/PAGE`.
    pub(crate) async fn answer(&self, head: &Parts, form: &[u8]) -> Response<String> {
        let asked = Asked::new(head, form);
        let page = tokio::time::timeout(WITHIN, self.page(&asked)).await;
        let late = || {
            Problem::later("This took too long. Nothing is lost: open your link again in a minute.")
        };
        match page.unwrap_or_else(|_| Err(late())) {
            Ok(answer) => answer.response(),
            Err(problem) => problem.response(),
        }
    }

    async fn page(&self, asked: &Asked<'_>) -> Result<Answer, Problem> {
        match (asked.page(), asked.is_get(), asked.is_post()) {
            ("style.css", true, _) => Ok(Answer::Style),
            ("icon.svg", true, _) => Ok(Answer::Icon),
            ("back", true, _) => self.back(asked).await,
            ("token", true, _) => self.token(asked).await,
            ("token", _, true) => self.store(asked).await,
            ("done", true, _) => self.done(asked).await,
            ("finish", _, true) => self.finish(asked).await,
            ("job", _, true) => self.job(asked).await,
            (token, true, _) => self.welcome(asked, token).await,
            _ => Err(problem::unknown_page()),
        }
    }

    /// `GET /onboard/TOKEN`
    async fn welcome(&self, asked: &Asked<'_>, token: &str) -> Result<Answer, Problem> {
        let id = match signed::open(&self.key, token, self.clock.now()) {
            Opened::Link(id) => id,
            Opened::Expired => return Err(problem::expired()),
            Opened::Wrong => return Err(problem::unknown_page()),
        };
        let link = self.ledger.onboarding_link(&id).await.map_err(broken)?;
        let link = link.ok_or_else(problem::unknown_page)?;
        let known = self.browser(asked).filter(|it| it.link == link.id);
        let browser = known.unwrap_or_else(|| Browser::new(&link.id));
        if link.state(self.clock.now()) == OnboardingState::Used && link.is_of(&browser.digest()) {
            return Ok(Answer::To("done"));
        }
        self.must_be_open(&link)?;
        let consent = self.consent(&link, &browser)?;
        let cookie = self.cookie(&link, &browser);
        let body = html::welcome(&link, consent.as_str());
        Ok(Answer::Opens("Connect with OpenTrain", body, cookie))
    }

    /// `GET /onboard/back`: OpenTrain leads the customer back.
    async fn back(&self, asked: &Asked<'_>) -> Result<Answer, Problem> {
        let Visit { link, browser } = self.visit(asked).await?;
        self.must_be_open(&link)?;
        if !browser.returned(&self.key, asked.parameter("state")) {
            return Err(problem::other_browser());
        }
        let consent = self.consent(&link, &browser)?;
        let install = asked.parameter("opentrain_install_id");
        Ok(match install.is_empty() {
            true => Answer::Page("Nothing was approved", html::declined(consent.as_str())),
            false => {
                let form = browser.form(&self.key);
                let body = html::token(&link, &form, install, consent.as_str());
                Answer::Page("Enter the token", body)
            }
        })
    }

    /// `GET /onboard/token`
    async fn token(&self, asked: &Asked<'_>) -> Result<Answer, Problem> {
        let Visit { link, browser } = self.visit(asked).await?;
        self.must_be_open(&link)?;
        let consent = self.consent(&link, &browser)?;
        let form = browser.form(&self.key);
        let body = html::token(&link, &form, "", consent.as_str());
        Ok(Answer::Page("Enter the token", body))
    }

    /// `POST /onboard/token`
    async fn store(&self, asked: &Asked<'_>) -> Result<Answer, Problem> {
        let Visit { link, browser } = self.sender(asked).await?;
        self.must_be_open(&link)?;
        let now = self.clock.now();
        let may_try = self.ledger.try_onboarding(&link, now).await;
        if !may_try.map_err(broken)? {
            return Err(problem::too_many(&link));
        }
        let sent = Sent {
            link: &link,
            browser: browser.digest(),
            token: join::read(asked.field("token"))?,
            install: asked.field("install"),
        };
        let _room = self.room()?;
        join::join(self, &sent).await?;
        // The last page shows what is missing.
        let _shown = set_up::subscribe(self, &link).await;
        Ok(Answer::To("done"))
    }

    /// `GET /onboard/done`
    async fn done(&self, asked: &Asked<'_>) -> Result<Answer, Problem> {
        let Visit { link, browser } = self.visit(asked).await?;
        self.must_be_users(&link, &browser)?;
        let _room = self.room()?;
        let set_up = set_up::look(self, &link).await?;
        let body = html::done(&link, &set_up, &browser.form(&self.key));
        Ok(Answer::Page("Connected", body))
    }

    /// `POST /onboard/finish`
    async fn finish(&self, asked: &Asked<'_>) -> Result<Answer, Problem> {
        let Visit { link, browser } = self.sender(asked).await?;
        self.must_be_users(&link, &browser)?;
        let _room = self.room()?;
        set_up::subscribe(self, &link).await?;
        Ok(Answer::To("done"))
    }

    /// `POST /onboard/job`
    async fn job(&self, asked: &Asked<'_>) -> Result<Answer, Problem> {
        let Visit { link, browser } = self.sender(asked).await?;
        self.must_be_users(&link, &browser)?;
        let _room = self.room()?;
        set_up::link_job(self, &link, asked.field("job")).await?;
        Ok(Answer::To("done"))
    }

    /// The visit of a form. It comes from this browser's own page.
    async fn sender(&self, asked: &Asked<'_>) -> Result<Visit, Problem> {
        let visit = self.visit(asked).await?;
        let is_own = visit.browser.sent(&self.key, asked.field("form"));
        match is_own && !asked.is_of_another_site() {
            true => Ok(visit),
            false => Err(problem::forged()),
        }
    }

    async fn visit(&self, asked: &Asked<'_>) -> Result<Visit, Problem> {
        let browser = self.browser(asked).ok_or_else(problem::other_browser)?;
        let link = self.ledger.onboarding_link(&browser.link).await;
        let link = link.map_err(broken)?.ok_or_else(problem::other_browser)?;
        Ok(Visit { link, browser })
    }

    fn browser(&self, asked: &Asked<'_>) -> Option<Browser> {
        let names = [cookie_name(true), cookie_name(false)];
        let mut cookies = names.iter().flat_map(|name| asked.cookies(name));
        cookies.find_map(|value| Browser::of(&self.key, value))
    }

    fn must_be_open(&self, link: &OnboardingLink) -> Result<(), Problem> {
        match link.state(self.clock.now()) {
            OnboardingState::Open => Ok(()),
            OnboardingState::Expired => Err(problem::expired()),
            OnboardingState::Revoked => Err(problem::revoked(&link.from)),
            OnboardingState::Used => Err(problem::used(&link.from)),
        }
    }

    /// Whether the browser has stored the token, for as long as the link would have worked.
    fn must_be_users(&self, link: &OnboardingLink, browser: &Browser) -> Result<(), Problem> {
        let now = self.clock.now();
        match link.state(now) {
            OnboardingState::Used if !link.is_of(&browser.digest()) => {
                Err(problem::used(&link.from))
            }
            OnboardingState::Used if link.expires_at <= now => Err(problem::expired()),
            OnboardingState::Used => Ok(()),
            OnboardingState::Revoked => Err(problem::revoked(&link.from)),
            OnboardingState::Expired => Err(problem::expired()),
            OnboardingState::Open => Err(Problem::new(
                StatusCode::CONFLICT,
                "The token is missing",
                "No token is stored yet.",
            )
            .back("token", "Enter the token")),
        }
    }

    fn room(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Problem> {
        let full =
            || Problem::later("Many customers connect at this moment. Try again in a minute.");
        self.room.try_acquire().map_err(|_| full())
    }

    /// OpenTrain's consent, with a `state` of this browser.
    fn consent(&self, link: &OnboardingLink, browser: &Browser) -> Result<Url, Problem> {
        let mut reader = Reader::new(self.target.vars());
        let base = opentrain_base_url(&mut reader);
        let base = reader.finish(base).map_err(broken)?;
        let args = ConsentUrlArgs {
            app: link.app.clone(),
            project: link.project.as_ref().map(ToString::to_string),
            redirect_uri: Some(redirect_uri(&link.url)),
            state: Some(browser.state(&self.key)),
            json: false,
        };
        consent_url(&base.to_string(), &args).map_err(broken)
    }

    /// The return from OpenTrain is a navigation from another site, so the cookie can't be `Strict`.
    fn cookie(&self, link: &OnboardingLink, browser: &Browser) -> String {
        let is_secure = link.url.starts_with("https:");
        let path = Url::parse(&link.url).map_or("/".to_owned(), |url| url.path().to_owned());
        let left = link.expires_at.duration_since(self.clock.now());
        format!(
            "{name}={value}; Path={path}/onboard; Max-Age={left}; HttpOnly; SameSite=Lax{secure}",
            name = cookie_name(is_secure),
            value = browser.cookie(&self.key),
            path = path.trim_end_matches('/'),
            left = left.as_secs().max(0),
            secure = if is_secure { "; Secure" } else { "" },
        )
    }
}

/// Browsers take a cookie with the prefix only over https.
fn cookie_name(is_secure: bool) -> &'static str {
    match is_secure {
        true => "__Secure-bridge-onboard",
        false => "bridge-onboard",
    }
}
