/** @file Freezing: marks the Variables in parts of a model. */
import { SelectionError } from "../errors.ts";
import { iterVariables } from "../graph/iterate.ts";
import type { Located } from "../graph/matching.ts";
import { RngState } from "../variable/types.ts";
import type { Part } from "./parts.ts";

/** Marks the Variables in `parts`, or takes the mark off; random streams have none. */
export function setFrozen(parts: readonly Located<Part>[], frozen: boolean, text: string): void {
  const inside = parts.flatMap(([, part]) => iterVariables(part).map(([, variable]) => variable));
  const variables = new Set(inside.filter((variable) => !(variable instanceof RngState)));
  if (variables.size === 0) {
    throw new SelectionError(
      `${text} selects no Variables that could be trained, so there is nothing to ${frozen ? "freeze" : "unfreeze"}. ` +
        `Select modules or Variables: where(Param).`,
    );
  }
  for (const variable of variables) variable.setMetadata({ frozen: frozen ? true : undefined });
}
