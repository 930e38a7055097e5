/** @file Choosing a backend in Node. */
import { BackendUnavailableError, UnknownBackendError, useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";

/** Registers a backend whose factory is `factory`, until the test ends. */
function register(name: string, factory: () => tf.KernelBackend | Promise<tf.KernelBackend>): void {
  tf.registerBackend(name, factory, 0);
  registered.push(name);
}

const registered: string[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  await useBackend("cpu");
  for (const name of registered.splice(0)) tf.removeBackend(name);
});

describe("useBackend", () => {
  it("takes wasm without being told, and finds its files without set-up", async () => {
    expect(await useBackend()).toEqual({ backend: "wasm", failures: {} });
    expect(tf.getBackend()).toBe("wasm");
    await expect(tf.add(tf.tensor1d([1, 2]), 1)).toBeAllClose([2, 3]);
  });

  it("switches back and forth, and tensors of the old backend still work", async () => {
    const x = tf.tensor1d([1, 2]);
    expect((await useBackend("wasm")).backend).toBe("wasm");
    await expect(tf.mul(x, 2)).toBeAllClose([2, 4]);
    expect((await useBackend("cpu")).backend).toBe("cpu");
    await expect(tf.mul(x, 3)).toBeAllClose([3, 6]);
    x.dispose();
  });

  it("does not set up the kernels of the active backend again", async () => {
    const setBackend = vi.spyOn(tf.engine(), "setBackend");
    await useBackend("cpu");
    await useBackend(["cpu", "wasm"]);
    expect(setBackend).not.toHaveBeenCalled();
  });

  it("takes the first of a list that works, and says why the others do not", async () => {
    const { backend, failures } = await useBackend(["webgl", "cpu"]);
    expect(backend).toBe("cpu");
    expect(failures).toEqual({ webgl: 'webgl is for browsers; elsewhere use "wasm" or "webgpu"' });
  });

  it("fails with every reason when none works, and keeps the active backend", async () => {
    register("broken", () => {
      throw new Error("out of order");
    });
    // TensorFlow.js's own backends reject with plain objects.
    register("late", () => Promise.reject({ message: "aborted" })); // oxlint-disable-line typescript/prefer-promise-reject-errors
    const error = await useBackend(["webgl", "broken", "late"]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BackendUnavailableError);
    expect(error).toMatchObject({ failures: { broken: "out of order", late: "aborted" } });
    expect(error).toMatchInlineSnapshot(`
      [BackendUnavailableError: expected a backend that works here, found none:
      - webgl: webgl is for browsers; elsewhere use "wasm" or "webgpu"
      - broken: out of order
      - late: aborted
      The cpu backend works everywhere: useBackend([…, "cpu"])]
    `);
    expect(tf.getBackend()).toBe("cpu");
    await expect(tf.add(1, 1)).toBeAllClose([2]);
    await expect(useBackend([])).rejects.toThrow(BackendUnavailableError);
  });

  it("refuses a name that nobody knows, with the nearest one", async () => {
    await expect(useBackend("wsam")).rejects.toThrow(UnknownBackendError);
    await expect(useBackend(["cpu", "webgpuu"])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UnknownBackendError: expected one of "webgpu", "webgl", "wasm", "cpu", found "webgpuu". Did you mean useBackend("webgpu")?]`,
    );
    await expect(useBackend("tensorflow")).rejects.toThrowErrorMatchingInlineSnapshot(
      `[UnknownBackendError: expected one of "webgpu", "webgl", "wasm", "cpu", found "tensorflow". Register a backend of your own first: tf.registerBackend(name, factory)]`,
    );
  });

  it("takes backends that were registered with TensorFlow.js", async () => {
    const backend = new tf.KernelBackend();
    backend.dispose = () => {};
    register("mine", () => Promise.resolve(backend));
    expect(await useBackend(["mine", "cpu"])).toEqual({ backend: "mine", failures: {} });
    expect(tf.backend()).toBe(backend);
  });

  it("counts a refusal of tf.setBackend as a failure", async () => {
    register("refused", () => {
      const backend = new tf.KernelBackend();
      backend.dispose = () => {};
      return backend;
    });
    vi.spyOn(tf.engine(), "setBackend").mockResolvedValue(false);
    await expect(useBackend("refused")).rejects.toThrow('tf.setBackend("refused") answered false');
  });

  it("lets calls wait for each other", async () => {
    const order: string[] = [];
    const backend = new tf.KernelBackend();
    backend.dispose = () => {};
    register("slow", async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push("slow");
      return backend;
    });
    await Promise.all([useBackend("slow"), useBackend("cpu").then(() => order.push("cpu"))]);
    expect(order).toEqual(["slow", "cpu"]);
    expect(tf.getBackend()).toBe("cpu");
  });

  it("keeps serving after a failure", async () => {
    const failed = useBackend("webgl");
    const next = useBackend("wasm");
    await expect(failed).rejects.toThrow("for browsers");
    expect((await next).backend).toBe("wasm");
  });
});
