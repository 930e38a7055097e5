/** @file Failures: each is told with its cause and a repair, training pauses, and nothing hangs. */
import { useBackend } from "@nnx-js/tensor";
import { afterEach, describe, expect, test } from "vitest";
import { AssetError } from "../src/worker/faults.ts";
import { Page, settings } from "./harness.ts";

afterEach(async () => {
  await useBackend("cpu");
});

describe("a fault", () => {
  test("is a loss that is no number; the last good snapshot goes on", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings({ task: "guide" }) }, "ready");
    await page.play(5);
    const { bytes, step } = page.last("snapshot");
    page.send({ type: "learningRate", value: 1e9 });
    const after = page.events.length;
    const { fault } = await page.call({ type: "play" }, "fault");
    expect(fault).toMatchObject({ cause: "not-finite", isResumable: true });
    expect(fault.repair).toContain("learning rate");
    await page.next("paused", after);
    const later = page.events.slice(after);
    expect(later.filter(({ type }) => type === "snapshot")).toEqual([]);
    // The losses before it were told.
    expect(later.some(({ type }) => type === "progress")).toBe(true);

    const ready = await page.call(
      { type: "start", settings: settings({ task: "guide" }), from: bytes },
      "ready",
    );
    expect(ready.step).toBe(step);
    const faults = page.faults.length;
    await page.play(5);
    expect(page.faults).toHaveLength(faults);
  });

  test("is a backend that does not start; another one does", async () => {
    await using page = new Page({ candidates: ["cpu"] });
    const { reasons, best } = await page.next("backends");
    expect(best).toBe("cpu");
    expect(reasons.cpu).toBeNull();
    const after = page.events.length;
    const { fault } = await page.call({ type: "start", settings: settings({ backend: "webgl" }) }, "fault");
    expect(fault.cause).toBe("backend");
    const told = await page.next("backends", after);
    expect(told.reasons.webgl).toBe(reasonIn(fault.message));
    await page.call({ type: "start", settings: settings({ backend: "cpu" }) }, "ready");
    await page.play(3);
  });

  test("is data that does not come", async () => {
    const assets = { load: () => Promise.reject(new AssetError("the server says 404")) };
    await using page = new Page({ assets });
    const { fault } = await page.call({ type: "start", settings: settings({ task: "digits" }) }, "fault");
    expect(fault).toMatchObject({ cause: "other", message: "the server says 404", isResumable: false });
    await page.call({ type: "start", settings: settings() }, "ready");
    await page.play(3);
  });

  test("is memory that is refused", async () => {
    const load = () => Promise.reject(new RangeError("Array buffer allocation failed"));
    await using page = new Page({ assets: { load } });
    const { fault } = await page.call({ type: "start", settings: settings({ task: "names" }) }, "fault");
    expect(fault.cause).toBe("memory");
  });

  test("is a place for files that there is not", async () => {
    await using page = new Page();
    await page.call({ type: "start", settings: settings() }, "ready");
    for (const kind of ["store", "restore"] as const) {
      const answer = await page.ask({ kind });
      expect(answer).toMatchObject({ ok: false, fault: { cause: "storage" } });
    }
    await page.play(3);
    expect(page.faults).toEqual([]);
  });

  test("is a command that does not suit", async () => {
    await using page = new Page();
    expect((await page.call({ type: "play" }, "fault")).fault.repair).toBe("Start a model first.");
    expect((await page.call({ type: "pause" }, "paused")).step).toBe(0);
    const asked = await page.ask<"race">({ kind: "race" });
    expect(asked).toMatchObject({ ok: false, fault: { cause: "other" } });
    await page.call({ type: "start", settings: settings() }, "ready");
    const pixels = new Float32Array(784);
    expect((await page.ask<"digit">({ kind: "digit", pixels, draws: 2 })).ok).toBe(false);
    for (const command of [
      { type: "learningRate", value: NaN },
      { type: "mode", view: "train", path: "nowhere", mode: "deterministic", value: true },
      { type: "mode", view: "train", path: "first.dropout", mode: "nothing", value: true },
      { type: "mode", view: "train", path: "first.dropout", mode: "deterministic", value: "yes" },
    ] as const) {
      await page.call(command, "fault");
    }
    await page.play(3);
  });
});

const reasonIn = (message: string) => /- webgl: (.*)\n/.exec(message)![1];
