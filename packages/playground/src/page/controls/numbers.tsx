/** @file Learning rate and seed. */
import { formatLearningRate } from "../format.ts";
import { chooseLearningRate, chooseSeed } from "../state/actions.ts";
import { settings } from "../state/run.ts";

/** A slider over powers of ten; the next step has the new rate. */
export function LearningRate() {
  const rate = settings.value.learningRate;
  return (
    <label class="field">
      <span>
        Learning rate <output>{formatLearningRate(rate)}</output>
      </span>
      <input
        type="range"
        aria-label="Learning rate"
        aria-valuetext={formatLearningRate(rate)}
        min={-5}
        max={0}
        step={0.1}
        value={Math.log10(rate)}
        onInput={({ currentTarget }) =>
          chooseLearningRate(Number((10 ** Number(currentTarget.value)).toPrecision(2)))
        }
      />
    </label>
  );
}

/** A new seed begins a new run. */
export function Seed() {
  return (
    <label class="field seed">
      <span>Seed</span>
      <input
        type="number"
        min={0}
        max={999999999}
        step={1}
        value={settings.value.seed}
        onChange={({ currentTarget }) => {
          const seed = currentTarget.valueAsNumber;
          if (Number.isInteger(seed) && seed >= 0) chooseSeed(Math.min(seed, 999_999_999));
          else currentTarget.value = String(settings.value.seed);
        }}
      />
    </label>
  );
}
