//! Mail through a server with a certificate of the operator's authority.

use std::cell::RefCell;
use std::rc::Rc;

use shared::http::{BaseUrl, Roots};
use shared::mail::Mailer;
use shared::model::person::Email;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::task::LocalSet;

use crate::tls::authority::{Authority, Valid};

const LINK: &str = "https://tool.example/signup/1";

/// An SMTP server that stores its input. Returns its port.
async fn server(authority: &Authority, kept: Rc<RefCell<String>>) -> u16 {
    authority
        .server("localhost", Valid::Now)
        .answering(async move |stream| {
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 here\r\n").await.unwrap();
            let (mut line, mut in_data) = (String::new(), false);
            while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                kept.borrow_mut().push_str(&line);
                let answer = match line.trim_end() {
                    "." => "250 kept\r\n",
                    "DATA" => "354 go on\r\n",
                    _ if in_data => "",
                    _ => "250 fine\r\n",
                };
                in_data = line.starts_with("DATA") || (in_data && line.trim_end() != ".");
                stream.write_all(answer.as_bytes()).await.unwrap();
                line.clear();
            }
        })
        .await
}

#[tokio::test]
async fn a_mail_server_of_the_operators_authority_is_used() {
    let authority = Authority::new();
    let kept = Rc::default();
    let to = Email::parse("maria@opentrain.work").unwrap();
    let all = async {
        let port = server(&authority, Rc::clone(&kept)).await;
        let url = format!("smtps://localhost:{port}");
        let tool = BaseUrl::parse("https://tool.example").unwrap();
        let stranger = Mailer::new(&url, "team@example.com", &tool).unwrap();
        let told = stranger.send(&to, LINK).await.unwrap_err().to_string();
        assert!(told.contains("set TLS_CA_FILE"), "{told}");
        assert!(kept.borrow().is_empty());

        let roots = Roots::from_pem(&authority.pem()).unwrap();
        let mailer = Mailer::new(&url, "team@example.com", &tool.trusting(roots)).unwrap();
        mailer.send(&to, LINK).await.unwrap();
        assert!(kept.borrow().contains(LINK));
        kept.borrow_mut().clear();
        let told = mailer.send(&to, "https://evil.example/").await.unwrap_err();
        assert!(
            told.is_for_good() && told.to_string().contains("another host"),
            "{told}"
        );
        assert!(kept.borrow().is_empty(), "nothing was sent");
    };
    LocalSet::new().run_until(all).await;
}
