/** @file Playing, pausing, single steps, reset, seed, learning rate, and what is drawn of them. */
import { describe, expect, test } from "vitest";
import type { BackendName } from "../../src/protocol/settings.ts";
import { useChromium } from "./support/open.ts";
import type { Playground } from "./support/playground.ts";
import { until } from "./support/until.ts";

const open = useChromium();

const curve = ({ page }: Playground) => page.locator(".plot-box canvas");
const plane = ({ page }: Playground) => page.locator("canvas.plane");

/** Turns the slider by its keys, as a person without a mouse does. */
async function setRate({ page }: Playground, key: "Home" | "End"): Promise<void> {
  const slider = page.getByRole("slider", { name: "Learning rate" });
  await slider.focus();
  await slider.press(key);
}

describe.each<BackendName>(["wasm", "webgpu"])("on %s", (backend) => {
  const hash = `task=moons&backend=${backend}`;

  test("both curves grow while it plays, and the boundary changes colour", async () => {
    const { playground } = await open({ hash });
    expect(await playground.status()).toBe(`Paused: Two moons on ${backend}, compiled`);
    const empty = { train: await playground.pixels(curve(playground), "--train"), hash: await playground.hash(plane(playground)) }; // prettier-ignore
    expect(empty.train).toBe(0);

    await playground.playTo(24);
    await until("a boundary", async () => (await playground.hash(plane(playground))) !== empty.hash);
    const step = await playground.step();
    const losses = await playground.losses();
    expect(losses.length).toBe(step);
    expect(losses.every(({ train }) => Number.isFinite(train))).toBe(true);
    expect(losses.filter((point) => point.eval !== null).length).toBeGreaterThan(1);
    const drawn = { train: await playground.pixels(curve(playground), "--train"), eval: await playground.pixels(curve(playground), "--eval") }; // prettier-ignore
    expect(drawn.train).toBeGreaterThan(50);
    expect(drawn.eval).toBeGreaterThan(50);
    const boundary = await playground.hash(plane(playground));

    await playground.playTo(step + 24);
    expect(await playground.hash(plane(playground))).not.toBe(boundary);
    const first = losses[0]!.train;
    const last = (await playground.losses()).at(-1)!.train;
    expect(last).toBeLessThan(first);
    expect(playground.errors).toEqual([]);
  });

  test("one step at a time, and from the start: the same seed gives the same losses, another one others", async () => {
    const { playground } = await open({ hash });
    const first = await playground.takeSteps(4);
    expect(first.map(({ step }) => step)).toEqual([1, 2, 3, 4]);

    await playground.button("Reset").click();
    await until("the start", async () => (await playground.step()) === 0);
    await playground.untilStatus(/^Paused/);
    expect(await playground.takeSteps(4)).toEqual(first);

    const seed = playground.page.getByRole("spinbutton", { name: "Seed" });
    await seed.fill("7");
    await seed.press("Enter");
    await until("the start", async () => (await playground.step()) === 0);
    await playground.untilStatus(/^Paused/);
    const other = await playground.takeSteps(4);
    expect(other[0]!.train).not.toBe(first[0]!.train);

    await seed.fill("0");
    await seed.press("Enter");
    await until("the start", async () => (await playground.step()) === 0);
    await playground.untilStatus(/^Paused/);
    expect(await playground.takeSteps(4)).toEqual(first);
  });

  test.each(["compiled", "eager"])("a learning rate reaches the next step, %s", async (execution) => {
    const { playground } = await open({ hash: `${hash}&run=${execution}` });
    const usual = await playground.takeSteps(6);
    await playground.button("Reset").click();
    await until("the start", async () => (await playground.step()) === 0);
    await playground.untilStatus(/^Paused/);
    await playground.takeSteps(3);
    await setRate(playground, "Home");
    const slow = await playground.takeSteps(3);
    // The loss of step 4 is that of weights which the usual rate made; step 5 follows a step of the new rate.
    expect(slow[0]!.train).toBe(usual[3]!.train);
    expect(slow[1]!.train).not.toBe(usual[4]!.train);
    expect(slow[2]!.train).not.toBe(usual[5]!.train);
  });
});

test("eager and compiled steps learn the same", async () => {
  const { playground } = await open();
  const compiled = await playground.takeSteps(3);
  await playground.page.getByRole("radio", { name: "eager" }).check();
  await playground.untilStatus(/^Paused: .*eager/);
  // The run goes on: from the start it is the same again.
  await playground.button("Reset").click();
  await until("the start", async () => (await playground.step()) === 0);
  await playground.untilStatus(/^Paused/);
  const eager = await playground.takeSteps(3);
  for (const [i, { train }] of compiled.entries()) expect(eager[i]!.train).toBeCloseTo(train, 4);
});

test("another backend goes on with the run", async () => {
  const { playground } = await open();
  await playground.takeSteps(3);
  for (const backend of ["cpu", "webgl", "webgpu", "wasm"] as const) {
    const step = await playground.step();
    await playground.chooseBackend(backend);
    expect(await playground.step()).toBe(step);
    const [point] = await playground.takeSteps(1);
    expect(point!.train).toBeLessThan(2);
  }
  expect(await playground.alerts()).toEqual([]);
});
