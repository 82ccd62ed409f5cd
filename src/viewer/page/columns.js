// Columns of a table, cut by the server to pairs (minimum, maximum) of ranges of frames.

// Splits the server's answer into {name: {low, high}}.
export function splitColumns(floats, names) {
  const points = names.length > 0 ? floats.length / (2 * names.length) : 0;
  if (!Number.isInteger(points))
    throw new Error(`expected pairs for ${names.length} columns, found ${floats.length} numbers`);
  const columns = new Map();
  names.forEach((name, n) => {
    const low = new Float32Array(points);
    const high = new Float32Array(points);
    const start = 2 * n * points;
    for (let i = 0; i < points; ++i) {
      low[i] = floats[start + 2 * i];
      high[i] = floats[start + 2 * i + 1];
    }
    columns.set(name, {low, high});
  });
  return columns;
}

// The ranges of frames that a column is cut into: range i is edges[i] to edges[i + 1] - 1.
// How the server is told: numbers of frames in base 36.
export function widthsOf(edges) {
  const words = [];
  for (let i = 0; i + 1 < edges.length; ++i) words.push((edges[i + 1] - edges[i]).toString(36));
  return words.join('.');
}

// Frames {first, last} in which a 0/1 column is 1 somewhere: ranges that touch are one.
// apart(frame): whether what follows the frame does not touch it.
export function presentRanges(column, edges, apart) {
  return rangesWhere(column, edges, apart, (i) => column.high[i] > 0.5);
}

// Frames in which it is 0 somewhere.
export function absentRanges(column, edges, apart) {
  return rangesWhere(column, edges, apart, (i) => column.low[i] <= 0.5);
}

function rangesWhere(column, edges, apart, holds) {
  const ranges = [];
  for (let i = 0; i < column.high.length; ++i) {
    if (!holds(i)) continue;
    const [first, last] = [edges[i], edges[i + 1] - 1];
    const before = ranges.at(-1);
    if (before && before.last === first - 1 && !apart(before.last)) before.last = last;
    else ranges.push({first, last});
  }
  return ranges;
}

// The smallest and largest number in columns; null where there is none.
export function extent(columns) {
  let low = Infinity;
  let high = -Infinity;
  for (const column of columns) {
    for (const value of column.low) if (value < low) low = value;
    for (const value of column.high) if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

// Frames in which two columns differ by more than `threshold`: {first, last, by}. Where one has
// values and the other has none, `by` is NaN.
export function differences(a, b, edges, apart, threshold) {
  const ranges = [];
  for (let i = 0; i < Math.min(a.high.length, b.high.length); ++i) {
    const onlyOne = Number.isNaN(a.high[i]) !== Number.isNaN(b.high[i]);
    const by = Math.max(Math.abs(a.high[i] - b.high[i]), Math.abs(a.low[i] - b.low[i]));
    if (!onlyOne && !(by > threshold)) continue;
    const [first, last] = [edges[i], edges[i + 1] - 1];
    const before = ranges.at(-1);
    if (
      before &&
      Number.isNaN(before.by) === onlyOne &&
      before.last === first - 1 &&
      !apart(before.last)
    ) {
      before.last = last;
      if (by > before.by) before.by = by;
    } else {
      ranges.push({first, last, by: onlyOne ? NaN : by});
    }
  }
  return ranges;
}

// Mean absolute and largest difference and Pearson's correlation of pairs where both have a value.
export function agreement(a, b) {
  let n = 0,
    sa = 0,
    sb = 0,
    saa = 0,
    sbb = 0,
    sab = 0,
    distance = 0,
    largest = 0,
    at = -1;
  for (let i = 0; i < Math.min(a.high.length, b.high.length); ++i) {
    const x = (a.low[i] + a.high[i]) / 2;
    const y = (b.low[i] + b.high[i]) / 2;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    ++n;
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
    const d = Math.abs(x - y);
    distance += d;
    if (d > largest) [largest, at] = [d, i];
  }
  const va = n * saa - sa * sa;
  const vb = n * sbb - sb * sb;
  return {
    n,
    mean: n > 0 ? distance / n : NaN,
    largest: n > 0 ? largest : NaN,
    at,
    r: va > 1e-9 && vb > 1e-9 ? (n * sab - sa * sb) / Math.sqrt(va * vb) : NaN,
  };
}
