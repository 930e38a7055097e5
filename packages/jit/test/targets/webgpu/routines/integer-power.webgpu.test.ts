import { expect, test } from "vitest";
import { integerPower } from "../../../../src/targets/webgpu/routines/integer-power.ts";
import type { Buffer } from "../../../../src/expr/expr.ts";
import { type Elements, newBuffer, runTasks } from "../run-tasks.ts";

const EXPONENTS = [0, 1, 2, 3, 10, 97, 1000, 12_345, 100_000, 2 ** 31 - 1, -1, -2, -7, -1000, -(2 ** 31)];

test.each([0.9, 0.999, 0.9999, 0.5, 1, -1, 1.5, -0.7, -2, 1e-20, 1e20, 0, -0, Infinity, -Infinity, NaN])(
  "powers of %d are rounded once",
  async (base) => {
    const results = EXPONENTS.map(() => new Float32Array(1));
    const contents = new Map<Buffer, Elements>();
    const tasks = EXPONENTS.flatMap((exponent, i) => {
      const [from, to] = [newBuffer(1), newBuffer(1)];
      contents.set(from, Int32Array.of(exponent)).set(to, results[i]!);
      return integerPower({ base }, [from, to]);
    });
    await runTasks(tasks, contents);
    expect(results.map(([result]) => result)).toEqual(
      EXPONENTS.map((exponent) => Math.fround(Math.fround(base) ** exponent)),
    );
  },
);
