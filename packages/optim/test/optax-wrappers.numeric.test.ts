/** @file Wrappers against Optax where it is hard: nested parameters, hostile gradients, wrappers in wrappers. */
import { expectOptax, optaxCase } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, inject, test } from "vitest";
import { toleranceOn } from "./cases.ts";
import golden from "./golden/wrappers.json";
import { nested } from "./reference/nested.ts";

const tolerance = toleranceOn(inject("backend"));

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test.each(nested)("$name", async ({ name, make, wrap }) => {
  await expectOptax(optaxCase(golden, name), make(), { tolerance, ...(wrap && { wrap }) });
});
