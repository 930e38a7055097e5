/** @file Saving and loading: the run goes on with the same losses. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { useChromium } from "./support/open.ts";
import type { Playground } from "./support/playground.ts";
import { until } from "./support/until.ts";

const open = useChromium();

const said = ({ page }: Playground) => page.locator(".said").innerText();

async function download(playground: Playground): Promise<{ name: string; path: string }> {
  const [file] = await Promise.all([
    playground.page.waitForEvent("download"),
    playground.button("Download").click(),
  ]);
  return { name: file.suggestedFilename(), path: await file.path() };
}

async function restart(playground: Playground): Promise<void> {
  await playground.button("Reset").click();
  await until("the start", async () => (await playground.step()) === 0);
  await playground.untilStatus(/^Paused/);
}

/** Drops a file on the page, as a browser tells a page of it. */
async function drop({ page }: Playground, name: string, bytes: Buffer): Promise<void> {
  const data = await page.evaluateHandle(
    ({ name, text }) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
      return transfer;
    },
    { name, text: bytes.toString("base64") },
  );
  await page.dispatchEvent("body", "dragover", { dataTransfer: data });
  await page.locator(".drop").waitFor();
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
}

describe.each(["moons", "names"] as const)("%s", (task) => {
  test("a downloaded run, loaded after a reset, goes on with equal losses", async () => {
    const { playground } = await open({ hash: `task=${task}&backend=wasm` });
    await playground.takeSteps(3);
    const { name, path } = await download(playground);
    expect(name).toBe(`${task}-step-3.safetensors`);
    const expected = await playground.takeSteps(3);

    await restart(playground);
    await playground.page
      .getByLabel("Load a file")
      .setInputFiles({ name, mimeType: "", buffer: readFileSync(path) });
    await until("the step", async () => (await playground.step()) === 3);
    expect(await said(playground)).toContain("step 3");
    expect(await playground.takeSteps(3)).toEqual(expected);

    await restart(playground);
    await drop(playground, name, readFileSync(path));
    await until("the step", async () => (await playground.step()) === 3);
    expect(await playground.takeSteps(3)).toEqual(expected);
    expect(playground.errors).toEqual([]);
  });
});

test("a run that is kept in the browser outlives the page", async () => {
  const { playground } = await open();
  await playground.takeSteps(3);
  await playground.button("Keep in this browser").click();
  await until("kept", async () => (await said(playground)).includes("Kept"));
  const expected = await playground.takeSteps(2);

  await playground.page.reload();
  await playground.untilStatus(/^Paused/);
  await playground.button("Go on with what is kept").click();
  await until("the step", async () => (await playground.step()) === 3);
  expect(await playground.takeSteps(2)).toEqual(expected);
});

test("a run goes on on another backend as on its own", async () => {
  const { playground } = await open();
  await playground.takeSteps(3);
  const { name, path } = await download(playground);
  const expected = await playground.takeSteps(2);
  await playground.chooseBackend("webgpu");
  await playground.page
    .getByLabel("Load a file")
    .setInputFiles({ name, mimeType: "", buffer: readFileSync(path) });
  await until("the step", async () => (await playground.step()) === 3);
  const points = await playground.takeSteps(2);
  for (const [i, { train }] of points.entries()) expect(train).toBeCloseTo(expected[i]!.train, 3);
});

test.each([
  ["weights.txt", Buffer.from("hello"), /no \.safetensors file/],
  ["empty.safetensors", Buffer.alloc(0), /empty/],
  ["noise.safetensors", Buffer.alloc(64, 255), /./],
])(
  "a file that is no run (%s) is refused with the reason, and nothing changes",
  async (name, buffer, reason) => {
    const { playground } = await open();
    await playground.takeSteps(2);
    await playground.page.getByLabel("Load a file").setInputFiles({ name, mimeType: "", buffer });
    expect(await playground.untilAlert(reason)).toMatch(/file/i);
    expect(await playground.step()).toBe(2);
    await playground.takeSteps(1);
  },
);

test("a run of another task is refused with the reason", async () => {
  const { playground } = await open({ hash: "task=guide&backend=wasm" });
  await playground.takeSteps(1);
  const { name, path } = await download(playground);
  await playground.chooseTask("moons");
  await playground.page
    .getByLabel("Load a file")
    .setInputFiles({ name, mimeType: "", buffer: readFileSync(path) });
  expect(await playground.untilAlert(/guide/)).toMatch(/moons/);
  await playground.takeSteps(1);
});
