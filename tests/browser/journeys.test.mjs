// The ways through the demo that the README tells: signing in by mail, and a follow-up from its rule to its outcome.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LANGUAGES, enter, inBrowser, launch, leave } from "./browser.mjs";

const browser = {};
before(async () => {
  browser.is = await launch();
});
after(() => browser.is.close());

/** Opens the mail folder until `rows` has more than `count` of them: mail is sent beside the requests. */
const waitForMails = async (page, rows, count) => {
  const deadline = Date.now() + 30_000;
  do await page.goto("/demo/mails");
  while ((await rows.count()) <= count && Date.now() < deadline);
  assert.ok((await rows.count()) > count, "the mail has come");
};

const mailsTo = (page, address) => page.locator("tbody tr", { hasText: address });

/** Asks for a mail to sign in as whoever has `address`, and opens it. */
const askForMail = async (page, address) => {
  await page.goto("/demo/mails");
  const before = await mailsTo(page, address).count();
  await page.goto("/sign-in");
  await page.locator("#identifier").fill(address);
  await page.locator("form[action='/sign-in'] button").click();
  await page.waitForURL(/\/sign-in\/code$/);
  await waitForMails(page, mailsTo(page, address), before);
  await mailsTo(page, address).first().locator("a").click();
  await page.locator(".mail").waitFor();
};

const byLink = async (page, address) => {
  await askForMail(page, address);
  await page.locator(".mail a[href^='/sign-in/link/']").click();
  const button = page.locator("main form button.main");
  await button.waitFor();
  // Whoever opens the link and presses nothing, as programs do that look through mail, spends nothing.
  await page.reload();
  await button.click();
};

const byCode = async (page, address) => {
  await askForMail(page, address);
  const code = (await page.locator(".mail").innerText()).match(/\b\d{6}\b/)[0];
  await page.goto("/sign-in/code");
  await page.locator("#code").fill(code);
  await page.keyboard.press("Enter");
};

describe("a member signs in by mail", () => {
  const ways = { sv: [byLink, { width: 360 }], fi: [byLink, { script: false }], en: [byCode, {}] };
  for (const language of LANGUAGES) {
    const [way, options] = ways[language];
    it(`and comes to the page that she wanted, in ${language}`, inBrowser(browser, { language, ...options }, async (page) => {
      await enter(page, "member");
      const address = (await page.locator("main").innerText()).match(/[^\s,]+@example\.\w+/)[0];
      await leave(page);
      await page.goto("/me/edit");
      await page.locator("#identifier").waitFor();
      await way(page, address);
      await page.waitForURL(/\/me\/edit$/);
      assert.ok((await page.locator("#phone").inputValue()).length > 0);
      assert.ok(!page.url().includes("@"));
    }));
  }
});

describe("a follow-up, from its rule to its outcome", () => {
  for (const [number, [language, options]] of [["sv", { width: 360 }], ["fi", { script: false }], ["en", {}]].entries()) {
    it(`is listed, mailed, signed in for and recorded, in ${language}`, inBrowser(browser, { language, ...options }, async (page) => {
      await enter(page, "administrator");
      await page.goto("/rules");
      await page.locator("form[action='/rules/graduate-follow-up/run'] button").click();
      await page.waitForURL(/\/runs\?done=/);
      const proof = await page.locator("main section", { hasText: /[^-\d]20\d\d-\d\d[^-\d]/ }).first().locator("dl").innerText();
      const [, written, needed] = proof.match(/(\d+) \/ (\d+)/);
      assert.ok(written === needed && Number(needed) > 0, "as many mails as were needed");
      await leave(page);
      // Lists go to members; what has no representative goes to the office of this machine.
      const lists = page.locator("tbody tr", { hasText: "@example." }).filter({ hasNotText: /sign|logga|kirjau/i });
      await waitForMails(page, lists, number);
      const address = (await lists.nth(number).locator("td").first().innerText()).match(/[^\s,]+@example\.\w+/)[0];
      await lists.nth(number).locator("a").click();
      const link = page.locator(".mail a[href*='/follow-ups']");
      const wanted = await link.first().getAttribute("href");
      await link.first().click();
      await page.locator("#identifier").waitFor();
      await byLink(page, address);
      await page.waitForURL(/\/follow-ups|\/pledge|\/sign-in/);
      if ((await page.locator("a[href='/pledge']").count()) > 0) {
        await page.locator("a[href='/pledge']").click();
        await page.locator("form[action='/pledge'] button").click();
      }
      await page.waitForURL((url) => url.pathname + url.search === wanted);
      const person = page.locator("#coming .people > li, .people > li").first();
      const name = await person.locator("h3 a").innerText();
      await person.locator("summary").press("Enter");
      if (options.script === false) assert.ok(await person.locator("details[open]").count());
      await person.locator("textarea").fill(`Test ${language}`);
      await person.locator("button[value=reached]").press("Enter");
      await page.waitForURL(/done=recorded/);
      const done = page.locator("section[aria-labelledby=done]", { hasText: name });
      assert.ok((await done.innerText()).includes(`Test ${language}`));
      await page.reload();
      await page.goBack();
      assert.equal(await page.locator("html").getAttribute("lang"), language);
    }));
  }
});
