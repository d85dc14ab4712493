// A headless Chromium, and the checks of each page: axe, its width, errors, and requests to other origins.

import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Rejects a promise that takes too long, and says which one. */
export function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The browser. A new, empty folder of user data, which Playwright removes. */
export function launch() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS, chromiumSandbox: false });
}

/** Opens the pages of one origin in one mode: with or without JavaScript, dark or light, wide or narrow. */
export class Visit {
  constructor(report, mode, origin) {
    Object.assign(this, { report, mode, origin });
  }

  async open(browser) {
    const { mode } = this;
    const look = { colorScheme: mode.scheme, viewport: { width: mode.width, height: 900 } };
    this.context = await browser.newContext({ ...look, javaScriptEnabled: mode.script });
    this.checking = await browser.newContext(look);
    this.checker = await this.checking.newPage();
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(10_000);
    for (const own of [this.context, this.checking]) this.#watch(own);
    return this.page;
  }

  async close() {
    await this.context.close();
    await this.checking.close();
  }

  /** Checks the open page: axe, and its width. */
  async check(name) {
    const { page, mode, report } = this;
    const say = (text) => report.say(`${mode.name}: ${name}: ${text}`);
    const result = await within(30, `axe on ${name}`, this.#axe());
    for (const own of result.violations) {
      const where = own.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`);
      say(`axe ${own.id}: ${own.help}\n    ${where.slice(0, 3).join("\n    ")}`);
    }
    for (const own of result.incomplete) say(`axe could not decide ${own.id}: ${own.help}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    if (wide) say("the page is wider than the window");
    await report.picture(page, `${mode.name}-${name}.png`);
    report.seen.add(name);
  }

  /**
   * Axe on the open page. It needs timers, which do not run in a page without JavaScript: what that page shows is opened
   * in a page with JavaScript, without the page's own script.
   */
  async #axe() {
    const { page } = this;
    let checked = page;
    if (!this.mode.script) {
      checked = this.checker;
      const body = await page.content();
      await checked.route("**/*", (route) => {
        const url = route.request().url();
        if (url === page.url()) return route.fulfill({ contentType: "text/html; charset=utf-8", body });
        return url.endsWith(".js") ? route.abort() : route.continue();
      });
      await checked.goto(page.url());
      await checked.unroute("**/*");
    }
    await checked.evaluate(AXE);
    return checked.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules }), RULES);
  }

  /** Reports errors of the browser, and requests to other origins. */
  #watch(context) {
    const { mode, report } = this;
    context.on("console", (own) => {
      // Expected: Chromium reports the status of an error page, and that the checker's script is blocked.
      const expected = /status of [45]|ERR_FAILED/.test(own.text());
      if (own.type() === "error" && !expected) report.say(`${mode.name}: ${own.text()}`);
    });
    context.on("weberror", (own) => report.say(`${mode.name}: ${own.error()}`));
    context.on("request", (own) => {
      const url = new URL(own.url());
      if (url.origin !== this.origin && url.protocol !== "data:") report.say(`${mode.name}: request to ${url.origin}`);
    });
  }
}

/** Problems, and pictures of the pages in `folder` if there is one. */
export class Report {
  constructor(folder) {
    this.folder = folder;
    this.problems = [];
    this.seen = new Set();
  }

  async prepare() {
    if (this.folder) await mkdir(this.folder, { recursive: true });
  }

  say(problem) {
    this.problems.push(problem);
  }

  async picture(page, name) {
    if (this.folder) await page.screenshot({ path: join(this.folder, name), fullPage: true });
  }

  /** Prints the problems and ends the process. */
  end(modes) {
    for (const own of this.problems) console.error(`FAILED ${own}`);
    console.log(`${this.seen.size} pages in ${modes} ways: ${this.problems.length} problems`);
    process.exit(this.problems.length ? 1 : 0);
  }
}
