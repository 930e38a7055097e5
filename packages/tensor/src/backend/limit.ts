/** @file Gives up waiting. */
import { WaitLimitError } from "./errors.ts";

/** The longest that a timer can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** What came of `pending`, or a WaitLimitError after so many milliseconds; `describe` says what was waited for. */
export async function withLimit<T>(
  pending: Promise<T>,
  milliseconds: number,
  describe: () => { what: string; repair: string },
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    if (milliseconds > LONGEST) return;
    timer = setTimeout(() => {
      const { what, repair } = describe();
      reject(new WaitLimitError(what, milliseconds, repair));
    }, milliseconds);
  });
  try {
    return await Promise.race([pending, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
