// Arrow keys turn the slides; without a script the page scrolls as any other.  A chapter whose
// address ends in ?slides becomes slides itself: a sheet for its question, each of its pictures,
// what to take away, and its exercises.
"use strict";

(() => {
  const make = (name, ...parts) => {
    const made = document.createElement(name);
    made.append(...parts.filter(Boolean));
    return made;
  };

  function becomeSlides(chapter) {
    const note = (words) => {
      if (!words) return null;
      const folded = make("details", make("summary", "Notes"), make("p", words));
      folded.className = "admonition notes";
      return folded;
    };
    const sheet = (title, ...parts) => make("section", make("h2", title), ...parts);
    const words = (heading) => heading.firstChild.textContent;
    const [question, answer] = chapter.querySelectorAll(":scope > p");
    const [first, ...others] = [...chapter.querySelectorAll("figure")].filter((one) => !one.closest(".solution"));
    const title = words(chapter.querySelector("h1"));
    const told = (figure) => {
      const section = figure.closest("section");
      const text = section.querySelector(":scope > p")?.textContent ?? "";
      const sentence = text.match(/^.*?[.?!:](?=\s|$)/s);
      return sheet(words(section.querySelector("h2, h3")), figure, sentence && make("p", sentence[0]), note(text));
    };
    const lists = [...chapter.querySelectorAll("#key-takeaways")].map((one) => sheet("Key takeaways", one.querySelector("ul")));
    const asked = [...chapter.querySelectorAll(".exercise .admonition-title")].map((one) => make("li", one.textContent));
    if (asked.length) lists.push(sheet("Exercises", make("ul", ...asked)));
    const pictures = others.map(told);
    const deck = make("section", make("h1", `Slides: ${title}`), sheet(title, first, question, note(answer?.textContent)), ...pictures, ...lists);
    deck.className = "deck";
    chapter.replaceWith(deck);
  }

  if (new URLSearchParams(location.search).has("slides")) becomeSlides(document.querySelector("article > section"));
  const slides = [...document.querySelectorAll(":is(#slides, .deck) > section")];
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
