/** @file All tasks. */
import type { TaskName } from "../../protocol/settings.ts";

import { createDigits } from "./digits.ts";
import { createGuide } from "./guide.ts";
import { createMoons } from "./moons/moons.ts";
import { createNames } from "./names.ts";
import type { Task, TaskContext } from "./task.ts";

/** Makes the task of a name. */
export const TASKS: Readonly<Record<TaskName, (context: TaskContext) => Promise<Task>>> = {
  guide: createGuide,
  moons: createMoons,
  digits: createDigits,
  names: createNames,
};
