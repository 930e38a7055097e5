import { inject, test } from "vitest";
import { CLOSURES } from "./closures.ts";
import { det } from "./models.ts";
import { derivativesOf, expectDerivatives } from "./rules-inside.ts";

// A sine there may be off by 2^-11, as WGSL allows.
test.skipIf(inject("backend") === "webgpu").each(CLOSURES)(
  "a rule that closes over what is around it: $name",
  async (item) => {
    await expectDerivatives(item, derivativesOf(item, det([4, 3], 0.9, 0.3)));
  },
);
