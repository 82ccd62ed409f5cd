// The marks of a video as a value with undo and redo; nothing here talks to the server.

export const kinds = ['exclude', 'label', 'point', 'note'];
const faceName = /^face (\d+): (.*)$/;

const byPlace = (a, b) =>
  a.first - b.first ||
  a.last - b.last ||
  kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
  (a.label < b.label ? -1 : a.label > b.label ? 1 : 0);

export function sorted(marks) {
  return [...marks].sort(byPlace);
}

const key = (mark) => JSON.stringify([mark.first, mark.last, mark.kind, mark.label]);

// The times of a mark follow from its frames, so they are not compared.
export function same(a, b) {
  return a.length === b.length && sorted(a).every((mark, i) => key(mark) === key(sorted(b)[i]));
}

// Both lists, what is in both once.
export function together(mine, theirs) {
  const all = new Map([...theirs, ...mine].map((mark) => [key(mark), mark]));
  return sorted([...all.values()]);
}

// What only one of two lists has.
export function difference(mine, theirs) {
  const here = new Set(mine.map(key));
  const there = new Set(theirs.map(key));
  return {
    mine: sorted(mine.filter((mark) => !there.has(key(mark)))),
    theirs: sorted(theirs.filter((mark) => !here.has(key(mark)))),
  };
}

// The name of a face is a note of the form "face 0: Anna", so that it is saved with the marks.
export function faceNames(marks) {
  const names = new Map();
  for (const mark of marks) {
    const found = mark.kind === 'note' && faceName.exec(mark.label);
    if (found) names.set(Number(found[1]), found[2]);
  }
  return names;
}

export class Marks {
  #past = [];
  #future = [];

  constructor(marks = []) {
    this.list = sorted(marks);
  }

  get canUndo() {
    return this.#past.length > 0;
  }
  get canRedo() {
    return this.#future.length > 0;
  }

  #become(list) {
    if (same(list, this.list)) return;
    this.#past.push(this.list);
    this.#future = [];
    this.list = sorted(list);
  }

  // mark: {first, last, start_s, end_s, kind, label}; first <= last; a point has first == last.
  add(mark) {
    if (!kinds.includes(mark.kind)) throw new Error(`'${mark.kind}' is no kind of mark`);
    if (!(mark.first >= 1 && mark.last >= mark.first))
      throw new Error('a mark ends before it begins');
    if (mark.kind === 'point' && mark.last !== mark.first) throw new Error('a point is one frame');
    this.#become([...this.list, {...mark, label: mark.label.trim()}]);
  }

  remove(index) {
    this.#become(this.list.filter((_, i) => i !== index));
  }

  relabel(index, label) {
    this.#become(this.list.map((mark, i) => (i === index ? {...mark, label: label.trim()} : mark)));
  }

  // An empty name takes the name away.
  nameFace(id, name, place) {
    const others = this.list.filter((mark) => {
      const found = mark.kind === 'note' && faceName.exec(mark.label);
      return !(found && Number(found[1]) === id);
    });
    const text = name.trim();
    this.#become(
      text === '' ? others : [...others, {...place, kind: 'note', label: `face ${id}: ${text}`}],
    );
  }

  // Another list takes the place of this one, as a step that can be undone.
  replace(list) {
    this.#become(list);
  }

  undo() {
    if (!this.canUndo) return false;
    this.#future.push(this.list);
    this.list = this.#past.pop();
    return true;
  }

  redo() {
    if (!this.canRedo) return false;
    this.#past.push(this.list);
    this.list = this.#future.pop();
    return true;
  }
}
