/** @file Freezing: marks the Variables in parts of a model. */
import { SelectionError } from "../errors.ts";
import { iterVariables } from "../graph/iterate.ts";
import { formatPath, isVariable } from "../graph/kinds.ts";
import type { Located } from "../graph/matching.ts";
import { RngState } from "../variable/types.ts";
import type { Variable } from "../variable/variable.ts";
import type { Part } from "./parts.ts";

/** Marks the Variables in `parts`, or takes the mark off; random streams have none. */
export function setFrozen(parts: readonly Located<Part>[], frozen: boolean, text: string): void {
  const purpose = frozen ? "freeze" : "unfreeze";
  const inside = parts.flatMap(([, part]) => iterVariables(part).map(([, variable]) => variable));
  const variables = new Set(inside.filter((variable) => !(variable instanceof RngState)));
  if (variables.size === 0) {
    throw new SelectionError(
      `${text} selects no Variables that could be trained, so there is nothing to ${purpose}. ` +
        `Select modules or Variables: where(Param).`,
    );
  }
  assertMeant(parts, variables, text, purpose);
  for (const variable of variables) variable.setMetadata({ frozen: frozen ? true : undefined });
}

/** Refuses filters such as `Not(LoRAParam)`, which select the model itself beside the Variables that are meant. */
function assertMeant(
  parts: readonly Located<Part>[],
  variables: ReadonlySet<Variable>,
  text: string,
  purpose: string,
): void {
  const [[path, root]] = parts as readonly [Located<Part>];
  const direct = new Set<unknown>(parts.map(([, part]) => part).filter(isVariable));
  if (path.length > 0 || direct.size === 0 || isVariable(root)) return;
  const others = iterVariables(root).filter(([, one]) => variables.has(one) && !direct.has(one));
  if (others.length === 0) return;
  throw new SelectionError(
    `${text} selects the model itself, with all that is in it, but not ${formatPath(others[0]![0])} and ` +
      `${others.length - 1} others by themselves. To ${purpose} only the parameters that the filter selects, ` +
      `add .where(Param).`,
  );
}
