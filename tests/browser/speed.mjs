// How quick the service feels in a browser: node speed.mjs
// A demo runs at TEST_URL; for figures that count, a release build, and a register as large as the one they are told of:
// `matrikel import members FILE` takes it into the demo's data folder. What is measured, and is to be below:
//   the first page  bytes over the wire with stylesheet, script and picture, nothing kept   50 kB
//                   from the request to the first byte of the answer, 50 times               50 ms
//   the desk        the same, signed in as staff
//   a keystroke     from the key to the frame in which its hits stand, letter by letter      100 ms (95th percentile)

import { enter, launch, visit } from "./browser.mjs";

/** Names as one hears them, and numbers; each is typed letter by letter. */
const QUERIES = ["marit carlson", "bo ek", "mikonen", "jeny svenson", "virtanen matti", "kristofer lindqvist", "åke af ekenstam", "0701740", "1984-02-01"];
const TIMES = 50;

const percentile = (times, share) => [...times].sort((one, other) => one - other)[Math.ceil(share * times.length) - 1];
const told = (times) =>
  `p50 ${percentile(times, 0.5).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms (${times.length})`;

/** The bytes that a page needs when nothing of it is kept yet, headers included. */
const bytes = async (context, page, path) => {
  const network = await context.newCDPSession(page);
  await network.send("Network.enable");
  await network.send("Network.setCacheDisabled", { cacheDisabled: true });
  let sum = 0;
  network.on("Network.loadingFinished", ({ encodedDataLength }) => (sum += encodedDataLength));
  await page.goto(path, { waitUntil: "networkidle" });
  await network.detach();
  return sum;
};

const firstBytes = async (page, path) => {
  const times = [];
  for (let time = 0; time < TIMES; time++) {
    await page.goto(path);
    times.push(
      await page.evaluate(() => {
        const { requestStart, responseStart } = performance.getEntriesByType("navigation")[0];
        return responseStart - requestStart;
      }),
    );
  }
  return times;
};

/** Types one letter and gives the time until the frame in which its hits stand. */
const keystroke = async (page, letter) => {
  await page.evaluate(() => {
    const [box, hits] = [document.querySelector("#q"), document.querySelector("#hits")];
    window.felt = new Promise((done) => {
      let typed;
      box.addEventListener("input", () => (typed = performance.now()), { once: true, capture: true });
      new MutationObserver((_, observer) => {
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame((now) => done(now - typed)));
      }).observe(hits, { childList: true, subtree: true });
    });
  });
  await page.keyboard.type(letter);
  return page.evaluate(() => window.felt);
};

const browser = await launch();
const { context, page } = await visit(browser);
for (const [name, path, role] of [["first page", "/"], ["desk", "/desk", "staff"]]) {
  if (role) await enter(page, role);
  console.log(`${name}: ${(await bytes(context, page, path)).toLocaleString("en")} bytes; first byte ${told(await firstBytes(page, path))}`);
}
const times = [];
for (const query of QUERIES) {
  await page.goto("/desk");
  await page.locator("#q:focus").waitFor();
  for (const letter of query) times.push(await keystroke(page, letter));
}
console.log(`keystroke to hits: ${told(times)}`);
await browser.close();
