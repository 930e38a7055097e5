/** @file The GPU is lost in mid-training: a fault says so, and a run goes on from its last snapshot, on a new device. */
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, expect, test } from "vitest";
import { useBackend } from "@nnx-js/tensor";
import { Page, settings } from "./harness.ts";

afterAll(async () => {
  await useBackend("webgpu");
});

for (const execution of ["compiled", "eager"] as const) {
  test(`a lost device is a fault, and a snapshot goes on, ${execution}`, async () => {
    await using page = new Page();
    const chosen = settings({ task: "guide", execution });
    await page.call({ type: "start", settings: chosen }, "ready");
    await page.play(5);
    const { bytes, step } = page.last("snapshot");
    page.send({ type: "play" });
    await page.until(() => page.lastStep > step, "a step");
    const after = page.events.length;
    (tf.backend() as unknown as { device: { destroy(): void } }).device.destroy();
    const { fault } = await page.next("fault", after);
    expect(fault).toMatchObject({ cause: "device-lost", isResumable: true });
    await page.next("paused", after);
    // Questions have answers, if only faults.
    expect((await page.ask<"program">({ kind: "program" })).ok).toBe(false);

    const ready = await page.call({ type: "start", settings: chosen, from: bytes }, "ready");
    expect(ready.step).toBe(step);
    const faults = page.faults.length;
    await page.play(5);
    expect(page.faults).toHaveLength(faults);
  });
}
