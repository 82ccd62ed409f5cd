import test from 'node:test';
import assert from 'node:assert/strict';
import {
  absentRanges,
  agreement,
  differences,
  extent,
  presentRanges,
  splitColumns,
  widthsOf,
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

const nowhere = () => false;

test('widths of ranges are numbers in base 36', () => {
  assert.equal(widthsOf([11, 12, 48, 50]), '1.10.2');
  assert.equal(widthsOf([5]), '');
});

test('presence and absence become ranges of frames', () => {
  const c = column(0, 1, 1, NaN, 1, 0);
  const edges = [1, 2, 3, 4, 5, 6, 7];
  assert.deepEqual(presentRanges(c, edges, nowhere), [
    {first: 2, last: 3},
    {first: 5, last: 5},
  ]);
  assert.deepEqual(absentRanges(c, edges, nowhere), [
    {first: 1, last: 1},
    {first: 6, last: 6},
  ]);
  // A gap in time parts them.
  assert.deepEqual(
    presentRanges(c, edges, (frame) => frame === 2).map((range) => range.first),
    [2, 3, 5],
  );
  // A pair of many frames may hold both.
  const both = {low: Float32Array.of(0), high: Float32Array.of(1)};
  assert.deepEqual(presentRanges(both, [1, 101], nowhere), [{first: 1, last: 100}]);
  assert.deepEqual(absentRanges(both, [1, 101], nowhere), [{first: 1, last: 100}]);
});

test('the extent passes over what is missing', () => {
  assert.deepEqual(extent([column(NaN, 2), column(-1, NaN)]), [-1, 2]);
  assert.equal(extent([column(NaN)]), null);
  assert.equal(extent([]), null);
});

test('differences: more than the threshold, or a value on one side only', () => {
  const [a, b] = [column(0, 1, 1, 1, NaN, NaN), column(0, 1.2, 2, 3, 1, NaN)];
  const edges = [1, 2, 3, 4, 5, 6, 7];
  const found = differences(a, b, edges, nowhere, 0.5);
  assert.deepEqual(found.slice(0, 1), [{first: 3, last: 4, by: 2}]);
  assert.equal(found.length, 2);
  assert.deepEqual([found[1].first, found[1].last], [5, 5]);
  assert.ok(Number.isNaN(found[1].by));
  assert.equal(differences(a, b, edges, (frame) => frame === 3, 0.5).length, 3);
});

test('agreement of two columns', () => {
  const found = agreement(column(0, 1, 2, NaN, 5), column(0.5, 1.5, 2.5, 3, 5.5));
  assert.equal(found.n, 4);
  assert.equal(found.mean, 0.5);
  assert.ok(Math.abs(found.r - 1) < 1e-6);
  assert.ok(Number.isNaN(agreement(column(1, 1), column(1, 1)).r));
  assert.equal(agreement(column(1, 1), column(1, 4)).at, 1);
});
