//! Address of OpenTrain, and the store of the connections.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::bridge::{base_url, token};
use super::network::reached;
use super::setting::{
    BRIDGE_CONNECTIONS, ONBOARD_URL, OPENTRAIN_BASE_URL, OPENTRAIN_PARTNER_TOKEN,
    OPENTRAIN_WEBHOOK_SECRET,
};
use super::{Reader, Setting};
use crate::connection::{
    Connections, Credentials, Environment, FileStore, Freshness, Keeper, Kept, StoreError,
    WithEnvironment,
};
use crate::http::{BaseUrl, PauseRows, SetupError};
use crate::model::ConnectionName;
use crate::model::clock::Clock;
use crate::model::signature::WebhookSecret;
use crate::opentrain::{Options, Paces, PlatformClient};

/// Address of OpenTrain, and the connections.
#[derive(Debug, Clone)]
pub struct OpenTrainSettings {
    base_url: BaseUrl,
    kept: WithEnvironment,
}

impl OpenTrainSettings {
    /// Reads the settings for `bridge serve`, which needs a connection with a token. `None` if one is wrong; the reader
    /// has recorded the fault.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let file = file(settings);
        let base_url = opentrain_base_url(settings);
        let environment = environment(settings);
        let given = environment.as_ref().zip(file.as_ref());
        // Customers can only connect themselves if the bridge is running.
        let may_be_empty = settings.text(&ONBOARD_URL).is_some_and(|it| !it.is_empty());
        let given =
            given.filter(|(own, file)| !may_be_empty || own.token.is_some() || !is_empty(file));
        if let Some((setting, problem, cure)) = given.and_then(|(own, file)| unfit(own, file)) {
            settings.fault(setting, problem, cure);
            return None;
        }
        Some(Self::of(base_url?, environment?, Keeper::File(file?)))
    }

    /// Reads the settings for a command. There may be no connection yet.
    pub fn read_any(settings: &mut Reader<'_>) -> Option<Self> {
        let file = file(settings)?;
        Self::read_on(settings, Keeper::File(file))
    }

    /// Reads the settings, with connections in `keeper`. Does not check whether it has any.
    pub fn read_on(settings: &mut Reader<'_>, keeper: Keeper) -> Option<Self> {
        let base_url = opentrain_base_url(settings);
        let environment = environment(settings);
        Some(Self::of(base_url?, environment?, keeper))
    }

    /// The settings of a function: all connections are in `keeper`.
    pub fn deployed(base_url: BaseUrl, keeper: Keeper) -> Self {
        Self::of(base_url, Environment::default(), keeper)
    }

    fn of(base_url: BaseUrl, environment: Environment, keeper: Keeper) -> Self {
        let kept = WithEnvironment::new(environment, keeper);
        Self { base_url, kept }
    }

    /// Base URL of OpenTrain.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// The stored connections, without the variables of the environment for `default`.
    #[must_use]
    pub fn stored(&self) -> Self {
        let keeper = self.kept.keeper.clone();
        Self::deployed(self.base_url.clone(), keeper)
    }

    /// The store of the connections, overlaid with those of the environment.
    pub fn kept(&self) -> &WithEnvironment {
        &self.kept
    }

    /// The credentials of one connection; the environment's take precedence.
    ///
    /// # Errors
    /// If the stored connections can't be read.
    pub async fn credentials(
        &self,
        name: &ConnectionName,
    ) -> Result<Option<Credentials>, StoreError> {
        let kept = self.kept.keeper.read_one(name).await?;
        Ok(self.kept.environment.over(name, kept))
    }

    /// A client with a placeholder in place of a token. Clients that are made from it share its TCP connections.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn pool(&self, clock: Arc<dyn Clock>) -> Result<PlatformClient, SetupError> {
        let options = Options {
            clock,
            ..Options::default()
        };
        PlatformClient::at(self.base_url.clone(), &"none".into(), options)
    }

    /// The connections, which follow changes of the store. Processes share OpenTrain's pauses through `pauses`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn connections(
        &self,
        clock: Arc<dyn Clock>,
        pauses: Option<Arc<dyn PauseRows>>,
    ) -> Result<Connections, SetupError> {
        let options = Options {
            paces: pauses.map(|rows| Paces::new(rows, Arc::clone(&clock))),
            clock: Arc::clone(&clock),
            ..Options::default()
        };
        let pool = PlatformClient::at(self.base_url.clone(), &"none".into(), options)?;
        Ok(Connections::kept(
            Arc::new(self.kept.clone()),
            pool,
            clock,
            Freshness::default(),
        ))
    }
}

