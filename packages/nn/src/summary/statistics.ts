/** @file The Variables of each module, and what is below it. */
import { childrenOf, type Parent } from "../graph/children.ts";
import { type Key, kindOf, type Path } from "../graph/kinds.ts";
import { addTally, kindName, type Tally, tallyOf } from "../display/tally.ts";
import type { Variable } from "../variable/variable.ts";

/** One node of the graph. */
export interface NodeStatistics {
  readonly path: Path;
  /** Its own Variables, by name; those that stood before elsewhere are left out. */
  readonly variables: readonly (readonly [name: string, variable: Variable])[];
  /** Elements and bytes of its own Variables and of those below, by kind. */
  readonly totals: ReadonlyMap<string, Tally>;
}

/** The statistics of every node below `root`, each node and Variable under its first path. */
export function statisticsOf(root: object): Map<object, NodeStatistics> {
  const statistics = new Map<object, NodeStatistics>();
  const seen = new Set<unknown>([root]);

  function visit(node: Parent, path: Path): NodeStatistics {
    const variables: [string, Variable][] = [];
    const totals = new Map<string, Tally>();
    const visitChildren = (parent: Parent, keys: readonly Key[]) => {
      for (const [key, child] of childrenOf(parent)) {
        const kind = kindOf(child);
        if (kind === "static" || kind === "tensor" || seen.has(child)) continue;
        seen.add(child);
        const below = [...keys, key];
        if (kind === "container") visitChildren(child as Parent, below);
        else if (kind === "variable") {
          variables.push([below.join("."), child as Variable]);
          addTally(totals, kindName(child as Variable), tallyOf(child as Variable));
        } else {
          for (const [name, tally] of visit(child as Parent, [...path, ...below]).totals) {
            addTally(totals, name, tally);
          }
        }
      }
    };
    visitChildren(node, []);
    const found = { path, variables, totals };
    statistics.set(node, found);
    return found;
  }

  visit(root as Parent, []);
  return statistics;
}
