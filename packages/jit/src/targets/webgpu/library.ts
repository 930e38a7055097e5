/** @file Functions of WGSL that tasks may use by name. */
import { BITS } from "./math/bits.ts";
import type { Library } from "./math/entry.ts";
import { ERROR_FUNCTION } from "./math/error-function.ts";
import { EXPONENTIAL } from "./math/exponential.ts";
import { INVERSE_TRIGONOMETRIC } from "./math/inverse-trigonometric.ts";
import { LOGARITHM } from "./math/logarithm.ts";
import { POWER } from "./math/power.ts";
import { RANDOM } from "./math/random.ts";
import { REMAINDER } from "./math/remainder.ts";
import { ROUNDING } from "./math/rounding.ts";
import { TRIGONOMETRIC } from "./math/trigonometric.ts";

/** By name. */
const LIBRARY: Library = {
  ...BITS,
  ...ERROR_FUNCTION,
  ...EXPONENTIAL,
  ...INVERSE_TRIGONOMETRIC,
  ...LOGARITHM,
  ...POWER,
  ...RANDOM,
  ...REMAINDER,
  ...ROUNDING,
  ...TRIGONOMETRIC,
};

/** The code of the entries `names`, each after those that it needs, and once. */
export function libraryCode(names: Iterable<string>): string {
  const done = new Set<string>();
  const codes: string[] = [];
  const add = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    const entry = LIBRARY[name];
    if (!entry) throw new Error(`internal: the library has no "${name}"`);
    entry.uses?.forEach(add);
    codes.push(entry.code);
  };
  for (const name of [...names].sort()) add(name);
  return codes.join("\n");
}
