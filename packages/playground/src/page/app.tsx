/** @file The page below its introduction. */
import { Controls } from "./controls/controls.tsx";
import { Curve } from "./curve/curve.tsx";
import { Faults } from "./faults/faults.tsx";
import { Files } from "./files/files.tsx";
import { PictureCard } from "./pictures/picture.tsx";
import { Program } from "./program/program.tsx";
import { Race } from "./race/race.tsx";
import { Tip } from "./tips/tip.tsx";
import { Trees } from "./trees/trees.tsx";

/** Everything that lives. */
export function App() {
  return (
    <>
      <Controls />
      <Faults />
      <div class="columns">
        <div class="column">
          <Curve />
          <PictureCard />
        </div>
        <div class="column">
          <Trees />
          <Race />
        </div>
      </div>
      <Files />
      <Program />
      <Tip />
    </>
  );
}
