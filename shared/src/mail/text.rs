//! Text of the mail.

/// The subject.
pub(super) const SUBJECT: &str = "You are hired: your access to the annotation tool";

/// The text. It contains the address, because the invitation is only valid for that address.
pub(super) fn body(address: &str, link: &str) -> String {
    format!(
        "Hello,\n\
         \n\
         you were hired on OpenTrain, and the work is done in an annotation tool. Open this link once and sign up:\n\
         \n\
         {link}\n\
         \n\
         Sign up with this e-mail address and no other: {address}\n\
         You get access as soon as you have. The link is meant for you alone; please don't pass it on.\n\
         If a newer mail like this comes, its link replaces this one.\n\
         \n\
         This mail was sent by a program; answers to it are not read unless the sender's address says so.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_link_and_the_address_on_lines_of_their_own() {
        let text = body("maria@opentrain.work", "https://tool.example/?token=1");
        assert!(
            text.lines()
                .any(|line| line == "https://tool.example/?token=1")
        );
        assert!(text.contains("no other: maria@opentrain.work\n"));
    }
}
