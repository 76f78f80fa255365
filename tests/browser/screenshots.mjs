// Writes a picture of every page at 360 and 1280 pixels, light and dark, at 1280 pixels enlarged to 200 per cent, and of what
// is printed as it comes on paper: node screenshots.mjs FOLDER [LANGUAGE [PAGE]]

import { mkdir } from "node:fs/promises";
import { PAGES, enter, follow, launch, visit } from "./browser.mjs";

const [folder = "screenshots", language = "sv", only] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const browser = await launch();
const first = await visit(browser);
await follow(first.page);
await first.context.close();
for (const [role, pages] of Object.entries(PAGES)) {
  for (const width of [360, 1280]) {
    for (const dark of [false, true]) {
      const { context, page } = await visit(browser, { language, width, dark });
      if (role !== "nobody") await enter(page, role);
      for (const [name, open] of Object.entries(pages)) {
        if (only && !name.startsWith(only)) continue;
        await open(page);
        await page.screenshot({ path: `${folder}/${name}-${width}-${dark ? "dark" : "light"}.png`, fullPage: true });
      }
      await context.close();
    }
  }
}
const pictures = async (role, options, name, names, media) => {
  const { context, page } = await visit(browser, { language, ...options });
  if (role !== "nobody") await enter(page, role);
  for (const [of, open] of Object.entries(PAGES[role])) {
    if ((only && !of.startsWith(only)) || (names && !names.includes(of))) continue;
    await open(page);
    if (media) await page.emulateMedia({ media });
    await page.screenshot({ path: `${folder}/${of}-${name}.png`, fullPage: true });
    await page.emulateMedia({ media: "screen" });
  }
  await context.close();
};
for (const role of Object.keys(PAGES)) await pictures(role, { width: 640, scale: 2 }, "200-per-cent");
for (const role of ["representative", "staff"]) {
  // As wide as what is left of an A4 sheet, in pixels.
  await pictures(role, { width: 718 }, "printed", ["follow-ups", "my-members", "all-follow-ups", "card", "recovery-codes"], "print");
}
await browser.close();
