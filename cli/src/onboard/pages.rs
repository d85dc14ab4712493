//! The routes. `admission` has verified what a request itself proves. The following rules need the link's row:
//!
//! - Before the token, the link must be open.
//! - The `state` of the consent is signed for the link and the browser.
//! - The pages after the token are only for the browser that has stored it.

use std::sync::Arc;
use std::time::Duration;

use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use shared::config::{Reader, opentrain_base_url};
use shared::ledger::{OnboardingLink, OnboardingState};
use url::Url;

use super::admission::{Admitted, Form, Page, Verified, cookie_name};
use super::answer::Answer;
use super::html;
use super::join::{self, Sent};
use super::problem::{self, Problem, broken};
use super::set_up;
use super::site::Onboarding;
use crate::control::onboarding::redirect_uri;
use crate::setup::args::ConsentUrlArgs;
use crate::setup::consent_url::consent_url;
use crate::web::signed::Browser;

/// Time limit for a page.
const WITHIN: Duration = Duration::from_secs(45);

impl Onboarding {
    /// Verifies the head of a request, before its body is read.
    pub(crate) fn admit(&self, head: &Parts) -> Result<Admitted, Problem> {
        Admitted::new(&self.key, &*self.clock, head)
    }

    /// Verifies a form. `form` is empty for a page without a form.
    pub(crate) fn verify(&self, admitted: Admitted, form: &[u8]) -> Result<Verified, Problem> {
        admitted.verify(&self.key, form)
    }

    /// Answers a verified request.
    pub(crate) async fn answer(self: &Arc<Self>, asked: Verified) -> Response<String> {
        let page = tokio::time::timeout(WITHIN, self.page(&asked)).await;
        let late = || {
            Problem::later("This took too long. Nothing is lost: open your link again in a minute.")
        };
        match page.unwrap_or_else(|_| Err(late())) {
            Ok(answer) => answer.response(),
            Err(problem) => problem.response(),
        }
    }

    async fn page(self: &Arc<Self>, asked: &Verified) -> Result<Answer, Problem> {
        match &asked.page {
            Page::Style => Ok(Answer::Style),
            Page::Icon => Ok(Answer::Icon),
            Page::Welcome(id, browser) => self.welcome(id, browser.as_ref()).await,
            Page::Back(browser) => self.back(browser, asked).await,
            Page::Token(browser) => self.token(browser).await,
            Page::Done(browser) => self.done(browser).await,
            Page::Form(Form::Token, browser) => self.store(browser, asked).await,
            Page::Form(Form::Finish, browser) => self.subscribe(browser).await,
            Page::Form(Form::Job, browser) => self.job(browser, asked.field("job")).await,
        }
    }

    /// `GET /onboard/TOKEN`
    async fn welcome(&self, id: &str, known: Option<&Browser>) -> Result<Answer, Problem> {
        let link = self.ledger.onboarding_link(id).await.map_err(broken)?;
        let link = link.ok_or_else(problem::unknown_page)?;
        let new = Browser::new(&link.id);
        let browser = known.unwrap_or(&new);
        if link.state(self.clock.now()) == OnboardingState::Used && link.is_of(&browser.digest()) {
            return Ok(Answer::To("done"));
        }
        self.must_be_open(&link)?;
        let consent = self.consent(&link, browser)?;
        let cookie = self.cookie(&link, browser);
        let body = html::welcome(&link, consent.as_str());
        Ok(Answer::Opens("Connect with OpenTrain", body, cookie))
    }

    /// `GET /onboard/back`: OpenTrain leads the customer back.
    async fn back(&self, browser: &Browser, asked: &Verified) -> Result<Answer, Problem> {
        let link = self.link(browser).await?;
        self.must_be_open(&link)?;
        if !browser.returned(&self.key, asked.parameter("state")) {
            return Err(problem::other_browser());
        }
        let consent = self.consent(&link, browser)?;
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
    async fn token(&self, browser: &Browser) -> Result<Answer, Problem> {
        let link = self.link(browser).await?;
        self.must_be_open(&link)?;
        let consent = self.consent(&link, browser)?;
        let form = browser.form(&self.key);
        let body = html::token(&link, &form, "", consent.as_str());
        Ok(Answer::Page("Enter the token", body))
    }

    /// `POST /onboard/token`
    async fn store(
        self: &Arc<Self>,
        browser: &Browser,
        asked: &Verified,
    ) -> Result<Answer, Problem> {
        let link = self.link(browser).await?;
        self.must_be_open(&link)?;
        let now = self.clock.now();
        let may_try = self.ledger.try_onboarding(&link, now).await;
        if !may_try.map_err(broken)? {
            return Err(problem::too_many(&link));
        }
        let sent = Sent {
            link,
            browser: browser.digest(),
            token: join::read(asked.field("token"))?,
            install: asked.field("install").to_owned(),
        };
        let (site, connection) = (Arc::clone(self), sent.link.connection.clone());
        self.finish(&connection, async move {
            join::join(&site, &sent).await?;
            // The last page shows what is missing.
            let _shown = set_up::subscribe(&site, &sent.link).await;
            Ok(())
        })
        .await
    }

    /// `GET /onboard/done`
    async fn done(&self, browser: &Browser) -> Result<Answer, Problem> {
        let link = self.link(browser).await?;
        self.must_be_users(&link, browser)?;
        let _room = self.room()?;
        let set_up = set_up::look(self, &link).await?;
        let body = html::done(&link, &set_up, &browser.form(&self.key));
        Ok(Answer::Page("Connected", body))
    }

    /// `POST /onboard/finish`
    async fn subscribe(self: &Arc<Self>, browser: &Browser) -> Result<Answer, Problem> {
        let link = self.link(browser).await?;
        self.must_be_users(&link, browser)?;
        let (site, connection) = (Arc::clone(self), link.connection.clone());
        let work = async move { set_up::subscribe(&site, &link).await };
        self.finish(&connection, work).await
    }

    /// `POST /onboard/job`
    async fn job(self: &Arc<Self>, browser: &Browser, job: &str) -> Result<Answer, Problem> {
        let link = self.link(browser).await?;
        self.must_be_users(&link, browser)?;
        let (site, job) = (Arc::clone(self), job.to_owned());
        let connection = link.connection.clone();
        let work = async move { set_up::link_job(&site, &link, &job).await };
        self.finish(&connection, work).await
    }

    /// The link that the browser has opened.
    async fn link(&self, browser: &Browser) -> Result<OnboardingLink, Problem> {
        let link = self.ledger.onboarding_link(&browser.link).await;
        link.map_err(broken)?.ok_or_else(problem::other_browser)
    }

    fn must_be_open(&self, link: &OnboardingLink) -> Result<(), Problem> {
        match link.state(self.clock.now()) {
            OnboardingState::Open => Ok(()),
            OnboardingState::Expired => Err(problem::expired()),
            OnboardingState::Revoked => Err(problem::revoked(&link.from)),
            OnboardingState::Used => Err(problem::used(&link.from)),
        }
    }

    /// Fails unless this browser has stored the token and the link's lifetime is not over.
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
