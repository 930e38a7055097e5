/** @file Stacks deep enough to reach the user's code. */

/** V8 keeps ten frames, which one operation of TensorFlow.js fills; each level of a model takes a few more. */
const DEPTH = 200;

/** How many calls want deep stacks: asynchronous ones overlap. */
let calls = 0;
let before: number | undefined;

// V8's and JavaScriptCore's own: the types do not know it.
const stacks = Error as { stackTraceLimit?: number };

/** From here on errors record deep stacks; gives the function that puts the limit back. */
export function enterDeepStacks(): () => void {
  if (calls++ === 0) before = raise();
  return leave;
}

function leave(): void {
  if (--calls > 0 || before === undefined) return;
  // Somebody else may have set another in the meantime.
  if (stacks.stackTraceLimit === DEPTH) stacks.stackTraceLimit = before;
}

/** The limit that was raised; undefined where it is high enough, is no number, or cannot be written. */
function raise(): number | undefined {
  const { stackTraceLimit } = stacks;
  if (typeof stackTraceLimit !== "number" || stackTraceLimit >= DEPTH) return undefined;
  // Intrinsics may be frozen.
  return Reflect.set(stacks, "stackTraceLimit", DEPTH) ? stackTraceLimit : undefined;
}
