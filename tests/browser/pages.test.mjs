// What people do in a browser, in three languages: with script and without, by keyboard alone, on a phone.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { LANGUAGES, PAGES, enter, follow, inBrowser, launch, search } from "./browser.mjs";

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

/** Whether everything stands within `width`: the page does not scroll sideways, and nothing is cut off at an edge. */
const fits = async (page, width, name) => {
  const { wide, cut } = await page.evaluate(() => {
    const hidden = (element) => element.closest(".visually-hidden, .skip, .scroll, table.stack thead, [hidden]");
    const beyond = (element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && (box.left < -1 || box.right > innerWidth + 1) && !hidden(element);
    };
    const all = [...document.body.querySelectorAll("*")];
    return { wide: document.documentElement.scrollWidth, cut: all.filter(beyond).map((element) => element.outerHTML.slice(0, 120)) };
  });
  assert.ok(wide <= width, `${name} is ${wide} pixels wide at ${width}`);
  assert.deepEqual(cut, [], `${name} is cut off at ${width}`);
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
          await fits(page, 360, name);
          assert.deepEqual(await findings(page), [], name);
          await page.emulateMedia({ colorScheme: "dark" });
          assert.deepEqual(await findings(page, ["color-contrast"]), [], `${name} in the dark`);
          await page.emulateMedia({ colorScheme: "light" });
        }
      }));
    }
  }
});

describe("every page enlarged", () => {
  // 640 and 320 are what is left of 1280 pixels at 200 and 400 per cent (WCAG 1.4.4 and 1.4.10).
  for (const [role, pages] of Object.entries(PAGES)) {
    it(`of ${role} at 200 and 400 per cent neither scrolls sideways nor is cut off`, inBrowser(browser, { width: 640, scale: 2 }, async (page) => {
      if (role !== "nobody") await enter(page, role);
      for (const [name, open] of Object.entries(pages)) {
        await open(page);
        await fits(page, 640, name);
        await page.setViewportSize({ width: 320, height: 256 });
        await fits(page, 320, name);
        await page.setViewportSize({ width: 1280, height: 900 });
        // Only the letters are twice as large: what the reader has set in the browser.
        await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
        await fits(page, 1280, `${name} with large letters`);
        await page.setViewportSize({ width: 640, height: 450 });
      }
    }));
  }
});

describe("on paper", () => {
  for (const [role, path] of [["representative", "/follow-ups"], ["representative", "/my-members"], ["staff", "/follow-ups"]]) {
    it(`${path} of ${role} holds the people and nothing to press`, inBrowser(browser, { dark: true }, async (page) => {
      await follow(page);
      await enter(page, role);
      await page.goto(path);
      const names = await page.locator("main a[href^='/desk/members/']").allInnerTexts();
      assert.ok(names.length > 0);
      await page.emulateMedia({ media: "print", colorScheme: "light" });
      for (const button of await page.locator("button, nav, header.top, footer, summary, textarea").all()) {
        assert.ok(!(await button.isVisible()), await button.evaluate((element) => element.outerHTML.slice(0, 120)));
      }
      assert.deepEqual(await page.locator("main a[href^='/desk/members/']:visible").allInnerTexts(), names);
      // The ways to reach them are on the paper, too.
      for (const call of await page.locator("main a[href^='tel:']").all()) assert.ok(await call.isVisible());
      assert.ok((await page.pdf({ format: "A4" })).length > 1000);
    }));
  }
});

