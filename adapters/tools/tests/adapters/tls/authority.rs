//! A certificate authority, and servers with its certificates.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Validity of a certificate.
#[derive(Clone, Copy)]
pub(crate) enum Valid {
    Now,
    Past,
    Future,
}

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A server that is not started yet.
pub(crate) struct Server(TlsAcceptor);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server with a certificate for `name`.
    pub(crate) fn server(&self, name: &str, valid: Valid) -> Server {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        match valid {
            Valid::Now => {}
            Valid::Past => params.not_after = date_time_ymd(2001, 1, 1),
            Valid::Future => params.not_before = date_time_ymd(2999, 1, 1),
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Server::of(certificate.der().clone(), &key)
    }

    /// A server with the authority's own certificate.
    pub(crate) fn itself(&self) -> Server {
        Server::of(self.0.der().clone(), self.0.key())
    }
}

impl Server {
    fn of(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key))
            .unwrap();
        Self(TlsAcceptor::from(Arc::new(config)))
    }

    /// Starts it. Returns its port on localhost. Connections with a failed handshake are dropped.
    pub(crate) async fn answering<F>(self, answer: F) -> u16
    where
        F: AsyncFn(&mut TlsStream<TcpStream>) + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::task::spawn_local(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                if let Ok(mut stream) = self.0.accept(stream).await {
                    answer(&mut stream).await;
                }
            }
        });
        port
    }
}
