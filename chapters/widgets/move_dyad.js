// One dyad is moved, by pointer or by sliders; both lines follow.
const svg = part("plot"), select = part("dyad"), sliders = { x: part("x"), y: part("y") };
const place = { x: [...data.x], y: [...data.y] };
const lines = () => [leastSquaresLine(place.x, place.y),
  mmLine(place.x, place.y, data.scaleConstant, data.efficiencyConstant)];
const asFound = lines();
let scales, dragging = null; // the pointer that holds a dyad; a finger is captured without one

function show() {
  const k = Number(select.value), [plain, robust] = lines();
  sliders.x.value = place.x[k];
  sliders.y.value = place.y[k];
  sliders.x.setAttribute("aria-valuetext", shown(place.x[k]));
  sliders.y.setAttribute("aria-valuetext", shown(place.y[k], 1));
  part("sentence").textContent = `Slope by least squares ${shown(plain.slope)}, by MM-regression ` +
    (robust ? `${shown(robust.slope)}, which gives dyad ${data.dyads[k]} a weight of ` +
      `${shown(robust.weights[k])}.` : "none.");
  const row = (name, before, after) => `<tr><th scope="row">${name}</th>` +
    `<td>${shown(before?.slope)}</td><td>${shown(after?.slope)}</td></tr>`;
  part("numbers").innerHTML = `<table><thead><tr><th scope="col">Slope</th>` +
    `<th scope="col">As found</th><th scope="col">Now</th></tr></thead><tbody>` +
    row("Least squares (solid)", asFound[0], plain) +
    row("MM-regression (dashed)", asFound[1], robust) + `</tbody></table>`;
  draw(k, plain, robust);
}

function draw(chosen, plain, robust) {
  svg.setAttribute("aria-label", part("sentence").textContent);
  scales = frame(svg, data.across, data.up, { x: data.words[0], y: data.words[1] });
  const { x, y, left, right, top, bottom } = scales;
  const drawn = add(svg, "svg", { x: left, y: top, width: right - left, height: bottom - top,
    viewBox: `${left} ${top} ${right - left} ${bottom - top}`, style: "overflow:hidden" });
  const across = ({ level, slope }, kind) =>
    line(drawn, data.across.map((v) => [x(v), y(level + slope * v)]), kind);
  across(asFound[0], "ghost");
  across(plain, "first");
  if (robust) across(robust, "second");
  place.x.forEach((_, k) => {
    if (k !== chosen) add(svg, "circle", { cx: x(place.x[k]), cy: y(place.y[k]), r: 5, class: "other" });
  });
  add(svg, "circle", { cx: x(place.x[chosen]), cy: y(place.y[chosen]), r: 9, class: "here" });
}

function moveTo(k, across, up) {
  const held = (value, [low, high]) => Math.max(low, Math.min(high, value));
  place.x[k] = held(across, data.across);
  place.y[k] = held(up, data.up);
  show();
}

// Where a pointer is, in the units of the drawing.
function pointed(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [at.x, at.y];
}

// The dyad that a pointer or finger is upon, if there is one.
function taken(event) {
  const [px, py] = pointed(event), { x, y } = scales;
  const far = place.x.map((_, k) => Math.hypot(x(place.x[k]) - px, y(place.y[k]) - py));
  const k = far.indexOf(Math.min(...far));
  return far[k] > 24 ? null : k;
}

// A finger upon a dyad moves it, beside all dyads it moves the page.
svg.addEventListener("touchstart", (event) => {
  if (event.touches.length === 1 && taken(event.touches[0]) !== null) event.preventDefault();
}, { passive: false });
svg.addEventListener("pointerdown", (event) => {
  const k = taken(event);
  if (k === null) return;
  event.preventDefault();
  svg.setPointerCapture(event.pointerId);
  dragging = event.pointerId;
  select.value = k;
  show();
});
for (const end of ["pointerup", "pointercancel"]) {
  svg.addEventListener(end, () => { dragging = null; });
}
svg.addEventListener("pointermove", (event) => {
  if (event.pointerId !== dragging) return;
  const [px, py] = pointed(event), { left, right, top, bottom } = scales;
  const value = (share, [low, high]) => low + share * (high - low);
  moveTo(Number(select.value), value((px - left) / (right - left), data.across),
    value((bottom - py) / (bottom - top), data.up));
});

data.dyads.forEach((dyad, k) => select.add(new Option(dyad, k)));
select.value = data.x.indexOf(Math.max(...data.x));
for (const [name, ends] of [["x", data.across], ["y", data.up]]) {
  [sliders[name].min, sliders[name].max] = ends;
  sliders[name].step = (ends[1] - ends[0]) / 100;
  sliders[name].addEventListener("input", () =>
    moveTo(Number(select.value), ...["x", "y"].map((axis) =>
      axis === name ? Number(sliders[name].value) : place[axis][Number(select.value)])));
}
select.addEventListener("change", show);
part("back").addEventListener("click", () => {
  place.x = [...data.x];
  place.y = [...data.y];
  show();
});
ready();
show();
