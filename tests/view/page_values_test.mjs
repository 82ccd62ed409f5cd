// The small pure parts of the page: words, keys, rows, lists, overlay, player.
import test from 'node:test';
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {fileURLToPath} from 'node:url';
import {clock, escaped, number, percent, plural, tickStep} from '../../src/viewer/page/format.js';
import {belongsToElement, keyName, shownKey} from '../../src/viewer/page/keys.js';
import {rowsOf, rowsOfBoth, valueText} from '../../src/viewer/page/rows.js';
import {shownResults, unitsOf} from '../../src/viewer/page/study_list.js';
import {
  nameAnchor,
  overlayShapes,
  shapesToSvg,
  valuesPerFrame,
} from '../../src/viewer/page/overlay.js';
import {FramePlayer, offsetOf} from '../../src/viewer/page/player.js';
import {Times} from '../../src/viewer/page/times.js';

test('every script of the page can be read', () => {
  const folder = fileURLToPath(new URL('../../src/viewer/page/', import.meta.url));
  const scripts = fs.readdirSync(folder).filter((name) => name.endsWith('.js'));
  assert.ok(scripts.length > 15);
  for (const name of scripts) {
    const run = spawnSync(process.execPath, ['--check', folder + name]);
    assert.equal(run.status, 0, `${run.stderr}`);
  }
});

test('clocks carry over when they are rounded', () => {
  assert.equal(clock(0), '0:00.000');
  assert.equal(clock(59.9996), '1:00.000');
  assert.equal(clock(62.5), '1:02.500');
  assert.equal(clock(3661, 0), '1:01:01');
  assert.equal(clock(-1.5, 1), '-0:01.5');
  assert.equal(clock(-0.0001), '0:00.000');
  assert.equal(clock(NaN), '–');
});

test('numbers', () => {
  assert.equal(number(null), '–');
  assert.equal(number(1.005, 1), '1.0');
  assert.equal(percent(0.123, 1), '12.3 %');
  assert.equal(plural(1, 'event'), '1 event');
  assert.equal(plural(1200, 'event'), '1,200 events');
  assert.equal(escaped('<a b="c">&'), '&#60;a b=&#34;c&#34;&#62;&#38;');
});

test('ticks are 1, 2 or 5 times a power of ten', () => {
  for (const [range, wanted, step] of [
    [10, 10, 1],
    [10, 5, 2],
    [1000, 7, 200],
    [0.3, 3, 0.1],
    [900, 8, 200],
  ])
    assert.ok(Math.abs(tickStep(range, wanted) - step) < 1e-9 * step, `${range} / ${wanted}`);
});

test('keys have one name each', () => {
  const key = (k, more = {}) =>
    keyName({key: k, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more});
  assert.equal(key(' '), 'Space');
  assert.equal(key('?', {shiftKey: true}), '?');
  assert.equal(key('E', {shiftKey: true}), 'E');
  assert.equal(key('ArrowLeft', {shiftKey: true}), 'Shift+ArrowLeft');
  assert.equal(key('Z', {shiftKey: true, ctrlKey: true}), 'Ctrl+Shift+z');
  assert.equal(key('z', {metaKey: true}), 'Ctrl+z');
  assert.equal(shownKey('+'), '+');
  assert.equal(shownKey('Ctrl+Shift+z'), 'Ctrl + Shift + z');
});

test('keys that an element needs are left to it', () => {
  assert.ok(belongsToElement('n', {tagName: 'INPUT', type: 'text'}));
  assert.ok(!belongsToElement('n', {tagName: 'INPUT', type: 'checkbox'}));
  assert.ok(belongsToElement('Space', {tagName: 'INPUT', type: 'checkbox'}));
  assert.ok(belongsToElement('Space', {tagName: 'BUTTON', getAttribute: () => null}));
  assert.ok(!belongsToElement('ArrowLeft', {tagName: 'BUTTON', getAttribute: () => null}));
  assert.ok(belongsToElement('ArrowLeft', {tagName: 'BUTTON', getAttribute: () => 'tab'}));
  assert.ok(belongsToElement('n', {tagName: 'SELECT'}));
  assert.ok(!belongsToElement('n', {tagName: 'DIV'}));
});

