/** @file What each task shows of its model, and what a person asks it. */
import { describe, expect, test } from "vitest";
import type { BackendName } from "../../src/protocol/settings.ts";
import { useChromium } from "./support/open.ts";
import type { Playground } from "./support/playground.ts";
import { until } from "./support/until.ts";

const open = useChromium();

/** Percentages of the ten bars of the eval view. */
async function bars({ page }: Playground): Promise<number[]> {
  const labels = await page
    .locator("svg.bar[role=img]")
    .evaluateAll((all) => all.map((bar) => bar.ariaLabel ?? ""));
  return labels.map((label) => Number(/^(\d+)%/.exec(label)?.[1]));
}

const answer = ({ page }: Playground) => page.locator("figure.answer figcaption");

/** Draws on the sheet with the mouse, in parts of its sides. */
async function draw({ page }: Playground, points: readonly (readonly [number, number])[]): Promise<void> {
  const sheet = page.locator("canvas.sheet");
  await sheet.scrollIntoViewIfNeeded();
  const box = (await sheet.boundingBox())!;
  const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(points[0]!));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 8 });
  await page.mouse.up();
}

test("digits: an example or a drawing is read, with the spread of the draws; filters and confusions are there", async () => {
  const { playground } = await open({ hash: "task=digits&backend=wasm" });
  const { page } = playground;
  const filters = page.locator("canvas.filter-sheet");
  const before = await until("filters", async () => {
    const drawn = await playground.pixels(filters, "--moon-2");
    return drawn > 0 && playground.hash(filters);
  });
  await playground.playTo(30);
  await until("filters that change", async () => (await playground.hash(filters)) !== before);
  const picture = (await playground.events("picture")).at(-1);
  if (picture?.type !== "picture" || picture.picture.kind !== "digits")
    throw new Error("no picture of digits");
  const counted = picture.picture.confusion.flat().reduce((sum, count) => sum + count, 0);
  const right = picture.picture.confusion.reduce((sum, row, truth) => sum + row[truth]!, 0);
  expect(counted).toBeGreaterThan(50);
  expect(picture.picture.accuracy).toBeCloseTo(right / counted, 5);
  expect(picture.picture.accuracy).toBeGreaterThan(0.15);
  const cells = await page.locator(".confusion td").allInnerTexts();
  expect(cells.reduce((sum, text) => sum + Number(text), 0)).toBe(counted);

  for (let digit = 0; digit < 10; digit++) {
    const button = playground.button(`Example of a ${digit}`);
    await button.click();
    if (digit % 4 > 0) continue;
    await until(`an answer to ${digit}`, async () => /reads a \d/.test(await answer(playground).innerText()));
  }
  await until("shares", async () => (await bars(playground)).reduce((sum, share) => sum + share, 0) > 90);
  const shares = await bars(playground);
  expect(shares.length).toBe(10);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThan(110);
  expect(await answer(playground).innerText()).toMatch(/With dropout on, 50 draws: \d+% to \d+%/);
  expect(await page.locator("path.bar-range").count()).toBe(10);

  await playground.button("Clear").click();
  await until("an empty sheet", async () => /Draw a digit/.test(await answer(playground).innerText()));
  expect(await bars(playground)).toEqual(Array.from({ length: 10 }, () => 0));
  await draw(playground, [
    [0.5, 0.2],
    [0.5, 0.8],
  ]);
  await until("an answer to the drawing", async () =>
    /reads a \d/.test(await answer(playground).innerText()),
  );
  const drawn = await bars(playground);

  // The answer follows the model as it learns.
  await playground.playTo((await playground.step()) + 20);
  await until("another answer", async () => (await bars(playground)).join() !== drawn.join());
  expect(playground.errors).toEqual([]);
});

test("names: written by the decode view, as daring as the temperature says", async () => {
  const { playground } = await open({ hash: "task=names&backend=wasm" });
  const { page } = playground;
  const names = page.getByRole("list", { name: "Names" }).getByRole("listitem");
  await until("names", async () => (await names.count()) > 3);
  await playground.playTo(20);
  const first = await names.allInnerTexts();
  expect(first.every((name) => /^[\p{L}'’ -]*$/u.test(name))).toBe(true);

  await playground.button("Write others").click();
  await until("others", async () => (await names.allInnerTexts()).join() !== first.join());

  const temperature = page.getByRole("slider", { name: "Temperature" });
  await temperature.focus();
  await temperature.press("Home");
  await page.waitForTimeout(500);
  await playground.button("Write others").click();
  await page.waitForTimeout(500);
  const careful = await names.allInnerTexts();
  await temperature.press("End");
  await until("daring names", async () => (await names.allInnerTexts()).join() !== careful.join());
  await page.waitForTimeout(500);
  const daring = await names.allInnerTexts();
  // Near 0 the likeliest letters come again and again.
  expect(new Set(careful).size).toBeLessThanOrEqual(new Set(daring).size);
  expect(playground.errors).toEqual([]);
});

test("the guide's model: its answers against what they should be", async () => {
  const { playground } = await open({ hash: "task=guide&backend=wasm" });
  const canvas = playground.page.locator("canvas.square");
  const before = await until("answers", async () => {
    const dots = await playground.pixels(canvas, "--eval");
    return dots > 0 && playground.hash(canvas);
  });
  await playground.playTo(30);
  expect(await playground.hash(canvas)).not.toBe(before);
});

describe.each<BackendName>(["wasm", "webgpu"])("on %s", (backend) => {
  test("the race shows both rates, and the program its text", async () => {
    const { playground } = await open({ hash: `task=moons&backend=${backend}` });
    const { page } = playground;
    const [first] = await playground.takeSteps(1);
    await playground.button("Race").click();
    const rates = page.locator("td.rate");
    await until("rates", async () => (await rates.allInnerTexts()).every((text) => /steps\/s/.test(text)));
    for (const text of await rates.allInnerTexts()) {
      expect(Number.parseFloat(text.replaceAll(",", ""))).toBeGreaterThan(0);
      expect(text).toMatch(/\d launch(es)? a step/);
    }
    expect(await page.locator(".verdict").innerText()).toMatch(/times as fast/);

    const text = page.getByRole("region", { name: "Text of the compiled program" });
    await page.getByText("The compiled program", { exact: true }).click();
    await until("the program", async () => (await text.innerText()).length > 500);
    expect(await text.innerText()).toMatch(/matmul|MatMul|product/i);

    // Neither taught the model anything.
    await playground.button("Reset").click();
    await until("the start", async () => (await playground.step()) === 0);
    await playground.untilStatus(/^Paused/);
    const [again, next] = await playground.takeSteps(2);
    expect(again).toEqual(first);
    expect(next!.train).not.toBe(first!.train);
  });

  test.each(["guide", "digits", "names"] as const)("%s takes a step", async (task) => {
    const { playground } = await open({ hash: `task=${task}&backend=${backend}`, ready: false });
    await playground.untilStatus(/^Paused/, 100_000);
    await playground.button("One step").click();
    await playground.untilStep(1, 100_000);
    const [point] = await playground.losses();
    expect(point!.train).toBeGreaterThan(0);
    expect(await playground.alerts()).toEqual([]);
  });
});
