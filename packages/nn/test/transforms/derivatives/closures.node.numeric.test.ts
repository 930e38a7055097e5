import { inject, test } from "vitest";
import { CLOSURES } from "./closures.ts";
import { det } from "./models.ts";
import { derivativesOf, expectDerivatives } from "./rules-inside.ts";

// There, tanh is rounded more than these figures allow.
test.skipIf(inject("backend") === "webgpu").each(CLOSURES)(
  "a rule that closes over what is around it: $name",
  async (item) => {
    await expectDerivatives(item, derivativesOf(item, det([4, 3], 0.9, 0.3)));
  },
);
