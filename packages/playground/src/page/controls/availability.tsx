/** @file Which backends do not work here and why, and whether programs have threads. */
import { BACKENDS } from "../../protocol/settings.ts";
import { backends } from "../state/run.ts";

/** One line that opens to the reasons; its place is kept from the start. */
export function Availability() {
  const event = backends.value;
  if (!event) return <div class="availability muted">Looking which backends work here…</div>;
  const { count, reason } = event.threads;
  const reasons = [
    ...BACKENDS.map((name) => [name, event.reasons[name]] as const),
    ["threads", reason] as const,
  ].filter((entry): entry is readonly [(typeof entry)[0], string] => entry[1] !== null);
  const threads = reason === null ? `Compiled programs may use ${count} threads.` : "Threads are off.";
  return (
    <div class="availability muted">
      {reasons.length > 0 && (
        <details>
          <summary id="not-here">Why no {reasons.map(([name]) => name).join(", no ")}?</summary>
          <dl>
            {reasons.map(([name, reason]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{reason}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <p>{threads}</p>
    </div>
  );
}
