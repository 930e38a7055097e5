/** @file The app: a button that trains, a button that stops, and what there is to see. */
import { useTraining } from "./use-training.ts";

const SETTINGS = { learningRate: 1e-3, steps: 100_000 };

export function App() {
  const { status, step, from, loss, error, isBusy, start, abort } = useTraining();
  return (
    <section>
      <button disabled={isBusy} onClick={() => void start(SETTINGS)}>
        {step > 0 ? "Go on" : "Start"}
      </button>
      <button disabled={!isBusy || status === "ending"} onClick={abort}>
        Stop
      </button>
      <progress value={step} max={SETTINGS.steps} aria-label="Steps" />
      <output>
        {status}, step {step} from {from}
        {loss !== undefined && `, loss ${loss.toFixed(4)}`}
      </output>
      {error !== undefined && <p role="alert">{error}</p>}
    </section>
  );
}
