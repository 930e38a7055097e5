/** @file Play, pause, one step, reset, and where the run stands. */
import { formatCount, formatRate } from "../format.ts";
import { pause, play, reset, stepOnce } from "../state/actions.ts";
import { type Phase, phase, settings, step, stepsPerSecond } from "../state/run.ts";
import { taskOf } from "../state/tasks.ts";

const IN_WORDS: Readonly<Record<Phase, string>> = {
  opening: "Looking which backends work",
  starting: "Making the model",
  paused: "Paused",
  playing: "Training",
  pausing: "Pausing after this step",
  failed: "Stopped by a fault",
};

/** The buttons; they stay in place, whatever the run does. */
export function Transport() {
  const isPlaying = phase.value === "playing" || phase.value === "pausing";
  const canPlay = phase.value === "paused";
  return (
    <div class="transport" role="group" aria-label="Training">
      <button
        type="button"
        class="button primary"
        onClick={isPlaying ? pause : play}
        aria-disabled={!canPlay && phase.value !== "playing"}
      >
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d={isPlaying ? "M4 2h3v12H4zM9 2h3v12H9z" : "M4 2l10 6-10 6z"} />
        </svg>
        {isPlaying ? "Pause" : "Play"}
      </button>
      <button type="button" class="button" onClick={stepOnce} aria-disabled={!canPlay}>
        One step
      </button>
      <button type="button" class="button" onClick={reset} aria-disabled={phase.value === "opening"}>
        Reset
      </button>
      <Place />
    </div>
  );
}

/** Step and speed. */
function Place() {
  return (
    <p class="place">
      <span>
        Step <output aria-label="Step">{formatCount(step.value)}</output>
      </span>
      <span class="muted speed">
        {stepsPerSecond.value === null ? "" : `${formatRate(stepsPerSecond.value)} steps a second`}
      </span>
    </p>
  );
}

/** What the run does, in a sentence that screen readers hear. */
export function Status() {
  const { task, backend, execution } = settings.value;
  return (
    <p class="status muted" role="status">
      {IN_WORDS[phase.value]}: {taskOf(task).title} on {backend}, {execution}
    </p>
  );
}
