/** @file One tooltip for the page: it shows on hover and on focus, stays while pointed at, and goes by Escape. */
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

const shown = signal<{ readonly text: string; readonly of: Element } | null>(null);
const ID = "tip";

/** Attributes of a control that has a tooltip. */
export function tipFor(text: string) {
  const show = ({ currentTarget }: Event) => {
    shown.value = { text, of: currentTarget as Element };
  };
  return { onPointerEnter: show, onFocus: show, onPointerLeave: hide, onBlur: hide };
}

function hide({ currentTarget }: Event): void {
  if (shown.value?.of === currentTarget) shown.value = null;
}

/** Where the tooltip is; once on the page. */
export function Tip() {
  const ref = useRef<HTMLDivElement>(null);
  const tip = shown.value;

  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === "Escape") shown.value = null;
    };
    const onScroll = () => {
      shown.value = null;
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("scroll", onScroll, { capture: true, passive: true });
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("scroll", onScroll, { capture: true });
    };
  }, []);

  useLayoutEffect(() => {
    if (!tip) return undefined;
    place(ref.current!, tip.of.getBoundingClientRect());
    tip.of.setAttribute("aria-describedby", ID);
    return () => tip.of.removeAttribute("aria-describedby");
  }, [tip]);

  return (
    <div ref={ref} id={ID} role="tooltip" class="tip" hidden={!tip}>
      {tip?.text}
    </div>
  );
}

/** Below what it describes, or above where there is no room; always within the window. */
function place(tip: HTMLElement, of: DOMRect): void {
  const { offsetWidth: width, offsetHeight: height } = tip;
  const { clientWidth, clientHeight } = document.documentElement;
  const below = of.bottom + 6;
  const top = below + height > clientHeight ? Math.max(4, of.top - height - 6) : below;
  const left = Math.max(8, Math.min(of.left, clientWidth - width - 8));
  Object.assign(tip.style, { top: `${top}px`, left: `${left}px` });
}
