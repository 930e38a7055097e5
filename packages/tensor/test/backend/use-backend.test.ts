/** @file Choosing a backend in Node. */
import { BackendOptionError, BackendUnavailableError, UnknownBackendError, useBackend } from "@nnx-js/tensor";
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

  it("lets the last of calls at the same time decide", async () => {
    const backend = new tf.KernelBackend();
    backend.dispose = () => {};
    register("slow", async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return backend;
    });
    const answers = await Promise.all([useBackend("slow"), useBackend(["webgl", "cpu"])]);
    expect(answers.map((answer) => answer.backend)).toEqual(["cpu", "cpu"]);
    expect(tf.getBackend()).toBe("cpu");
    // A later one that fails decides nothing.
    const [slow] = await Promise.allSettled([useBackend("slow"), useBackend("webgl")]);
    expect(slow).toMatchObject({ status: "fulfilled", value: { backend: "slow" } });
    expect(tf.backend()).toBe(backend);
  });

  it("makes a backend once for calls at the same time", async () => {
    const factory = vi.fn<() => Promise<tf.KernelBackend>>(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const backend = new tf.KernelBackend();
      backend.dispose = () => {};
      return backend;
    });
    register("shared", factory);
    const answers = await Promise.all([useBackend("shared"), useBackend("shared")]);
    expect(answers.map((answer) => answer.backend)).toEqual(["shared", "shared"]);
    expect(factory).toHaveBeenCalledOnce();
  });

  it("brings back a backend that was removed", async () => {
    await useBackend("wasm");
    tf.removeBackend("wasm");
    expect(await useBackend("wasm")).toEqual({ backend: "wasm", failures: {} });
    await expect(tf.add(1, 1)).toBeAllClose([2]);
  });

  it("repairs what a failed tf.setBackend leaves behind", async () => {
    let works = false;
    const backend = new tf.KernelBackend();
    backend.dispose = () => {};
    register("unsteady", () => {
      if (!works) throw new Error("not yet");
      return backend;
    });
    expect(await tf.setBackend("unsteady")).toBe(false);
    works = true;
    await useBackend("unsteady");
    expect(tf.backend()).toBe(backend);
  });

  it("keeps serving after a failure", async () => {
    const failed = useBackend("webgl");
    const next = useBackend("wasm");
    await expect(failed).rejects.toThrow("for browsers");
    expect((await next).backend).toBe("wasm");
  });
});

describe("what never ends", () => {
  const never = () => new Promise<never>(() => {});

  it("has failed after the limit, and the next backend is tried", async () => {
    register("hung", never);
    const { backend, failures } = await useBackend(["hung", "cpu"], { timeout: 20 });
    expect(backend).toBe("cpu");
    expect(failures["hung"]).toMatchInlineSnapshot(
      `"starting it took longer than 20 ms. To wait longer: useBackend("hung", { timeout: 40 })"`,
    );
    await expect(useBackend("hung", { timeout: 20 })).rejects.toThrow(BackendUnavailableError);
    expect(tf.getBackend()).toBe("cpu");
  });

  it("keeps no later call waiting", async () => {
    register("hung", never);
    const hung = useBackend("hung", { timeout: 1000 });
    const start = performance.now();
    expect(await useBackend("wasm")).toEqual({ backend: "wasm", failures: {} });
    expect(performance.now() - start).toBeLessThan(900);
    expect(await hung).toMatchObject({ backend: "wasm", failures: { hung: /1000 ms/ } });
  });

  it("in tf.setBackend keeps neither a call nor an operation waiting", async () => {
    register("hung", never);
    void tf.setBackend("hung");
    expect((await useBackend("cpu", { timeout: 20 })).backend).toBe("cpu");
    await expect(tf.add(1, 1)).toBeAllClose([2]);
  });

  it("and ends after all is taken by the next call", async () => {
    const backend = new tf.KernelBackend();
    backend.dispose = () => {};
    let end: (made: tf.KernelBackend) => void = () => {};
    const factory = vi.fn<() => Promise<tf.KernelBackend>>(() => new Promise((resolve) => (end = resolve)));
    register("late", factory);
    await expect(useBackend("late", { timeout: 10 })).rejects.toThrow("10 ms");
    end(backend);
    await useBackend("late", { timeout: 1000 });
    expect(tf.backend()).toBe(backend);
    expect(factory).toHaveBeenCalledOnce();
  });

  it("is made anew by the next call, and disposed of when it comes too late", async () => {
    const dispose = vi.fn<() => void>();
    const ends: ((backend: tf.KernelBackend) => void)[] = [];
    register("twice", () => new Promise<tf.KernelBackend>((resolve) => ends.push(resolve)));
    await expect(useBackend("twice", { timeout: 10 })).rejects.toThrow("10 ms");
    const second = useBackend("twice");
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    const [late, backend] = [new tf.KernelBackend(), new tf.KernelBackend()];
    late.dispose = dispose;
    backend.dispose = () => {};
    ends[1]!(backend);
    await second;
    ends[0]!(late);
    await vi.waitFor(() => expect(dispose).toHaveBeenCalledOnce());
    expect(tf.backend()).toBe(backend);
  });

  it("needs a limit that is one", async () => {
    for (const timeout of [0, -1, NaN]) {
      await expect(useBackend("cpu", { timeout })).rejects.toThrow(BackendOptionError);
    }
    await useBackend("cpu", { timeout: Infinity });
  });
});
