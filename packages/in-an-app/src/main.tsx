/** @file Puts the app on the page, and takes it away again when asked: its worker ends with it. */
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";

function Page() {
  const [isShown, setShown] = useState(true);
  return (
    <main>
      <h1>Two moons</h1>
      <label>
        <input type="checkbox" checked={isShown} onChange={() => setShown(!isShown)} /> Show the training
      </label>
      {isShown && <App />}
    </main>
  );
}

createRoot(document.querySelector("#root")!).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
