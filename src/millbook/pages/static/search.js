// Finds the sections that hold all words; those whose title holds them come first, then those that
// say them most often.
"use strict";

(() => {
  const AROUND = 90; // characters of an excerpt before and after the word
  const MOST = 40;
  const field = document.getElementById("search-words");
  const list = document.getElementById("search-results");
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");

  // A word counts where another begins with it: "robust" finds "robustness", not "unrobust".
  const pattern = (word) => new RegExp(`(?<![\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u");

  function find(query) {
    const words = plain(query).split(/\s+/).filter(Boolean);
    const found = [];
    for (const [address, title, text, page] of SECTIONS) {
      const head = plain(title), body = plain(text), whole = plain(page);
      let score = body.includes(words.join(" ")) || head.includes(words.join(" ")) ? 2 : 0;
      const all = words.every((word) => {
        const one = pattern(word);
        const times = Math.min(body.split(one).length - 1, 4);
        const points = one.test(head) ? 5 : times || (one.test(whole) ? 0 : -1);
        score += Math.max(points, 0);
        return points >= 0;
      });
      if (all && score) found.push({ address, title, text, page, score });
    }
    return found.sort((a, b) => b.score - a.score).slice(0, MOST).map((one) => ({ ...one, words }));
  }

  function excerpt(text, words) {
    const at = Math.max(plain(text).search(pattern(words[0])), 0);
    const start = at > AROUND ? text.indexOf(" ", at - AROUND) + 1 : 0;
    const end = at + AROUND < text.length ? text.lastIndexOf(" ", at + AROUND) : text.length;
    return `${start ? "… " : ""}${text.slice(start, end)}${end < text.length ? " …" : ""}`;
  }

  function item({ address, title, text, page, words }) {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.href = address;
    link.textContent = title || page;
    const where = document.createElement("small");
    where.textContent = title === page ? "" : page;
    const context = document.createElement("p");
    context.className = "context";
    context.textContent = excerpt(text, words);
    row.append(link, " ", where, context);
    return row;
  }

  function show() {
    const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";
    field.value = query;
    if (!query) return;
    const found = find(query);
    const count = document.createElement("p");
    count.textContent = found.length === 0 ? "No section holds all these words."
      : found.length === 1 ? "One section." : `${found.length === MOST ? "The best " : ""}${found.length} sections.`;
    const rows = document.createElement("ul");
    rows.append(...found.map(item));
    list.replaceChildren(count, rows);
  }

  show();
})();
