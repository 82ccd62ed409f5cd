// Which results of a study are listed, and in which order: values only.

const verdicts = {poor: 0, look: 1, good: 2};
const states = {failed: 0, partial: 1, other: 2, whole: 3};

export const sortKeys = {
  name: (r) => `${r.folder}/${r.name}`,
  status: (r) => states[r.status] ?? 2,
  seconds: (r) => r.seconds,
  followed: (r) => r.followed ?? NaN,
  quality: (r) => (r.quality ? (verdicts[r.quality.verdict] ?? 1) : NaN),
  warnings: (r) => (r.warnings?.length ?? 0) + (r.problem ? 1 : 0),
};

// Action units of all results by number.
export function unitsOf(results) {
  const units = new Set(results.flatMap((result) => Object.keys(result.events ?? {})));
  return [...units].sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));
}

const names = new Intl.Collator('en', {numeric: true});

function compare(a, b) {
  if (typeof a === 'string') return names.compare(a, b);
  // What is not known comes last.
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
  return a - b;
}

function wanted(result, {search, status}) {
  if (status === 'trouble' && result.status !== 'failed' && result.status !== 'partial')
    return false;
  if (status === 'look' && !(result.quality && result.quality.verdict !== 'good')) return false;
  if (status === 'whole' && result.status !== 'whole') return false;
  if (status === 'novideo' && result.video) return false;
  const text = [result.folder, result.name, result.problem, ...(result.warnings ?? [])]
    .join(' ')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

// state: {search, status, sort: key of sortKeys, an action unit or '', down}. Without an order of
// the reader's, failed and partial results come first, then names; with one, they stay on top too.
export function shownResults(results, state) {
  const key = sortKeys[state.sort] ?? (state.sort ? (r) => r.events?.[state.sort] ?? NaN : null);
  const trouble = (r) => (r.status === 'failed' ? 0 : r.status === 'partial' ? 1 : 2);
  return results
    .filter((result) => wanted(result, state))
    .sort((a, b) => {
      if (state.sort !== 'status' && trouble(a) !== trouble(b)) return trouble(a) - trouble(b);
      if (key) {
        const [x, y] = [key(a), key(b)];
        const known = Number.isNaN(x) || Number.isNaN(y);
        const order = compare(x, y) * (state.down && !known ? -1 : 1);
        if (order !== 0) return order;
      }
      return compare(sortKeys.name(a), sortKeys.name(b)) || a.id - b.id;
    });
}
