/** @file What is learned, on which backend, how a step runs. */
import { BACKENDS, type BackendName, type Execution } from "../../protocol/settings.ts";
import { chooseBackend, chooseExecution, chooseTask } from "../state/actions.ts";
import { backends, phase, settings } from "../state/run.ts";
import { TASKS } from "../state/tasks.ts";

interface Option<T extends string> {
  readonly value: T;
  readonly text: string;
}

/** Radio buttons that look like one strip. */
function Strip<T extends string>(props: {
  legend: string;
  name: string;
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <fieldset class="field">
      <legend>{props.legend}</legend>
      <div class="strip">
        {props.options.map(({ value, text }) => (
          <label key={value}>
            <input
              type="radio"
              name={props.name}
              value={value}
              checked={props.value === value}
              onChange={() => props.onChange(value)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The four tasks. */
export function TaskChoice() {
  return (
    <Strip
      legend="What to learn"
      name="task"
      options={TASKS.map(({ name, title }) => ({ value: name, text: title }))}
      value={settings.value.task}
      onChange={chooseTask}
    />
  );
}

const EXECUTIONS: readonly Option<Execution>[] = [
  { value: "compiled", text: "compiled" },
  { value: "eager", text: "eager" },
];

/** Eager or compiled. */
export function ExecutionChoice() {
  return (
    <Strip
      legend="A step runs"
      name="execution"
      options={EXECUTIONS}
      value={settings.value.execution}
      onChange={(execution) => void chooseExecution(execution)}
    />
  );
}

/** The backends; those that do not work here cannot be chosen. */
export function BackendChoice() {
  const reasons = backends.value?.reasons;
  const isKnown = phase.value !== "opening" && reasons;
  return (
    <label class="field">
      <span>Backend</span>
      <select
        value={settings.value.backend}
        onChange={({ currentTarget }) => void chooseBackend(currentTarget.value as BackendName)}
        aria-describedby="not-here"
      >
        {BACKENDS.map((name) => (
          <option key={name} value={name} disabled={Boolean(isKnown && reasons[name] !== null)}>
            {isKnown && reasons[name] !== null ? `${name} (not here)` : name}
          </option>
        ))}
      </select>
    </label>
  );
}
