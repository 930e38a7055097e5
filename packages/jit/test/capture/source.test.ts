/** @file The user's line in the stacks of all engines. */
import { describe, expect, test } from "vitest";
import { sourceOf } from "@nnx-js/nn/trace";

const stack = (...lines: string[]) => sourceOf({ stack: lines.join("\n") });

describe("V8", () => {
  test("installed packages are skipped, those of pnpm and of Windows too", () => {
    expect(
      stack(
        "Error: source",
        "    at Engine.runKernel (/app/node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js:4636:21)",
        "    at Linear.forward (file:///app/node_modules/.pnpm/@nnx-js+nn@1.0.0/node_modules/@nnx-js/nn/dist/layers/linear.js:40:9)",
        "    at Net.forward (file:///app/src/model.ts:12:8)",
        "    at main (file:///app/src/main.ts:3:1)",
      ),
    ).toBe("app/src/model.ts:12:8");
    expect(
      stack(
        "Error: source",
        String.raw`    at f (C:\app\node_modules\@tensorflow\tfjs-core\dist\tf-core.node.js:4636:21)`,
        String.raw`    at Net.forward (C:\app\src\model.js:12:8)`,
      ),
    ).toBe("app/src/model.js:12:8");
  });

  test("source maps of TensorFlow.js lead to files that are not there", () => {
    expect(
      stack(
        "Error: source",
        "    at Engine.runKernelFunc (/app/node_modules/@tensorflow/tfjs-core/src/engine.ts:600:7)",
        "    at Engine.tidy (/app/../tfjs-core/src/engine.ts:500:7)",
        "    at matMul_ (/home/tfjs-core/src/ops/mat_mul.ts:50:17)",
        "    at kernelFunc (/home/tfjs-backend-wasm/src/kernels/x.ts:1:2)",
        "    at Net.forward (/app/src/model.ts:12:8)",
      ),
    ).toBe("app/src/model.ts:12:8");
  });

  test("functions without a name, and code at the top of a CommonJS file", () => {
    expect(stack("Error", "    at new Promise (<anonymous>)", "    at /app/src/a.js:1:2")).toBe(
      "app/src/a.js:1:2",
    );
    expect(stack("Error", "    at Object.<anonymous> (/app/src/main.cjs:5:3)")).toBe("app/src/main.cjs:5:3");
    expect(stack("Error", "    at async Net.forward (/app/src/a.js:7:5)")).toBe("app/src/a.js:7:5");
  });

  test("development servers", () => {
    expect(
      stack(
        "Error: source",
        "    at f (http://localhost:5173/node_modules/.vite/deps/@tensorflow_tfjs-core.js?v=ab12:4636:21)",
        "    at g (http://localhost:5173/node_modules/.vite/deps/chunk-XYZ.js?v=ab12:6:1)",
        "    at Net.forward (http://localhost:5173/src/model.ts?t=1700000000:12:8)",
      ),
    ).toBe("localhost:5173/src/model.ts:12:8");
    expect(
      stack(
        "Error: source",
        "    at f (webpack-internal:///./node_modules/@tensorflow/tfjs-core/dist/engine.js:1:2)",
        "    at Net.forward (webpack-internal:///./src/model.js:12:8)",
      ),
    ).toBe("./src/model.js:12:8");
  });

  test("somebody else's package counts where nothing else is there", () => {
    const lines = [
      "Error: source",
      "    at f (/app/node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js:4636:21)",
      "    at Block.forward (/app/node_modules/blocks/lib/index.js:3:4)",
      "    at run (node:internal/process:1:2)",
    ];
    expect(stack(...lines)).toBe("blocks/lib/index.js:3:4");
    expect(stack(...lines, "    at main (/app/src/main.js:9:9)")).toBe("app/src/main.js:9:9");
    expect(stack(...lines.slice(0, 2))).toBeUndefined();
  });
});

test("JavaScriptCore", () => {
  expect(
    stack(
      "currentSource@https://example.org/node_modules/@nnx-js/jit/dist/capture/source.js:30:2",
      "runKernel@https://example.org/node_modules/@tensorflow/tfjs-core/dist/engine.js:1:2",
      "[native code]",
      "forEach@[native code]",
      "forward@https://example.org/src/model.js:12:8",
      "module code@https://example.org/src/main.js:1:1",
    ),
  ).toBe("example.org/src/model.js:12:8");
});

test("SpiderMonkey", () => {
  expect(
    stack(
      "currentSource@https://example.org/node_modules/@nnx-js/jit/dist/capture/source.js:30:2",
      "runKernel@https://example.org/node_modules/@tensorflow/tfjs-core/dist/engine.js:1:2",
      "forward@https://example.org/src/model.js:12:8",
      "async*main@https://example.org/src/main.js:1:1",
      "",
    ),
  ).toBe("example.org/src/model.js:12:8");
});

test("no stack has no line", () => {
  expect([stack(), sourceOf({}), stack("Error: source")]).toEqual([undefined, undefined, undefined]);
});
