// Switches choose a cell of the multiverse; everything else follows from the cell.
const signs = { supported: "\u25cf", inconclusive: "\u25cb", contradicted: "\u2715", none: "\u2013" };
const words = (option) => option.replaceAll("_", " ");
let multiverse, ranked, supported, chosen = [...data.main], turned = null;

const judge = ({ low, high }, sign) =>
  low > 0 ? (sign > 0 ? "supported" : "contradicted")
    : high < 0 ? (sign < 0 ? "supported" : "contradicted") : "inconclusive";
const verdict = (effect, k) => judge(multiverse.found(effect.name, k), effect.sign);
const indirect = data.effects[data.effects.length - 1];

function link() {
  const query = new URLSearchParams();
  data.forks.forEach((fork, k) => {
    if (chosen[k] !== data.main[k]) query.set(fork.name, fork.options[chosen[k]]);
  });
  return `#${root.id}:${query}`;
}

// The choice that an address keeps, or nothing where it keeps none.
function kept() {
  const start = `#${root.id}:`;
  if (!location.hash.startsWith(start)) return null;
  const query = new URLSearchParams(location.hash.slice(start.length));
  return data.forks.map((fork, k) => {
    const option = fork.options.indexOf(query.get(fork.name));
    return option < 0 ? data.main[k] : option;
  });
}

function choose(options, fork = null) {
  chosen = options;
  turned = fork;
  history.replaceState(null, "", link());
  part("shared").textContent = "";
  show();
}

// The analysis that exists and changes fewest forks, and not the one turned last.
function nearest() {
  let best = null, fewest = Infinity;
  for (const k of multiverse.cells) {
    const options = multiverse.options(k);
    if (turned !== null && options[turned] !== chosen[turned]) continue;
    const n = options.reduce((sum, option, fork) => sum + (option !== chosen[fork]), 0);
    if (n < fewest) [best, fewest] = [options, n];
  }
  return best;
}

