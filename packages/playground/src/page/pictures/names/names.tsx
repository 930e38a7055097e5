/** @file Names that the model writes. */
import { useEffect, useState } from "preact/hooks";
import { latest } from "../../connection/latest.ts";
import { faultOf } from "../../connection/fault-error.ts";
import { ask } from "../../state/actions.ts";
import { report } from "../../state/faults.ts";
import { isReady, phase } from "../../state/run.ts";
import type { PictureOf } from "../picture-of.ts";

const COUNT = 8;
/** At this one the worker draws the names that it sends by itself. */
const USUAL = 0.8;

/** Names drawn through the decode view; the temperature says how daring it is. */
export function Names({ picture }: { picture: PictureOf<"names"> | null }) {
  const [temperature, setTemperature] = useState(USUAL);
  const [drawn, setDrawn] = useState<readonly string[] | null>(null);
  const [draw] = useState(() =>
    latest(
      async (temperature: number) =>
        setDrawn((await ask({ kind: "names", count: COUNT, temperature })).samples),
      (error) => report(faultOf(error)),
    ),
  );
  const isModelThere = isReady.value;
  useEffect(() => {
    if (!isModelThere || !picture) return;
    if (temperature === USUAL) setDrawn(picture.samples);
    else void draw(temperature);
  }, [picture]);

  const samples = drawn ?? picture?.samples ?? [];
  return (
    <section class="card picture" aria-labelledby="picture-title">
      <h2 id="picture-title">Names that it writes</h2>
      <p class="caption">
        Drawn letter by letter through the <b>decode view</b>, a third view of the same weights, with caches.
      </p>
      <div class="fields">
        <label class="field">
          <span>
            Temperature <output>{temperature.toFixed(1)}</output>
          </span>
          <input
            type="range"
            aria-label="Temperature"
            min={0.1}
            max={2}
            step={0.1}
            value={temperature}
            onInput={({ currentTarget }) => {
              setTemperature(currentTarget.valueAsNumber);
              if (isModelThere) void draw(currentTarget.valueAsNumber);
            }}
          />
        </label>
        <button
          type="button"
          class="button"
          aria-disabled={!isModelThere}
          onClick={() => isModelThere && void draw(temperature)}
        >
          Write others
        </button>
      </div>
      <ul class="names" aria-label="Names" aria-busy={phase.value === "starting"}>
        {samples.map((name, index) => (
          <li key={index}>{name}</li>
        ))}
      </ul>
    </section>
  );
}