describe("taking a file in", () => {
  it("shows how far it has come, what the file would change, and what it has changed", inBrowser(browser, { language: "en" }, async (page) => {
    await enter(page, "registrar");
    const shown = [];
    await page.exposeFunction("noteProgress", (value) => shown.push(value));
    await page.goto("/imports");
    await page.evaluate(() => {
      const progress = document.querySelector("progress");
      const note = () => progress.hidden || window.noteProgress(progress.value);
      new MutationObserver(note).observe(progress, { attributes: true });
    });
    const number = Date.now();
    const lines = ["member_number;given_names;surname;membership_type;city"];
    for (let row = 0; row < 20; row++) lines.push(`${number + row};Xq;Uploadtest${number};professional;Umeå`);
    await page.locator("#file").setInputFiles({ name: "members.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\n")) });
    await page.locator("main form button.main").click();
    await page.waitForURL(/\/imports\/[0-9a-f-]+$/);
    assert.ok(shown.length > 0 && shown.at(-1) > 0, "the progress was shown");
    const figure = (name) => page.locator(".figures div", { has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) }).locator("dd").innerText();
    assert.deepEqual([await figure("Rows"), await figure("New")].map((text) => text.trim()), ["20", "20"]);
    const before = await page.locator("h1").innerText();
    await page.locator("form[action$='/apply'] button").dblclick();
    await page.waitForFunction((text) => document.querySelector("h1").textContent !== text, before);
    assert.equal(await page.locator("form[action$='/apply']").count(), 0, "it is applied once");
    await page.reload();
    // It can be found at once by its number at the desk.
    await page.goto("/desk");
    await page.locator("#q").fill(String(number));
    await page.locator("#hits a.hit").first().waitFor();
    assert.match(await page.locator("#hits").innerText(), new RegExp(`Uploadtest${number}`, "i"));
  }));

  it("says when a file cannot be taken, and takes the next one", inBrowser(browser, { language: "en" }, async (page) => {
    await enter(page, "registrar");
    await page.goto("/imports");
    const take = async (buffer) => {
      await page.locator("#file").setInputFiles({ name: "members.csv", mimeType: "text/csv", buffer });
      await page.locator("main form button.main").click();
    };
    await page.route("**/api/v1/imports?*", (route) => route.fulfill({ status: 413, body: "{}" }), { times: 1 });
    await take(Buffer.from("surname\n"));
    await page.locator("[data-wrong]:visible").waitFor();
    await take(Buffer.from(`member_number;given_names;surname\n${Date.now()};Xq;Zwv\n`));
    await page.waitForURL(/\/imports\/[0-9a-f-]+$/);
  }));
});

describe("a rule", () => {
  for (const language of LANGUAGES) {
    it(`is made by keyboard, looked at, switched on, changed and paused, in ${language}`, inBrowser(browser, { language, script: language !== "fi" }, async (page) => {
      await enter(page, "administrator");
      await page.goto("/rules");
      await page.locator("a[href='/new-rule']").press("Enter");
      await page.locator("a[href='/new-rule/graduates']").press("Enter");
      const title = `Test ${language} ${Date.now()}`;
      // What is wrong is told, tied to its field, and what was typed stays.
      await page.locator("#offset_months").fill("six");
      await page.locator("#title").fill(title);
      await page.keyboard.press("Enter");
      await page.locator("[role=alert] a[href='#offset_months']").press("Enter");
      assert.equal(await page.locator("#title").inputValue(), title);
      assert.equal(await page.locator("#offset_months").getAttribute("aria-invalid"), "true");
      await page.locator("#offset_months").fill("9");
      await page.locator("main form button.main").dblclick();
      await page.waitForURL(/\/preview\?period=\d{4}-\d\d&done=registered$/);
      assert.ok((await page.locator("main").innerText()).includes(title));
      const key = new URL(page.url()).pathname.split("/")[2];
      await page.locator(`form[action='/rules/${key}/switch'] button`).press("Enter");
      await page.waitForURL(/\/rules\?done=saved$/);
      const rule = page.locator("section", { has: page.locator(`#rule-${key}`) });
      assert.equal(await rule.locator(".tag.good").count(), 1);
      assert.equal(await page.locator("h2", { hasText: title }).count(), 1, "a double press makes one");
      await rule.locator("a[href$='/edit']").press("Enter");
      assert.equal(await page.locator("#offset_months").inputValue(), "9");
      await page.locator("#offset_months").fill("10");
      await page.keyboard.press("Enter");
      await page.waitForURL(/done=saved$/);
      await page.goto("/rules");
      await rule.locator("form[action$='/switch'] button").press("Enter");
      await page.waitForURL(/\/rules\?done=saved$/);
      assert.equal(await rule.locator(".tag.good").count(), 0);
      assert.match(await rule.innerText(), /10/);
    }));
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