function show() {
  const k = multiverse.cell(chosen), exists = multiverse.reason(k) === 0;
  root.querySelectorAll("input[type=radio]").forEach((input) => {
    const fork = Number(input.name.split("-").pop());
    input.checked = chosen[fork] === Number(input.value);
  });
  mark();
  part("mend").hidden = exists;
  part("numbers").hidden = !exists;
  part("effects").toggleAttribute("hidden", !exists);
  if (exists) {
    const verdicts = data.effects.map((effect) => `${effect.title} ${verdict(effect, k)}`);
    const sentence = verdicts.join(", ");
    part("sentence").textContent = `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
    numbers(k);
    effects(k);
  } else missing(k);
  place(exists ? k : null);
  part("share-supported").textContent = share();
  const fork = turned === null ? null : data.forks[turned];
  part("why").textContent = fork === null ? ""
    : `${fork.question} ${words(fork.options[chosen[turned]])}: ${fork.why[chosen[turned]]}`;
}

function missing(k) {
  const there = nearest();
  const changes = there === null ? [] : data.forks.flatMap((fork, j) =>
    there[j] === chosen[j] ? [] : [`${fork.title.toLowerCase()} ${words(fork.options[there[j]])}`]);
  part("sentence").textContent = `There is no such analysis. ` +
    `${data.reasons[multiverse.reason(k) - 1]} ` +
    (there === null ? "No other has this option."
      : `The nearest one that exists has ${changes.join(" and ")}.`);
  part("nearest").hidden = there === null;
}

function mark() {
  data.forks.forEach((fork, j) => fork.options.forEach((option, value) => {
    const node = part(`mark-${j}-${value}`);
    if (!node) return;
    const k = multiverse.cell(chosen.map((own, other) => other === j ? value : own));
    const found = multiverse.reason(k) ? "none" : verdict(indirect, k);
    node.textContent = signs[found];
    node.setAttribute("aria-label", found === "none" ? "no such analysis" : found);
    node.setAttribute("role", "img");
    node.className = found;
  }));
}

function numbers(k) {
  const rows = data.effects.map((effect) => {
    const { estimate, low, high } = multiverse.found(effect.name, k);
    const found = judge({ low, high }, effect.sign);
    return `<tr><th scope="row"><b class="${found}" role="img" aria-label="${found}">` +
      `${signs[found]}</b> ${effect.title}</th><td>${shown(estimate)}</td>` +
      `<td>${shown(low)} to ${shown(high)}</td></tr>`;
  });
  const { estimate, low, high } = multiverse.found(indirect.name, k), unit = multiverse.unit(k);
  part("numbers").innerHTML = `<table><thead><tr><th scope="col">Effect</th>` +
    `<th scope="col">Estimate</th><th scope="col">${data.level}\u00a0% interval</th>` +
    `</tr></thead><tbody>${rows.join("")}</tbody></table>` +
    `<p class="quiet">${multiverse.dyads(k)} dyads. ` +
    (multiverse.inSd(k) ? "All in standard deviations."
      : "The paths are per unit of the z behind the correlations, which is not observed; the " +
        "indirect effect is in standard deviations.") +
    ` In the outcome\u2019s own unit the indirect effect is ${shown(estimate * unit, 1)} ` +
    `(${shown(low * unit, 1)} to ${shown(high * unit, 1)}).</p>`;
}

const reach = 1.5;  // of the axis, in SD: hardly an interval is longer

function effects(k) {
  const svg = part("effects");
  svg.setAttribute("aria-label", part("sentence").textContent);
  svg.replaceChildren();
  const x = (v) => 104 + 226 * (Math.max(-reach, Math.min(reach, v)) + reach) / (2 * reach);
  data.effects.forEach((effect, row) => {
    const y = 16 + 35 * row, main = multiverse.cell(data.main);
    const { estimate, low, high } = multiverse.found(effect.name, k);
    const found = judge({ low, high }, effect.sign);
    add(svg, "text", { x: 0, y: y + 5 }, effect.title);
    if (multiverse.reason(main) === 0) {
      const first = multiverse.found(effect.name, main);
      add(svg, "path", { class: "ghost",
        d: `M${x(first.low)} ${y + 11}H${x(first.high)}M${x(first.estimate)} ${y + 7}v8` });
    }
    add(svg, "line", { x1: x(low), x2: x(high), y1: y, y2: y, class: `interval ${found}` });
    add(svg, "circle", { cx: x(estimate), cy: y, r: 7, class: `estimate ${found}` });
  });
  add(svg, "line", { x1: x(0), x2: x(0), y1: 2, y2: 110, class: "zero" });
  add(svg, "line", { x1: x(-reach), x2: x(reach), y1: 110, y2: 110, class: "frame" });
  for (const v of [-1, 0, 1])
    add(svg, "text", { x: x(v), y: 127, "text-anchor": "middle" }, shown(v, 0));
  add(svg, "text", { x: x(0), y: 145, "text-anchor": "middle" }, "SD (thin: main analysis)");
}

function place(k) {
  const svg = part("curve"), n = ranked.length;
  const low = ranked[Math.floor(0.002 * n)], high = ranked[Math.ceil(0.998 * n) - 1];
  const ends = [Math.min(low, high, -0.02), Math.max(low, high, 0.02)];
  const { x, y, top, bottom } = frame(svg, [0, n], ends,
    { x: `${n.toLocaleString("en")} analyses, ranked`, y: "indirect effect", xTicks: [],
      yTicks: ticks(ends, 3) }, { bottom: 28, left: 64 });
  const every = Math.max(1, Math.floor(n / 400)), points = [];
  for (let j = 0; j < n; j += every)
    points.push([x(j + 0.5), y(Math.max(ends[0], Math.min(ends[1], ranked[j])))]);
  line(svg, points, "curve");
  if (k === null) {
    part("place").textContent = "";
    svg.setAttribute("aria-label", "All analyses by their indirect effect");
    return;
  }
  const own = multiverse.estimate(indirect.name, k), sign = indirect.sign;
  const before = ranked.findIndex((value) => sign * value <= sign * own);
  const after = ranked.findLastIndex((value) => sign * value >= sign * own);
  const at = x((before + after + 1) / 2);
  add(svg, "line", { x1: at, x2: at, y1: top, y2: bottom, class: "here-line" });
  add(svg, "circle", { cx: at, cy: y(Math.max(ends[0], Math.min(ends[1], own))), r: 7, class: "here" });
  part("place").textContent = `Of ${n.toLocaleString("en")} analyses, ` +
    `${Math.round(100 * before / n)}\u00a0% have an indirect effect further on the claimed side.`;
  svg.setAttribute("aria-label", part("place").textContent);
}

// How many analyses support the claim: of all, and of those that share what the reader changed.
function share() {
  const changed = data.forks.map((fork, j) => j).filter((j) => chosen[j] !== data.main[j]);
  const count = (fits) => {
    let all = 0, found = 0;
    multiverse.cells.forEach((k, at) => { if (fits(k)) { all += 1; found += supported[at]; } });
    return [all, all ? Math.round(100 * found / all) : 0];
  };
  const [all, percent] = count(() => true);
  const text = `Of all ${all.toLocaleString("en")} analyses ${percent}\u00a0% support the indirect effect`;
  if (changed.length === 0) return `${text}.`;
  const [some, part] = count((k) => {
    const options = multiverse.options(k);
    return changed.every((j) => options[j] === chosen[j]);
  });
  return some === 0 ? `${text}.`
    : `${text}; of the ${some.toLocaleString("en")} with what you changed, ${part}\u00a0%.`;
}

async function start() {
  multiverse = await unpack(globalThis.dyadsyncMultiverse, data.forks);
  ranked = Float64Array.from(multiverse.cells, (k) => multiverse.estimate(indirect.name, k));
  supported = Uint8Array.from(multiverse.cells, (k) => verdict(indirect, k) === "supported");
  ranked.sort();
  if (indirect.sign > 0) ranked.reverse();
  chosen = kept() ?? chosen;
  show();
  ready();
  // Once more when the page has its full length: what loads above moves it.
  if (kept()) {
    root.scrollIntoView();
    addEventListener("load", () => root.scrollIntoView(), { once: true });
  }
}

root.addEventListener("change", ({ target }) => {
  const fork = Number(target.name.split("-").pop());
  choose(chosen.map((own, other) => other === fork ? Number(target.value) : own), fork);
});
part("nearest").addEventListener("click", () => choose(nearest(), turned));
part("back").addEventListener("click", () => choose([...data.main]));
part("surprise").addEventListener("click", () =>
  choose(multiverse.options(multiverse.cells[Math.floor(Math.random() * multiverse.cells.length)])));
part("share").addEventListener("click", async () => {
  history.replaceState(null, "", link());
  try {
    await navigator.clipboard.writeText(location.href);
    part("shared").textContent = "Copied.";
  } catch {
    part("shared").textContent = "The address of this page keeps your choice.";
  }
});
addEventListener("hashchange", () => {
  if (multiverse && kept()) { chosen = kept(); turned = null; show(); root.scrollIntoView(); }
});

// The numbers are fetched from the site when the reader is near, or comes by a link to a choice.
function load() {
  const script = document.createElement("script");
  script.src = `${site}_static/${data.script}`;
  script.addEventListener("load", start);
  document.head.append(script);
}
// JupyterLab has no such file: there the table stays.
const site = document.documentElement.dataset.content_root;
if (site !== undefined) {
  if (kept()) load();
  else {
    const watch = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) { watch.disconnect(); load(); }
    }, { rootMargin: "800px" });
    watch.observe(root);
  }
}
