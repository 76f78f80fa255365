// What people do in a browser, in three languages: with script and without, by keyboard alone, on a phone.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { LANGUAGES, PAGES, enter, inBrowser, launch, search } from "./browser.mjs";

const browser = {};
before(async () => {
  browser.is = await launch();
});
after(() => browser.is.close());

const findings = async (page, rules) => {
  const builder = new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
  const { violations } = await (rules ? builder.withRules(rules) : builder).analyze();
  return violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" | ")}`);
};

/** The text of the first hit's name. */
const firstName = (page) => page.locator("#hits a.hit .name").first().innerText();

describe("every page", () => {
  for (const language of LANGUAGES) {
    for (const [role, pages] of Object.entries(PAGES)) {
      it(`of ${role} in ${language} is accessible in light and dark, and fits a phone`, inBrowser(browser, { language, width: 360 }, async (page) => {
        if (role !== "nobody") await enter(page, role);
        for (const [name, open] of Object.entries(pages)) {
          await open(page);
          assert.equal(await page.locator("html").getAttribute("lang"), language, name);
          assert.ok(!(await page.content()).includes("Unknown localization"), name);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= 360, `${name} is ${wide} pixels wide`);
          assert.deepEqual(await findings(page), [], name);
          await page.emulateMedia({ colorScheme: "dark" });
          assert.deepEqual(await findings(page, ["color-contrast"]), [], `${name} in the dark`);
          await page.emulateMedia({ colorScheme: "light" });
        }
      }));
    }
  }
});

describe("the caller's desk", () => {
  for (const language of LANGUAGES) {
    it(`finds a caller and confirms her details by keyboard alone, in ${language}`, inBrowser(browser, { language }, async (page) => {
      await enter(page, "staff");
      await page.locator("#q:focus").waitFor();
      await page.keyboard.type("marit carlson", { delay: 15 });
      // Each keystroke has an answer; the last one is waited for.
      await page.waitForFunction(() => {
        const words = [...document.querySelectorAll("#hits [data-alt]")].map((spelling) => spelling.value);
        const name = document.querySelector("#hits a.hit .name");
        return name && /^m/i.test(name.textContent) && words.some((word) => /marit|carlson/.test(word));
      });
      await page.waitForLoadState("networkidle");
      const name = await firstName(page);
      assert.ok((await page.locator("#hits mark").count()) > 0, "the differing letters are marked");
      assert.ok((await page.locator("#announce").innerText()).length > 0, "the number of hits is announced");
      assert.ok(!/marit|carlson/i.test(page.url()), "no name stands in the address");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/desk\/members\/[0-9a-f-]+$/);
      assert.equal(await page.locator("h1").innerText(), name);
      for (const key of ["1", "2"]) {
        if ((await page.locator(`[data-key="${key}"]`).count()) === 0) continue;
        await page.keyboard.press(key);
        await page.locator("main [data-said]").waitFor();
        await page.locator(`.row:has([data-key="${key}"]) .when`).waitFor();
      }
      await page.keyboard.press("e");
      await page.waitForURL(/edit$/);
      await page.goBack();
      await page.goBack();
      await page.locator("#hits a.hit").first().waitFor();
      assert.equal(await page.locator("#q").inputValue(), "marit carlson", "back finds the list as it was");
    }));
  }

  it("switches to another spelling with one key", inBrowser(browser, {}, async (page) => {
    await enter(page, "staff");
    await search(page, "carlson");
    const spelling = await page.locator("[data-alt='1']").getAttribute("value");
    await page.keyboard.press("Alt+Digit1");
    await page.waitForFunction((value) => document.querySelector("#q").value === value, spelling);
    await page.locator("#hits a.hit").first().waitFor();
  }));

  it("never shows a slow answer in place of a newer one", inBrowser(browser, {}, async (page) => {
    await enter(page, "staff");
    let held = 0;
    let reached;
    const firstHeld = new Promise((done) => (reached = done));
    let release;
    const released = new Promise((done) => (release = done));
    let finished;
    const firstDone = new Promise((done) => (finished = done));
    await page.route("**/desk/hits", async (route) => {
      // The first answer comes last, though the page has long asked for something else.
      if (held++ === 0) {
        reached();
        await released;
        await route.continue().catch(() => {});
        finished();
        return;
      }
      await route.continue().catch(() => {});
    });
    await page.locator("#q").fill("svensson");
    await firstHeld;
    await page.locator("#q").fill("virtanen");
    await page.locator("#hits a.hit").first().waitFor();
    release();
    await firstDone;
    assert.ok(held >= 2);
    assert.match(await page.locator("#hits").innerText(), /virtanen/i);
    assert.doesNotMatch(await firstName(page), /svensson/i);
  }));

  it("offers to register a prospect whom nobody is like", inBrowser(browser, { language: "en" }, async (page) => {
    await enter(page, "staff");
    await PAGES.staff.nobody(page);
    await page.locator("a[href='/desk/prospects/new']").click();
    await page.locator("#given_names").fill("Xq");
    await page.locator("#surname").fill("Zwvtest");
    await page.locator("main form button.main").dblclick();
    await page.waitForURL(/done=registered/);
    await page.goto("/desk");
    await page.locator("#q").fill("zwvtest");
    await page.locator("#hits a.hit").first().waitFor();
    assert.equal(await page.locator("#hits a.hit", { hasText: "Zwvtest" }).count(), 1, "a double press registers one");
  }));
});

describe("without script", () => {
  for (const language of LANGUAGES) {
    it(`a search is asked, reloaded, gone back to, and a detail changed, in ${language}`, inBrowser(browser, { language, script: false }, async (page) => {
      await enter(page, "staff");
      await page.locator("#q").fill("marit carlson");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/desk\/searches\/[0-9a-f-]+$/);
      const hits = await page.locator("#hits a.hit").count();
      assert.ok(hits > 0);
      await page.reload();
      assert.equal(await page.locator("#hits a.hit").count(), hits);
      await page.locator("#hits a.hit").nth(hits > 1 ? 1 : 0).click();
      await page.waitForURL(/\/desk\/members\//);
      await page.goBack();
      assert.equal(await page.locator("#q").inputValue(), "marit carlson");
      await page.goForward();
      await page.locator("a[href$='/edit']").click();
      const occupation = `Test ${language} ${Date.now()}`;
      await page.locator("#occupation").fill(occupation);
      await page.locator("main form button.main").click();
      await page.waitForURL(/done=saved/);
      assert.ok((await page.locator("main").innerText()).includes(occupation));
      await page.locator("button[data-key='3']").click();
      await page.waitForURL(/done=confirmed/);
    }));
  }

  it("the language is chosen and stays", inBrowser(browser, { language: "sv", script: false }, async (page) => {
    await page.goto("/");
    await page.locator("button[value=fi]").click();
    await page.goto("/nowhere");
    assert.equal(await page.locator("html").getAttribute("lang"), "fi");
  }));
});

describe("a member on her phone", () => {
  for (const language of LANGUAGES) {
    it(`changes a detail, takes it back, and finds all right, in ${language}`, inBrowser(browser, { language, width: 360 }, async (page) => {
      await enter(page, "member");
      await page.waitForURL(/\/me$/);
      await page.locator("a[href='/me/edit']").click();
      const before = await page.locator("#street").inputValue();
      await page.locator("#street").fill(`Testgatan ${Date.now()}`);
      await page.locator("main form button.main").click();
      await page.waitForURL(/\/me\?done=saved/);
      await page.locator("form[action='/me/undo'] button").click();
      await page.waitForURL(/done=undone/);
      await page.locator("a[href='/me/edit']").click();
      assert.equal(await page.locator("#street").inputValue(), before);
      await page.goto("/me");
      await page.locator("form[action='/me/confirm'] button").click();
      await page.waitForURL(/done=confirmed/);
      assert.ok((await page.locator(".reach a[href^='tel:'], .reach a[href^='mailto:']").count()) > 0, "representatives can be called");
    }));
  }

  it("is asked before a field is cleared", inBrowser(browser, { language: "en" }, async (page) => {
    await enter(page, "member");
    await page.goto("/me/edit");
    const before = await page.locator("#occupation").inputValue();
    await page.locator("#occupation").fill(before || "Nurse");
    await page.locator("#street").fill("");
    await page.locator("main form button.main").click();
    await page.locator("input[name=clear_street]").waitFor();
    await page.goto("/me");
    assert.ok(!(await page.locator("main").innerText()).includes("Nothing"));
  }));
});

describe("nothing that was typed is lost", () => {
  it("when somebody else changed the same field, both are shown", inBrowser(browser, { language: "en" }, async (page, context) => {
    await enter(page, "staff");
    await PAGES.staff.edit(page);
    const other = await context.newPage();
    await other.goto(page.url());
    const [mine, theirs] = [`Mine ${Date.now()}`, `Theirs ${Date.now()}`];
    await other.locator("#city").fill(theirs);
    await other.locator("main form button.main").click();
    await other.waitForURL(/done=saved/);
    await page.locator("#city").fill(mine);
    await page.locator("main form button.main").click();
    await page.locator("#city-theirs").waitFor();
    assert.ok((await page.locator("#city-theirs").innerText()).includes(theirs));
    assert.equal(await page.locator("#city").inputValue(), mine);
    await page.locator("main form button.main").click();
    await page.waitForURL(/done=saved/);
    assert.ok((await page.locator("main").innerText()).includes(mine));
  }));

  it("when the session ended while the form was open", inBrowser(browser, { language: "en" }, async (page, context) => {
    await enter(page, "staff");
    await PAGES.staff.edit(page);
    const occupation = `Kept ${Date.now()}`;
    await page.locator("#occupation").fill(occupation);
    await context.clearCookies();
    await page.locator("main form button.main").click();
    await page.locator("h1").waitFor();
    assert.ok((await page.locator("main").innerText()).includes(occupation));
    const again = await context.newPage();
    await enter(again, "staff");
    await page.locator("form button.main", { hasText: "again" }).click();
    await page.locator("h1").waitFor();
    await page.locator("form button.main", { hasText: "again" }).click();
    await page.waitForURL(/done=saved/);
    assert.ok((await page.locator("main").innerText()).includes(occupation));
  }));

  it("a form that is sent twice changes once", inBrowser(browser, { language: "en" }, async (page) => {
    await enter(page, "staff");
    await PAGES.staff.edit(page);
    const occupation = `Twice ${Date.now()}`;
    await page.locator("#occupation").fill(occupation);
    await page.locator("main form button.main").dblclick();
    await page.waitForURL(/done=(saved|nothing)/);
    assert.equal(await page.locator(".history li", { hasText: `→ ${occupation}` }).count(), 1);
  }));
});
