// Arrow keys turn the slides; without a script the page scrolls as any other.  A chapter whose
// address ends in ?slides becomes slides itself: a sheet for its question, each of its pictures,
// what to take away, and its exercises.  What a takeaway says of a section is the title of that
// section's first picture.
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
    const sections = (takeaway) => [...takeaway.querySelectorAll("a:not(.computed)")].filter((one) => one.hash && one.pathname === location.pathname);
    const takeaways = [...chapter.querySelectorAll("#key-takeaways li")];
    const said = (takeaway) => {
      const copy = takeaway.cloneNode(true);
      for (const link of sections(copy)) if (/[:(,] ?$/.test(link.previousSibling?.textContent ?? "")) link.remove(); // only says where
      return copy.textContent.replace(/\s*\(\)/g, "").replace(/[\s:,.]+$/, "");
    };
    const message = (figure) => {
      for (let at = figure.closest("section"); at; at = at.parentElement.closest("section")) {
        const place = takeaways.findIndex((one) => sections(one).some((link) => link.hash === `#${at.id}`));
        if (place >= 0) return said(takeaways.splice(place, 1)[0]);
      }
      return null;
    };
    const told = (figure) => {
      const section = figure.closest("section");
      const text = section.querySelector(":scope > p")?.textContent ?? "";
      const sentence = text.match(/^.*?[.?!:](?=\s|$)/s);
      return sheet(message(figure) ?? words(section.querySelector("h2, h3")), figure, sentence && make("p", sentence[0]), note(text));
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
