// Writes a picture of every page at 360 and 1280 pixels, light and dark: node screenshots.mjs FOLDER [LANGUAGE]

import { mkdir } from "node:fs/promises";
import { PAGES, enter, launch, visit } from "./browser.mjs";

const [folder = "screenshots", language = "sv", only] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const browser = await launch();
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
await browser.close();
