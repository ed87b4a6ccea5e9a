// Sliders choose a simulated design, or a place between two of them.
const names = ["sessions", "effect", "reliability"];
const slider = part("dyads"), last = data.dyads.length - 1;
const option = (name) => Number(root.querySelector(`input[name="${root.id}-${name}"]:checked`).value);
const cellOf = (chosen) => data.cells[chosen.reduce((at, k, j) => at * data.options[j].length + k, 0)];
const percent = (rate) => shown(100 * rate, 0);

// Normal distribution function, by its error function (Abramowitz & Stegun 7.1.26, off by 2e-7).
function normal(z) {
  const t = 1 / (1 + 0.3275911 * Math.abs(z) / Math.SQRT2);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 +
    t * 1.061405429)))) * Math.exp(-z * z / 2) / 2;
  return z < 0 ? tail : 1 - tail;
}

// A value between two numbers of dyads; null where an end is missing.
function between(values, n) {
  let k = 0;
  while (k < last - 1 && data.dyads[k + 1] <= n) k++;
  if (data.dyads[k] === n) return values[k];
  if (data.dyads[k + 1] === n) return values[k + 1];
  if (values[k] === null || values[k + 1] === null) return null;
  const root = Math.sqrt, [from, to] = [data.dyads[k], data.dyads[k + 1]];
  const share = (root(n) - root(from)) / (root(to) - root(from));
  return values[k] + share * (values[k + 1] - values[k]);
}

function at(cell, n) {
  const counted = data.dyads.indexOf(n);
  const rate = (name) => counted >= 0 ? cell[name][counted] : normal(between(cell[`${name}Z`], n));
  return {
    power: rate("power"), low: rate("low"), high: rate("high"),
    exaggeration: between(cell.exaggeration, n),
    exaggerationLow: between(cell.exaggerationLow, n),
    exaggerationHigh: between(cell.exaggerationHigh, n),
    reliability: between(cell.reliability, n),
  };
}

function show() {
  const n = Number(slider.value), chosen = names.map(option), cell = cellOf(chosen);
  const found = at(cell, n), counted = data.dyads.includes(n);
  part("n").textContent = n;
  part("sentence").textContent = `${n} dyads: ${percent(found.power)}\u00a0% of such studies find the ` +
    `mediation.`;
  const row = (title, value, range) =>
    `<tr><th scope="row">${title}</th><td>${value}</td><td>${range}</td></tr>`;
  part("numbers").innerHTML = `<table><tbody>` +
    row("Power", `${percent(found.power)} %`, `${percent(found.low)} to ${percent(found.high)} %`) +
    row("Exaggeration", shown(found.exaggeration, 1), found.exaggeration === null ? ""
      : `${shown(found.exaggerationLow, 1)} to ${shown(found.exaggerationHigh, 1)}`) +
    row("Reliability of synchrony", shown(found.reliability), "") + `</tbody></table>`;
  const trials = data.trials.toLocaleString("en");
  const beside = data.dyads.filter((one) => one < n).at(-1);
  part("how").textContent = (counted ? `Counted in ${trials} simulated studies.`
    : `Read between ${beside} and ${data.dyads.find((one) => one > n)} dyads, of each of which ` +
      `${trials} studies were simulated.`) + " The ranges are 95\u00a0% Monte Carlo intervals." +
    (found.exaggeration === null
      ? " The exaggeration is not shown where the average estimate may as well be 0." : "");
  draw(n, chosen, found);
}

function draw(n, chosen, found) {
  const svg = part("curve");
  svg.setAttribute("aria-label", part("sentence").textContent);
  const { x, y, right } = frame(svg, [data.dyads[0], data.dyads[last]], [0, 100],
    { x: "dyads", y: "power (%)", xTicks: data.dyads.map((one) => [one, String(one)]),
      yTicks: [0, 20, 40, 60, 80, 100].map((one) => [one, String(one)]) });
  add(svg, "line", { x1: x(data.dyads[0]), x2: right, y1: y(80), y2: y(80), class: "zero" });
  const all = Array.from({ length: data.dyads[last] - data.dyads[0] + 1 }, (_, k) => data.dyads[0] + k);
  data.options[0].forEach((_, sessions) => {
    const cell = cellOf([sessions, ...chosen.slice(1)]), own = sessions === chosen[0];
    line(svg, all.map((one) => [x(one), y(100 * at(cell, one).power)]), own ? "curve" : "ghost");
    if (own)
      data.dyads.forEach((one, k) => add(svg, "line", { x1: x(one), x2: x(one),
        y1: y(100 * cell.low[k]), y2: y(100 * cell.high[k]), class: "curve" }));
  });
  add(svg, "circle", { cx: x(n), cy: y(100 * found.power), r: 7, class: "here" });
}

names.forEach((name, j) => {
  root.querySelector(`input[name="${root.id}-${name}"][value="${data.start[j]}"]`).checked = true;
});
slider.value = data.startDyads;
root.addEventListener("input", show);
ready();
show();