const column = (name, group, more = {}) => ({
  name,
  group,
  unit: '',
  meaning: '',
  min: 0,
  max: 1,
  ...more,
});
const info = {
  columns: [
    column('confidence', 'confidence'),
    column('success', 'success'),
    column('AU01_r', 'au_r'),
    column('AU01_c', 'au_c'),
    column('AU28_c', 'au_c'),
    column('AU45_r', 'au_r'),
    column('pose_Rx', 'pose'),
    column('pose_Ry', 'pose'),
    column('pose_Tx', 'pose'),
    column('gaze_angle_x', 'gaze'),
    column('smile', 'other'),
  ],
  units: [
    {name: 'AU01', description: 'inner brow raiser', intensity: true, presence: true},
    {name: 'AU28', description: 'lip suck', intensity: false, presence: true},
    {name: 'AU45', description: 'blink', intensity: true, presence: false, told: false},
  ],
};

test('every column has one row, blinks have their own, units that are not told are out of sight', () => {
  const rows = rowsOf(info);
  assert.deepEqual(
    rows.map((row) => row.key),
    ['confidence', 'AU01', 'AU28', 'AU45', 'pose_R', 'pose_T', 'gaze', 'smile'],
  );
  const names = rows
    .flatMap((row) => [...row.curves, row.bar])
    .filter(Boolean)
    .sort();
  assert.deepEqual(names, info.columns.map((c) => c.name).sort());
  const blink = rows.find((row) => row.key === 'AU45');
  assert.equal(blink.label, 'Blink');
  assert.equal(blink.shown, false);
  assert.equal(blink.meaning, 'not told by this estimator');
  assert.equal(valueText(rows[1], new Map([['AU01_r', 1.234]])), '1.23');
  assert.equal(valueText(rows[1], new Map([['AU01_r', NaN]])), '–');
  assert.equal(valueText(rows[2], new Map([['AU28_c', 1]])), '1');
});

test('left and right share a row, out of sight at first', () => {
  const side = (name, more) => column(name, 'side', more);
  const rows = rowsOf({
    columns: [
      ...info.columns,
      side('AU01_left_r', {meaning: 'inner brow raiser, intensity'}),
      side('AU01_right_r'),
      side('AU01_left_c'),
      side('AU01_right_c'),
      side('AU28_left_c'),
      side('AU28_right_c'),
      side('brow_height_left_mm', {unit: 'mm', meaning: 'of the brow'}),
      side('brow_height_right_mm', {unit: 'mm'}),
      side('brow_height_difference_mm', {unit: 'mm'}),
      side('brow_height_ratio'),
    ],
    units: info.units,
  });
  const sides = rows.filter((row) => row.group === 'sides');
  assert.deepEqual(
    sides.map((row) => [row.label, row.meaning, row.curves, row.range]),
    [
      [
        'AU01',
        'left, right; inner brow raiser, intensity',
        ['AU01_left_r', 'AU01_right_r'],
        [0, 5],
      ],
      ['AU28', 'left, right', ['AU28_left_c', 'AU28_right_c'], [0, 1]],
      [
        'brow height',
        'left, right mm; of the brow',
        ['brow_height_left_mm', 'brow_height_right_mm'],
        null,
      ],
      ['brow_height_difference_mm', '', ['brow_height_difference_mm'], null],
      ['brow_height_ratio', '', ['brow_height_ratio'], null],
    ],
  );
  assert.ok(sides.every((row) => !row.shown && row.unit === ''));
  assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
  assert.equal(rows.length - sides.length, rowsOf(info).length);
});

test('rows of two tables are one where they are of one kind', () => {
  const both = rowsOfBoth(
    rowsOf(info),
    rowsOf({
      columns: [column('AU01_r', 'au_r'), column('AU99_r', 'au_r')],
      units: [
        {name: 'AU01', intensity: true},
        {name: 'AU99', intensity: true},
      ],
    }),
  );
  const one = both.find((row) => row.key === 'AU01');
  assert.deepEqual(one.curves, ['AU01_r', 'B:AU01_r']);
  assert.deepEqual(one.pairs, [['AU01_r', 'B:AU01_r']]);
  assert.deepEqual(both.find((row) => row.key === 'AU99').curves, ['B:AU99_r']);
  assert.deepEqual(both.find((row) => row.key === 'smile').pairs, []);
});

const result = (id, name, more = {}) => ({
  id,
  name,
  folder: '',
  status: 'whole',
  problem: '',
  warnings: [],
  seconds: id,
  followed: 1,
  quality: null,
  video: true,
  events: {},
  ...more,
});
const study = [
  result(0, 's10.csv', {events: {AU12: 3}}),
  result(1, 's2.csv', {events: {AU12: 1, AU04: 2}}),
  result(2, 's3.csv', {status: 'failed', problem: 'no moov'}),
  result(3, 's1.csv', {status: 'partial', quality: {verdict: 'poor', reasons: []}}),
];
const listed = (state) =>
  shownResults(study, {search: '', status: '', sort: '', down: false, ...state}).map((r) => r.id);

