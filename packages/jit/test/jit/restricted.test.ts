/** @file Engines and policies that forbid workers, WebAssembly or large memories. */
import { jit, JitArgumentError, WebAssemblyUnavailableError } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Heap } from "../../src/targets/wasm/memory/heap.ts";
import { poolOf } from "../../src/targets/wasm/threads/pool.ts";
import { prepare, workload } from "../targets/wasm/thread-workload.ts";

afterEach(() => vi.unstubAllGlobals());

const double = (options: Parameters<typeof jit>[1]) =>
  jit(function double(x: tf.Tensor) {
    return tf.add(x, x);
  }, options);

const ownProperties = (object: object) =>
  Object.fromEntries(
    Object.getOwnPropertyNames(object).map((name) => [name, Reflect.get(object, name) as unknown]),
  );

describe("without WebAssembly", () => {
  const forbidden = {
    "no global": () => vi.stubGlobal("WebAssembly", undefined),
    "a policy": () => {
      function Module(): never {
        throw new TypeError("Wasm code generation disallowed by embedder");
      }
      vi.stubGlobal("WebAssembly", { Memory: WebAssembly.Memory, Module, Instance: WebAssembly.Instance });
    },
    "WebKit's policy": () => {
      function Instance(): never {
        throw new WebAssembly.CompileError("Refused to create a WebAssembly object.\n");
      }
      vi.stubGlobal("WebAssembly", { ...ownProperties(WebAssembly), Instance });
    },
  };

  for (const [what, forbid] of Object.entries(forbidden)) {
    test(`${what}: an error with the way out, which works`, async () => {
      forbid();
      expect(() => double({})(tf.ones([2]))).toThrow(WebAssemblyUnavailableError);
      expect(() => double({})(tf.ones([2]))).toThrow(
        /^jit\(double\): expected an engine that compiles WebAssembly, found none: .*\. jit\(fn, \{ fallback: "kernels" \}\)/,
      );
      const replayed = double({ fallback: "kernels" });
      await expect(replayed(tf.ones([2]))).toBeAllClose([2, 2]);
      await expect(replayed(tf.tensor1d([3, 3]))).toBeAllClose([6, 6]);
      await expect(double({ target: "kernels" })(tf.ones([2]))).toBeAllClose([2, 2]);
    });
  }
});

test("the error says what can be done about it", () => {
  const repair = (reason: string) =>
    new WebAssemblyUnavailableError("f", reason).message.split("such places. ")[1];
  expect(repair("WebAssembly.Module(): Wasm code generation disallowed by embedder")).toBe(
    "Cloudflare's workers and their like run only WebAssembly that was deployed with the program.",
  );
  expect(repair("blocked by CSP")).toContain("'wasm-unsafe-eval' in script-src");
});

test("where no worker may be made one thread does everything", () => {
  const threads = process.getBuiltinModule("node:worker_threads");
  const { Worker } = threads;
  let tries = 0;
  function Refused(): never {
    tries++;
    throw Object.assign(new Error("Access to this API has been restricted"), { code: "ERR_ACCESS_DENIED" });
  }
  threads.Worker = Refused as unknown as typeof Worker;
  try {
    const heap = new Heap(true);
    const before = heap.used;
    expect(poolOf(heap)).toBeUndefined();
    expect(heap.used).toBe(before);
    const { program, run } = prepare(workload(), heap);
    expect(run() === prepare(workload(), new Heap(false)).run()).toBe(true);
    expect(program.helpers()).toBe(0);
    expect(tries).toBeLessThanOrEqual(1);
  } finally {
    threads.Worker = Worker;
  }
});

