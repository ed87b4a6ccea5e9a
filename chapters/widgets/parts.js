// What the widgets share. Each is a function body with `root`, its fragment, and `data`.
const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const ready = () => {
  part("static").hidden = true;
  part("controls").hidden = false;
};

// A number with a real minus; a dash where there is none.
function shown(value, decimals = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return "\u2013";
  const text = value.toFixed(decimals);
  return text.replace("-", Number(text) === 0 ? "" : "\u2212");
}

function add(parent, name, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// A line through points [x, y]; a gap where one is not finite.
function line(parent, points, kind) {
  let path = "", pen = "M";
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      path += `${pen}${x.toFixed(2)} ${y.toFixed(2)}`;
      pen = "L";
    } else pen = "M";
  }
  return add(parent, "path", { d: path, class: kind });
}

// Round numbers between two ends, with their text.
function ticks([low, high], about = 4) {
  const rough = (high - low) / about, ten = 10 ** Math.floor(Math.log10(rough));
  const step = ten * [1, 2, 5, 10].find((times) => times * ten >= rough * 0.999);
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const marks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
    marks.push([k * step, shown(k * step, places)]);
  return marks;
}

// A frame with two axes in a drawing of `wide` by `tall`; gives the scales of both.
function frame(svg, across, up, words, box = {}) {
  const { left = 52, right = 10, top = 10, bottom = 46 } = box;
  const [, , wide, tall] = svg.getAttribute("viewBox").split(" ").map(Number);
  svg.replaceChildren();
  const x = (v) => left + (wide - left - right) * (v - across[0]) / (across[1] - across[0]);
  const y = (v) => tall - bottom - (tall - top - bottom) * (v - up[0]) / (up[1] - up[0]);
  add(svg, "rect", { x: left, y: top, width: wide - left - right, height: tall - top - bottom,
    class: "frame" });
  for (const [v, name] of words.xTicks ?? ticks(across))
    add(svg, "text", { x: x(v), y: tall - bottom + 17, "text-anchor": "middle" }, name);
  for (const [v, name] of words.yTicks ?? ticks(up))
    add(svg, "text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, name);
  if (across[0] < 0 && across[1] > 0)
    add(svg, "line", { x1: x(0), x2: x(0), y1: top, y2: tall - bottom, class: "zero" });
  if (up[0] < 0 && up[1] > 0)
    add(svg, "line", { x1: left, x2: wide - right, y1: y(0), y2: y(0), class: "zero" });
  add(svg, "text", { x: (left + wide - right) / 2, y: tall - 6, "text-anchor": "middle" }, words.x);
  const middle = (top + tall - bottom) / 2;
  add(svg, "text", { x: 14, y: middle, "text-anchor": "middle",
    transform: `rotate(-90 14 ${middle})` }, words.y);
  return { x, y, left, right: wide - right, top, bottom: tall - bottom };
}
