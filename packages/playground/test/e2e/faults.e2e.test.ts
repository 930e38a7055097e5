/** @file What goes wrong while a model trains: the page says what and what to do, training goes on, nothing hangs. */
import { describe, expect, test } from "vitest";
import type { Record } from "./support/record.ts";
import { useChromium } from "./support/open.ts";
import type { Playground } from "./support/playground.ts";
import { PRELUDE, type Trouble } from "./support/prelude.ts";
import { until } from "./support/until.ts";

const open = useChromium();

declare const record: Record;

/** Trains until there is a state from which a new worker can go on, and plays. */
async function playWithSnapshot(playground: Playground): Promise<void> {
  await playground.takeSteps(3);
  await until("a snapshot", () =>
    playground.page.evaluate(() =>
      record.events.some((event) => event.type === "snapshot" && event.step >= 3),
    ),
  );
  await playground.button("Play").click();
  await playground.untilStep(8);
}

const trouble = ({ page }: Playground, what: Trouble) =>
  page.evaluate((what) => record.workers.at(-1)!.postMessage(what, []), what);

/** Presses the button that goes on, and sees that the run does. */
async function goOn(playground: Playground): Promise<void> {
  const button = playground.button(/^Go on from step/);
  const from = Number(/step ([\d,]+)/.exec(await button.innerText())![1]!.replaceAll(",", ""));
  await button.click();
  await playground.untilStatus(/^(Paused|Training)/);
  expect(await playground.step()).toBeGreaterThanOrEqual(from);
  await playground.playTo(from + 10);
  expect(await playground.alerts()).toEqual([]);
  const losses = await playground.losses();
  expect(losses.at(-1)!.train).toBeLessThan(1);
}

describe("a worker", () => {
  test("that is killed while it trains", async () => {
    const { playground } = await open();
    await playWithSnapshot(playground);
    await playground.page.evaluate(() => record.workers.at(-1)!.terminate());
    expect(await playground.untilAlert(/not answered/, 25_000)).toMatch(/Go on in a new worker/);
    await goOn(playground);
  });

  test("that is killed before it has trained, with a mode that was changed", async () => {
    const { playground } = await open({ hash: "task=moons&backend=wasm&seed=7" });
    await playground.mode("train", "first.dropout", "deterministic").click();
    await until("a snapshot with that mode", () =>
      playground.page.evaluate(() => record.events.filter(({ type }) => type === "snapshot").length > 1),
    );
    await playground.page.evaluate(() => record.workers.at(-1)!.terminate());
    await playground.untilAlert(/not answered/, 25_000);
    const mode = playground.mode("train", "first.dropout", "deterministic");
    const was = await mode.getAttribute("aria-label");
    await playground.button("Go on from step 0").click();
    await playground.untilStatus(/^Paused/);
    expect(await mode.getAttribute("aria-label")).toBe(was);
    await playground.playTo(10);
    expect(await playground.alerts()).toEqual([]);
  });

  test("that hangs", async () => {
    const { playground } = await open({ prelude: PRELUDE });
    await playWithSnapshot(playground);
    await trouble(playground, "hang");
    expect(await playground.untilAlert(/not answered/, 25_000)).toMatch(/Go on in a new worker/);
    await goOn(playground);
  });

  test("whose script does not come", async () => {
    const { playground } = await open({ policy: "worker-src 'none'", ready: false });
    expect(await playground.untilAlert(/worker/i)).toMatch(/polic|script|load/i);
  });
});

describe("a GPU", () => {
  test("whose device is lost", async () => {
    const { playground } = await open({ hash: "task=moons&backend=webgpu", prelude: PRELUDE });
    await playWithSnapshot(playground);
    await trouble(playground, "lose device");
    expect(await playground.untilAlert(/GPU was lost/)).toMatch(/go on|another backend/i);
    await goOn(playground);
  });

  test.each(["webgpu", "webgl"])("whose process is ended, on %s", async (backend) => {
    const { playground } = await open({ hash: `task=moons&backend=${backend}` });
    await playWithSnapshot(playground);
    const session = await playground.page.context().browser()!.newBrowserCDPSession();
    await session.send("Browser.crashGpuProcess");
    expect(await playground.untilAlert(/GPU was lost/, 60_000)).toMatch(/go on|another backend/i);
    await goOn(playground);
  });

  test("whose device is lost while nothing runs, and another backend takes over", async () => {
    const { playground } = await open({ hash: "task=moons&backend=webgpu", prelude: PRELUDE });
    await playWithSnapshot(playground);
    await playground.pause();
    await trouble(playground, "lose device");
    await playground.untilAlert(/GPU was lost/);
    await playground.button(/^Use (wasm|cpu|webgl)/).click();
    await playground.untilStatus(/^Paused: .* on (wasm|cpu|webgl)/);
    expect(await playground.step()).toBeGreaterThan(2);
    await playground.takeSteps(1);
  });
});

