// Arrow keys turn the slides; without a script the page scrolls as any other.
"use strict";

(() => {
  const slides = [...document.querySelectorAll("#slides > section")];
  if (!slides.length) return;

  const top = (slide) => slide.getBoundingClientRect().top;

  const turn = (step) => {
    const offset = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    const here = slides.findLastIndex((slide) => top(slide) <= offset + 5);
    const next = Math.min(here + step, slides.length - 1);
    if (next < 0) window.scrollTo(0, 0);
    else slides[next].scrollIntoView({ block: "start" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, button, summary, [contenteditable]")) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    turn(step);
  });
})();
