//! Registration of agents, and the claim of a registration by a human.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Market, conflict,
    data::{
        account::{
            ATTEMPT_LIFE, Attempt, CLAIM_TOKEN_LIFE, ClaimProgress, Employer, Registration, User,
        },
        scope::TokenScope,
    },
};
use crate::kit::{clock::later, draw::Draw, refusal::Refusal};

/// Error of the agent's calls: the code of OAuth, and its description.
pub(crate) fn oauth(code: &str, description: &str) -> Refusal {
    Refusal::bad(description).with_details(code.into())
}

impl Market {
    /// Registers an agent. Returns the id of its first token and its claim token.
    pub(crate) fn register(
        &mut self,
        agent: &str,
        organization_name: &str,
        now: Timestamp,
    ) -> Result<(String, String), Refusal> {
        self.check_registration()?;
        let owner = self.users.add(|id| User {
            id,
            email: None,
            first_name: Some(agent.to_owned()),
            last_name: None,
        });
        let organization = self.free_organization();
        let employer = Employer::new(&organization, organization_name, &owner, now);
        self.employers.insert(organization.clone(), employer);
        let claim_token = format!("ot_clm_sandbox{}", self.world.draw.hex::<20>());
        self.registrations.push(Registration {
            organization: organization.clone(),
            claim_token: claim_token.clone(),
            expires: later(now, CLAIM_TOKEN_LIFE),
            attempt: None,
            progress: ClaimProgress::Open,
            last_poll: None,
        });
        let scopes = TokenScope::UNCLAIMED.to_vec();
        let token = self.mint(
            (&organization, &owner),
            "Agent registration",
            scopes,
            None,
            now,
        )?;
        Ok((token, claim_token))
    }

    fn check_registration(&self) -> Result<(), Refusal> {
        match self.registration {
            true => Ok(()),
            false => Err(Refusal::forbidden("anonymous registration is not enabled")),
        }
    }

    fn free_organization(&self) -> String {
        let mut number = self.employers.len() + 1;
        loop {
            let id = format!("org_{number}");
            if !self.employers.contains_key(&id) {
                return id;
            }
            number += 1;
        }
    }

    fn registration(&mut self, claim_token: &str) -> Option<&mut Registration> {
        let mut all = self.registrations.iter_mut();
        all.find(|own| own.claim_token == claim_token)
    }

    /// Starts a claim, or starts it again with a new code. Returns the code and the attempt's token.
    pub(crate) fn start_claim(
        &mut self,
        claim_token: &str,
        email: &str,
        now: Timestamp,
    ) -> Result<(String, String), Refusal> {
        self.check_registration()?;
        let taken = self.user_with(email).is_some();
        let codes = self.registrations.iter();
        let codes = codes.filter_map(|own| own.attempt.as_ref());
        let codes: Vec<String> = codes.map(|own| own.user_code.clone()).collect();
        let (user_code, token) = (
            new_code(&mut self.world.draw, &codes),
            self.world.draw.hex::<12>(),
        );
        let invalid = |why: &str| oauth("invalid_request", why);
        let registration = self.registration(claim_token);
        let registration = registration.ok_or_else(|| invalid("unknown claim_token"))?;
        if registration.progress != ClaimProgress::Open {
            return Err(invalid("the registration is claimed already"));
        }
        if registration.is_expired(now) {
            return Err(invalid("the claim window is over: register again"));
        }
        if taken {
            return Err(invalid("email_already_registered"));
        }
        let attempt = Attempt {
            user_code,
            token: format!("ot_cat_sandbox{token}"),
            email: email.to_owned(),
            expires: later(now, ATTEMPT_LIFE),
        };
        let answer = (attempt.user_code.clone(), attempt.token.clone());
        registration.attempt = Some(attempt);
        Ok(answer)
    }

    pub(crate) fn user_with(&self, email: &str) -> Option<&User> {
        let mut users = self.users.iter();
        users.find(|own| {
            own.email
                .as_deref()
                .is_some_and(|own| own.eq_ignore_ascii_case(email))
        })
    }

