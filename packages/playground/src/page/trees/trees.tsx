/** @file Both views of the model next to each other. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { TreeNode } from "../../protocol/events.ts";
import { phase, settings, trees } from "../state/run.ts";
import { closed, closedAtFirst } from "./folding.ts";
import { lit } from "./highlight.ts";
import { Lines } from "./lines.tsx";
import { Tree } from "./tree.tsx";

/** The trees, joined where they hold the same weight. */
export function Trees() {
  const holder = useRef<HTMLDivElement>(null);
  const both = trees.value;
  const task = settings.value.task;
  const folded = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    if (!both || folded.current === task) return;
    folded.current = task;
    lit.value = new Set();
    closed.value = closedAtFirst(both.train);
  }, [both, task]);

  return (
    <section class="card trees" aria-labelledby="trees-title">
      <h2 id="trees-title">Two views of the same weights</h2>
      <p class="caption">
        <Caption />
      </p>
      <div class="tree-pair" ref={holder} aria-busy={phase.value === "starting"}>
        <div class="tree-side train">
          <h3>train view</h3>
          {both && <Tree view="train" node={both.train} />}
        </div>
        <div class="tree-side eval">
          <h3>eval view</h3>
          {both && <Tree view="eval" node={both.eval} />}
        </div>
        {both && <Lines trees={both} holder={holder} />}
      </div>
    </section>
  );
}

/** Says what is lit. */
function Caption() {
  const both = trees.value;
  const paths = both ? pathsOf(both.train, lit.value) : [];
  if (paths.length === 0) {
    return (
      <>
        A line joins each weight with itself: there is only one. <b>Click a mode</b> to switch it in one view.
      </>
    );
  }
  return (
    <>
      <code>{paths.length > 2 ? `${paths[0]} and ${paths.length - 1} more` : paths.join(", ")}</code>: same
      weight in both views
    </>
  );
}

function pathsOf(node: TreeNode, shared: ReadonlySet<number>): string[] {
  const own = node.shared !== undefined && shared.has(node.shared) ? [node.path] : [];
  return [...own, ...node.children.flatMap((child) => pathsOf(child, shared))];
}
