// Which rows a timeline has: a value, made of the description of a table.

// A row: {key, label, meaning, group, unit, curves: [column...], bar: column or '', range: [low,
// high] or null for that of the data, shown}. `unit` is the action unit whose events belong to the
// row, or ''.
export function rowsOf(info) {
  const names = new Map(info.columns.map((column) => [column.name, column]));
  const rows = [];
  const group = (which) =>
    info.columns.filter((column) => column.group === which).map((column) => column.name);
  const add = (row) => {
    row.curves = row.curves.filter((name) => names.has(name));
    if (row.bar && !names.has(row.bar)) row.bar = '';
    if (row.curves.length > 0 || row.bar)
      rows.push({unit: '', bar: '', range: null, shown: true, meaning: '', ...row});
  };

  const certainty = group('confidence');
  add({
    key: 'confidence',
    label: 'Confidence',
    meaning: 'bar: face followed',
    group: 'state',
    curves: certainty,
    bar: group('success')[0] ?? '',
    range: certainty.length > 0 ? [0, 1] : null,
  });

  const unitRow = (unit, row) =>
    add({
      key: unit.name,
      label: unit.name,
      meaning: unit.description,
      group: 'units',
      unit: unit.name,
      curves: [`${unit.name}_r`],
      bar: `${unit.name}_c`,
      range: unit.intensity ? [0, 5] : null,
      ...(unit.told === false ? {meaning: 'not told by this estimator', shown: false} : {}),
      ...row,
    });
  const blink = info.units.find((unit) => unit.name === 'AU45');
  for (const unit of info.units) if (unit !== blink) unitRow(unit, {});
  if (blink)
    unitRow(blink, {
      label: 'Blink',
      meaning: blink.told === false ? 'not told by this estimator' : 'AU45',
      group: 'blink',
    });

  // Columns of a kind that share a scale share a row: all whose name begins alike.
  const sharing = (columns, prefix) => columns.filter((name) => name.startsWith(prefix));
  const pose = group('pose');
  const turned = sharing(pose, 'pose_R');
  const moved = sharing(pose, 'pose_T');
  const unit = (list) => names.get(list[0])?.unit ?? '';
  if (turned.length > 0)
    add({
      key: 'pose_R',
      label: 'Head turned',
      meaning: 'x, y, z ' + unit(turned),
      group: 'pose',
      curves: turned,
    });
  if (moved.length > 0)
    add({
      key: 'pose_T',
      label: 'Head place',
      meaning: 'x, y, z ' + unit(moved),
      group: 'pose',
      curves: moved,
      shown: false,
    });
  const gaze = group('gaze');
  const angles = sharing(gaze, 'gaze_angle');
  if (angles.length > 0)
    add({
      key: 'gaze',
      label: 'Gaze',
      meaning: 'x, y ' + unit(angles),
      group: 'gaze',
      curves: angles,
    });
  for (let eye = 0; eye < 2; ++eye) {
    const direction = sharing(gaze, `gaze_${eye}_`);
    if (direction.length > 0)
      add({
        key: `gaze_${eye}`,
        label: eye === 0 ? 'Gaze, left eye' : 'Gaze, right eye',
        meaning: 'direction x, y, z',
        group: 'gaze',
        curves: direction,
        shown: angles.length === 0,
      });
  }
  // The person's left and right share a row; presences have one where there is no intensity.
  const hidden = [];
  for (const left of group('side')) {
    const parts = /^(.+)_left_(.+)$/.exec(left);
    if (!parts) continue;
    const [, stem, end] = parts;
    const isUnit = end === 'r' || end === 'c';
    if (end === 'c' && names.has(`${stem}_left_r`)) {
      hidden.push(left, `${stem}_right_c`);
      continue;
    }
    const {meaning, unit: measured} = names.get(left);
    add({
      key: `${stem}_sides`,
      label: isUnit ? stem : stem.replaceAll('_', ' '),
      meaning: `left, right ${isUnit ? '' : measured}`.trim() + (meaning ? `; ${meaning}` : ''),
      group: 'sides',
      curves: [left, `${stem}_right_${end}`],
      range: isUnit ? [0, end === 'r' ? 5 : 1] : null,
      shown: false,
    });
  }
  const taken = new Set([...hidden, ...rows.flatMap((row) => [...row.curves, row.bar])]);
  for (const [which, label] of [
    ['au_r', 'units'],
    ['au_c', 'units'],
    ['side', 'sides'],
    ['blendshape', 'blendshapes'],
    ['other', 'other'],
  ])
    for (const name of group(which)) {
      if (taken.has(name)) continue;
      const bar = which === 'au_c';
      add({
        key: name,
        label: name,
        meaning: names.get(name).meaning ?? '',
        group: label,
        curves: bar ? [] : [name],
        bar: bar ? name : '',
        shown: label === 'units',
      });
    }
  return rows;
}

export const groupNames = {
  state: 'State',
  units: 'Action units',
  blink: 'Blink',
  pose: 'Head',
  gaze: 'Gaze',
  sides: 'Left and right',
  blendshapes: 'Blendshapes',
  other: 'Other columns',
};

// Rows of two tables in one: a row of the first with the same row of the second where it has one.
// Columns of the second have 'B:' before their name.
export function rowsOfBoth(first, second) {
  const others = new Map(second.map((row) => [row.key, row]));
  const both = first.map((row) => {
    const other = others.get(row.key);
    others.delete(row.key);
    return {
      ...row,
      pairs: other
        ? row.curves
            .filter((name) => other.curves.includes(name))
            .map((name) => [name, `B:${name}`])
        : [],
      curves: [...row.curves, ...(other ? other.curves.map((name) => `B:${name}`) : [])],
      otherBar: other?.bar ? `B:${other.bar}` : '',
    };
  });
  for (const row of others.values())
    both.push({
      ...row,
      pairs: [],
      curves: row.curves.map((name) => `B:${name}`),
      bar: '',
      otherBar: row.bar ? `B:${row.bar}` : '',
    });
  return both;
}

// The numbers of a row at a frame as text.
export function valueText(row, values) {
  const digits = row.group === 'pose' && row.key === 'pose_T' ? 0 : 2;
  const text = (names) =>
    names
      .map((name) => {
        const value = values.get(name);
        return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits);
      })
      .join(' ');
  // Two tables with several columns each have a line each.
  const [own, other] = [
    row.curves.filter((name) => !name.startsWith('B:')),
    row.curves.filter((name) => name.startsWith('B:')),
  ];
  if (own.length > 1 && other.length > 1) return `${text(own)}\n${text(other)}`;
  if (row.curves.length > 0) return text(row.curves);
  const bar = values.get(row.bar);
  return bar === undefined || Number.isNaN(bar) ? '–' : bar.toFixed(0);
}
