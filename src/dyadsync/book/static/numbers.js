// Numbers in the text can be asked where they come from: on hover, focus or a first tap a card
// shows the expression. The number itself is a link to its code, also without this script.
"use strict";

(() => {
  const LEAVING = 200; // milliseconds in which the pointer may cross from a number to its card
  const card = document.createElement("div");
  card.id = "dyadsync-expression";
  card.role = "tooltip";
  card.hidden = true;
  const code = card.appendChild(document.createElement("code"));
  const hint = card.appendChild(document.createElement("span"));
  hint.textContent = "The number is a link to its code, above on this page.";

  let shown = null;
  let tapped = null;
  let timer = 0;

  const numberAt = (event) => event.target.closest?.("a.dyadsync-number") ?? null;

  function show(number) {
    clearTimeout(timer);
    if (number === shown) return;
    hide();
    if (number.title) {
      // The browser would show its own box over the card.
      number.dataset.expression = number.title;
      number.removeAttribute("title");
    }
    code.textContent = number.dataset.expression;
    number.setAttribute("aria-describedby", card.id);
    card.hidden = false;
    place(number);
    shown = number;
  }

  function place(number) {
    const margin = 8;
    const line = number.getClientRects()[0];
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

  document.addEventListener("DOMContentLoaded", () => {
    if (!document.querySelector("a.dyadsync-number")) return;
    document.body.append(card);

    document.addEventListener("pointerover", (event) => {
      if (event.pointerType !== "mouse") return;
      const number = numberAt(event);
      if (number) show(number);
      else if (card.contains(event.target)) clearTimeout(timer);
      else if (shown) hideSoon();
    });
    document.addEventListener("focusin", (event) => {
      const number = numberAt(event);
      if (number) show(number);
    });
    document.addEventListener("focusout", (event) => numberAt(event) && hide());
    document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
    document.addEventListener("pointerdown", (event) => {
      const number = numberAt(event);
      // A finger cannot hover: its first tap shows the card, its second follows the link.
      tapped = event.pointerType === "mouse" || number === shown ? null : number;
      if (!number && !card.contains(event.target)) hide();
    });
    document.addEventListener("click", (event) => {
      const number = numberAt(event);
      if (number && number === tapped) {
        event.preventDefault();
        show(number);
      } else if (number) {
        hide();
      }
      tapped = null;
    });
  });
})();
