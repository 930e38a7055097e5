/** @file Further optimisers and wrappers against Optax: parameters of 0 to 3 dimensions over ten steps. */
import golden from "@nnx-js/testing/golden/optim_more.json";
import { expectOptax, optaxCase } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, inject, test } from "vitest";
import { toleranceOn } from "./cases.ts";
import { optimisers } from "./reference/optimisers.ts";
import { wrappers } from "./reference/wrappers.ts";

const backend = inject("backend");

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test.each([...optimisers, ...wrappers])("$name", async ({ name, make, tolerance, args, wrap }) => {
  await expectOptax(optaxCase(golden, name), make(), {
    tolerance: toleranceOn(backend, tolerance),
    ...(args && { args }),
    ...(wrap && { wrap }),
  });
});
