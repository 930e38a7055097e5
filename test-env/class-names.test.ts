/** @file The names of exported classes are literals, which minifiers do not change. */
import * as checkpoint from "@nnx-js/checkpoint";
import * as exporting from "@nnx-js/export";
import * as jit from "@nnx-js/jit";
import * as nn from "@nnx-js/nn";
import * as optim from "@nnx-js/optim";
import * as tensor from "@nnx-js/tensor";
import * as train from "@nnx-js/train";
import * as view from "@nnx-js/view";
import { expect, test } from "vitest";

const packages = { checkpoint, export: exporting, jit, nn, optim, tensor, train, view };
const isClass = (value: unknown): value is new () => object =>
  typeof value === "function" && Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;

test.each(Object.entries(packages))("each class of %s has its name as a static field", (_name, exports) => {
  const classes = Object.entries(exports).filter((entry): entry is [string, new () => object] =>
    isClass(entry[1]),
  );
  // The engine's own `name` of a class is not enumerable.
  const written = classes.map(([, { prototype }]) => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype.constructor, "name");
    return descriptor?.enumerable ? (descriptor.value as unknown) : "none";
  });
  expect(written).toEqual(classes.map(([name]) => name));
});
