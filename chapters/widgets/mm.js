// MM-regression of a line, as dyadsync/regression/mm.py has it: an S-estimate from the line through
// every two points (of many points, through some of every two), then an M-estimate at its scale.
function mmLine(x, y, c, k) {
  const n = x.length, p = 2, target = 0.5 * (n - p), h = Math.floor((n + p) / 2);
  const residuals = ([level, slope]) => y.map((value, i) => value - level - slope * x[i]);
  const weight = (u, bend) => Math.max(1 - (u / bend) ** 2, 0) ** 2;

  function scaleOf(r, start, steps) {
    let log = Math.log(start);
    for (let j = 0; j < steps; j++) {
      let excess = -target, rise = 0;
      for (const value of r) {
        const u2 = (value / (Math.exp(log) * c)) ** 2, inside = Math.max(1 - u2, 0);
        excess += 1 - inside ** 3;
        rise += 6 * u2 * inside ** 2;
      }
      const step = Math.max(-0.7, Math.min(0.7, excess / rise));
      if (!Number.isFinite(step)) return NaN;
      log += step;
      if (Math.abs(step) < 1e-13) break;
    }
    return Math.exp(log);
  }

  function weighted(w) {
    let s = 0, sx = 0, sy = 0;
    for (let i = 0; i < n; i++) { s += w[i]; sx += w[i] * x[i]; sy += w[i] * y[i]; }
    const mx = sx / s, my = sy / s;
    let sxx = 0, sxy = 0;
    for (let i = 0; i < n; i++) {
      sxx += w[i] * (x[i] - mx) ** 2;
      sxy += w[i] * (x[i] - mx) * (y[i] - my);
    }
    const slope = sxy / sxx;
    return [my - slope * mx, slope];
  }

  const reweighted = (line, scale, bend) =>
    weighted(residuals(line).map((r) => weight(r / scale, bend)));
  const apart = ([a, b], [d, e]) => Math.max(...x.map((value) => Math.abs(a - d + (b - e) * value)));

  const pairs = n * (n - 1) / 2, every = Math.ceil(pairs / 2000), starts = [weighted(x.map(() => 1))];
  for (let i = 0, number = 0; i < n; i++)
    for (let j = i + 1; j < n; j++, number++) {
      if (number % every || x[i] === x[j]) continue;
      const slope = (y[j] - y[i]) / (x[j] - x[i]);
      starts.push([y[i] - slope * x[i], slope]);
    }
  const better = (one, other) => one.scale - other.scale;
  const descend = (found, times) => {
    for (let j = 0; j < times; j++) {
      const line = reweighted(found.line, found.scale, c), moved = apart(line, found.line);
      found = { line, scale: scaleOf(residuals(line), found.scale, 30) };
      if (moved < 1e-12 * found.scale) break;
    }
    return found;
  };
  const rough = starts.map((line) => {
    const sizes = residuals(line).map(Math.abs).sort((one, other) => one - other);
    return { line, scale: sizes[h] / 0.6745 };
  }).filter((one) => one.scale > 0).sort(better).slice(0, 60)
    .map((one) => descend({ ...one, scale: scaleOf(residuals(one.line), one.scale, 30) }, 8))
    .filter((one) => one.scale > 0).sort(better).slice(0, 10);
  if (!rough.length) return null;
  const { line: initial, scale } = rough.map((one) => descend(one, 500)).sort(better)[0];

  let line = initial;
  for (let j = 0; j < 1000; j++) {
    const next = reweighted(line, scale, k), moved = apart(next, line);
    line = next;
    if (moved < 1e-12 * scale) break;
  }
  return { level: line[0], slope: line[1], scale,
    weights: residuals(line).map((r) => weight(r / scale, k)) };
}

function leastSquaresLine(x, y) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mx = mean(x), my = mean(y);
  const slope = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0) /
    x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  return { level: my - slope * mx, slope };
}
