import { useEffect } from "react";

/** The same, by the older router. */
export default function Page() {
  useEffect(() => void import("../page.mjs"), []);
  return <p>Training</p>;
}
