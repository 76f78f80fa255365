// A headless Chromium at a running demo: what the tests and the screenshots share.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const LANGUAGES = ["sv", "fi", "en"];

/** The demo's address: `matrikel serve --demo` must be running there. */
export const address = process.env.TEST_URL ?? "http://127.0.0.1:8080";

/** Starts the browser; it talks to the service and to nobody else. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-default-apps",
      "--disable-sync",
      "--no-first-run",
      // Root has no sandbox of its own.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });

/** A fresh profile: 1280 pixels wide, in Swedish, light, with script, unless `options` say otherwise. */
export const visit = async (browser, { language = "sv", width = 1280, dark = false, script = true, scale = 1 } = {}) => {
  const context = await browser.newContext({
    baseURL: address,
    viewport: { width, height: width < 600 ? 740 : 900 },
    deviceScaleFactor: scale,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    javaScriptEnabled: script,
    locale: { sv: "sv-SE", fi: "fi-FI", en: "en-GB" }[language],
  });
  context.setDefaultTimeout(30000);
  return { context, page: await context.newPage() };
};

/**
 * Runs `steps` in a fresh profile, and fails on whatever the browser complains of. `browser.is` is the browser, once it has
 * been started.
 */
export const inBrowser = (browser, options, steps) => async () => {
  const { context, page } = await visit(browser.is, options);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4/.test(message.text())) complaints.push(message.text());
  });
  try {
    await steps(page, context);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
};

/** Signs out. */
export const leave = async (page) => {
  await page.locator("form[action='/sign-out'] button").click();
  await page.locator("#identifier").waitFor();
};

/** Enters the demo in a role. */
export const enter = async (page, role) => {
  await page.goto("/");
  await page.locator(`button[value=${role}]`).click();
  await page.waitForURL((url) => url.pathname !== "/" && url.pathname !== "/demo/enter");
};

/** Lets the first rule run, so that there are follow-ups; what has run does not run again. */
export const follow = async (page) => {
  await enter(page, "administrator");
  await page.goto("/rules");
  await page.locator("form[action='/rules/graduate-follow-up/run'] button").click();
  await page.waitForURL(/\/runs\?done=/);
  await leave(page);
};

/** Looks for `text` at the desk as a person with a script does, and waits for the hits. */
export const search = async (page, text) => {
  await page.goto("/desk");
  await page.locator("#q").fill(text);
  await page.locator("#hits a.hit").first().waitFor();
};

/** The pages of each role, by the steps that lead to them. */
export const PAGES = {
  nobody: {
    start: (page) => page.goto("/"),
    "not-found": (page) => page.goto("/nowhere"),
    "sign-in-first": (page) => page.goto("/me"),
    "sign-in": (page) => page.goto("/sign-in"),
    "sign-in-code": (page) => page.goto("/sign-in/code"),
    "sign-in-code-wrong": async (page) => {
      await page.goto("/sign-in/code");
      await page.locator("#code").fill("000000");
      await page.locator("main form button.main").click();
      await page.locator("[role=alert]").waitFor();
    },
    "sign-in-link": (page) => page.goto("/sign-in/link/x"),
    "sign-in-link-wrong": async (page) => {
      await page.goto("/sign-in/link/x");
      await page.locator("main form button.main").click();
      await page.locator("[role=alert]").waitFor();
    },
    "sign-in-password": (page) => page.goto("/sign-in/password"),
    "set-up-over": (page) => page.goto("/set-up/x"),
    "mail-folder": (page) => page.goto("/demo/mails"),
  },
  staff: {
    desk: (page) => page.goto("/desk"),
    hits: (page) => search(page, "marit carlson"),
    nobody: async (page) => {
      await page.goto("/desk");
      await page.locator("#q").fill("xqzwv xqzwv");
      await page.locator("#hits h2").first().waitFor();
    },
    card: async (page) => {
      await search(page, "marit carlson");
      await page.locator("#hits a.hit").first().click();
      await page.waitForURL(/members/);
    },
    edit: async (page) => {
      await PAGES.staff.card(page);
      await page.goto(`${page.url().split("?")[0]}/edit`);
    },
    "edit-wrong": async (page) => {
      await PAGES.staff.edit(page);
      await page.locator("#country").fill("S");
      await page.locator("#phone").fill("");
      await page.locator("main form button.main").click();
      await page.locator("[role=alert], .theirs").first().waitFor();
    },
    prospect: (page) => page.goto("/desk/prospects/new"),
    "all-follow-ups": (page) => page.goto("/follow-ups"),
    sessions: (page) => page.goto("/sessions"),
    pledge: (page) => page.goto("/pledge"),
    forbidden: (page) => page.goto("/me"),
    "step-up": (page) => page.goto("/step-up"),
    "my-account": (page) => page.goto("/my-account"),
    "password-wrong": async (page) => {
      await page.goto("/my-account");
      await page.locator("#password").fill("short");
      await page.locator("form[action='/my-account/password'] button").click();
      await page.locator("#password-wrong").waitFor();
    },
    "second-factor": async (page) => {
      await page.goto("/my-account");
      await page.locator("form[action='/my-account/second-factor'] button").click();
      await page.waitForURL(/second-factor$/);
    },
    "recovery-codes": async (page) => {
      await page.goto("/my-account");
      await page.locator("form[action='/my-account/recovery-codes'] button").click();
      await page.locator(".codes").waitFor();
    },
    "appointments-ending": (page) => page.goto("/follow-ups?status=told"),
  },
  representative: {
    "follow-ups": (page) => page.goto("/follow-ups"),
    "my-members": (page) => page.goto("/my-members"),
  },
  member: {
    me: (page) => page.goto("/me"),
    "me-edit": (page) => page.goto("/me/edit"),
    "me-email": (page) => page.goto("/me/email"),
    "reads-need-a-code": (page) => page.goto("/me/reads"),
    "step-up-by-mail": (page) => page.goto("/step-up"),
  },
  registrar: {
    proposals: (page) => page.goto("/proposals"),
    imports: (page) => page.goto("/imports"),
    "import-report": async (page) => {
      await page.goto("/imports");
      await page.locator("#lines").fill("member_number;given_names;surname;shoe_size\n999001;Xq;Zwv;38");
      await page.locator("main form button.main").click();
      await page.waitForURL(/imports\/./);
    },
    workplaces: (page) => page.goto("/workplaces"),
    figures: (page) => page.goto("/figures"),
  },
  administrator: {
    rules: (page) => page.goto("/rules"),
    preview: (page) => page.goto("/rules/graduate-follow-up/preview"),
    "preview-resting": (page) => page.goto("/rules/appointment-ending/preview"),
    "new-rule": (page) => page.goto("/new-rule"),
    "rule-form": (page) => page.goto("/new-rule/appointment_ending"),
    "rule-edit": (page) => page.goto("/rules/graduate-follow-up/edit"),
    "rule-wrong": async (page) => {
      await page.goto("/new-rule/graduates");
      await page.locator("#offset_months").fill("x");
      for (const box of await page.locator("#notices input").all()) await box.uncheck();
      await page.locator("main form button.main").click();
      await page.locator("[role=alert]").waitFor();
    },
    runs: (page) => page.goto("/runs"),
    accounts: (page) => page.goto("/accounts"),
    mail: (page) => page.goto("/mail"),
    "administrator-sessions": (page) => page.goto("/sessions"),
  },
};
