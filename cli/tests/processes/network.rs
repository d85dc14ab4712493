//! Proxies, and http in a private network.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::kit::{Ground, run};

/// Accepts one SOCKS5 connection. Returns the requested host and port.
async fn asked_for(proxy: TcpListener) -> (String, u16) {
    let (mut stream, _) = proxy.accept().await.unwrap();
    let mut hello = [0; 2];
    stream.read_exact(&mut hello).await.unwrap();
    assert_eq!(hello[0], 5, "SOCKS5");
    let mut methods = vec![0; hello[1].into()];
    stream.read_exact(&mut methods).await.unwrap();
    stream.write_all(&[5, 0]).await.unwrap();
    let mut request = [0; 5];
    stream.read_exact(&mut request).await.unwrap();
    assert_eq!(request[3], 3, "a name that the proxy resolves");
    let mut name = vec![0; request[4].into()];
    stream.read_exact(&mut name).await.unwrap();
    let mut port = [0; 2];
    stream.read_exact(&mut port).await.unwrap();
    // Refused; the rest does not matter.
    stream
        .write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0])
        .await
        .unwrap();
    (String::from_utf8(name).unwrap(), u16::from_be_bytes(port))
}

#[tokio::test]
async fn a_socks_proxy_is_used() {
    let ground = Ground::new().await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("socks5h://{}", proxy.local_addr().unwrap());
    let mut command = ground.command(&["check"]);
    command.env("OPENTRAIN_BASE_URL", "https://opentrain.invalid");
    command.env("HTTPS_PROXY", address);
    let (asked, _run) = tokio::join!(asked_for(proxy), run(command));
    assert_eq!(asked, ("opentrain.invalid".to_owned(), 443));
}

#[tokio::test]
async fn an_invalid_proxy_variable_is_named() {
    let ground = Ground::new().await;
    for name in ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"] {
        let mut command = ground.command(&["serve"]);
        command.env(name, "canary://nonsense");
        let refused = run(command).await;
        assert_eq!(refused.code, Some(2), "{}", refused.err);
        assert!(
            refused.err.contains(&format!("\n  {name}: ")),
            "{}",
            refused.err
        );
        assert_eq!(
            refused.err.matches(name).count(),
            1,
            "once: {}",
            refused.err
        );
    }
}

#[tokio::test]
async fn http_in_a_private_network_needs_a_setting_and_is_reported() {
    let ground = Ground::new().await;
    let to = |base: &str, allow: Option<&str>, args: &[&str]| {
        let mut command = ground.command(args);
        command.env("TOOL_BASE_URL", base);
        command.envs(allow.map(|it| ("TOOL_ALLOW_HTTP", it)));
        command
    };
    let container = "http://label-studio.invalid.internal:8080";
    let refused = run(to(container, None, &["serve"])).await;
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("TOOL_ALLOW_HTTP=1"), "{}", refused.err);
    let public = run(to("http://tool.example.com", Some("1"), &["serve"])).await;
    assert_eq!(public.code, Some(2));
    assert!(public.err.contains("write https://"), "{}", public.err);
    let shown = run(to(container, Some("1"), &["check"])).await;
    assert!(
        shown.out.contains("unencrypted"),
        "{}{}",
        shown.out,
        shown.err
    );
}
