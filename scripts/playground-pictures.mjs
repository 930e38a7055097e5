/**
 * @file `npm run playground:pictures`: builds the playground, trains two moons on it in Chromium, and writes
 * docs/images/playground.png and the animation docs/images/playground.webp, which the README shows.
 */
import "./lib/node-version.mjs";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright";
import sharp from "sharp";
import { preview, runnerImport, build } from "vite";
import { root } from "./lib/run.mjs";

const FOLDER = join(root, "packages", "playground");
const IMAGES = join(root, "docs", "images");
const SIZE = { width: 1280, height: 1100 };
/** Pictures of the animation, how long each is seen, in milliseconds, and how wide they are. */
const [FRAMES, DELAY, WIDTH] = [28, 150, 800];
/** From one picture to the next at least, so that something has changed. */
const PAUSE = 60;

const { module } = await runnerImport(join(root, "test-env", "chromium.ts"));
const executablePath = module.findChromium();
if (!executablePath)
  throw new Error("no Chromium on the PATH or in CHROMIUM_PATH (Debian: apt-get install chromium)");

await build({ root: FOLDER, logLevel: "error" });
const server = await preview({ root: FOLDER, logLevel: "error", preview: { port: 0 } });
const browser = await chromium.launch({
  executablePath,
  args: [...module.CHROMIUM_ARGS, "--disable-gpu-rasterization", "--disable-accelerated-2d-canvas"],
});
try {
  const page = await browser.newPage({ viewport: SIZE, colorScheme: "light" });
  await page.goto(`${server.resolvedUrls.local[0]}#task=moons&backend=wasm&rate=0.003`);
  const button = (name) => page.getByRole("button", { name, exact: true });
  await page.getByText(/^Paused: /).waitFor();
  // What learns stands in the picture, not what explains it.
  await page
    .locator("#curve-title")
    .evaluate((title) => title.closest("section").scrollIntoView({ block: "start" }));
  const frames = [await page.screenshot()];
  for (let i = 1; i < FRAMES; i++) {
    // Few steps a picture at first, where much changes, and more later.
    for (let step = 0; step < Math.ceil(i / 3); step++) await button("One step").click();
    await setTimeout(PAUSE);
    frames.push(await page.screenshot());
  }
  await page.evaluate(() => scrollTo(0, 0));
  await setTimeout(500);
  mkdirSync(IMAGES, { recursive: true });
  const still = await sharp(await page.screenshot())
    .png({ palette: true, effort: 10 })
    .toBuffer();
  writeFileSync(join(IMAGES, "playground.png"), still);
  const small = await Promise.all(
    frames.map((frame) => sharp(frame).resize({ width: WIDTH }).png().toBuffer()),
  );
  const moving = await sharp(small, { join: { animated: true } })
    .webp({ quality: 60, effort: 6, loop: 0, delay: small.map(() => DELAY) })
    .toBuffer();
  writeFileSync(join(IMAGES, "playground.webp"), moving);
  console.log(`docs/images: playground.png ${kilobytes(still)}, playground.webp ${kilobytes(moving)}`);
} finally {
  await browser.close();
  await server.close();
}

function kilobytes({ length }) {
  return `${Math.round(length / 1000)} kB`;
}