/// Base URL of OpenTrain.
pub fn opentrain_base_url(settings: &mut Reader<'_>) -> Option<BaseUrl> {
    let base = settings.parsed(&OPENTRAIN_BASE_URL, base_url);
    reached(base, settings)
}

fn environment(settings: &mut Reader<'_>) -> Option<Environment> {
    let token = settings.optional(&OPENTRAIN_PARTNER_TOKEN, token);
    let secrets = settings.optional(&OPENTRAIN_WEBHOOK_SECRET, secrets);
    Some(Environment {
        token: token?,
        secrets: secrets?.unwrap_or_default(),
    })
}

fn file(settings: &mut Reader<'_>) -> Option<FileStore> {
    settings.text(&BRIDGE_CONNECTIONS).map(FileStore::new)
}

/// Reason why a bridge can't serve these connections: the setting, the problem and the fix.
fn unfit(
    environment: &Environment,
    file: &FileStore,
) -> Option<(&'static Setting, String, String)> {
    let kept = match file.read() {
        Ok(kept) => kept,
        Err(error) => {
            let problem = "it can't be used".to_owned();
            return Some((&BRIDGE_CONNECTIONS, problem, error.to_string()));
        }
    };
    let Some(given) = &environment.token else {
        let served = kept.values().any(|own| own.token.is_some());
        return (!served).then(|| no_token(file));
    };
    twin(&kept, given).map(|name| {
        let problem = format!(
            "it is the token of the connection `{name}`, and would make the same install `default` too"
        );
        let cure = "unset it: each event would be processed twice".to_owned();
        (&OPENTRAIN_PARTNER_TOKEN, problem, cure)
    })
}

/// Whether the file is readable, and no connection in it has a token.
fn is_empty(file: &FileStore) -> bool {
    let kept = file.read();
    kept.is_ok_and(|kept| kept.values().all(|own| own.token.is_none()))
}

fn no_token(file: &FileStore) -> (&'static Setting, String, String) {
    let path = file.path().display();
    let problem = format!("no connection has a token: it is not set, and none is in {path}");
    let cure = "run `bridge connect`, or set it to the install's token (`ot_ptk_…`), from the consent screen";
    (&OPENTRAIN_PARTNER_TOKEN, problem, cure.to_owned())
}

/// The connection that has the token of `default` under another name.
fn twin<'a>(kept: &'a Kept, given: &SecretString) -> Option<&'a ConnectionName> {
    let same = |own: &Credentials| {
        let token = own.token.as_ref().map(ExposeSecret::expose_secret);
        token == Some(given.expose_secret())
    };
    let mut others = kept
        .iter()
        .filter(|(name, _)| **name != ConnectionName::default());
    others.find(|(_, own)| same(own)).map(|(name, _)| name)
}

fn secrets(text: &str) -> Result<Vec<WebhookSecret>, (String, String)> {
    let secrets: Vec<_> = text.split(',').filter_map(WebhookSecret::new).collect();
    if secrets.is_empty() {
        let cure = "copy the `whsec_…` that was shown when the endpoint was made";
        return Err(("it holds no secret".into(), cure.into()));
    }
    Ok(secrets)
}
