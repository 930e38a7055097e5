/** @file Questions that come too fast are left out, the newest never. */
import { expect, test } from "vitest";
import { latest } from "../../src/page/connection/latest.ts";

test("one runs at a time; of those that wait the newest runs", async () => {
  const ran: number[] = [];
  const ends: (() => void)[] = [];
  const next = latest<number>(
    (argument) => {
      ran.push(argument);
      return new Promise((resolve) => ends.push(resolve));
    },
    () => expect.unreachable(),
  );
  const all = next(1);
  void next(2);
  void next(3);
  expect(ran).toEqual([1]);
  ends[0]!();
  await Promise.resolve();
  await Promise.resolve();
  expect(ran).toEqual([1, 3]);
  ends[1]!();
  await all;
  expect(ran).toEqual([1, 3]);
});

test("after an error the next one runs", async () => {
  const errors: unknown[] = [];
  const next = latest<string>(
    (argument) => (argument === "bad" ? Promise.reject(new Error("no")) : Promise.resolve()),
    (error) => errors.push(error),
  );
  await next("bad");
  await next("good");
  expect(errors).toHaveLength(1);
});
