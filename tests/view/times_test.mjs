import test from 'node:test';
import assert from 'node:assert/strict';
import {Times, distinct, strideFor} from '../../src/viewer/page/times.js';

// 10 frames at uneven distances, from a late start.
const uneven = new Times(Float64Array.of(5, 5.04, 5.05, 5.2, 5.24, 5.28, 5.5, 5.54, 5.58, 6));

test('a frame is found from its own time, the middle and the end of its interval', () => {
  for (let frame = 1; frame <= 10; ++frame) {
    assert.equal(uneven.at(uneven.of(frame)), frame);
    assert.equal(uneven.at(uneven.middle(frame)), frame);
    assert.equal(uneven.at(uneven.end(frame) - 1e-9), frame);
    assert.equal(uneven.nearest(uneven.of(frame) - 1e-4), frame);
    assert.equal(uneven.nearest(uneven.of(frame) + 1e-4), frame);
  }
});

test('times before the first and after the last frame are theirs', () => {
  assert.equal(uneven.at(0), 1);
  assert.equal(uneven.at(100), 10);
  assert.equal(uneven.nearest(0), 1);
  assert.equal(uneven.nearest(100), 10);
  assert.equal(uneven.of(0), 5);
  assert.equal(uneven.of(11), 6);
});

test('the last frame lasts as long as frames usually do', () => {
  assert.ok(Math.abs(uneven.end(10) - 6.04) < 1e-9);
});

test('a steady rate whose times are rounded to milliseconds still gives every frame', () => {
  const steady = Times.steady(5000, 29.97);
  for (let frame = 1; frame <= 5000; ++frame)
    assert.equal(steady.nearest(Math.round(steady.of(frame) * 1000) / 1000), frame);
});

test('known times are kept, and the frames after them follow at the usual distance', () => {
  const times = Times.steady(3, 10);
  times.set(Float64Array.of(0, 0.5, 1), 5);
  assert.equal(times.count, 5);
  assert.deepEqual([...times.times], [0, 0.5, 1, 1.5, 2]);
  times.set(Float64Array.of(0, 0.25));
  assert.equal(times.count, 2);
});

test('frames that share a time are found', () => {
  assert.equal(distinct(uneven, 10, 0.005), true);
  assert.equal(distinct(uneven, 10, 0.02), false);
  assert.equal(distinct(new Times(Float64Array.of(0, 1, 1)), 3, 0.0005), false);
  assert.equal(distinct(new Times(Float64Array.of(0, 1, 1)), 2, 0.0005), true);
});

test('no frame at all', () => {
  const none = new Times(new Float64Array());
  assert.equal(none.at(3), 1);
  assert.ok(Number.isNaN(none.of(1)));
});

test('the stride of a slow player', () => {
  assert.equal(strideFor(30, 1, 30), 1);
  assert.equal(strideFor(30, 1, 29.5), 1);
  assert.equal(strideFor(30, 2, 15), 4);
  assert.equal(strideFor(30, 1, 0), 1);
});
