/** @file Eager and compiled side by side. */
import { useEffect, useState } from "preact/hooks";
import type { Answers, RaceResult } from "../../protocol/events.ts";
import { faultOf } from "../connection/fault-error.ts";
import { countLaunches, formatRate } from "../format.ts";
import { ask } from "../state/actions.ts";
import { report } from "../state/faults.ts";
import { isReady, settings } from "../state/run.ts";

/** A button, and what it measured: on a copy of the model, which does not learn from it. */
export function Race() {
  const [result, setResult] = useState<Answers["race"] | null>(null);
  const [isRunning, setRunning] = useState(false);
  const { task, backend } = settings.value;
  useEffect(() => setResult(null), [task, backend]);

  const run = async () => {
    if (isRunning || !isReady.value) return;
    setRunning(true);
    try {
      setResult(await ask({ kind: "race" }));
    } catch (error) {
      report(faultOf(error));
    } finally {
      setRunning(false);
    }
  };
  const most = result ? Math.max(result.eager.stepsPerSecond, result.compiled.stepsPerSecond) : 1;
  return (
    <section class="card race" aria-labelledby="race-title">
      <h2 id="race-title">Eager against compiled</h2>
      <p class="caption">
        The same step, run kernel by kernel and as one program that <code>jit</code> made of it, gradients and
        optimiser included.
      </p>
      <button
        type="button"
        class="button"
        onClick={() => void run()}
        aria-disabled={isRunning || !isReady.value}
      >
        {isRunning ? "Racing…" : "Race"}
      </button>
      <table class="lanes">
        <thead class="hidden">
          <tr>
            <th scope="col">way</th>
            <th scope="col">share of the faster</th>
            <th scope="col">steps a second and launches a step</th>
          </tr>
        </thead>
        <tbody>
          <Lane name="eager" result={result?.eager} most={most} />
          <Lane name="compiled" result={result?.compiled} most={most} />
        </tbody>
      </table>
      <p class="verdict" role="status">
        {isRunning ? "Takes about two seconds…" : result && verdict(result)}
      </p>
    </section>
  );
}

function Lane({ name, result, most }: { name: string; result: RaceResult | undefined; most: number }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect
            class={`lane ${name}`}
            x="0"
            y="0"
            width={result ? Math.max((result.stepsPerSecond / most) * 100, 0.5) : 0}
            height="10"
          />
        </svg>
      </td>
      <td class="rate">
        {result ? `${formatRate(result.stepsPerSecond)} steps/s` : "–"}
        <span class="muted">
          {result && result.launches !== null && ` ${countLaunches(result.launches)} a step`}
        </span>
      </td>
    </tr>
  );
}

function verdict({ eager, compiled }: Answers["race"]): string {
  const ratio = compiled.stepsPerSecond / eager.stepsPerSecond;
  return ratio >= 1
    ? `Compiled, a step is ${formatRate(ratio)} times as fast.`
    : `Here eager is ${formatRate(1 / ratio)} times as fast.`;
}
