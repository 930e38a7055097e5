/** @file All that is chosen before a run. */
import { settings } from "../state/run.ts";
import { taskOf } from "../state/tasks.ts";
import { Availability } from "./availability.tsx";
import { BackendChoice, ExecutionChoice, TaskChoice } from "./choices.tsx";
import { LearningRate, Seed } from "./numbers.tsx";

/** The row of controls below the introduction. */
export function Controls() {
  return (
    <section class="card controls" aria-labelledby="controls-title">
      <h2 id="controls-title" class="hidden">
        Settings
      </h2>
      <div class="task">
        <TaskChoice />
        <p class="about">{taskOf(settings.value.task).about}</p>
      </div>
      <div class="fields">
        <BackendChoice />
        <ExecutionChoice />
        <LearningRate />
        <Seed />
      </div>
      <Availability />
    </section>
  );
}
