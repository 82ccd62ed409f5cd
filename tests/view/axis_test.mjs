import test from 'node:test';
import assert from 'node:assert/strict';
import {Axis, placed, zoomed} from '../../src/viewer/page/axis.js';
import {Times} from '../../src/viewer/page/times.js';

// 25 frames a second to frame 50, 5 a second to frame 60, then 10 s of nothing, then 25 again.
const seconds = [];
for (let t = 0; seconds.length < 50; t += 0.04) seconds.push(t);
for (let t = 2; seconds.length < 60; t += 0.2) seconds.push(t);
for (let t = 14; seconds.length < 100; t += 0.04) seconds.push(t);
const count = seconds.length;
const axis = new Axis(new Times(Float64Array.from(seconds)), true, count);

const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test('a frame lies at its time, as long as it is shown', () => {
  near(axis.begin(1), 0);
  near(axis.end(1), 0.04);
  near(axis.begin(55), 2.8);
  near(axis.end(55), 3);
  near(axis.middle(55), 2.9);
  near(axis.end(count), seconds[count - 1] + 0.04);
  near(axis.whole.end, axis.end(count));
});

test('another rate is no gap, a pause is one', () => {
  const gaps = seconds.map((_, i) => i + 1).filter((frame) => axis.gapAfter(frame));
  assert.deepEqual(gaps, [60]);
  near(axis.end(60), 4);
});

test('every position is one frame, in a gap the nearer one', () => {
  for (let frame = 1; frame <= count; ++frame) {
    assert.equal(axis.at(axis.middle(frame)), frame);
    assert.equal(axis.from(axis.begin(frame)), frame);
  }
  assert.equal(axis.at(-5), 1);
  assert.equal(axis.at(1e6), count);
  assert.equal(axis.at(5), 60);
  assert.equal(axis.at(13), 61);
});

test('columns of equal time have the frames that begin in them', () => {
  const edges = axis.edges(axis.whole, 40);
  assert.equal(edges[0], 1);
  assert.equal(edges.at(-1), count + 1);
  const width = axis.whole.end / 40;
  for (let i = 0; i + 1 < edges.length; ++i) {
    const column = Math.floor(axis.begin(edges[i]) / width + 1e-9);
    assert.equal(Math.floor(axis.begin(edges[i + 1] - 1) / width + 1e-9), column);
    if (i > 0) assert.ok(Math.floor(axis.begin(edges[i] - 1) / width + 1e-9) < column);
  }
  // Nothing is drawn in the gap: no range reaches over it.
  assert.ok(edges.includes(61));
  assert.ok(edges.length < 25, edges.join());
  // Where there is room, a range for each frame.
  assert.deepEqual(axis.edges({start: axis.begin(11), end: axis.end(20)}, 100), [
    11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
  ]);
});

test('the frames of a window are those of which it shows something', () => {
  assert.deepEqual(axis.frames(axis.whole), {from: 1, to: count});
  assert.deepEqual(axis.frames({start: axis.middle(5), end: axis.middle(9)}), {from: 5, to: 9});
  assert.deepEqual(axis.frames({start: 3.9, end: 14.05}), {from: 60, to: 62});
  assert.deepEqual(axis.frames({start: 6, end: 14.05}), {from: 61, to: 62});
  assert.deepEqual(axis.frames({start: 6, end: 7}), {from: 60, to: 60});
  assert.deepEqual(axis.frames({start: 90, end: 99}), {from: count, to: count});
});

test('a window that rounding has made wider or smaller shows the same frames', () => {
  const inFrames = new Axis(new Times(new Float64Array()), false, count);
  for (const it of [axis, inFrames])
    for (let from = 1; from < count; ++from)
      for (const to of [from, Math.min(from + 9, count), count])
        for (const error of [-1e-9, 0, 1e-9])
          assert.deepEqual(
            it.frames({start: it.begin(from) + error, end: it.end(to) - error}),
            {from, to},
          );
  const together = new Axis(new Times(Float64Array.of(0, 0, 0.1, 0.2)), true, 4);
  assert.deepEqual(together.frames(together.whole), {from: 1, to: 4});
});

test('two frames of one time, and frames without times', () => {
  const twice = new Axis(new Times(Float64Array.of(0, 0.1, 0.1, 0.2, 0.3)), true, 7);
  near(twice.end(2), twice.begin(2));
  assert.equal(twice.at(0.15), 3);
  near(twice.begin(6), 0.4);
  near(twice.end(7), 0.6);
  const untimed = new Axis(new Times(Float64Array.of(5, 5, 5)), false, 3);
  assert.deepEqual(untimed.whole, {start: 0.5, end: 3.5});
  assert.equal(untimed.at(2.4), 2);
  assert.equal(untimed.gapAfter(1), false);
  const one = new Axis(new Times(Float64Array.of(0)), true, 1);
  assert.deepEqual(one.edges(one.whole, 50), [1, 2]);
});

test('windows stay within the video, and zooming keeps the time under the pointer', () => {
  const whole = {start: 2, end: 102};
  assert.deepEqual(placed(-5, 10, whole), {start: 2, end: 12});
  assert.deepEqual(placed(99, 10, whole), {start: 92, end: 102});
  assert.deepEqual(placed(1, 500, whole), whole);
  assert.deepEqual(zoomed(whole, 2, 30, whole, 1), whole);
  const closer = zoomed(whole, 0.5, 52, whole, 1);
  near(closer.end - closer.start, 50);
  near((52 - closer.start) / 50, 0.5);
  const closest = zoomed({start: 50, end: 51}, 0.1, 50.5, whole, 0.4);
  near(closest.end - closest.start, 0.4);
});
