import { useBackend } from "@nnx-js/tensor";
import { expect, test } from "vitest";
import { rematMemory } from "../../src/bench/remat.ts";

test("blocks that are computed again leave at most 0.45 of the workspace at context 512", async () => {
  await useBackend("wasm");
  const [none, every] = rematMemory(["nothing", "every block"]);
  expect(every! / none!).toBeLessThan(0.45);
});
