/** @file Compiled updates against Optax: what packages/optim tests eagerly, under jit. */
import { jit } from "@nnx-js/jit";
import golden from "@nnx-js/testing/golden/optim_more.json";
import { expectOptax, optaxCase } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, inject, test } from "vitest";
import { toleranceOn } from "../../../optim/test/cases.ts";
import { optimisers } from "../../../optim/test/reference/optimisers.ts";
import nestedGolden from "../../../optim/test/golden/wrappers.json";
import { nested } from "../../../optim/test/reference/nested.ts";
import { wrappers } from "../../../optim/test/reference/wrappers.ts";

const backend = inject("backend");

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test.each([...optimisers, ...wrappers])("$name", async ({ name, make, tolerance, args, wrap }) => {
  await expectOptax(optaxCase(golden, name), make(), {
    tolerance: toleranceOn(backend, tolerance),
    compile: jit,
    ...(args && { args }),
    ...(wrap && { wrap }),
  });
});

test.each(nested)("$name", async ({ name, make, wrap }) => {
  await expectOptax(optaxCase(nestedGolden, name), make(), {
    tolerance: toleranceOn(backend),
    compile: jit,
    ...(wrap && { wrap }),
  });
});
