// Columns of a table, cut by the server to pairs (minimum, maximum) of equal ranges of frames.

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

// The frame, possibly between two, at which pair i of `points` over [from, to] is drawn.
export function frameOfPair(i, points, from, to) {
  return from - 0.5 + ((i + 0.5) * (to - from + 1)) / points;
}

// Ranges {start, end} of frames in which a 0/1 column is 1 somewhere: pairs that touch are one
// range.
export function presentRanges(column, from, to) {
  return rangesWhere(column.high.length, from, to, (i) => column.high[i] > 0.5);
}

// Ranges in which it is 0 somewhere.
export function absentRanges(column, from, to) {
  return rangesWhere(column.low.length, from, to, (i) => column.low[i] <= 0.5);
}

function rangesWhere(points, from, to, holds) {
  const width = (to - from + 1) / points;
  const ranges = [];
  for (let i = 0; i < points; ++i) {
    if (!holds(i)) continue;
    const start = from - 0.5 + i * width;
    const last = ranges.at(-1);
    if (last && Math.abs(last.end - start) < width / 2) last.end = start + width;
    else ranges.push({start, end: start + width});
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

// Ranges in which two columns differ by more than `threshold`: {start, end, by}. Where one has
// values and the other has none, `by` is NaN.
export function differences(a, b, from, to, threshold) {
  const points = Math.min(a.high.length, b.high.length);
  const width = (to - from + 1) / points;
  const ranges = [];
  for (let i = 0; i < points; ++i) {
    const onlyOne = Number.isNaN(a.high[i]) !== Number.isNaN(b.high[i]);
    const by = Math.max(Math.abs(a.high[i] - b.high[i]), Math.abs(a.low[i] - b.low[i]));
    if (!onlyOne && !(by > threshold)) continue;
    const start = from - 0.5 + i * width;
    const last = ranges.at(-1);
    if (last && Number.isNaN(last.by) === onlyOne && Math.abs(last.end - start) < width / 2) {
      last.end = start + width;
      if (by > last.by) last.by = by;
    } else {
      ranges.push({start, end: start + width, by: onlyOne ? NaN : by});
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

// [from, to] zoomed by `factor` (below 1: closer) around a frame, kept within 1..count and at least
// `least` frames wide.
export function zoomed(view, factor, around, count, least = 8) {
  const width = Math.min(count, Math.max(least, Math.round((view.to - view.from + 1) * factor)));
  const share = (around - view.from) / Math.max(1, view.to - view.from);
  return placed(Math.round(around - share * (width - 1)), width, count);
}

// A window of `width` frames that begins at `from`, moved so that it lies within 1..count.
export function placed(from, width, count) {
  const first = Math.max(1, Math.min(from, count - width + 1));
  return {from: first, to: Math.min(count, first + width - 1)};
}
