// One function a part: a scatter, the histogram; `show` joins them.
function scatter(svg, pairs, kind, unit, label) {
  svg.replaceChildren();
  svg.setAttribute("aria-label", label);
  if (!pairs.length) return;
  const range = (values) => {
    const low = Math.min(...values), high = Math.max(...values);
    const room = (high - low || Math.abs(high) || 1) * 0.15;
    return [low - room, high + room];
  };
  const { x, y } = frame(svg, range(pairs.map((pair) => pair[1])),
    range(pairs.map((pair) => pair[2])), { x: `${data.second}${unit}`, y: `${data.first}${unit}` });
  for (const [session, therapist, patient] of pairs) {
    add(svg, "circle", { cx: x(therapist), cy: y(patient), r: 7, class: kind });
    if (session === null) continue;
    const left = x(therapist) > 270;
    add(svg, "text", { x: x(therapist) + (left ? -10 : 10), y: y(patient) - 8,
      "text-anchor": left ? "end" : "start" }, session);
  }
}

function histogram(svg, dyad, noise) {
  svg.replaceChildren();
  svg.setAttribute("aria-label", part("sentence").textContent);
  const most = Math.max(...noise.counts), wide = 280 / noise.counts.length;
  noise.counts.forEach((count, k) => add(svg, "rect", { x: 20 + k * wide, width: wide - 1,
    y: 100 - 85 * count / most, height: 85 * count / most, class: "count" }));
  add(svg, "line", { x1: 20, x2: 300, y1: 100, y2: 100, class: "frame" });
  for (const v of [-1, -0.5, 0, 0.5, 1])
    add(svg, "text", { x: 160 + 140 * v, y: 118, "text-anchor": "middle" },
      String(v).replace("-", "\u2212"));
  const at = 160 + 140 * Math.max(-1, Math.min(1, dyad.r));
  add(svg, "line", { x1: at, x2: at, y1: 5, y2: 100, class: "mark" });
}

const select = part("dyad"), turn = {};

function showNoise() {
  const noise = data.noise[data.dyads[select.value].n];
  part("noise").hidden = !noise;
  if (!noise) return;
  const k = (turn[select.value] || 0) % noise.examples.length, example = noise.examples[k];
  part("noise-r").textContent =
    `Noise dyad ${k + 1} of ${noise.examples.length}: ${data.symbol} = ${shown(example.r)}`;
  scatter(part("noise-pairs"), example.pairs.map((pair) => [null, ...pair]), "other", " (SD)",
    "Pairs drawn without any association");
}

function show() {
  const dyad = data.dyads[select.value], noise = data.noise[dyad.n];
  part("r").textContent = dyad.r === null ? `Dyad ${dyad.id}: none (${dyad.reason})`
    : `Dyad ${dyad.id}: ${data.symbol} = ${shown(dyad.r)} from ${dyad.n} pairs`;
  scatter(part("pairs"), dyad.pairs, "dot", data.unit, `Pairs of dyad ${dyad.id}: ` +
    dyad.pairs.map(([session, therapist, patient]) =>
      `session ${session}, ${data.second} ${shown(therapist)}, ${data.first} ${shown(patient)}`)
      .join("; "));
  part("chance").hidden = dyad.r === null;
  if (dyad.r !== null) {
    part("sentence").textContent = `Of ${noise.total.toLocaleString("en")} noise dyads with ` +
      `${dyad.n} pairs, ${Math.round(100 * dyad.share)}\u00a0% are at least as far from 0 as ` +
      `${shown(dyad.r)}.`;
    histogram(part("histogram"), dyad, noise);
  }
  showNoise();
}

data.dyads.forEach((dyad, k) => select.add(new Option(dyad.id, k)));
select.addEventListener("change", show);
part("next").addEventListener("click", () => {
  turn[select.value] = (turn[select.value] || 0) + 1;
  showNoise();
});
ready();
show();
