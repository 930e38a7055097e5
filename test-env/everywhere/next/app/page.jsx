"use client";
import { useEffect } from "react";

/** A page that trains in the browser. */
export default function Page() {
  useEffect(() => void import("../page.mjs"), []);
  return <p>Training</p>;
}
