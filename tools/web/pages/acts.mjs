// What a person does on a page.

import assert from "node:assert/strict";

/** Sends the form with this button and waits for the next page. */
export async function press(page, name, scope = page) {
  const button = scope.getByRole("button", { name, exact: true }).first();
  await Promise.all([page.waitForNavigation(), button.click()]);
}

/** Follows a link. */
export async function follow(page, name) {
  const link = page.getByRole("link", { name, exact: true }).first();
  await Promise.all([page.waitForNavigation(), link.click()]);
}

/** Asserts the page's heading: the whole text, or what it matches. */
export async function heading(page, text) {
  const shown = await page.locator("h1").innerText();
  if (text instanceof RegExp) assert.match(shown, text);
  else assert.equal(shown, text);
}
