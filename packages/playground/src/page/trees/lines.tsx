/** @file Lines from each weight of one tree to itself in the other. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import type { ViewTrees } from "../../protocol/events.ts";
import { closed } from "./folding.ts";
import { linePath, relativeTo } from "./geometry.ts";
import { lit } from "./highlight.ts";
import { type Join, joinsOf } from "./joins.ts";

interface Line extends Join {
  readonly path: string;
}

/** An overlay over `holder`, in which both trees are. */
export function Lines({ trees, holder }: { trees: ViewTrees; holder: RefObject<HTMLElement | null> }) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [size, setSize] = useState<readonly [number, number]>([0, 0]);
  const measured = useRef("");
  const closedNow = closed.value;

  useLayoutEffect(() => {
    const element = holder.current!;
    const measure = () => {
      const next = measureLines(element, joinsOf(trees, closedNow));
      const [width, height] = [element.clientWidth, element.clientHeight];
      const key = JSON.stringify([width, height, next]);
      if (key === measured.current) return;
      measured.current = key;
      setLines(next);
      setSize([width, height]);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [trees, closedNow]);

  const isAnyLit = lit.value.size > 0;
  return (
    <svg
      class={`lines${isAnyLit ? " some-lit" : ""}`}
      width={size[0]}
      height={size[1]}
      aria-hidden="true"
      focusable="false"
    >
      {lines.map(({ from, to, path, shared }) => (
        <path
          key={`${from} ${to}`}
          d={path}
          class={shared.some((number) => lit.value.has(number)) ? "lit" : undefined}
        />
      ))}
    </svg>
  );
}

function measureLines(holder: HTMLElement, joins: readonly Join[]): Line[] {
  const rows = new Map<string, DOMRect>();
  for (const row of holder.querySelectorAll<HTMLElement>("[data-row]")) {
    rows.set(row.dataset.row!, row.getBoundingClientRect());
  }
  const origin = holder.getBoundingClientRect();
  return joins.flatMap((join) => {
    const from = rows.get(`train ${join.from}`);
    const to = rows.get(`eval ${join.to}`);
    return from && to ? [{ ...join, path: linePath(relativeTo(origin, from), relativeTo(origin, to)) }] : [];
  });
}
