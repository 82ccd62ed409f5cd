import test from 'node:test';
import assert from 'node:assert/strict';
import {
  absentRanges,
  agreement,
  differences,
  extent,
  frameOfPair,
  placed,
  presentRanges,
  splitColumns,
  zoomed,
} from '../../src/viewer/page/columns.js';

const column = (...values) => ({low: Float32Array.from(values), high: Float32Array.from(values)});

test('an answer is split by names, pairs by minimum and maximum', () => {
  const columns = splitColumns(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), ['a', 'b']);
  assert.deepEqual([...columns.get('a').low], [1, 3]);
  assert.deepEqual([...columns.get('a').high], [2, 4]);
  assert.deepEqual([...columns.get('b').low], [5, 7]);
  assert.throws(
    () => splitColumns(new Float32Array(6), ['a', 'b']),
    /expected pairs for 2 columns, found 6/,
  );
});

test('with a pair per frame a pair lies at its frame', () => {
  for (let i = 0; i < 7; ++i) assert.equal(frameOfPair(i, 7, 11, 17), 11 + i);
  assert.equal(frameOfPair(0, 2, 1, 10), 3);
  assert.equal(frameOfPair(1, 2, 1, 10), 8);
});

test('presence and absence become ranges of frames', () => {
  const c = column(0, 1, 1, NaN, 1, 0);
  assert.deepEqual(presentRanges(c, 1, 6), [
    {start: 1.5, end: 3.5},
    {start: 4.5, end: 5.5},
  ]);
  assert.deepEqual(absentRanges(c, 1, 6), [
    {start: 0.5, end: 1.5},
    {start: 5.5, end: 6.5},
  ]);
  // A pair of many frames may hold both.
  const both = {low: Float32Array.of(0), high: Float32Array.of(1)};
  assert.equal(presentRanges(both, 1, 100).length, 1);
  assert.equal(absentRanges(both, 1, 100).length, 1);
});

test('the extent passes over what is missing', () => {
  assert.deepEqual(extent([column(NaN, 2), column(-1, NaN)]), [-1, 2]);
  assert.equal(extent([column(NaN)]), null);
  assert.equal(extent([]), null);
});

test('differences: more than the threshold, or a value on one side only', () => {
  const found = differences(column(0, 1, 1, 1, NaN, NaN), column(0, 1.2, 2, 3, 1, NaN), 1, 6, 0.5);
  assert.deepEqual(found.slice(0, 1), [{start: 2.5, end: 4.5, by: 2}]);
  assert.equal(found.length, 2);
  assert.equal(found[1].start, 4.5);
  assert.ok(Number.isNaN(found[1].by));
});

test('agreement of two columns', () => {
  const found = agreement(column(0, 1, 2, NaN, 5), column(0.5, 1.5, 2.5, 3, 5.5));
  assert.equal(found.n, 4);
  assert.equal(found.mean, 0.5);
  assert.ok(Math.abs(found.r - 1) < 1e-6);
  assert.ok(Number.isNaN(agreement(column(1, 1), column(1, 1)).r));
  assert.equal(agreement(column(1, 1), column(1, 4)).at, 1);
});

test('windows stay within the video, and zooming keeps the frame under the pointer', () => {
  assert.deepEqual(placed(-5, 10, 100), {from: 1, to: 10});
  assert.deepEqual(placed(96, 10, 100), {from: 91, to: 100});
  assert.deepEqual(placed(1, 500, 100), {from: 1, to: 100});
  assert.deepEqual(zoomed({from: 1, to: 1000}, 2, 300, 1000), {from: 1, to: 1000});
  const closer = zoomed({from: 1, to: 1000}, 0.5, 500, 1000);
  assert.equal(closer.to - closer.from + 1, 500);
  assert.ok(Math.abs((500 - closer.from) / 499 - 499 / 999) < 0.002);
  const closest = zoomed({from: 50, to: 57}, 0.1, 52, 100);
  assert.equal(closest.to - closest.from + 1, 8);
  assert.deepEqual(zoomed({from: 1, to: 3}, 0.5, 2, 3), {from: 1, to: 3});
});
