// Numbers as text for people.

const none = '–';

// 62.5 -> "1:02.500"; hours where there are some.
export function clock(seconds, digits = 3) {
  if (!Number.isFinite(seconds)) return none;
  const unit = 10 ** digits;
  const total = Math.round(Math.abs(seconds) * unit);
  const sign = seconds < 0 && total > 0 ? '-' : '';
  const rest = (total % (60 * unit)) / unit;
  const minutes = Math.floor(total / (60 * unit));
  const hours = Math.floor(minutes / 60);
  const two = (n) => String(n).padStart(2, '0');
  const tail = rest.toFixed(digits).padStart(digits > 0 ? digits + 3 : 2, '0');
  return sign + (hours > 0 ? `${hours}:${two(minutes % 60)}:${tail}` : `${minutes}:${tail}`);
}

export function number(value, digits = 2) {
  return value === null || value === undefined || !Number.isFinite(value)
    ? none
    : value.toFixed(digits);
}

export function percent(share, digits = 0) {
  return share === null || share === undefined || !Number.isFinite(share)
    ? none
    : `${(100 * share).toFixed(digits)} %`;
}

const grouped = new Intl.NumberFormat('en');
export function count(value) {
  return Number.isFinite(value) ? grouped.format(value) : none;
}

export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

// Text for SVG and XML.
export function escaped(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

// A round step for about `wanted` ticks over `range`: 1, 2 or 5 times a power of ten.
export function tickStep(range, wanted) {
  const rough = Math.max(range, 1e-9) / Math.max(wanted, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const factor of [1, 2, 5]) if (factor * power >= rough * 0.9999) return factor * power;
  return 10 * power;
}