test('failed and partial results are on top, names are ordered as people count', () => {
  assert.deepEqual(unitsOf(study), ['AU04', 'AU12']);
  assert.deepEqual(listed({}), [2, 3, 1, 0]);
  assert.deepEqual(listed({sort: 'name', down: true}), [2, 3, 0, 1]);
  assert.deepEqual(listed({sort: 'AU12'}), [2, 3, 1, 0]);
  assert.deepEqual(listed({sort: 'AU12', down: true}), [2, 3, 0, 1]);
  assert.deepEqual(listed({sort: 'AU04', down: true}), [2, 3, 1, 0]);
  assert.deepEqual(listed({search: 'MOOV'}), [2]);
  assert.deepEqual(listed({search: 's csv 1'}), [3, 0]);
  assert.deepEqual(listed({status: 'look'}), [3]);
  assert.deepEqual(listed({status: 'trouble'}), [2, 3]);
});

test('the overlay draws what is there and is shown', () => {
  const values = new Float32Array(valuesPerFrame).fill(NaN);
  const all = {landmarks: true, box: true, head: true, gaze: true, eyes: true, mesh: true};
  assert.deepEqual(overlayShapes(values, all, {colour: '#fff'}), []);
  assert.equal(nameAnchor(values), null);
  for (let i = 0; i < 68; ++i) [values[2 + i], values[70 + i]] = [i, 2 * i];
  const shapes = overlayShapes(values, all, {colour: '#123456'});
  assert.equal(shapes.length, 10);
  assert.equal(shapes.at(-1).points.length, 68);
  assert.deepEqual(shapes.at(-1).points[67], [67, 134]);
  assert.deepEqual(overlayShapes(values, {...all, landmarks: false}, {colour: '#123456'}), []);
  values.set([1, 2, 10, 20], 138);
  assert.deepEqual(overlayShapes(values, {box: true}, {colour: '#123456'})[0].points, [
    [1, 2],
    [11, 2],
    [11, 22],
    [1, 22],
  ]);
  assert.deepEqual(nameAnchor(values), [1, 2]);
  values.set([5, 6, 15, 6, 5, 16, 7, 8], 142);
  assert.equal(overlayShapes(values, {head: true}, {colour: '#123456'}).length, 3);
  values.set([1, 1, 2, 2, 3, 3, 4, 4], 150);
  assert.deepEqual(overlayShapes(values, {gaze: true}, {colour: '#123456'})[1].points, [
    [3, 3],
    [4, 4],
  ]);
  for (let i = 158; i < 270; ++i) values[i] = 1;
  assert.equal(overlayShapes(values, {eyes: true}, {colour: '#123456'}).length, 6);
  assert.equal(
    overlayShapes(null, all, {colour: '#123456', mesh: Float32Array.of(1, 2, NaN, 3)})[0].points
      .length,
    1,
  );
  assert.match(shapesToSvg(shapes), /<polyline points="0,0 1,2/);
});

test('the player of the browser: a frame off is found, pictures that hardly change are none', () => {
  assert.equal(offsetOf({'-1': 9, 0: 0.5, 1: 8}), 0);
  assert.equal(offsetOf({'-1': 0.4, 0: 6, 1: 9}), -1);
  assert.equal(offsetOf({'-1': 0.9, 0: 1, 1: 1.1}), 0);
  assert.equal(offsetOf({'-1': 60, 0: 61, 1: 70}), null);
});

test('frames from the server: the clock is kept by leaving frames out, and the last frame is shown', async () => {
  const shown = [];
  let asked = 0;
  const player = new FramePlayer(Times.steady(40, 100), async (frame) => {
    ++asked;
    await new Promise((resolve) => setTimeout(resolve, 25));
    return frame;
  });
  const begun = performance.now();
  await new Promise((resolve) =>
    player.start(
      1,
      1,
      (frame, source) => {
        assert.equal(source, frame);
        shown.push(frame);
      },
      resolve,
    ),
  );
  const took = performance.now() - begun;
  assert.ok(took > 350 && took < 1500, `${took} ms`);
  assert.equal(shown.at(-1), 40);
  assert.ok(shown.length < 35);
  assert.ok(
    shown.every((frame, i) => i === 0 || frame > shown[i - 1]),
    shown.join(),
  );
  assert.ok(asked > 0);
});