    /// The human signed in with the claim's e-mail and typed the code. Returns the organisation.
    pub(crate) fn confirm_claim(
        &mut self,
        user_code: &str,
        email: Option<&str>,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let claim = self.claim(user_code, now);
        let claim = claim.ok_or_else(|| Refusal::not_found("claim"))?;
        let (number, address, organization) = claim;
        if email.is_some_and(|email| !email.eq_ignore_ascii_case(&address)) {
            return Err(Refusal::forbidden("sign in with the e-mail of the claim"));
        }
        if self.user_with(&address).is_some() {
            return Err(conflict(
                "email_already_registered",
                "the e-mail has an account",
            ));
        }
        self.registrations[number].progress = ClaimProgress::Confirmed;
        self.settle_claim(&organization, address, now)?;
        Ok(organization)
    }

    /// The open claim with this code: its place, e-mail and organisation.
    fn claim(&self, user_code: &str, now: Timestamp) -> Option<(usize, String, String)> {
        let mut all = self.registrations.iter().enumerate();
        all.find_map(|(number, own)| {
            let attempt = own.attempt.as_ref()?;
            let same = attempt.user_code == user_code && now < attempt.expires;
            let open = same && own.progress == ClaimProgress::Open;
            open.then(|| (number, attempt.email.clone(), own.organization.clone()))
        })
    }

    fn settle_claim(
        &mut self,
        organization: &str,
        email: String,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let card_on_file = self.card_on_file;
        let employer = self.employer_mut(organization)?;
        employer.claimed = Some(now);
        employer.card_on_file = card_on_file;
        let owner = employer.owner.clone();
        if let Some(user) = self.users.get_mut(&owner) {
            let name = email.split('@').next().unwrap_or_default().to_owned();
            user.email = Some(email);
            user.first_name = Some(name);
        }
        organization.clone_into(&mut self.current);
        Ok(())
    }

    /// A poll of the claim. Returns the id of the new token, once.
    pub(crate) fn poll_claim(
        &mut self,
        claim_token: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let invalid = || {
            oauth(
                "invalid_grant",
                "the claim_token is unknown or already used",
            )
        };
        let registration = self.registration(claim_token).ok_or_else(invalid)?;
        if registration.progress == ClaimProgress::Delivered {
            return Err(invalid());
        }
        if registration.is_expired(now) {
            return Err(oauth(
                "expired_token",
                "the claim window is over: register again",
            ));
        }
        if registration.poll(now) {
            return Err(oauth(
                "slow_down",
                "wait for the interval between two polls",
            ));
        }
        if registration.progress == ClaimProgress::Open {
            return Err(oauth(
                "authorization_pending",
                "the human has not confirmed the claim",
            ));
        }
        registration.progress = ClaimProgress::Delivered;
        let organization = registration.organization.clone();
        for token in self.tokens.iter_mut() {
            if token.organization == organization && token.unclaimed {
                token.revoked.get_or_insert(now);
            }
        }
        let scopes = TokenScope::CLAIMED.to_vec();
        let owner = self.employer(&organization)?.owner.clone();
        self.mint((&organization, &owner), "Agent claim", scopes, None, now)
    }

    /// Revokes the token with this secret, if there is one.
    pub(crate) fn revoke_secret(&mut self, secret: &str, now: Timestamp) {
        let id = self.secrets.get(secret);
        let token = id.and_then(|id| self.tokens.get_mut(id));
        if let Some(token) = token {
            token.revoked.get_or_insert(now);
        }
    }

    /// Page on which the human claims an account.
    pub(crate) fn claim_url(&self) -> String {
        format!("{}/claim", self.world.origin)
    }
}

/// Six digits that no other claim uses.
fn new_code(draw: &mut Draw, taken: &[String]) -> String {
    loop {
        let code = draw.code();
        if !taken.contains(&code) {
            return code;
        }
    }
}

/// Seconds of a time, for answers.
pub(crate) fn seconds(time: Duration) -> u64 {
    time.as_secs()
}
