// Writes a picture of every mail at 360 and 1280 pixels, light, and at 360 dark: node mails.mjs FOLDER
// FOLDER is what `matrikel mails FOLDER` wrote; the pictures stand beside.

import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, visit } from "./browser.mjs";

const folder = resolve(process.argv[2] ?? "mails");
const mails = (await readdir(folder)).filter((name) => name.endsWith(".html"));
if (mails.length === 0) throw new Error(`${folder} holds no mails: run matrikel mails ${folder}`);
const browser = await launch();
for (const [width, dark] of [[360, false], [1280, false], [360, true]]) {
  const { context, page } = await visit(browser, { width, dark, script: false });
  for (const mail of mails) {
    await page.goto(pathToFileURL(`${folder}/${mail}`).href);
    const wide = await page.locator("html").evaluate((html) => html.scrollWidth);
    if (wide > width) throw new Error(`${mail} is ${wide} pixels wide at ${width}`);
    const name = mail.replace(/\.html$/, "");
    await page.screenshot({ path: `${folder}/${name}-${width}${dark ? "-dark" : ""}.png`, fullPage: true });
  }
  await context.close();
}
await browser.close();
console.log(`${mails.length * 3} pictures in ${folder}`);
