/** @file What there is to see of the model, by task. */
import { picture, settings } from "../state/run.ts";
import { Digits } from "./digits/digits.tsx";
import { Guide } from "./guide/guide.tsx";
import { Moons } from "./moons/moons.tsx";
import { Names } from "./names/names.tsx";

/** The picture of the task; its box is there before the model is. */
export function PictureCard() {
  const { task } = settings.value;
  const shown = picture.value;
  if (task === "moons") return <Moons picture={shown?.kind === "moons" ? shown : null} />;
  if (task === "digits") return <Digits picture={shown?.kind === "digits" ? shown : null} />;
  if (task === "names") return <Names picture={shown?.kind === "names" ? shown : null} />;
  return <Guide picture={shown?.kind === "guide" ? shown : null} />;
}
