//! How a charge is paid.

use maud::{Markup, html};

use crate::{http::pages::parts::money, kit::refusal::Refusal, market::Market};

/// The ways to pay that an employer has for one charge.
pub(super) struct Ways {
    card: bool,
    /// Available cents.
    credits: i64,
    charge: i64,
}

impl Ways {
    pub(super) fn of(market: &Market, organization: &str, charge: i64) -> Result<Self, Refusal> {
        Ok(Self {
            card: market.employer(organization)?.card_on_file,
            credits: market.credits(organization).0,
            charge,
        })
    }

    fn has_credits(&self) -> bool {
        self.credits >= self.charge
    }

    pub(super) fn any(&self) -> bool {
        self.card || self.has_credits()
    }

    /// The method that is selected when the page opens.
    pub(super) fn chosen(&self, wanted: Option<&str>) -> &'static str {
        match self.has_credits() && (!self.card || wanted == Some("credits")) {
            true => "credits",
            false => "card",
        }
    }

    /// The choice between card and credits.
    pub(super) fn shown(&self, chosen: Option<&str>) -> Markup {
        let credits = self.chosen(chosen) == "credits";
        html! {
            fieldset {
                legend { "Pay with" }
                label.check {
                    input type="radio" name="paymentMethod" value="card"
                        disabled[!self.card] checked[self.card && !credits];
                    span { "Card on file" @if !self.card { " (none)" } }
                }
                label.check {
                    input type="radio" name="paymentMethod" value="credits"
                        disabled[!self.has_credits()] checked[credits];
                    span {
                        "Credits (" (money(self.credits)) " available"
                        @if !self.has_credits() { ", not enough" } ")"
                    }
                }
            }
            @if !self.any() {
                p.problem { "There is no card on file, and the credits do not cover the charge. "
                    a href="/billing" { "Add a card" } " first." }
            }
        }
    }
}

/// What is charged, line by line.
pub(super) fn lines(rows: &[(&str, i64)], total: i64) -> Markup {
    html! {
        table.sum {
            caption { "Charge" }
            tbody {
                @for (name, cents) in rows { tr { th scope="row" { (name) } td { (money(*cents)) } } }
                tr.total { th scope="row" { "Total" } td { (money(total)) } }
            }
        }
    }
}
