// One function a part: axes with ticks, a scatter, the histogram; `show` joins them.
(() => {
  const root = document.getElementById("ID");
  if (!root) return;
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const two = (value) => value.toFixed(2).replace("-", "\u2212");
  const add = (svg, name, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    svg.append(node);
  };
  const range = (values) => {
    const low = Math.min(...values), high = Math.max(...values);
    const room = (high - low || Math.abs(high) || 1) * 0.15;
    return [low - room, high + room];
  };
  const ticks = ([low, high]) => {
    const rough = (high - low) / 4, ten = 10 ** Math.floor(Math.log10(rough));
    const step = ten * [1, 2, 5, 10].find((times) => times * ten >= rough);
    const places = Math.max(0, -Math.floor(Math.log10(step)));
    const marks = [];
    for (let k = Math.ceil(low / step); k * step <= high; k++)
      marks.push([k * step, (k * step).toFixed(places).replace(/^-/, "\u2212")]);
    return marks;
  };
  const scatter = (svg, pairs, kind, unit, label) => {
    svg.replaceChildren();
    svg.setAttribute("aria-label", label);
    if (!pairs.length) return;
    const across = range(pairs.map((pair) => pair[1])), up = range(pairs.map((pair) => pair[2]));
    const x = (v) => 58 + 252 * (v - across[0]) / (across[1] - across[0]);
    const y = (v) => 210 - 200 * (v - up[0]) / (up[1] - up[0]);
    add(svg, "rect", { x: 58, y: 10, width: 252, height: 200, class: "frame" });
    for (const [v, name] of ticks(across)) {
      add(svg, "text", { x: x(v), y: 228, "text-anchor": "middle" }, name);
      if (Number(v.toPrecision(6)) === 0)
        add(svg, "line", { x1: x(0), x2: x(0), y1: 10, y2: 210, class: "zero" });
    }
    for (const [v, name] of ticks(up)) {
      add(svg, "text", { x: 52, y: y(v) + 4, "text-anchor": "end" }, name);
      if (Number(v.toPrecision(6)) === 0)
        add(svg, "line", { x1: 58, x2: 310, y1: y(0), y2: y(0), class: "zero" });
    }
    add(svg, "text", { x: 184, y: 248, "text-anchor": "middle" }, data.second + unit);
    add(svg, "text", { x: 14, y: 110, "text-anchor": "middle", transform: "rotate(-90 14 110)" },
      data.first + unit);
    for (const [session, patientX, patientY] of pairs) {
      add(svg, "circle", { cx: x(patientX), cy: y(patientY), r: 7, class: kind });
      if (session !== null)
        add(svg, "text", { x: x(patientX) + (x(patientX) > 270 ? -10 : 10), y: y(patientY) - 8,
          "text-anchor": x(patientX) > 270 ? "end" : "start" }, session);
    }
  };
  const histogram = (svg, dyad, noise) => {
    svg.replaceChildren();
    svg.setAttribute("aria-label", part("sentence").textContent);
    const most = Math.max(...noise.counts), wide = 280 / noise.counts.length;
    noise.counts.forEach((count, k) => add(svg, "rect", { x: 20 + k * wide, width: wide - 1,
      y: 100 - 85 * count / most, height: 85 * count / most, class: "bar" }));
    add(svg, "line", { x1: 20, x2: 300, y1: 100, y2: 100, class: "frame" });
    for (const v of [-1, -0.5, 0, 0.5, 1])
      add(svg, "text", { x: 160 + 140 * v, y: 118, "text-anchor": "middle" },
        String(v).replace("-", "\u2212"));
    const at = 160 + 140 * Math.max(-1, Math.min(1, dyad.r));
    add(svg, "line", { x1: at, x2: at, y1: 5, y2: 100, class: "mark" });
  };
  const select = part("dyad"), turn = {};
  const showNoise = () => {
    const noise = data.noise[data.dyads[select.value].n];
    part("noise").hidden = !noise;
    if (!noise) return;
    const k = (turn[select.value] || 0) % noise.examples.length, example = noise.examples[k];
    part("noise-r").textContent = `Noise dyad ${k + 1} of ${noise.examples.length}: ` +
      `${data.symbol} = ${two(example.r)}`;
    scatter(part("noise-pairs"), example.pairs.map((pair) => [null, ...pair]), "noise",
      " (SD)", "Pairs drawn without any association");
  };
  const show = () => {
    const dyad = data.dyads[select.value], noise = data.noise[dyad.n];
    part("r").textContent = dyad.r === null ? `Dyad ${dyad.id}: none (${dyad.reason})`
      : `Dyad ${dyad.id}: ${data.symbol} = ${two(dyad.r)} from ${dyad.n} pairs`;
    scatter(part("pairs"), dyad.pairs, "own", data.unit, `Pairs of dyad ${dyad.id}: ` +
      dyad.pairs.map(([session, therapist, patient]) =>
        `session ${session}, ${data.second} ${two(therapist)}, ${data.first} ${two(patient)}`).join("; "));
    part("chance").hidden = dyad.r === null;
    if (dyad.r !== null) {
      part("sentence").textContent = `Of ${noise.total.toLocaleString("en")} noise dyads with ` +
        `${dyad.n} pairs, ${Math.round(100 * dyad.share)} % are at least as far from 0 as ` +
        `${two(dyad.r)}.`;
      histogram(part("histogram"), dyad, noise);
    }
    showNoise();
  };
  data.dyads.forEach((dyad, k) => select.add(new Option(dyad.id, k)));
  select.addEventListener("change", show);
  part("next").addEventListener("click", () => {
    turn[select.value] = (turn[select.value] || 0) + 1;
    showNoise();
  });
  part("controls").hidden = false;
  show();
})();
