//! The 15 endpoints.

/// One of the 15 endpoints of the Platform API, in the page's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `GET /installs/current`
    CurrentInstall,
    /// `POST /project-links`
    CreateLink,
    /// `GET /project-links`
    ListLinks,
    /// `GET /project-links/{linkId}`
    ReadLink,
    /// `DELETE /project-links/{linkId}`
    DeleteLink,
    /// `GET /contracts`
    ListContracts,
    /// `GET /contracts/{contractId}/participants`
    Participants,
    /// `GET /contracts/{contractId}/budget`
    Budget,
    /// `POST /contracts/{contractId}/usage`
    Usage,
    /// `POST /webhook-endpoints`
    CreateWebhook,
    /// `GET /webhook-endpoints`
    ListWebhooks,
    /// `GET /webhook-endpoints/{endpointId}`
    ReadWebhook,
    /// `PATCH /webhook-endpoints/{endpointId}`
    UpdateWebhook,
    /// `DELETE /webhook-endpoints/{endpointId}`
    DeleteWebhook,
    /// `POST /webhook-endpoints/{endpointId}/redeliver`
    Redeliver,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 15] = [
        Self::CurrentInstall,
        Self::CreateLink,
        Self::ListLinks,
        Self::ReadLink,
        Self::DeleteLink,
        Self::ListContracts,
        Self::Participants,
        Self::Budget,
        Self::Usage,
        Self::CreateWebhook,
        Self::ListWebhooks,
        Self::ReadWebhook,
        Self::UpdateWebhook,
        Self::DeleteWebhook,
        Self::Redeliver,
    ];
}
