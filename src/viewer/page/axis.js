// The axis of the timeline: where frames lie on it. Linear in seconds, so that a variable frame
// rate and what is missing of a recording are seen; in frames for tables without times.

// After a frame that lasts longer than so many times its neighbours something is missing.
const gapFactor = 3;

export class Axis {
  // times: Times, which may be filled while the axis is in use; timed: whether they are seconds.
  constructor(times, timed, count) {
    Object.assign(this, {times, timed, count});
  }

  // Where the frame begins. Frames that have no time follow at the usual distance.
  begin(frame) {
    if (!this.timed) return frame - 0.5;
    const known = this.times.count;
    return frame <= known
      ? this.times.of(frame)
      : this.times.of(known) + (frame - Math.max(known, 1)) * this.times.step;
  }

  // How long a frame lasts that is followed by nothing: as its neighbours do.
  #usual(frame) {
    const before = frame > 1 ? this.begin(frame) - this.begin(frame - 1) : 0;
    const after = frame + 2 <= this.count ? this.begin(frame + 2) - this.begin(frame + 1) : 0;
    return Math.max(this.times.step, before, after);
  }

  // Whether nothing is known for a while after the frame.
  gapAfter(frame) {
    if (!this.timed || frame >= this.count || frame < 1) return false;
    return this.begin(frame + 1) - this.begin(frame) > gapFactor * this.#usual(frame);
  }

  // Where it ends: where the next one begins, or a gap.
  end(frame) {
    if (!this.timed) return frame + 0.5;
    if (frame >= this.count) return this.begin(frame) + this.times.step;
    return this.gapAfter(frame) ? this.begin(frame) + this.#usual(frame) : this.begin(frame + 1);
  }

  middle(frame) {
    return (this.begin(frame) + this.end(frame)) / 2;
  }

  // The first frame that begins there or later; count + 1 where there is none.
  from(position) {
    let low = 1;
    let high = this.count + 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.begin(middle) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // The frame there; in a gap the nearer one.
  at(position) {
    let frame = this.from(position);
    if (frame > this.count || this.begin(frame) > position) --frame;
    if (frame < 1) return 1;
    if (frame >= this.count) return this.count;
    const end = this.end(frame);
    return position - end <= this.begin(frame + 1) - position ? frame : frame + 1;
  }

  // All of it.
  get whole() {
    return {start: this.begin(1), end: this.end(this.count)};
  }

  // The frames of which something lies in a window, first and last. In a gap the one before it.
  // What rounding adds to a window that went away and came back is nothing of a neighbour.
  frames({start, end}) {
    const rounding = 1e-6 * (this.timed ? this.times.step : 1);
    let first = this.from(start - rounding);
    if (first > this.count || (this.begin(first) > start + rounding && first > 1)) {
      const before = first > this.count || this.begin(first) >= end - rounding;
      if (before || this.end(first - 1) > start + rounding) --first;
    }
    const last = Math.min(this.count, Math.max(first, this.from(end - rounding) - 1));
    return {from: Math.max(1, first), to: last};
  }

  // The frames `from` to `to` cut for `columns` columns of a window: range i is edges[i] to
  // edges[i + 1] - 1, the frames that begin in one column. A frame that lasts longer than a column
  // is a range of its own.
  edges({start, end}, columns) {
    const {from, to} = this.frames({start, end});
    const edges = [from];
    if (to - from + 1 <= columns) {
      for (let frame = from + 1; frame <= to; ++frame) edges.push(frame);
    } else {
      for (let i = 1; i < columns; ++i) {
        const frame = this.from(start + (i * (end - start)) / columns);
        if (frame > to) break;
        if (frame > edges.at(-1)) edges.push(frame);
      }
    }
    edges.push(to + 1);
    return edges;
  }
}

// A window of a width, moved so that it lies within the axis.
export function placed(start, width, {start: first, end: last}) {
  const begin = Math.max(first, Math.min(start, last - width));
  return {start: begin, end: Math.min(last, begin + width)};
}

// A window zoomed by `factor` (below 1: closer) so that a position stays where it is, at least
// `least` wide, kept within the axis.
export function zoomed(view, factor, around, whole, least) {
  const width = Math.min(
    whole.end - whole.start,
    Math.max(least, (view.end - view.start) * factor),
  );
  const share = (around - view.start) / (view.end - view.start || 1);
  return placed(around - share * width, width, whole);
}