describe("where the engine has less address space", () => {
  /** Memories of at most `limit` pages; shared ones of at most `shared`. */
  function limited(limit: number, shared: number): number[] {
    const { Memory } = WebAssembly;
    const asked: number[] = [];
    // Called by `new`, which then gives what it returns.
    function Limited(options: WebAssembly.MemoryDescriptor): WebAssembly.Memory {
      asked.push(options.maximum!);
      if (options.maximum! > (options.shared ? shared : limit))
        throw new RangeError("could not allocate memory");
      return new Memory(options);
    }
    vi.stubGlobal("WebAssembly", { ...ownProperties(WebAssembly), Memory: Limited });
    return asked;
  }
  test("half of it is asked for, until there is as much", () => {
    const asked = limited(65_536, 16_384);
    expect(new Heap(true).isShared).toBe(true);
    expect(asked).toEqual([65_536, 32_768, 16_384]);
  });

  test("memory that is not shared is the last try", () => {
    limited(1024, 0);
    const heap = new Heap(true);
    expect(heap.isShared).toBe(false);
    expect(heap.allocate(1000)).toBeGreaterThan(0);
  });

  test("none at all is an error", () => {
    limited(0, 0);
    expect(() => new Heap()).toThrow(RangeError);
  });
});

describe("arguments of jit from plain JavaScript", () => {
  const untyped = jit as (...args: unknown[]) => unknown;
  class Net {
    forward(): void {}
  }

  test.each([
    [[5], "jit: expected a function, found 5. Write jit((x) => tf.square(x))."],
    [[undefined], "jit: expected a function, found undefined. Write jit((x) => tf.square(x))."],
    [["fn"], 'jit: expected a function, found "fn". Write jit((x) => tf.square(x)).'],
    [[new Net()], "jit: expected a function, found a Net. Write jit((model, x) => model.forward(x))."],
    [
      [Math.abs, 3],
      'jit(abs): expected an object of options, found 3. Write jit(fn, { fallback: "kernels" }).',
    ],
    [[Math.abs, null], /^jit\(abs\): expected an object of options, found null\./],
    [
      [Math.abs, { target: "wams" }],
      'jit(abs): expected "webgpu" or "wasm" or "kernels" for the option target, found "wams". Did you mean wasm?',
    ],
    [
      [Math.abs, { target: 1 }],
      'jit(abs): expected "webgpu" or "wasm" or "kernels" for the option target, found 1. Leave it out for the default.',
    ],
    [[Math.abs, { fallback: true }], /^jit\(abs\): expected "kernels" for the option fallback, found true\./],
    [[Math.abs, { name: 3 }], /^jit\(abs\): expected a string for the option name, found 3\./],
    [
      [Math.abs, { fallBack: "kernels" }],
      /^jit\(abs\): expected the options name, .* found fallBack\. Did you mean fallback\?/,
    ],
    [[Math.abs, { toString: 1 }], /^jit\(abs\): expected the options name, .* found toString\./],
  ])("%#", (args, message) => {
    expect(() => untyped(...args)).toThrow(JitArgumentError);
    expect(() => untyped(...args)).toThrow(message);
  });

  test("options that are undefined are left out", () => {
    expect(untyped(Math.abs, { name: undefined, target: undefined, fallback: undefined })).toBeTypeOf(
      "function",
    );
  });
});

test("without FinalizationRegistry, what programs hold is given back by dispose", async () => {
  vi.stubGlobal("FinalizationRegistry", undefined);
  vi.resetModules();
  const { finalization } = await import("../../src/memory/finalization.ts");
  const release = vi.fn<(held: string) => void>();
  const registry = finalization(release);
  const object = {};
  expect(registry.register(object, "held", object)).toBeUndefined();
  expect(registry.unregister(object)).toBe(false);
  expect(release).not.toHaveBeenCalled();
  const { Holdings } = await import("../../src/memory/holdings.ts");
  const holdings = new Holdings();
  const belonging = holdings.adopt({ dispose: vi.fn<() => void>() });
  holdings.dieWith({});
  holdings.dispose();
  expect(belonging.dispose).toHaveBeenCalledOnce();
});
