/** @file Files that cannot be runs are refused before they are read. */
import { expect, test } from "vitest";
import { whyRefused } from "../../src/page/files/refusal.ts";

test.each([
  ["moons.safetensors", 1],
  ["MOONS.SAFETENSORS", 100_000_000],
])("%s of %i bytes is read", (name, size) => expect(whyRefused({ name, size })).toBeNull());

test.each([
  ["model.onnx", 10, "model.onnx is no .safetensors file."],
  ["a.safetensors.zip", 10, "a.safetensors.zip is no .safetensors file."],
  ["a.safetensors", 0, "a.safetensors is empty."],
  ["a.safetensors", 3e9, "a.safetensors is too large: 3000 MB."],
])("%s of %i bytes is refused, with a repair", (name, size, message) => {
  expect(whyRefused({ name, size })).toMatchObject({
    cause: "file",
    message,
    repair: expect.stringContaining("Choose"),
  });
});
