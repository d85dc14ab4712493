//! The public profile of a trainer.

use maud::html;

use crate::{
    http::{
        pages::{
            html::Page,
            parts::{code, facts, money, text},
            visit::Visit,
        },
        public::views::freelancer::trainer_by,
    },
    kit::refusal::Refusal,
    market::data::{
        money::cents,
        profile::{country_name, shown_name},
    },
};

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    visit.look(|market| {
        let trainer = trainer_by(market, visit.id());
        let trainer = trainer.ok_or_else(|| Refusal::not_found("freelancer"))?;
        let profile = market.profile(&trainer.id);
        let body = html! {
            (facts(&[
                ("Country", text(country_name(&trainer.country))),
                ("Hourly rate", text(money(cents(profile.hourly_rate_usd)))),
                ("Available", text(if profile.available { "Yes" } else { "No" })),
                ("Id", code(&trainer.id)),
            ]))
        };
        Ok(visit.page(shown_name(&trainer.display_name), body))
    })
}
