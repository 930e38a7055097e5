import { inject, test } from "vitest";
import { det } from "./models.ts";
import { derivativesOf, expectDerivatives, RULES_INSIDE } from "./rules-inside.ts";

// A sine there may be off by 2^-11, as WGSL allows.
test.skipIf(inject("backend") === "webgpu").each(RULES_INSIDE)(
  "a rule is for the innermost gradient: $name",
  async (item) => {
    await expectDerivatives(item, derivativesOf(item, det([4, 3], 0.9, 0.3)));
  },
);
