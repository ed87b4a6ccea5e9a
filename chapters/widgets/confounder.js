// A slider over the published strengths of a hidden cause.
const slider = part("rho");
const nearest = (rho) => data.rho.reduce((best, value, k) =>
  Math.abs(value - rho) < Math.abs(data.rho[best] - rho) ? k : best, 0);

function show() {
  const k = Number(slider.value), rho = data.rho[k];
  const inside = data.low[k] <= 0 && data.high[k] >= 0;
  slider.setAttribute("aria-valuetext", `\u03c1 = ${shown(rho)}`);
  part("sentence").textContent = `At \u03c1 = ${shown(rho)} the indirect effect would be ` +
    `${shown(data.acme[k])}, ${data.level}\u00a0% interval ${shown(data.low[k])} to ` +
    `${shown(data.high[k])}, which ${inside ? "contains 0" : "leaves 0 out"}.`;
  const share = Math.round(100 * Math.abs(rho));
  part("shares").textContent = share === 0 ? "Nothing hidden is at work: the analysis as it stands."
    : `Such a cause explains, for example, ${share}\u00a0% of what is left unexplained in each of the two.`;
  draw(k);
}

function draw(k) {
  const svg = part("curve");
  svg.setAttribute("aria-label", part("sentence").textContent);
  const { x, y, top, bottom, left, right } = frame(svg, [-1, 1], data.seen,
    { x: "\u03c1, correlation of the errors", y: "indirect effect" });
  const drawn = add(svg, "svg", { x: left, y: top, width: right - left, height: bottom - top,
    viewBox: `${left} ${top} ${right - left} ${bottom - top}`, style: "overflow:hidden" });
  const ends = [...data.high.map((v, j) => [x(data.rho[j]), y(v)]),
    ...data.low.map((v, j) => [x(data.rho[j]), y(v)]).reverse()];
  add(drawn, "polygon", { points: ends.map((point) => point.join()).join(" "), class: "band" });
  line(drawn, data.acme.map((v, j) => [x(data.rho[j]), y(v)]), "curve");
  for (const [, rho] of data.benchmarks)
    for (const sign of [-1, 1])
      add(svg, "path", { d: `M${x(sign * rho) - 6} ${bottom}h12l-6 -11z`, class: "here" });
  if (data.seen[0] <= data.low[k] && data.high[k] <= data.seen[1])
    add(svg, "line", { x1: x(data.rho[k]), x2: x(data.rho[k]), y1: y(data.low[k]),
      y2: y(data.high[k]), class: "mark" });
  const inside = Math.max(data.seen[0], Math.min(data.seen[1], data.acme[k]));
  add(svg, "circle", { cx: x(data.rho[k]), cy: y(inside), r: 7, class: "dot" });
}

slider.addEventListener("input", show);
for (const button of root.querySelectorAll("[data-rho]"))
  button.addEventListener("click", () => {
    slider.value = nearest(Number(button.dataset.rho));
    show();
  });
slider.value = nearest(0);
ready();
show();