describe("a .wasm file", () => {
  test.each(["missing", "as a page"] as const)("%s: another backend is offered, and trains", async (wasm) => {
    const { playground } = await open({ wasm, ready: false });
    expect(await playground.untilAlert(/wasm/)).toMatch(/backend/i);
    await playground.button(/^Use (cpu|webgl|webgpu)/).click();
    await playground.untilStatus(/^Paused: .* on (cpu|webgl|webgpu)/);
    await playground.takeSteps(2);
    expect(await playground.alerts()).toEqual([]);
  });

  test("of a wrong type: it is compiled all the same", async () => {
    const { playground } = await open({ wasm: "as text" });
    await playground.takeSteps(2);
    expect(await playground.status()).toContain("on wasm");
  });

  test("that a policy forbids: the page says so, and trains without", async () => {
    const { playground } = await open({ policy: "script-src 'self'", ready: false });
    expect(await playground.untilAlert(/wasm|WebAssembly/)).toMatch(
      /policy|Content-Security-Policy|wasm-unsafe-eval/,
    );
    await playground.button(/^Use (cpu|webgl|webgpu)/).click();
    await playground.untilStatus(/^Paused: .* on (cpu|webgl|webgpu)/);
    await playground.page.getByRole("radio", { name: "eager" }).check();
    await playground.untilStatus(/^Paused: .*, eager/);
    await playground.takeSteps(2);
  });
});

test("a strict policy that allows WebAssembly changes nothing", async () => {
  const policy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'";
  const { playground } = await open({ policy });
  const refused: string[] = [];
  playground.page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text()) && !/blob:/.test(message.text()))
      refused.push(message.text());
  });
  await playground.playTo(20);
  expect(await playground.alerts()).toEqual([]);
  expect(refused).toEqual([]);
});

test("no SharedArrayBuffer: one thread, with the reason, and the same losses", async () => {
  const { playground: isolated } = await open();
  const expected = await isolated.takeSteps(3);
  const { playground } = await open({ isolated: false });
  expect(await playground.page.evaluate(() => crossOriginIsolated)).toBe(false);
  const availability = playground.page.locator(".availability");
  await availability.locator("summary").click();
  expect(await availability.innerText()).toMatch(/Cross-Origin-Opener-Policy/);
  expect(await playground.takeSteps(3)).toEqual(expected);
  await playground.playTo(20);
});

test("no private files: keeping says so, a download still works", async () => {
  const without = () => {
    if (typeof StorageManager !== "undefined")
      Reflect.deleteProperty(StorageManager.prototype, "getDirectory");
  };
  const { playground } = await open({ prelude: `(${without.toString()})()`, before: without });
  await playground.takeSteps(2);
  await playground.button("Keep in this browser").click();
  expect(await playground.untilAlert(/keeps no files|OPFS|private file/i)).toMatch(/download/i);
  const [file] = await Promise.all([
    playground.page.waitForEvent("download"),
    playground.button("Download").click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/step-2/);
  await playground.takeSteps(1);
});

test("nothing is kept yet: going on with it says so", async () => {
  const { playground } = await open();
  await playground.button("Go on with what is kept").click();
  expect(await playground.untilAlert(/kept|no file|not there|found/i)).toBeTruthy();
  await playground.takeSteps(1);
});

test("a tab in the background: what sleeps is not taken for dead, and goes on", async () => {
  const { playground } = await open();
  await playground.button("Play").click();
  await playground.untilStep(10);
  const session = await playground.page.context().newCDPSession(playground.page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await new Promise((resolve) => setTimeout(resolve, 13_000));
  await session.send("Page.setWebLifecycleState", { state: "active" });
  const step = await playground.step();
  await playground.untilStep(step + 20);
  expect(await playground.faults()).toEqual([]);
  expect(await playground.alerts()).toEqual([]);
  await playground.pause();
});

test("memory that is refused", async () => {
  const { playground } = await open({ prelude: PRELUDE });
  await playWithSnapshot(playground);
  await playground.pause();
  await trouble(playground, "refuse memory");
  await playground.page.getByRole("radio", { name: "Digits" }).check();
  expect(await playground.untilAlert(/memory/i)).toMatch(/close|smaller|another/i);
  await playground.button("Start afresh").click();
  await playground.untilStatus(/^Paused: Digits/);
  await playground.takeSteps(1);
});

test("a loss that is no number: told, with a lower learning rate to go on with", async () => {
  const { playground } = await open({ hash: "task=guide&backend=wasm" });
  await playground.takeSteps(2);
  await playground.page.evaluate(() => {
    const worker = record.workers.at(-1)!;
    worker.postMessage({ type: "learningRate", value: 1e38 }, []);
  });
  await playground.button("Play").click();
  expect(await playground.untilAlert(/not a number|is NaN|Infinity/i)).toMatch(/learning rate/i);
  await playground.button(/^Start afresh with learning rate/).click();
  await playground.untilStatus(/^Paused/);
  await playground.takeSteps(2);
  expect(await playground.alerts()).toEqual([]);
});
