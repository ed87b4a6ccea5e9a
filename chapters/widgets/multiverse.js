// The numbers of a packed multiverse (dyadsync/scrutiny/multiverse/compact.py), unpacked.
async function unpack(packed, forks) {
  const bytes = Uint8Array.from(atob(packed.packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const content = new Uint8Array(await new Response(stream).arrayBuffer());
  const sizes = forks.map((fork) => fork.options.length);
  const n = sizes.reduce((product, size) => product * size, 1);
  const why = content.subarray(0, n), cells = [];
  why.forEach((reason, k) => { if (reason === 0) cells.push(k); });
  const kept = {}, step = {};
  let start = n;
  for (const column of packed.columns) {
    const grid = new Int32Array(n);
    cells.forEach((cell, j) => {
      const folded = content[start + j] + 256 * content[start + cells.length + j];
      grid[cell] = (folded >> 1) ^ -(folded & 1);
    });
    // Axes count from the last fork, which is the slowest.
    for (const axis of column.along) sumUp(grid, sizes, sizes.length - 1 - axis);
    kept[column.name] = grid;
    step[column.name] = column.step;
    start += 2 * cells.length;
  }
  const product = (k) => Math.floor(kept.a_estimate[k] * step.a_estimate *
    (kept.b_estimate[k] * step.b_estimate) / step.acme_estimate + 0.5);
  const estimate = (effect, k) =>
    (kept[`${effect}_estimate`][k] + (effect === "acme" ? product(k) : 0)) *
    step[`${effect}_estimate`];
  return {
    cells, sizes, reason: (k) => why[k], estimate,
    found(effect, k) {
      const middle = estimate(effect, k);
      const width = Math.exp(kept[`${effect}_width`][k] * step[`${effect}_width`]);
      const skew = kept[`${effect}_skew`][k] * step[`${effect}_skew`];
      return { estimate: middle, low: middle - (width - skew) / 2, high: middle + (width + skew) / 2 };
    },
    unit: (k) => Math.exp(kept.unit[k] * step.unit),
    inSd: (k) => kept.sd[k] === 1,
    dyads: (k) => kept.n[k],
    // The first fork is the fastest.
    cell: (options) => options.reduceRight((at, option, fork) => at * sizes[fork] + option, 0),
    options(k) {
      return sizes.map((size) => { const option = k % size; k = (k - option) / size; return option; });
    },
  };
}

function sumUp(grid, sizes, fork) {
  const stride = sizes.slice(0, fork).reduce((product, size) => product * size, 1);
  for (let k = 0; k < grid.length; k++)
    if (Math.floor(k / stride) % sizes[fork] > 0) grid[k] += grid[k - stride];
}
