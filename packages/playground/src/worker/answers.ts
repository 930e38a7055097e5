/** @file Answers to what the page asks. */
import type { Question } from "../protocol/commands.ts";
import type { Answer } from "../protocol/events.ts";
import { CommandError } from "./faults.ts";
import { bytesOf, readRun, writeRun } from "./files.ts";
import { withLimit } from "./limit.ts";
import { program, race } from "./race.ts";
import type { Run } from "./run.ts";

/** An answer, and what it brings about. */
export interface Answered {
  readonly value: Answer;
  /** Memory that goes to the page. */
  readonly transfer?: readonly ArrayBuffer[];
  /** Whether the run is another one now. */
  readonly hasChanged?: boolean;
}

/** Answers a question about a run. */
export async function answerTo(question: Question, run: Run): Promise<Answered> {
  const { task } = run;
  switch (question.kind) {
    case "digit": {
      const { pixels, draws } = question;
      const readDigit = task.readDigit?.bind(task);
      if (!readDigit) throw otherTask(run, "digits");
      return {
        value: await withLimit(
          run.look((model) => readDigit(model, pixels, draws)),
          "reading the digit",
        ),
      };
    }
    case "names": {
      const { count, temperature } = question;
      const makeNames = task.makeNames?.bind(task);
      if (!makeNames) throw otherTask(run, "names");
      const making = run.look((model) => makeNames(model, count, temperature));
      return { value: { samples: await withLimit(making, "making names") } };
    }
    case "race":
      return { value: await race(run) };
    case "program":
      return { value: await program(run) };
    case "save": {
      const bytes = await bytesOf(run);
      const name = `${run.settings.task}-step-${run.step}.safetensors`;
      return { value: { bytes, name }, transfer: [bytes.buffer as ArrayBuffer] };
    }
    case "load":
      await readRun(run, question.bytes);
      return { value: { step: run.step }, hasChanged: true };
    case "store":
      await writeRun(run, placeOf(run));
      return { value: { step: run.step } };
    case "restore":
      await readRun(run, placeOf(run));
      return { value: { step: run.step }, hasChanged: true };
    default:
      throw new CommandError(
        `expected a question that there is, found "${(question satisfies never as Question).kind}"`,
      );
  }
}

/** Where the origin's own files have the run of a task. */
function placeOf(run: Run): string {
  return `opfs://nnx-js-playground/${run.settings.task}.safetensors`;
}

function otherTask({ settings }: Run, needed: string): CommandError {
  return new CommandError(`expected the task "${needed}", found "${settings.task}"`);
}
