/** @file The two trees: modes that a click changes, what they do, and the weights that both have. */
import { describe, expect, test } from "vitest";
import type { TreeNode } from "../../src/protocol/events.ts";
import type { BackendName } from "../../src/protocol/settings.ts";
import { useChromium } from "./support/open.ts";
import type { Playground } from "./support/playground.ts";
import { until } from "./support/until.ts";

const open = useChromium();

/** The nodes of both trees, as the worker told them last. */
async function treesOf(playground: Playground): Promise<Record<"train" | "eval", TreeNode[]>> {
  const event = (await playground.events("ready", "trees")).at(-1)!;
  if (event.type !== "ready" && event.type !== "trees") throw new Error("no trees");
  const flat = (node: TreeNode): TreeNode[] => [node, ...node.children.flatMap(flat)];
  return { train: flat(event.trees.train), eval: flat(event.trees.eval) };
}

describe.each<BackendName>(["wasm", "webgpu"])("on %s", (backend) => {
  test("a click changes a mode of one view, and the curve answers at once", async () => {
    const { playground } = await open({ hash: `task=moons&backend=${backend}` });
    await playground.takeSteps(8);
    const dropout = (await treesOf(playground)).eval.find(({ className }) => className === "Dropout")!;
    const inEval = playground.mode("eval", dropout.path, "deterministic");
    const inTrain = playground.mode("train", dropout.path, "deterministic");
    expect(await inEval.getAttribute("aria-pressed")).toBe("true");
    expect(await inTrain.getAttribute("aria-pressed")).toBe("false");

    const before = (await playground.losses()).findLast((point) => point.eval !== null)!.eval;
    await inEval.click();
    await until("the mode", async () => (await inEval.getAttribute("aria-pressed")) === "false");
    expect(await inEval.innerText()).toMatch(/false/);
    expect(await inTrain.getAttribute("aria-pressed")).toBe("false");
    // Without another step: the same weights answer otherwise.
    const after = await until("the curve's answer", async () => {
      const last = (await playground.losses()).findLast((point) => point.eval !== null)!.eval;
      return last !== before && last;
    });
    expect(after).toBeGreaterThan(0);
    await until("the words", async () =>
      (await playground.page.locator(".last-change").innerText()).includes("deterministic"),
    );

    await inEval.click();
    await until("the mode", async () => (await inEval.getAttribute("aria-pressed")) === "true");
    expect(playground.errors).toEqual([]);
  });
});

test("every switch of every task can be pressed, there and back, and the model still learns", async () => {
  const { playground } = await open();
  for (const task of ["moons", "guide", "digits", "names"] as const) {
    await playground.chooseTask(task);
    const switches = playground.page.locator("button.mode");
    const count = await switches.count();
    expect(count).toBeGreaterThan(0);
    for (let i = 0; i < count; i++) {
      const each = switches.nth(i);
      for (const turn of ["there", "back"]) {
        const was = await each.getAttribute("aria-pressed");
        await each.click();
        await until(`${task}: ${await each.getAttribute("aria-label")}, ${turn}`, async () => {
          const is = await each.getAttribute("aria-pressed");
          return is !== was;
        });
      }
    }
    const [point] = await playground.takeSteps(1);
    expect(Number.isFinite(point!.train)).toBe(true);
    expect(await playground.alerts()).toEqual([]);
  }
  expect(playground.errors).toEqual([]);
});

test("the tooltip of a mode says what viewInfo says", async () => {
  const { playground } = await open();
  const mode = playground.page.locator("button.mode").first();
  const [name] = (await mode.innerText()).split(":");
  await mode.hover();
  const tip = playground.page.getByRole("tooltip");
  await tip.waitFor();
  expect(await tip.innerText()).toMatch(new RegExp(`^${name}\\?: boolean.*\n\\s*if true`));
  await playground.page.keyboard.press("Escape");
  await tip.waitFor({ state: "hidden" });
  await mode.focus();
  await tip.waitFor();
});

test("lines join each weight with itself, where its rows are", async () => {
  const { playground } = await open();
  const { page } = playground;
  const trees = await treesOf(playground);
  const weights = (view: "train" | "eval") => trees[view].filter((node) => node.shared !== undefined);
  const shared = new Set(weights("train").map((node) => node.shared));
  expect(new Set(weights("eval").map((node) => node.shared))).toEqual(shared);

  const folded = page.locator('.tree-side.train button.module[aria-expanded="false"]');
  while ((await folded.count()) > 0) await folded.first().click();
  const lines = page.locator("svg.lines path");
  await until("lines", async () => (await lines.count()) === shared.size);
  const ends = await lines.evaluateAll((paths) =>
    paths.map((path) => {
      const line = path as SVGPathElement;
      const matrix = line.getScreenCTM()!;
      const [from, to] = [line.getPointAtLength(0), line.getPointAtLength(line.getTotalLength())];
      return [from, to].map((point) => point.matrixTransform(matrix).y);
    }),
  );
  const middles = await page.locator("button.weight").evaluateAll((rows) =>
    rows.map((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return (top + bottom) / 2;
    }),
  );
  for (const end of ends.flat()) expect(Math.min(...middles.map((y) => Math.abs(y - end)))).toBeLessThan(3);

  await page.locator("button.weight").first().hover();
  expect(await page.locator("button.weight.lit").count()).toBe(2);
  expect(await page.locator("svg.lines path.lit").count()).toBe(1);

  // Closed, a module stands for its weights, in both trees.
  const module = page.locator('button.module[aria-expanded="true"]').last();
  await module.click();
  await until("fewer rows", async () => (await page.locator("button.weight").count()) < middles.length);
});
