/** @file One view as a tree. */
import type { TreeNode } from "../../protocol/events.ts";
import type { ViewName } from "../../protocol/settings.ts";
import { closed, toggle } from "./folding.ts";
import { light, lit } from "./highlight.ts";
import { ModeControl } from "./modes.tsx";

interface Props {
  readonly view: ViewName;
  readonly node: TreeNode;
}

/** The tree of a view, below its title. */
export function Tree({ view, node }: Props) {
  return (
    <ul class="tree" aria-label={`Tree of the ${view} view`}>
      <Branch view={view} node={node} />
    </ul>
  );
}

function Branch({ view, node }: Props) {
  if (node.shared !== undefined) return <Weight view={view} node={node} />;
  const isClosed = closed.value.has(node.path);
  return (
    <li>
      <div class="row">
        <Module view={view} node={node} isClosed={isClosed} />
        {node.modes.map((mode) => (
          <ModeControl key={mode.name} view={view} path={node.path} mode={mode} />
        ))}
      </div>
      {node.children.length > 0 && !isClosed && (
        <ul>
          {node.children.map((child) => (
            <Branch key={child.path} view={view} node={child} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Label({ node }: { node: TreeNode }) {
  return (
    <>
      {node.name && <span class="node-name">{node.name}: </span>}
      <span class="node-class">{node.className}</span>
    </>
  );
}

function Module({ view, node, isClosed }: Props & { readonly isClosed: boolean }) {
  if (node.children.length === 0) {
    return (
      <span class="node leaf" data-row={`${view} ${node.path}`}>
        <Label node={node} />
      </span>
    );
  }
  const weights = isClosed ? weightsBelow(node) : [];
  return (
    <button
      type="button"
      class={`node module${isLit(weights) ? " lit" : ""}`}
      data-row={`${view} ${node.path}`}
      aria-expanded={!isClosed}
      onClick={() => toggle(node.path)}
      {...lightsUp(weights)}
    >
      <svg class="fold" viewBox="0 0 10 10" aria-hidden="true">
        <path d={isClosed ? "M3 1l5 4-5 4z" : "M1 3l4 5 4-5z"} />
      </svg>
      <Label node={node} />
      {weights.length > 0 && <span class="node-note"> {weights.length} shared</span>}
    </button>
  );
}

function Weight({ view, node }: Props) {
  const shared = [node.shared!];
  return (
    <li>
      <div class="row">
        <button
          type="button"
          class={`node weight${isLit(shared) ? " lit" : ""}`}
          data-row={`${view} ${node.path}`}
          aria-label={`${node.path}, ${node.className} ${node.array ?? ""}: same weight in both views`}
          {...lightsUp(shared)}
          onClick={() => light(shared)}
        >
          <Label node={node} />
          {node.array && <span class="node-array"> {node.array}</span>}
        </button>
      </div>
    </li>
  );
}

function isLit(shared: readonly number[]): boolean {
  return shared.some((number) => lit.value.has(number));
}

function lightsUp(shared: readonly number[]) {
  const on = () => light(shared);
  return { onPointerEnter: on, onFocus: on, onPointerLeave: lightNothing, onBlur: lightNothing };
}

function lightNothing(): void {
  light([]);
}

function weightsBelow(node: TreeNode): number[] {
  if (node.shared !== undefined) return [node.shared];
  return [...new Set(node.children.flatMap(weightsBelow))];
}
