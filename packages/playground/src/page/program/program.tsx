/** @file The compiled program, for the curious. */
import { useEffect, useState } from "preact/hooks";
import type { Answers } from "../../protocol/events.ts";
import { faultOf } from "../connection/fault-error.ts";
import { countLaunches } from "../format.ts";
import { ask } from "../state/actions.ts";
import { report } from "../state/faults.ts";
import { isReady, settings, trees } from "../state/run.ts";

/** Closed at first; the program is asked for when it opens, and anew when the model is another. */
export function Program() {
  const [isOpen, setOpen] = useState(false);
  const [program, setProgram] = useState<Answers["program"] | null>(null);
  const { task, backend, execution } = settings.value;
  const isModelThere = isReady.value;
  const model = trees.value;
  useEffect(() => {
    setProgram(null);
    if (!isOpen || !isModelThere) return undefined;
    let isCurrent = true;
    ask({ kind: "program" }).then(
      (answer) => isCurrent && setProgram(answer),
      (error: unknown) => isCurrent && report(faultOf(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [isOpen, isModelThere, task, backend, execution, model]);

  return (
    <details class="card program" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <h2>The compiled program</h2>
      </summary>
      <p class="caption">
        What <code>jit</code> made of one training step.
        {program?.launches != null && ` It runs by ${countLaunches(program.launches)}.`}
      </p>
      <pre tabIndex={0} role="region" aria-label="Text of the compiled program">
        {program ? program.text : isModelThere ? "Compiling…" : "There is no model yet."}
      </pre>
    </details>
  );
}
