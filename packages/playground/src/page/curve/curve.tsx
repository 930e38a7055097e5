/** @file The losses of both views, growing side by side. */
import { useEffect, useRef } from "preact/hooks";
import { formatCount, formatLoss } from "../format.ts";
import { lastLosses, lossVersion, losses, markers, phase, step } from "../state/run.ts";
import { scheme } from "../style/theme.ts";
import { Status, Transport } from "../controls/transport.tsx";
import { type Chart, makeChart } from "./chart.ts";

/** The chart with its legend, and the buttons that make it grow. */
export function Curve() {
  return (
    <section class="card curve" aria-labelledby="curve-title">
      <h2 id="curve-title">One model, two losses</h2>
      <Transport />
      <Status />
      <Plot />
      <dl class="legend">
        <Entry view="train" title="train view" note="on its batch" />
        <Entry view="eval" title="eval view" note="on examples held back" />
      </dl>
      <LastChange />
    </section>
  );
}

function Plot() {
  const ref = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | undefined>(undefined);
  const colours = scheme.value;

  useEffect(() => {
    const parent = ref.current!;
    const made = makeChart(parent, losses, () => markers.value);
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(parent);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [colours]);

  const version = lossVersion.value;
  const marked = markers.value;
  useEffect(() => {
    const frame = requestAnimationFrame(() => chart.current?.update());
    return () => cancelAnimationFrame(frame);
  }, [version, marked, colours]);

  const { train, eval: evals } = lastLosses.value;
  const label =
    losses.length === 0
      ? "Loss curves of both views; no steps yet"
      : `Loss curves of both views up to step ${formatCount(step.value)}: train ${formatLoss(train)}, eval ${formatLoss(evals)}`;
  return (
    <div class="plot">
      <div ref={ref} class="plot-box" role="img" aria-label={label} />
      {losses.length === 0 && phase.value !== "playing" && (
        <p class="plot-empty muted" aria-hidden="true">
          Press Play: both losses are drawn here.
        </p>
      )}
    </div>
  );
}

function Entry({ view, title, note }: { view: "train" | "eval"; title: string; note: string }) {
  return (
    <div class={`legend-entry ${view}`}>
      <dt>
        <svg class="swatch" viewBox="0 0 28 6" aria-hidden="true">
          <path d="M1 3h26" />
        </svg>
        {title} <span class="muted note">{note}</span>
      </dt>
      <dd>{formatLoss(lastLosses.value[view])}</dd>
    </div>
  );
}

/** The last change, in words; its line is kept free. */
function LastChange() {
  const last = markers.value.at(-1);
  return (
    <p class="last-change muted" role="status">
      {last
        ? `Step ${formatCount(last.step)}: ${last.text}${last.view ? `, in the ${last.view} view` : ""}`
        : "Change a mode in a tree: the curve shows from which step on."}
    </p>
  );
}
