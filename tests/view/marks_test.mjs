import test from 'node:test';
import assert from 'node:assert/strict';
import {Marks, difference, faceNames, same, together} from '../../src/viewer/page/marks.js';
import {MarksFile} from '../../src/viewer/page/marks_file.js';

const mark = (first, last, kind = 'label', label = '') => ({
  first,
  last,
  start_s: first / 30,
  end_s: last / 30,
  kind,
  label,
});

test('marks are sorted, trimmed and checked', () => {
  const marks = new Marks();
  marks.add(mark(20, 30, 'label', '  smile '));
  marks.add(mark(5, 5, 'point'));
  assert.deepEqual(
    marks.list.map((m) => [m.first, m.label]),
    [
      [5, ''],
      [20, 'smile'],
    ],
  );
  assert.throws(() => marks.add(mark(9, 8)), /ends before/);
  assert.throws(() => marks.add(mark(0, 8)), /ends before/);
  assert.throws(() => marks.add(mark(1, 2, 'point')), /one frame/);
  assert.throws(() => marks.add(mark(1, 2, 'other')), /no kind/);
});

test('every step is undone and done again, and a step after an undo forgets what was undone', () => {
  const marks = new Marks([mark(1, 2)]);
  marks.add(mark(3, 4));
  marks.relabel(1, 'x');
  marks.remove(0);
  const states = [marks.list];
  while (marks.undo()) states.push(marks.list);
  assert.deepEqual(
    states.map((list) => list.length),
    [1, 2, 2, 1],
  );
  assert.equal(marks.undo(), false);
  for (const wanted of states.slice(0, -1).reverse()) {
    assert.equal(marks.redo(), true);
    assert.ok(same(marks.list, wanted));
  }
  assert.equal(marks.redo(), false);
  marks.undo();
  marks.add(mark(9, 9));
  assert.equal(marks.canRedo, false);
});

test('what changes nothing is no step', () => {
  const marks = new Marks([mark(1, 2, 'label', 'a')]);
  marks.relabel(0, 'a');
  marks.replace([mark(1, 2, 'label', 'a')]);
  assert.equal(marks.canUndo, false);
});

test('two lists: what differs, and both together', () => {
  const mine = [mark(1, 2), mark(3, 4)];
  const theirs = [mark(3, 4), mark(5, 6)];
  assert.deepEqual(
    difference(mine, theirs).mine.map((m) => m.first),
    [1],
  );
  assert.deepEqual(
    difference(mine, theirs).theirs.map((m) => m.first),
    [5],
  );
  assert.deepEqual(
    together(mine, theirs).map((m) => m.first),
    [1, 3, 5],
  );
});

test('names of faces are notes, one per face', () => {
  const marks = new Marks();
  marks.nameFace(0, 'Anna', {first: 1, last: 9, start_s: 0, end_s: 1});
  marks.nameFace(1, 'Ben: left', {first: 1, last: 9, start_s: 0, end_s: 1});
  marks.nameFace(0, 'Annika', {first: 1, last: 9, start_s: 0, end_s: 1});
  assert.deepEqual([...faceNames(marks.list)].sort(), [
    [0, 'Annika'],
    [1, 'Ben: left'],
  ]);
  marks.nameFace(0, ' ', {first: 1, last: 9, start_s: 0, end_s: 1});
  assert.deepEqual([...faceNames(marks.list)], [[1, 'Ben: left']]);
});

// A file as the server keeps it: a write with another version than the present one is refused.
class File {
  version = 'v0';
  marks = [];
  writes = 0;
  fail = null;
  async read() {
    return {version: this.version, file: 'a.marks.csv', marks: this.marks};
  }
  async write({version, marks}) {
    ++this.writes;
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (this.fail) throw this.fail;
    if (version !== this.version)
      throw Object.assign(new Error('changed'), {
        status: 409,
        body: {version: this.version, marks: this.marks},
      });
    this.version = `v${this.writes}`;
    this.marks = structuredClone(marks);
    return this.read();
  }
}

const opened = async (file) => {
  const marks = new MarksFile(file, true);
  await marks.load();
  return marks;
};

test('edits in a row are saved one after the other, the last state in the end', async () => {
  const file = new File();
  const marks = await opened(file);
  await Promise.all([1, 2, 3, 4].map((n) => marks.edit((m) => m.add(mark(n, n)))));
  assert.equal(marks.state, 'saved');
  assert.ok(same(file.marks, marks.marks.list));
  assert.equal(file.marks.length, 4);
  assert.ok(file.writes <= 3);
});

test('a file changed elsewhere is a conflict, which each of the three answers ends', async () => {
  for (const [answer, firsts] of [
    ['mine', [1, 2]],
    ['theirs', [1, 7]],
    ['both', [1, 2, 7]],
  ]) {
    const file = new File();
    const marks = await opened(file);
    await marks.edit((m) => m.add(mark(1, 1)));
    file.version = 'other';
    file.marks = [mark(1, 1), mark(7, 7)];
    await marks.edit((m) => m.add(mark(2, 2)));
    assert.equal(marks.state, 'conflict');
    assert.deepEqual(
      file.marks.map((m) => m.first),
      [1, 7],
    );
    const mine = marks.marks.list;
    await marks.settle(
      {mine, theirs: marks.conflict.theirs, both: together(mine, marks.conflict.theirs)}[answer],
    );
    assert.equal(marks.state, 'saved');
    assert.deepEqual(
      file.marks.map((m) => m.first),
      firsts,
    );
    if (answer !== 'mine') {
      await marks.edit((m) => m.undo());
      assert.deepEqual(
        file.marks.map((m) => m.first),
        [1, 2],
      );
    }
  }
});

test('a request whose answer was lost is no conflict', async () => {
  const file = new File();
  const marks = await opened(file);
  file.version = 'after the lost answer';
  file.marks = [mark(1, 1)];
  await marks.edit((m) => m.add(mark(1, 1)));
  assert.equal(marks.state, 'saved');
  assert.equal(marks.version, file.version);
});

test('a failed write is said, and the next one saves all', async () => {
  const file = new File();
  const marks = await opened(file);
  file.fail = new Error('the disk is full');
  await marks.edit((m) => m.add(mark(1, 1)));
  assert.equal(marks.state, 'failed');
  assert.equal(marks.problem, 'the disk is full');
  file.fail = null;
  await marks.edit((m) => m.add(mark(2, 2)));
  assert.equal(file.marks.length, 2);
});
