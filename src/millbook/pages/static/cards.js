// Numbers, terms and sources can be asked on the spot: on hover, focus or a first tap a card shows
// the expression that gave the number, what the term means, or the source. Each is a link as well,
// so everything can be reached without this script.
"use strict";

(() => {
  const LEAVING = 250; // milliseconds in which the pointer may cross from a link to its card
  const ASKED = "a.computed, a[data-card]";
  const card = document.createElement("div");
  card.id = "card";
  card.role = "tooltip";
  card.hidden = true;

  const terms = document.getElementById("card-texts");
  const meanings = terms ? JSON.parse(terms.textContent) : {};
  let shown = null;
  let tapped = null;
  let timer = 0;

  const linkAt = (event) => event.target.closest?.(ASKED) ?? null;

  function fill(link) {
    if (link.matches(".computed")) {
      const [expression, ...words] = link.dataset.expression.split(" \u00b7 ").reverse();
      const code = document.createElement("code");
      code.textContent = expression;
      const said = document.createElement("p");
      said.textContent = words.join(" ");
      card.replaceChildren(...(words.length ? [said] : []), code, "A link to its code, above on this page.");
    } else {
      card.innerHTML = meanings[link.dataset.card]; // made with the page
    }
  }

  function show(link) {
    clearTimeout(timer);
    if (link === shown) return;
    hide();
    if (link.title) {
      // The browser would show its own box over the card.
      link.dataset.expression = link.title;
      link.removeAttribute("title");
    }
    fill(link);
    if (!card.hasChildNodes()) return;
    link.setAttribute("aria-describedby", card.id);
    card.hidden = false;
    place(link);
    shown = link;
  }

  function place(link) {
    const margin = 8;
    const line = link.getClientRects()[0];
    const width = document.documentElement.clientWidth;
    const left = Math.max(margin, Math.min(line.left, width - card.offsetWidth - margin));
    const below = line.bottom + card.offsetHeight < innerHeight;
    const top = below ? line.bottom : line.top - card.offsetHeight;
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${top + scrollY}px`;
  }

  function hide() {
    clearTimeout(timer);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  }

  function hideSoon() {
    clearTimeout(timer);
    timer = setTimeout(() => shown !== document.activeElement && hide(), LEAVING);
  }

  if (!document.querySelector(ASKED)) return;
  document.body.append(card);

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const link = linkAt(event);
    if (link) show(link);
    else if (card.contains(event.target)) clearTimeout(timer);
    else if (shown) hideSoon();
  });
  document.addEventListener("focusin", (event) => {
    const link = linkAt(event);
    if (link) show(link);
  });
  document.addEventListener("focusout", (event) => linkAt(event) && hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("pointerdown", (event) => {
    const link = linkAt(event);
    // A finger cannot hover: its first tap shows the card, its second follows the link.
    tapped = event.pointerType === "mouse" || link === shown ? null : link;
    if (!link && !card.contains(event.target)) hide();
  });
  document.addEventListener("click", (event) => {
    const link = linkAt(event);
    if (link && link === tapped) {
      event.preventDefault();
      show(link);
    } else if (link) {
      hide();
    }
    tapped = null;
  });
})();
