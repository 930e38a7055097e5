/** @file The pictures of docs/schedules.md are what the schedules give; vitest's option -u draws them anew. */
import { expect, test } from "vitest";
import { PICTURES, schedulePicture } from "../src/schedules/pictures.ts";

test.each(PICTURES)("the picture of %s", async (name) => {
  await expect(schedulePicture(name)).toMatchFileSnapshot(`../../../docs/images/schedules/${name}.svg`);
});
